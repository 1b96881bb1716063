"""Disabilities and certificates: who holds one, what its number says, and that all sources agree on it."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from bangfu.synth import SynthRequest
from schemas.vocabulary import CERTIFICATE_STATUS, DISABILITY_LEVEL, DISABILITY_TYPE


@pytest.fixture(scope="module")
def place(world: Callable[..., Any]) -> Any:
    return world("官渡区")


@pytest.fixture(scope="module")
def holders(place: Any) -> pl.DataFrame:
    found: pl.DataFrame = place.holders.join(place.people.drop("disability_type"), on="person", how="left")
    return found


def test_one_in_fifty_holds_a_certificate_and_the_old_more_often(place: Any, holders: pl.DataFrame) -> None:
    assert 0.012 < holders.height / place.people.height < 0.03
    assert (holders["age"] > 50).mean() > 1.3 * (place.people["age"] > 50).mean()
    assert holders["person"].is_unique().all()
    assert holders["age"].min() >= 3


@pytest.mark.parametrize(
    ("column", "codes"),
    [
        ("disability_type", DISABILITY_TYPE),
        ("disability_level", DISABILITY_LEVEL),
        ("certificate_status", CERTIFICATE_STATUS),
    ],
)
def test_codes_are_those_of_the_lists_and_all_occur(holders: pl.DataFrame, column: str, codes: Any) -> None:
    assert set(holders[column]) == {code.code for code in codes.codes}


def test_limbs_are_the_most_frequent_and_level_four_is_more_frequent_than_one(holders: pl.DataFrame) -> None:
    kinds = holders["disability_type"].value_counts(sort=True)
    assert kinds["disability_type"][0] == "4"
    levels = dict(holders["disability_level"].value_counts().iter_rows())
    assert levels["4"] > levels["1"]


def test_a_disability_is_assessed_between_birth_and_the_extracts(holders: pl.DataFrame) -> None:
    assert (holders["certified_on"] > holders["birth"]).all()
    assert (holders["certified_on"].cast(pl.Date) < SynthRequest.as_of).all()


def test_most_certificates_of_those_long_dead_are_cancelled(world: Callable[..., Any]) -> None:
    rows = pl.concat(
        [
            made.holders.join(made.people.select("person", "died"), on="person").filter(
                pl.col("died").cast(pl.Date) < SynthRequest.as_of - pl.duration(days=60)
            )
            for made in (world("官渡区"), world("五华区"))
        ]
    )
    assert rows.height >= 3
    assert (rows["certificate_status"] == "cancelled").mean() >= 0.5


def test_the_truth_knows_the_holders(province: Any) -> None:
    rows = province.records("disability_certificate")
    assert rows.height > 200
    assert rows["disability_type"].is_not_null().all()


@pytest.mark.parametrize("source", ["civil_affairs", "hardship_archive"])
def test_lists_call_the_disabled_disabled_and_nobody_else(province: Any, source: str) -> None:
    """The column is dropped on landing, but a list that contradicts the certificates would be no real list."""
    known = called = 0
    for row in province.records(source).iter_rows(named=True):
        if source == "hardship_archive" and row["record_key"].split("|")[1] not in province.row(
            source, row["file"], row["sheet"], row["row"]
        ):
            continue
        (path,) = (path for path in province.files(source) if path.name == row["file"])
        header = header_above(province, path, "健康状况")
        if header is None:
            continue
        cells = province.row(source, row["file"], row["sheet"], row["row"])
        if source == "hardship_archive" and cells[header["姓名"]] != row["record_key"].split("|")[1]:
            continue
        said = cells[header["健康状况"]] == "残疾"
        assert said == (row["disability_type"] is not None)
        known += 1
        called += said
    assert known > 20
    assert called > 0


def header_above(province: Any, path: Any, name: str) -> dict[str, int] | None:
    """Columns of the header row that has a name, by theirs."""
    rows = next(iter(province.sheets(path).values()))
    header = next((row for row in rows[:6] if name in row), None)
    return {str(cell): at for at, cell in enumerate(header)} if header else None
