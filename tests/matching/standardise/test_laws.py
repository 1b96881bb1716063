"""Laws of every standardiser: twice is once, one value does not depend on another, nothing raises."""

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matching.standardise import STANDARDISERS, standardiser
from schemas.fields import FIELDS
from schemas.vocabulary import CODE_LISTS

ALL = sorted([*STANDARDISERS, *(f"code:{name}" for name in CODE_LISTS)])
_CHARACTERS = "0123456789.-/年月日 ×*xXEe+元万壹拾()（）·•：:,'\"=无王李岩罕女曾用名县市区州昆明红河大理五华　\u200b\ufeff\x00\u3000\uff11\uf900"
_KNOWN = [
    "539210199003070036",
    "539210900307003",
    "5.39210199003070e+17",
    "2020年1月5日",
    "１２，３４５.６0元",
    "岩•温（户主）",
]
_KNOWN += [
    "李娜(曾用名：李丽)",
    "思茅地区普洱县",
    "+86 138-0000-1111",
    "彝族",
    "城市低保",
    "null",
    "壹万贰仟元整",
    "大理市下关镇",
]
texts = st.one_of(st.text(_CHARACTERS, max_size=24), st.text(max_size=12), st.sampled_from(_KNOWN))


def as_text(values: pl.Series) -> pl.Series:
    return values.cast(pl.String)


def twice_is_once(name: str, cells: list[str | None]) -> None:
    once = standardiser(name)(pl.Series(cells, dtype=pl.String)).values
    twice = standardiser(name)(as_text(once)).values
    assert twice.to_list() == once.to_list()


columns = st.lists(st.none() | texts, min_size=1, max_size=6)


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=30)
@given(cells=columns)
@example(cells=["A¯"])
@example(cells=["0."])
def test_standardising_twice_is_standardising_once(name: str, cells: list[str | None]) -> None:
    twice_is_once(name, cells)


@pytest.mark.soak
@pytest.mark.parametrize("name", ALL)
@settings(max_examples=3_000)
@given(cells=columns)
def test_standardising_twice_is_standardising_once_at_length(name: str, cells: list[str | None]) -> None:
    twice_is_once(name, cells)


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=15, deadline=None)
@given(cells=st.lists(st.none() | texts, min_size=2, max_size=5))
def test_a_value_does_not_depend_on_its_neighbours(name: str, cells: list[str | None]) -> None:
    whole = standardiser(name)(pl.Series(cells, dtype=pl.String))
    for row, cell in enumerate(cells):
        alone = standardiser(name)(pl.Series([cell], dtype=pl.String))
        assert alone.values[0] == whole.values[row]
        assert alone.unreadable[0] == whole.unreadable[row]


@pytest.mark.parametrize("name", ALL)
def test_a_missing_cell_is_neither_a_value_nor_unreadable(name: str) -> None:
    reading = standardiser(name)(pl.Series([None, "", "  "], dtype=pl.String))
    assert reading.values.to_list() == [None] * 3
    assert not reading.unreadable.any()


def test_every_declared_field_names_a_standardiser_that_exists() -> None:
    for field in FIELDS.values():
        if field.standardiser != "derived":
            standardiser(field.standardiser)
