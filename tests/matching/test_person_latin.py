"""The shipped model for persons in Latin script works on data it has never seen, without tuning."""

from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

import matching
from bench.people import Labelled, census, lives, voters
from matching.linkage import LinkOptions, dedupe, link
from matching.model import Model

MODEL = Model.load(Path(matching.__file__).parent / "models" / "person_latin.json")
OPTIONS = LinkOptions(random_pairs=200_000)


def linked(made: Labelled) -> pl.DataFrame:
    """Accepted pairs one to one, with the person behind each side."""
    pairs = link(*made.tables, MODEL, assignment="one_to_one", options=OPTIONS).pairs
    left, right = (pl.from_arrow(table) for table in made.persons)
    return (
        pl.from_arrow(pairs)
        .filter("accepted")
        .join(left, left_on="left_id", right_on="record_id")
        .join(right.rename({"person": "found"}), left_on="right_id", right_on="record_id")
    )


def quality(pairs: pl.DataFrame, made: Labelled) -> tuple[float, float]:
    """Precision and recall of one-to-one pairs."""
    both = set(made.persons[0]["person"].to_pylist()) & set(made.persons[1]["person"].to_pylist())
    right = pairs.filter(pl.col("person") == pl.col("found")).height
    return right / len(pairs), right / len(both)


def test_members_of_a_household_are_told_apart_and_those_who_moved_are_found():
    made = census(800, seed=3)
    precision, recall = quality(linked(made), made)
    assert precision > 0.99
    assert recall > 0.97


def test_whoever_shares_surname_address_and_telephone_is_not_the_same_person():
    made = census(400, seed=4)
    before, after = (table.append_column("phone", _shared_telephones(table)) for table in made.tables)
    pairs = linked(Labelled((before, after), made.persons))
    assert quality(pairs, made)[0] > 0.99


def _shared_telephones(table: pa.Table) -> pa.Array:
    """One telephone for each address."""
    rows = zip(table["street_number"].to_pylist(), table["street_name"].to_pylist(), strict=True)
    return pa.array([f"13{sum(map(ord, f'{number}{street}')) * 7919 % 10**9:09d}" for number, street in rows])


def test_frequent_names_alone_make_no_match():
    made = voters(3_000, seed=5)
    precision, recall = quality(linked(made), made)
    assert precision > 0.8
    assert recall > 0.85


def test_records_of_one_life_are_found_though_every_field_varies():
    made = lives(300, seed=6)
    pairs = dedupe(made.tables[0], MODEL, options=OPTIONS).pairs
    person = pl.from_arrow(made.persons[0])
    found = (
        pl.from_arrow(pairs)
        .filter("accepted")
        .join(person, left_on="left_id", right_on="record_id")
        .join(person.rename({"person": "other"}), left_on="right_id", right_on="record_id")
    )
    sizes = person.group_by("person").len()["len"]
    right = found.filter(pl.col("person") == pl.col("other")).height
    assert right / len(found) > 0.9
    assert right / (sizes * (sizes - 1) // 2).sum() > 0.7


@pytest.mark.parametrize(
    "names",
    [
        {"first_name": "forename", "last_name": "family_name", "date_of_birth": "dob", "sex": "gender"},
        {"first_name": "GIVEN_NAME", "last_name": "Surname", "street_name": "address", "date_of_birth": "birthdate"},
    ],
)
def test_columns_come_under_other_usual_names(names):
    made = census(200, seed=7)
    renamed = tuple(
        table.rename_columns([names.get(name, name) for name in table.column_names]) for table in made.tables
    )
    assert linked(made).rows() == linked(Labelled(renamed, made.persons)).rows()


@pytest.mark.parametrize("absent", ["first_name", "last_name", "date_of_birth", "street_name", "sex"])
def test_any_column_may_be_absent(absent):
    made = census(300, seed=8)
    pairs = linked(Labelled(tuple(table.drop_columns(absent) for table in made.tables), made.persons))
    precision, recall = quality(pairs, made)
    assert precision > 0.9
    assert recall > 0.6


def test_simulated_people_are_the_same_for_the_same_seed():
    for simulate in (census, lives, voters):
        first, again, other = simulate(50, 1), simulate(50, 1), simulate(50, 2)
        assert [table.to_pydict() for table in first.tables] == [table.to_pydict() for table in again.tables]
        assert first.tables[0].to_pydict() != other.tables[0].to_pydict()
