"""Union rosters: a workbook per larger employer, one per county for the small ones."""

from typing import Any

import polars as pl
import pytest


@pytest.fixture(scope="module")
def records(province: Any) -> pl.DataFrame:
    found: pl.DataFrame = province.records("union_roster")
    return found


def column(province: Any, header: tuple[str, ...]) -> list[Any]:
    """All cells under a header, over all roster files."""
    found = []
    for path in province.files("union_roster"):
        for rows in province.sheets(path).values():
            for at, row in enumerate(rows[:4]):
                if names := [place for place, cell in enumerate(row) if cell in header]:
                    body = [line for line in rows[at + 1 :] if line[0] not in ("合计", "制表人：")]
                    found += [line[names[0]] for line in body]
                    break
    return found


def test_large_employers_send_their_own_file_and_small_ones_share_one(records: pl.DataFrame) -> None:
    collected = records["file"].str.contains("小微企业")
    assert 0.2 < collected.mean() < 0.8
    own = records.filter(~collected).group_by("file").len()["len"]
    assert own.min() >= 60


def test_files_are_named_after_county_and_employer(records: pl.DataFrame, province: Any) -> None:
    from schemas.reference import divisions

    for file, code in records.select("file", "county_code").unique().iter_rows():
        assert file.startswith(divisions()[code].name)


def test_renewed_cards_make_the_same_person_twice(records: pl.DataFrame) -> None:
    """Half of the repeated rows carry another card number: what identifies the row is not what identifies the person."""
    twice = records.group_by("person_id").agg(pl.len(), pl.col("record_key").n_unique().alias("cards"))
    twice = twice.filter(pl.col("len") == 2)
    assert twice.height == pytest.approx(0.02 * 9_000, rel=0.3)
    assert twice["cards"].is_in([1, 2]).all()
    assert (twice["cards"] == 2).mean() == pytest.approx(0.5, abs=0.15)


def test_card_numbers_belong_to_one_person(records: pl.DataFrame) -> None:
    assert records.group_by("record_key").agg(pl.col("person_id").n_unique())["person_id"].max() == 1


def test_both_union_trees_are_on_the_rosters(province: Any) -> None:
    parents = {str(cell) for cell in column(province, ("上级工会", "所属上级工会"))} - {""}
    assert any(parent.endswith("总工会") for parent in parents)
    assert any(parent.startswith("云南省") and parent.endswith("工会") for parent in parents)


def test_codes_of_unions_begin_with_81(province: Any) -> None:
    codes = {str(cell) for cell in column(province, ("工会统一社会信用代码", "工会法人代码"))} - {""}
    assert len(codes) > 20
    assert all(code.startswith("81539") and len(code) == 18 for code in codes)


def test_ethnic_groups_are_written_in_several_ways(province: Any) -> None:
    said = {str(cell) for cell in column(province, ("民族",))}
    assert {"彝族", "彝"} <= said
    assert "07" in said or "Yi" in said


def test_sexes_are_written_in_several_ways(province: Any) -> None:
    said = {str(cell) for cell in column(province, ("性别",))}
    assert {"男", "女"} <= said
    assert said & {"男性", "M", "1", "1.0"}
