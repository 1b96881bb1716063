"""Deaths: nothing happens to the dead any more, while lists go on naming them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from bangfu.synth import SynthRequest
from bangfu.synth.deaths import Deeds, deaths, without_stays_after

AS_OF = SynthRequest.as_of


@pytest.fixture(scope="module")
def place(world: Callable[..., Any]) -> Any:
    return world("官渡区")


@pytest.fixture(scope="module")
def dead(place: Any) -> pl.DataFrame:
    """The dead with what else is true of them."""
    found: pl.DataFrame = place.dead.join(place.people.drop("died"), on="person", how="left")
    return found


def test_one_in_three_hundred_dies_and_the_old_more_often(place: Any, dead: pl.DataFrame) -> None:
    assert 0.002 < dead.height / place.people.height < 0.008
    old = place.people["age"] > 70
    assert (dead["age"] > 70).mean() > 5 * old.mean()
    assert dead["person"].is_unique().all()


def test_deaths_lie_in_the_thirteen_months_before_the_extracts(dead: pl.DataFrame) -> None:
    days = dead.select((pl.lit(AS_OF) - pl.col("died").cast(pl.Date)).dt.total_days())["literal"]
    assert days.min() >= 1
    assert days.max() < 395
    assert (dead["birth"].cast(pl.Date) < dead["died"].cast(pl.Date)).all()


def test_a_cremation_follows_the_death_within_days(dead: pl.DataFrame) -> None:
    cremated = dead.filter(pl.col("cremated").is_not_null())
    assert 0.6 < cremated.height / dead.height < 0.85
    days = (cremated["cremated"] - cremated["died"]).dt.total_days()
    assert days.min() >= 0
    assert days.max() <= 5


def test_nobody_lies_in_hospital_after_his_death(place: Any, dead: pl.DataFrame) -> None:
    stays = place.settlements.join(dead.select("person", "died"), on="person")
    assert stays.height > 0
    assert (stays["ended"] <= stays["died"]).all()


def test_nobody_dies_before_what_was_done_for_the_household(place: Any, dead: pl.DataFrame) -> None:
    episodes = place.episodes.join(dead.select("household", "died"), on="household")
    payments = place.payments.join(dead.select("household", "died"), on="household")
    work = place.work.join(dead.select("person", "died"), on="person")
    assert work.height > 0
    assert payments.height + episodes.height > 0
    assert (episodes["started"] < episodes["died"]).all()
    assert (payments["on"] < payments["died"]).all()
    assert (work["joined_on"] < work["died"]).all()


def test_a_death_that_something_contradicts_did_not_happen() -> None:
    """Households 1 and 2 are paid and listed, and the first thousand persons join a union, on the last day."""
    people = pl.DataFrame({"household": [0, 1, 2] * 800, "age": [90.0] * 2_400})
    work = pl.DataFrame({"person": range(1_000), "joined_on": [AS_OF] * 1_000})
    listed, paid = ({"household": [number], day: [AS_OF]} for number, day in ((2, "started"), (1, "on")))
    deeds = Deeds(work, pl.DataFrame(listed), pl.DataFrame(paid))
    found = deaths(np.random.default_rng(1), people, deeds, AS_OF)
    assert 10 < found.height < 60
    assert set(found["person"] % 3) == {0}
    assert found["person"].min() >= 1_000


def test_stays_up_to_the_day_of_death_stay() -> None:
    import datetime as dt

    stays = pl.DataFrame({"person": [1, 1, 2], "ended": [dt.date(2026, 1, day) for day in (4, 5, 5)]})
    dead = pl.DataFrame({"person": [1], "died": [dt.date(2026, 1, 4)]})
    assert without_stays_after(stays, dead).rows() == [(1, dt.date(2026, 1, 4)), (2, dt.date(2026, 1, 5))]


def test_a_household_whose_only_member_died_is_no_case(place: Any) -> None:
    members = place.people.filter("member").group_by("household").agg(pl.col("died").is_not_null().all().alias("gone"))
    gone = place.households.join(members.filter("gone"), on="household")
    assert gone.height > 0
    assert not gone["is_unregistered_hardship"].any()


def test_rosters_and_lists_still_name_the_dead(province: Any) -> None:
    """Whoever is sent a clue about a dead member is spared it by the death records, not by a tidy roster."""
    gone = province.truth("persons").filter(pl.col("died_on").is_not_null())
    rows = province.truth("records").filter(pl.col("person_id").is_in(gone["person_id"].implode()))
    on_file = dict(rows.group_by("source").len().iter_rows())
    assert on_file["union_roster"] >= gone["is_member"].sum() > 0
    assert set(rows.filter(pl.col("source") == "death_record")["person_id"]) == set(gone["person_id"])


def test_the_dead_have_no_interface_row_after_their_death(province: Any) -> None:
    records = province.truth("records").filter(pl.col("source") == "medical_settlement")
    gone = province.truth("persons").filter(pl.col("died_on").is_not_null()).select("person_id", "died_on")
    rows = records.filter(pl.col("file").str.ends_with(".csv") & ~pl.col("late")).join(gone, on="person_id")
    assert rows.height > 0
    for file, row, died in rows.select("file", "row", "died_on").iter_rows():
        cells = province.row("medical_settlement", file, "", row)
        (path,) = (path for path in province.files("medical_settlement") if path.name == file)
        header = province.sheets(path)[""][0]
        assert cells[header.index("enddate")] <= f"{died:%Y-%m-%d}"
