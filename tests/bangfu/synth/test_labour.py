"""Contributions and accidents at work: of members in work, in accordance with wages, employers and deaths."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from bangfu.synth import SynthRequest
from bangfu.synth.labour import MONTHS_PAID, accidents, contributions
from schemas.vocabulary import CONTRIBUTION_STATUS, INJURY_GRADE

AS_OF = SynthRequest.as_of


@pytest.fixture(scope="module")
def place(world: Callable[..., Any]) -> Any:
    return world("官渡区")


@pytest.fixture(scope="module")
def paid(place: Any) -> pl.DataFrame:
    found: pl.DataFrame = place.contributions.join(place.work.drop("employer_index"), on="person").join(
        place.people.select("person", "died"), on="person"
    )
    return found


@pytest.fixture(scope="module")
def hurt(place: Any) -> pl.DataFrame:
    found: pl.DataFrame = place.accidents.join(place.work.drop("employer_index"), on="person").join(
        place.people.select("person", "died"), on="person"
    )
    return found


def test_three_in_five_members_are_insured_and_none_that_retired(place: Any, paid: pl.DataFrame) -> None:
    assert 0.55 < paid["person"].n_unique() / place.work.height < 0.68
    assert "退休" not in set(paid["employment_status"])


def test_bases_lie_within_the_bounds_and_are_whole_yuan(paid: pl.DataFrame) -> None:
    base = paid["base_fen"]
    assert base.min() == 430_000
    assert base.max() <= 2_150_000
    assert (base % 100 == 0).all()


def test_months_are_counted_from_the_first_to_the_last_and_cover_a_year_at_most(paid: pl.DataFrame) -> None:
    row = paid.filter(pl.col("months") == 12).row(0, named=True)
    assert (f"{row['since']:%Y-%m-%d}", f"{row['until']:%Y-%m-%d}") == ("2025-07-01", "2026-06-01")
    assert paid["months"].min() >= 1
    assert paid["months"].max() == 12
    assert paid.group_by("person").agg(pl.col("months").sum())["months"].max() <= 12


def test_who_changed_employers_has_a_row_of_each_one_after_the_other(place: Any, paid: pl.DataFrame) -> None:
    twice = paid.filter(pl.len().over("person") == 2).sort("person", "since")
    assert 0.02 < twice["person"].n_unique() / paid["person"].n_unique() < 0.06
    before, after = twice.gather_every(2), twice.gather_every(2, offset=1)
    assert before["person"].equals(after["person"])
    assert set(before["status"]) == {"ended"}
    assert set(before["months"]) == {3}
    assert (before["until"] < after["since"]).all()
    assert paid["employer_index"].max() < place.employers.height


def test_status_says_who_stopped(paid: pl.DataFrame) -> None:
    assert set(paid["status"]) == {code.code for code in CONTRIBUTION_STATUS.codes}
    paying = paid.filter(pl.col("status") == "paying")
    assert {f"{day:%Y-%m-%d}" for day in paying["until"]} == {"2026-06-01"}
    assert set(paying["employment_status"]).isdisjoint({"失业", "待岗"})
    assert (paid.filter(pl.col("status") == "suspended")["until"].cast(pl.Date) < AS_OF.replace(day=1)).all()


def test_contributions_end_before_the_month_of_a_death(paid: pl.DataFrame) -> None:
    dead = paid.filter(pl.col("died").is_not_null())
    assert dead.height > 0
    assert (dead["until"].cast(pl.Date) < dead["died"].cast(pl.Date).dt.month_start()).all()
    assert "paying" not in set(dead["status"])


def test_bases_follow_wages() -> None:
    """Income can be read off a base, with the bounds and with employers who report less than they pay."""
    work = pl.DataFrame({"person": range(2_000), "employer_index": [0] * 2_000}).with_columns(
        employment_status=pl.lit("在岗"), joined_on=pl.lit(AS_OF.replace(year=2020))
    )
    wages = np.linspace(40_000, 300_000, 2_000)
    nobody = pl.DataFrame(schema={"person": pl.Int64, "died": pl.Date})
    found = contributions(np.random.default_rng(1), work, wages, nobody, AS_OF)
    monthly = pl.Series(wages[found["person"].to_numpy()] / 12 * 100)
    share = found["base_fen"] / monthly
    free = found["base_fen"].is_between(430_001, 2_149_999)
    assert set(share.filter(free).round(2)) == {0.6, 0.85, 1.0}
    assert (share.filter(free).round(2) == 1.0).mean() > 0.5


def test_accidents_befall_who_is_employed_and_are_recognised_afterwards(hurt: pl.DataFrame) -> None:
    assert hurt.height > 30
    assert "退休" not in set(hurt["employment_status"])
    assert (hurt["on"] >= hurt["joined_on"]).all()
    assert (hurt["recognised"] > hurt["on"]).all()
    assert (hurt["recognised"].cast(pl.Date) <= AS_OF).all()
    assert hurt.filter(pl.col("died") <= pl.col("recognised")).is_empty()


def test_compensation_is_so_many_monthly_wages() -> None:
    """工伤保险条例 art. 35 to 37: 27 months for grade one, 7 for grade ten."""
    work = pl.DataFrame({"person": range(60_000), "employer_index": [0] * 60_000}).with_columns(
        employment_status=pl.lit("在岗"), joined_on=pl.lit(AS_OF.replace(year=2015))
    )
    nobody = pl.DataFrame(schema={"person": pl.Int64, "died": pl.Date})
    found = accidents(np.random.default_rng(1), work, np.full(60_000, 60_000.0), nobody, AS_OF)
    paid = dict(found.group_by("grade").agg(pl.col("compensation_fen").unique()).iter_rows())
    assert paid.pop("none") == paid.pop("pending") == [None]
    assert paid == {grade: [months * 500_000] for grade, months in MONTHS_PAID.items()}
    assert {code.code for code in INJURY_GRADE.codes} == {*MONTHS_PAID, "none", "pending"}
    assert (MONTHS_PAID["1"], MONTHS_PAID["4"], MONTHS_PAID["5"], MONTHS_PAID["10"]) == (27, 21, 18, 7)


def test_accidents_are_as_frequent_as_meant() -> None:
    work = pl.DataFrame({"person": range(60_000), "employer_index": [0] * 60_000}).with_columns(
        employment_status=pl.lit("在岗"), joined_on=pl.lit(AS_OF.replace(year=2015))
    )
    nobody = pl.DataFrame(schema={"person": pl.Int64, "died": pl.Date})
    found = accidents(np.random.default_rng(2), work, np.full(60_000, 60_000.0), nobody, AS_OF)
    assert found.height / 60_000 == pytest.approx(0.009, rel=0.12)
    assert (found["grade"] == "none").mean() == pytest.approx(0.42, abs=0.06)
