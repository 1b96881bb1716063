"""Laws of every standardiser: twice is once, one value does not depend on another, the fast way is the reader's."""

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matching.standardise import STANDARDISERS, standardiser
from matching.standardise.columns import FEW, MANY
from schemas.fields import FIELDS
from schemas.reference import counties, divisions
from schemas.vocabulary import CODE_LISTS

ALL = sorted([*STANDARDISERS, *(f"code:{name}" for name in CODE_LISTS)])
_CHARACTERS = "0123456789.-/年月日 ×*xXEe+元万壹拾()（）·•：:,'\"=无王李岩罕女曾用名县市区州昆明红河大理五华　\u200b\ufeff\x00\u3000\uff11\uf900"
_KNOWN = [
    "539210199003070036",
    "539210199003070032",
    "539210900307003",
    "5.39210199003070e+17",
    "53921019900307003643B1",
    "539210********0036",
    "2020年1月5日",
    "2020-1-1",
    "1900-01-01",
    "20200105",
    "43835.0",
    "2020/01/05 10:20:30",
    "１２，３４５.６0元",
    "岩•温（户主）",
    "李娜(曾用名：李丽)",
    "思茅地区普洱县",
    "昆明市五华区大理路5号",
    "云南省红河哈尼族彝族自治州红河县迤萨镇",
    "官渡振兴路38号",
    "+86 138-0000-1111",
    "13800001111",
    "彝族",
    "城市低保",
    "null",
    "壹万贰仟元整",
    "大理市下关镇",
    "91530000MA6K00000T",
    "云南示范（集团）有限公司",
]
_around = ["云南省", "路", "东路", "街道", "镇", "小区", "思茅地区", "路南县", "中国", "滇", "北", " ", "5号", "某某"]
_names = sorted({name for item in divisions().values() for name in (item.name, item.short_name)})
_places = st.lists(st.sampled_from([*_names, *_around]), min_size=1, max_size=5).map("".join)
_marked = st.tuples(
    st.sampled_from(["", " ", "'", "\u3000", "\ufeff"]), st.sampled_from(_KNOWN), st.text(_CHARACTERS, max_size=3)
)
texts = st.one_of(
    st.text(_CHARACTERS, max_size=24),
    st.text(max_size=12),
    st.sampled_from(_KNOWN),
    _marked.map("".join),
    _places,
)
columns = st.lists(st.none() | texts, min_size=1, max_size=6)


def as_text(values: pl.Series) -> pl.Series:
    return values.cast(pl.String)


def twice_is_once(name: str, cells: list[str | None]) -> None:
    once = standardiser(name)(pl.Series(cells, dtype=pl.String)).values
    twice = standardiser(name)(as_text(once)).values
    assert twice.to_list() == once.to_list()


def fast_is_slow(name: str, cells: list[str | None]) -> None:
    """A column long enough to be vectorised against its reader, cell by cell."""
    how = standardiser(name)
    column = [*cells, *_KNOWN, *(f"某{number}" for number in range(FEW))]
    reading = how(pl.Series(column, dtype=pl.String))
    first, *derived = how.schema
    for row, cell in enumerate(column):
        read = (None,) * len(how.schema) if cell is None else how.reader(cell)
        assert reading.unreadable[row] == (read is None), cell
        values = read or (None,) * len(how.schema)
        assert (reading.values[row], *(reading.derived[part][row] for part in derived)) == values, (first, cell)


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=30)
@given(cells=columns)
@example(cells=["A¯"])
@example(cells=["0."])
@example(cells=["Na", "nan"])
def test_standardising_twice_is_standardising_once(name: str, cells: list[str | None]) -> None:
    twice_is_once(name, cells)


@pytest.mark.soak
@pytest.mark.parametrize("name", ALL)
@settings(max_examples=3_000)
@given(cells=columns)
def test_standardising_twice_is_standardising_once_at_length(name: str, cells: list[str | None]) -> None:
    twice_is_once(name, cells)


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=40)
@given(cells=st.lists(st.none() | texts, min_size=1, max_size=12))
@example(cells=["五华区\u200b路5号", "昆明市五华区 路5号", "大理市", "五华", "红河州红河", "思茅东路"])
@example(cells=["2020-01-01 10:20", "2020.13.01", "1899-01-01", "9999", "12345.0", "２０２０-1-5"])
@example(cells=["539210199003070000", "000000000000000000", "53921019900307001x", "5392101990030700369"])
def test_the_fast_way_reads_what_the_reader_reads(name: str, cells: list[str | None]) -> None:
    fast_is_slow(name, cells)


@pytest.mark.soak
@pytest.mark.parametrize("name", ALL)
@settings(max_examples=3_000)
@given(cells=st.lists(st.none() | texts, min_size=1, max_size=12))
def test_the_fast_way_reads_what_the_reader_reads_at_length(name: str, cells: list[str | None]) -> None:
    fast_is_slow(name, cells)


@pytest.mark.parametrize("name", ["place", "address"])
def test_every_way_of_naming_a_county_reads_the_same_fast_and_slow(name: str) -> None:
    """Shortening an address to what says its county must hold for every county of the province and what may follow."""
    cells = []
    for county in counties():
        prefecture = divisions()[county.parent_code]
        for lead in ("", "云南省", prefecture.name, f"云南省{prefecture.name}", prefecture.short_name):
            for follow in ("", "学府路5号", "东路5号", "路口村", "大道1号", "花园2幢", "镇永平村", "市场"):
                cells += [f"{lead}{county.name}{follow}", f"{lead}{county.short_name}{follow}"]
    fast_is_slow(name, cells)


@pytest.mark.parametrize("name", ALL)
def test_many_rows_are_read_on_several_threads_with_the_same_result(name: str) -> None:
    cells = [*_KNOWN, None, *(f"{number}" for number in range(300))]
    column = pl.Series(cells * (MANY // len(cells) + 1), dtype=pl.String)
    whole, part = standardiser(name)(column), standardiser(name)(pl.Series(cells, dtype=pl.String))
    assert whole.values.to_list() == part.values.to_list() * (column.len() // len(cells))


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=15, deadline=None)
@given(cells=st.lists(st.none() | texts, min_size=2, max_size=5))
def test_a_value_does_not_depend_on_its_neighbours(name: str, cells: list[str | None]) -> None:
    whole = standardiser(name)(pl.Series(cells, dtype=pl.String))
    for row, cell in enumerate(cells):
        alone = standardiser(name)(pl.Series([cell], dtype=pl.String))
        assert alone.values[0] == whole.values[row]
        assert alone.unreadable[0] == whole.unreadable[row]


@pytest.mark.parametrize("height", [3, FEW + 3])
@pytest.mark.parametrize("name", ALL)
def test_a_missing_cell_is_neither_a_value_nor_unreadable(name: str, height: int) -> None:
    reading = standardiser(name)(pl.Series(([None, "", "  "] * height)[:height], dtype=pl.String))
    assert reading.values.to_list() == [None] * height
    assert not reading.unreadable.any()


@pytest.mark.parametrize("name", ALL)
def test_a_column_without_a_text_has_the_type_of_its_values(name: str) -> None:
    how = standardiser(name)
    for height in (0, 2, FEW + 2):
        reading = how(pl.Series([None] * height, dtype=pl.String))
        assert [reading.values.dtype, *(part.dtype for part in reading.derived.values())] == list(how.schema.values())
        assert reading.values.len() == reading.unreadable.len() == height


def test_every_declared_field_names_a_standardiser_that_exists() -> None:
    for field in FIELDS.values():
        if field.standardiser != "derived":
            standardiser(field.standardiser)
