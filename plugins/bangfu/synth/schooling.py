"""Pupils and students of poor households (教育资助): who studies at which stage, and whose parent applied for aid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

_YOUNGEST, _OLDEST = 3.0, 25.0
_STAGES = {
    "preschool": (3, 3, 0),
    "primary": (6, 6, 0),
    "junior": (12, 3, 0),
    "senior": (15, 3, 120_000),
    "vocational": (15, 3, 0),
    "college": (18, 3, 650_000),
    "undergraduate": (18, 4, 450_000),
    "postgraduate": (22, 3, 800_000),
}
"""Age at enrolment, years it takes, and fees of a year in fen (synthetic; compulsory schooling is free)."""
_POOR_FEN = 1_200_000  # yearly income per head below which aid is often asked for
_TIERS = (("special", 400_000), ("need", 330_000), ("general", 220_000))
"""Tier and what it pays in a year of tertiary education, in fen (synthetic); below it pays half."""


def education_aid(
    rng: np.random.Generator, people: pl.DataFrame, households: pl.DataFrame, dead: pl.DataFrame, as_of: dt.date
) -> pl.DataFrame:
    """Draws the applications for education aid.

    Args:
        rng: generator.
        people: of `people.Population.people`.
        households: income_fen, size and listed by household, in order.
        dead: of `deaths.deaths`; the dead neither study nor apply.
        as_of: the day the extracts are taken.

    Returns:
        One row per application, in order: person (the parent who applied), household, student (a person too), stage,
        years, enrolled_on, fee_fen, tier, aid_fen.
    """
    persons = people.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("person"), "household", "role", "age", "member"
    )
    alive = persons.join(dead.select("person"), on="person", how="anti", maintain_order="left")
    students = alive.filter(
        pl.col("role").is_in([2, 3]) & ~pl.col("member") & pl.col("age").is_between(_YOUNGEST, _OLDEST, closed="left")
    )
    stage = _stages(rng, students["age"].to_numpy())
    students = students.with_columns(pl.Series("stage", stage, dtype=pl.String)).join(
        households.select("household", "income_fen", "size", "listed"),
        on="household",
        how="left",
        maintain_order="left",
    )
    poor = pl.col("income_fen") / pl.col("size") < _POOR_FEN
    chance = pl.when("listed").then(0.55).when(poor).then(0.24).otherwise(0.025)
    asks = pl.Series(rng.random(students.height)) < students.select(chance.alias("chance"))["chance"]
    applies = students.filter(asks & pl.Series([bool(item) for item in stage]))
    parents = alive.filter(pl.col("role") < 2)
    preference = pl.Series(rng.random(parents.height)) + pl.when(pl.col("role") == 0).then(0.2).otherwise(0.0)
    parents = parents.with_columns(preference.alias("order")).sort("household", "order", descending=[False, True])
    parents = parents.unique("household", keep="first", maintain_order=True).select("household", "person")
    found = applies.rename({"person": "student"}).join(parents, on="household", maintain_order="left")
    return _with_terms(rng, found, as_of).select(
        "person", "household", "student", "stage", "years", "enrolled_on", "fee_fen", "tier", "aid_fen"
    )


def _stages(rng: np.random.Generator, age: npt.NDArray[np.float64]) -> list[str | None]:
    """Stage by age; from fifteen on schooling forks, and from eighteen on half have left it."""
    fork = rng.random(len(age))
    tertiary = np.select([fork < 0.26, fork < 0.58], ["undergraduate", "college"], "")
    named = np.select(
        [age < 6, age < 12, age < 15, age < 18, age < 21, age < 22, age < 25],
        [
            "preschool",
            "primary",
            "junior",
            np.where(fork < 0.6, "senior", "vocational"),
            tertiary,
            np.where(tertiary == "undergraduate", tertiary, ""),
            np.where(fork < 0.05, "postgraduate", ""),
        ],
        "",
    )
    return [name or None for name in named.tolist()]


def _with_terms(rng: np.random.Generator, found: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """Adds years, enrolled_on (a first of September), fee_fen, tier and aid_fen."""
    starts, years, fees = (
        pl.col("stage").replace_strict({name: item[at] for name, item in _STAGES.items()}, return_dtype=pl.Int64)
        for at in range(3)
    )
    found = found.with_columns(years.alias("years"), fees.alias("fee_fen"), starts.alias("starts"))
    inside = (pl.col("age") - pl.col("starts")).floor().cast(pl.Int64).clip(0, pl.col("years") - 1)
    school_year = as_of.year if as_of.month >= 9 else as_of.year - 1
    count = found.height
    tier = rng.choice(3, count, p=[0.25, 0.4, 0.35])
    pays = np.asarray([fen for _, fen in _TIERS])[tier]
    tertiary = pl.col("starts") >= 18
    return found.with_columns(
        pl.date(school_year - inside, 9, 1).alias("enrolled_on"),
        pl.Series("tier", [_TIERS[at][0] for at in tier.tolist()], dtype=pl.String),
        pl.when(tertiary).then(pl.Series(pays)).otherwise(pl.Series(pays // 2)).alias("aid_fen"),
    )
