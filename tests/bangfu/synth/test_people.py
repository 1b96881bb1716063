"""Households as they could be: ages, relations, twins and namesakes, and exactly the members asked for."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from bangfu.synth.people import ANCHOR, ELDER_CHILD, FATHER, MOTHER, SPOUSE, YOUNGER_CHILD


@pytest.fixture(scope="module")
def people(world: Callable[..., Any]) -> pl.DataFrame:
    found: pl.DataFrame = world("楚雄市").people
    return found


def beside(people: pl.DataFrame, role: int, other: int) -> pl.DataFrame:
    """Persons with a role, and the person with another role of the same household as ``*_right``."""
    return people.filter(pl.col("role") == role).join(people.filter(pl.col("role") == other), on="household")


def test_every_household_has_one_anchor_and_at_most_one_of_each_role(people: pl.DataFrame) -> None:
    roles = people.group_by("household", "role").len()
    assert roles["len"].max() == 1
    assert people.filter(pl.col("role") == ANCHOR)["household"].n_unique() == people["household"].n_unique()


def test_households_stand_together_anchor_first(people: pl.DataFrame) -> None:
    assert people["household"].is_sorted()
    assert people.group_by("household", maintain_order=True).first()["role"].unique().to_list() == [ANCHOR]


def test_younger_child_has_an_elder(people: pl.DataFrame) -> None:
    younger = people.filter(pl.col("role") == YOUNGER_CHILD)
    assert beside(people, YOUNGER_CHILD, ELDER_CHILD).height == younger.height > 500


@pytest.mark.parametrize("child", [ELDER_CHILD, YOUNGER_CHILD])
@pytest.mark.parametrize(("parent", "youngest"), [(ANCHOR, 20), (SPOUSE, 18)])
def test_parents_were_grown_up_and_not_too_old(people: pl.DataFrame, child: int, parent: int, youngest: int) -> None:
    gap = beside(people, parent, child).select(pl.col("age") - pl.col("age_right")).to_series()
    assert gap.min() > youngest
    assert gap.quantile(0.99) < 42


@pytest.mark.parametrize("parent", [FATHER, MOTHER])
def test_grandparents_were_grown_up_when_the_anchor_was_born(people: pl.DataFrame, parent: int) -> None:
    gap = beside(people, parent, ANCHOR).select(pl.col("age") - pl.col("age_right")).to_series()
    assert 18 < gap.min() < gap.max() < 45
    assert people.filter(pl.col("role") == parent)["age"].max() < 96


def test_siblings_are_twins_or_a_year_apart(people: pl.DataFrame) -> None:
    gap = beside(people, ELDER_CHILD, YOUNGER_CHILD).select(pl.col("age") - pl.col("age_right")).to_series()
    twins = gap == 0
    assert 0.01 < twins.mean() < 0.06
    assert gap.filter(~twins).min() > 1.1


def test_couples_are_of_both_sexes_and_of_similar_age(people: pl.DataFrame) -> None:
    couples = beside(people, ANCHOR, SPOUSE)
    assert (couples["female"] != couples["female_right"]).all()
    difference = (couples["age"] - couples["age_right"]).abs()
    assert difference.median() < 3
    assert difference.quantile(0.99) < 10


def test_fathers_are_men_and_mothers_women(people: pl.DataFrame) -> None:
    assert not people.filter(pl.col("role") == FATHER)["female"].any()
    assert people.filter(pl.col("role") == MOTHER)["female"].all()


def test_everybody_is_born_before_the_day_of_the_extracts(people: pl.DataFrame) -> None:
    assert people["age"].min() >= 0
    assert people.filter(pl.col("role").is_in([ANCHOR, SPOUSE]))["age"].min() > 20


@pytest.mark.parametrize("members", [8_000, 1_234])
def test_exactly_the_members_asked_for_all_of_working_age(world: Callable[..., Any], members: int) -> None:
    found = world("楚雄市", members).people.filter("member")
    assert found.height == members
    assert found["age"].min() > 18
    assert found["age"].max() < 62


def test_members_live_in_the_first_households_and_there_are_others(people: pl.DataFrame) -> None:
    last = people.filter("member")["household"].max()
    assert people.filter(pl.col("household") <= last).group_by("household").agg(pl.col("member").any())["member"].all()
    assert people["household"].max() > last + 500


def test_families_mostly_share_a_group(people: pl.DataFrame) -> None:
    same = beside(people, ANCHOR, ELDER_CHILD).select(pl.col("group") == pl.col("group_right")).to_series()
    assert same.all()
    mixed = beside(people, ANCHOR, SPOUSE).select(pl.col("group") != pl.col("group_right")).to_series()
    assert 0.02 < mixed.mean() < 0.16


def test_namesakes_of_members_live_outside_the_union(people: pl.DataFrame) -> None:
    """同名同年: without them a linker that ignores numbers would never be wrong."""
    year = pl.col("birth").cast(pl.Date).dt.year()
    members = people.filter("member").select("name", "female", year.alias("year")).unique()
    last = people.filter("member")["household"].max()
    others = people.filter(pl.col("household") > last).with_columns(year.alias("year"))
    alike = others.join(members, on=["name", "female", "year"], how="semi")
    assert alike.height / others.height > 0.01


def test_small_children_have_no_phone_and_grown_people_do(people: pl.DataFrame) -> None:
    assert people.filter(pl.col("age") < 14)["phone"].null_count() == people.filter(pl.col("age") < 14).height
    assert people.filter(pl.col("age").is_between(15, 67))["phone"].null_count() == 0
    old = people.filter(pl.col("age") > 69)
    assert 0.15 < old["phone"].null_count() / old.height < 0.35


def test_former_names_keep_the_surname_and_differ(people: pl.DataFrame) -> None:
    named = people.filter(pl.col("former_name").is_not_null())
    assert 0.02 < named.height / people.height < 0.035
    assert (named["former_name"] != named["name"]).all()
    assert (named["former_name"].str.slice(0, 1) == named["name"].str.slice(0, 1)).all()
