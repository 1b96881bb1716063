"""Registration: the unit is the household, and the latest status counts."""

import datetime as dt

import polars as pl
from hand_built import archived, linked

from bangfu.screening.registration import formerly_registered, registered


def test_active_and_returned_households_are_registered() -> None:
    rows = linked(
        "hardship_archive",
        [
            {"of": n, **archived(n, status)}
            for n, status in enumerate(("active", "exited", "cancelled", "returned", None))
        ],
    )
    assert registered(rows)["cluster_id"].to_list() == ["person-0", "person-3", "person-4"]


def test_being_listed_as_anybodys_spouse_registers() -> None:
    rows = linked("hardship_archive", [{"of": 2, **archived(2, household_ref="DA1", relation="1")}])
    assert registered(rows).rows() == [("person-2", "household_registered", None)]


def test_living_with_a_listed_person_registers() -> None:
    rows = linked("hardship_archive", [{"of": 2, **archived(2, archive_level="provincial")}])
    beside = pl.DataFrame({"cluster_id": ["person-2", "person-3"], "archive_level": ["provincial", "provincial"]})
    assert registered(rows, beside).rows() == [
        ("person-2", "registered", "provincial"),
        ("person-3", "household_registered", "provincial"),
    ]


def test_of_several_files_the_persons_own_and_highest_counts() -> None:
    rows = linked(
        "hardship_archive",
        [
            {"of": 1, **archived(1, household_ref="DA7", relation="1", archive_level="national")},
            {"of": 1, **archived(1, household_ref="DA8", archive_level="county")},
            {"of": 1, **archived(1, household_ref="DA9", archive_level="prefecture")},
        ],
    )
    assert registered(rows).rows() == [("person-1", "registered", "prefecture")]


def test_without_an_archive_nobody_is_registered() -> None:
    assert registered(None).is_empty()


def test_the_latest_extract_decides() -> None:
    rows = linked(
        "hardship_archive",
        [{"of": 1, **archived(1)}, {"of": 1, **archived(1, "exited", exited_on=dt.date(2026, 3, 1))}],
    )
    assert registered(rows).is_empty()
    former = formerly_registered(rows).row(0, named=True)
    assert (former["archive_status"], former["exited_on"]) == ("exited", dt.date(2026, 3, 1))


def test_a_second_household_that_stands_still_registers() -> None:
    rows = linked(
        "hardship_archive", [{"of": 1, **archived(1, "exited")}, {"of": 1, **archived(1, household_ref="DA9")}]
    )
    assert registered(rows)["cluster_id"].to_list() == ["person-1"]
    assert formerly_registered(rows).is_empty()
