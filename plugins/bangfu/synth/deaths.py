"""Deaths (死亡): who died in the thirteen months before the extracts, in accordance with all else that is true of them.

Rosters, lists and archives lag behind and still name the dead; only what happens to somebody ends with the death.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import datetime as dt

_DAYS_COVERED = 395
_YEARLY = ((40, 0.0006), (60, 0.0028), (75, 0.014), (200, 0.055))
"""Share that dies in a year, by the age below which it holds (synthetic)."""
_CREMATED = 0.72


@dataclass(frozen=True)
class Deeds:
    """What only the living do, or is done for them: a death that would come before it did not happen.

    Attributes:
        work: person and joined_on.
        episodes: household and started.
        payments: household and on.
    """

    work: pl.DataFrame
    episodes: pl.DataFrame
    payments: pl.DataFrame


def deaths(rng: np.random.Generator, people: pl.DataFrame, deeds: Deeds, as_of: dt.date) -> pl.DataFrame:
    """Draws the deaths.

    Returns:
        One row per dead person, in order: person, died, cremated (null for a burial).
    """
    age = people["age"].to_numpy()
    yearly = np.select([age < below for below, _ in _YEARLY], [share for _, share in _YEARLY])
    back = rng.integers(1, _DAYS_COVERED, people.height)
    dead = (rng.random(people.height) < yearly * _DAYS_COVERED / 365) & (age * 365 > _DAYS_COVERED)
    died = np.datetime64(as_of, "D") - back.astype("timedelta64[D]")
    cremated = died + rng.integers(1, 6, people.height).astype("timedelta64[D]")
    cremated = np.where(
        rng.random(people.height) < _CREMATED, np.minimum(cremated, np.datetime64(as_of, "D")), np.datetime64("NaT")
    )
    found = people.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("person"), "household").with_columns(
        pl.Series("died", died), pl.Series("cremated", cremated.astype("datetime64[D]"))
    )
    last = (
        found.filter(pl.Series(dead))
        .join(deeds.work.select("person", "joined_on"), on="person", how="left", maintain_order="left")
        .join(_latest(deeds.episodes, "started"), on="household", how="left", maintain_order="left")
        .join(_latest(deeds.payments, "on"), on="household", how="left", maintain_order="left")
    )
    deed = pl.max_horizontal("joined_on", "started", "on")
    return last.filter(deed.is_null() | (deed < pl.col("died"))).select("person", "died", "cremated")


def _latest(rows: pl.DataFrame, day: str) -> pl.DataFrame:
    return rows.group_by("household").agg(pl.col(day).max())


def without_stays_after(settlements: pl.DataFrame, dead: pl.DataFrame) -> pl.DataFrame:
    """The settlements whose stay had ended when the patient died."""
    joined = settlements.join(dead.select("person", "died"), on="person", how="left", maintain_order="left")
    return joined.filter(pl.col("died").is_null() | (pl.col("ended") <= pl.col("died"))).drop("died")
