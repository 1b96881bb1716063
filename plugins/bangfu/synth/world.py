"""One part of a county, true in every detail (真实世界): people, work, illness, disasters, the archive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bangfu.synth import enterprises, hardship, illness, labour, people, relief
from bangfu.synth.deaths import Deeds, deaths, without_stays_after
from bangfu.synth.disability import disabilities
from bangfu.synth.places import county
from bangfu.synth.schooling import education_aid

if TYPE_CHECKING:
    import datetime as dt

    from bangfu.synth.places import County
    from bangfu.synth.request import Part

_OTHER_HOUSEHOLDS_PER_MEMBER = 0.1


@dataclass(frozen=True)
class World:
    """The truth of one part.

    Attributes:
        part: which part.
        place: its county.
        as_of: the day the extracts are taken.
        people: of `people.Population.people`, with person, person_id, household_id, died and disability_type.
        addresses: one row per household.
        work: one row per member; see `enterprises.employment`.
        employers: of `enterprises.employers`.
        settlements: with refunds; see `illness`.
        episodes, payments: see `relief`.
        dead, holders, aided: see `deaths`, `disability` and `schooling`.
        accidents, contributions: see `labour`.
        households: one row per household with the truth about hardship; see `hardship`.
    """

    part: Part
    place: County
    as_of: dt.date
    people: pl.DataFrame
    addresses: pl.DataFrame
    work: pl.DataFrame
    employers: pl.DataFrame
    settlements: pl.DataFrame
    episodes: pl.DataFrame
    payments: pl.DataFrame
    dead: pl.DataFrame
    holders: pl.DataFrame
    aided: pl.DataFrame
    accidents: pl.DataFrame
    contributions: pl.DataFrame
    households: pl.DataFrame


def make_world(rng: np.random.Generator, part: Part, seed: int, as_of: dt.date) -> World:
    """Makes one part of a county."""
    place = county(part.county, seed)
    outsiders = max(4, int(part.members * _OTHER_HOUSEHOLDS_PER_MEMBER))
    size = people.Size(part.members, outsiders, part.part, part.parts)
    population = people.populate(rng, place, size, as_of)
    persons, inside = population.people, population.member_households
    work, places = enterprises.employment(rng, place, persons, as_of)
    lives = rng.spawn(1)[0]  # what was added to the world later leaves the rest of it as it was
    ill = illness.patients(rng, persons, inside, part.members)
    bills = illness.settlements(rng, persons, ill, as_of)
    episodes = relief.civil_affairs(rng, persons, population.addresses, relief.Wanted(inside, part.members, as_of))
    payments = relief.disasters(rng, population.addresses, relief.Wanted(inside, part.members, as_of))
    dead = deaths(lives, persons, Deeds(work, episodes, payments), as_of)
    bills = without_stays_after(bills, dead)
    earned = hardship.earnings(rng, persons)
    burdens = hardship.household_burdens(persons, bills, episodes, payments, hardship.incomes(persons, earned), as_of)
    households = hardship.with_archive(rng, burdens, inside, part.members)
    households = hardship.with_visibility(rng, households, _eligible(persons, work, dead))
    holders = disabilities(lives, persons, dead, as_of)
    prefix = f"{part.number:05d}"
    return World(
        part=part,
        place=place,
        as_of=as_of,
        people=persons.with_row_index("person")
        .with_columns(
            pl.col("person").cast(pl.Int64),
            pl.format(f"p{prefix}-{{}}", pl.col("person").cast(pl.String).str.zfill(6)).alias("person_id"),
            pl.format(f"h{prefix}-{{}}", pl.col("household").cast(pl.String).str.zfill(6)).alias("household_id"),
        )
        .join(dead.select("person", "died"), on="person", how="left", maintain_order="left")
        .join(holders.select("person", "disability_type"), on="person", how="left", maintain_order="left"),
        addresses=population.addresses,
        work=work,
        employers=places,
        settlements=illness.with_refunds(rng, bills),
        episodes=episodes,
        payments=payments,
        dead=dead,
        holders=holders,
        aided=education_aid(lives, persons, households, dead, as_of),
        accidents=labour.accidents(lives, work, earned, dead, as_of),
        contributions=labour.contributions(lives, work, earned, dead, as_of),
        households=households.with_columns(
            pl.format(f"h{prefix}-{{}}", pl.col("household").cast(pl.String).str.zfill(6)).alias("household_id"),
            pl.lit(place.division.code).alias("county_code"),
        ),
    )


def _eligible(persons: pl.DataFrame, work: pl.DataFrame, dead: pl.DataFrame) -> pl.Series:
    """Per household: does a living member in good standing live there who has not retired?"""
    counts = work.filter(pl.col("membership_status").is_in(["正常", "保留"]) & (pl.col("employment_status") != "退休"))
    counts = counts.join(dead, on="person", how="anti", maintain_order="left")
    household = persons["household"].to_numpy()
    eligible = np.zeros(int(household.max()) + 1, dtype=bool)
    eligible[household[counts["person"].to_numpy()]] = True
    return pl.Series(eligible)
