"""Contact persons: most are relatives of the household, some are nobody's, and membership plays no part."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from bangfu.synth.contacts import ELSEWHERE, NO_PHONE, NONE, SELF, VAGUE, contacts


@pytest.fixture(scope="module")
def place(world: Callable[..., Any]) -> Any:
    return world("官渡区")


@pytest.fixture(scope="module")
def named(place: Any) -> pl.DataFrame:
    """Everybody's contact person, with the patient's own particulars."""
    people = place.people.select("person", "household", "name", "age", "member", "phone")
    told = contacts(np.random.default_rng(1), place, people.select("person", "household"))
    return told.join(people, on="person")


def share(flags: pl.Series) -> float:
    return float(flags.sum()) / len(flags)


def test_some_have_none_and_some_are_their_own(named: pl.DataFrame) -> None:
    assert NONE < share(named["contact_name"].is_null()) < NONE + 0.1  # the old have no parents elsewhere
    assert share(named["contact_relation"] == "1") == pytest.approx(SELF, abs=0.02)
    own = named.filter(pl.col("contact_relation") == "1")
    assert share(own["contact_name"] == own["name"]) > 0.93


def test_a_relation_is_what_the_contact_person_is_to_the_patient(place: Any, named: pl.DataFrame) -> None:
    inside = named.join(
        place.people.select("household", pl.col("name").alias("contact_name"), pl.col("age").alias("other"), "female"),
        on=["household", "contact_name"],
    )
    older = inside.with_columns((pl.col("other") - pl.col("age")).alias("older"))
    assert older.filter(contact_relation="50")["older"].min() > 16
    assert older.filter(pl.col("contact_relation").is_in(["20", "30"]))["older"].max() < -16
    assert older.filter(contact_relation="10")["older"].abs().median() < 5
    assert not older.filter(contact_relation="20")["female"].any()


def test_a_fifth_and_more_live_elsewhere_and_relations_are_vague(place: Any, named: pl.DataFrame) -> None:
    told = named.filter(pl.col("contact_relation") != "1")
    names = place.people.group_by("household").agg("name")
    beside = told.join(names, on="household", suffix="s").select(pl.col("contact_name").is_in(pl.col("names")))
    outside = 1 - share(beside.to_series())
    assert ELSEWHERE < outside < 0.5
    assert share(told["contact_relation"] == "90") > VAGUE


def test_telephones_may_be_missing(named: pl.DataFrame) -> None:
    told = named.filter(pl.col("contact_relation") == "1", pl.col("phone").is_not_null())
    assert share(told["contact_phone"].is_null()) == pytest.approx(NO_PHONE, abs=0.025)


def test_a_patient_is_the_same_whoever_else_is_asked_and_only_grown_people_are_named(place: Any) -> None:
    people = place.people.select("person", "household").head(200)
    again = [contacts(np.random.default_rng(5), place, people) for _ in range(2)]
    assert again[0].equals(again[1])
    assert again[0]["person"].to_list() == people["person"].to_list()
