"""Education aid: pupils and students of the age for their stage, and a living parent who applied."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from schemas.vocabulary import AID_TIER, SCHOOL_STAGE


@pytest.fixture(scope="module")
def aided(world: Callable[..., Any]) -> pl.DataFrame:
    """Applications with student and parent."""
    place = world("官渡区")
    who = place.people.select("person", "household", "role", "age", "died", "member", "birth")
    students = who.rename({name: f"student_{name}" for name in who.columns if name != "person"})
    found: pl.DataFrame = place.aided.join(students, left_on="student", right_on="person").join(
        who.drop("household"), on="person"
    )
    return found


AGES = {
    "preschool": (3, 6), "primary": (6, 12), "junior": (12, 15), "senior": (15, 18), "vocational": (15, 18),
    "college": (18, 21), "undergraduate": (18, 22), "postgraduate": (22, 25),
}  # fmt: skip


@pytest.mark.parametrize("stage", AGES)
def test_students_are_of_the_age_for_their_stage(aided: pl.DataFrame, stage: str) -> None:
    ages = aided.filter(pl.col("stage") == stage)["student_age"]
    assert len(ages) > 0
    assert AGES[stage][0] <= ages.min()
    assert ages.max() < AGES[stage][1]


def test_codes_are_those_of_the_lists(aided: pl.DataFrame) -> None:
    assert set(aided["stage"]) == {code.code for code in SCHOOL_STAGE.codes}
    assert set(aided["tier"]) == {code.code for code in AID_TIER.codes}


def test_a_parent_of_the_household_applies(aided: pl.DataFrame) -> None:
    assert (aided["household"] == aided["student_household"]).all()
    assert set(aided["student_role"]) == {2, 3}
    assert set(aided["role"]) == {0, 1}
    assert (aided["age"] > aided["student_age"] + 17).all()
    assert aided["died"].null_count() == aided["student_died"].null_count() == aided.height
    assert not aided["student_member"].any()
    assert aided["student"].is_unique().all()


def test_one_parent_applies_for_all_children(aided: pl.DataFrame) -> None:
    parents = aided.group_by("household").agg(pl.col("person").n_unique(), pl.len().alias("children"))
    assert parents["person"].max() == 1
    assert parents["children"].max() == 2


def test_schooling_starts_on_a_first_of_september_within_its_years(aided: pl.DataFrame) -> None:
    """2025-09-01 begins the school year of an extract of June 2026."""
    begun = aided["enrolled_on"]
    assert {(day.month, day.day) for day in begun} == {(9, 1)}
    years = aided.select((2025 - pl.col("enrolled_on").dt.year()).alias("passed"), "years")
    assert years["passed"].min() == 0
    assert (years["passed"] < years["years"]).all()


def test_compulsory_schooling_is_free_and_higher_education_is_not(aided: pl.DataFrame) -> None:
    fees = dict(aided.group_by("stage").agg(pl.col("fee_fen").first()).iter_rows())
    assert (fees["primary"], fees["junior"], fees["undergraduate"]) == (0, 0, 450_000)
    pays = dict(aided.filter(pl.col("stage") == "college").group_by("tier").agg(pl.col("aid_fen").first()).iter_rows())
    assert pays == {"special": 400_000, "need": 330_000, "general": 220_000}
    half = aided.filter((pl.col("stage") == "senior") & (pl.col("tier") == "general"))["aid_fen"]
    assert set(half) == {110_000}


def test_the_poor_apply_more_often(world: Callable[..., Any]) -> None:
    place = world("官渡区")
    asked = place.households.with_columns(asked=pl.col("household").is_in(place.aided["household"].implode()))
    poor = pl.col("income_fen") / pl.col("size") < 1_200_000
    shares = [asked.filter(rule)["asked"].mean() for rule in (poor, ~poor)]
    assert shares[0] > 3 * shares[1]


def test_an_application_is_about_the_parent_in_the_truth(province: Any) -> None:
    rows = province.records("education_aid")
    assert rows.height > 150
    assert rows["birth_date"].max().year < 2009
    assert rows["record_key"].str.starts_with("Z53").all()
