"""Disabilities (残疾) and the certificates that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import datetime as dt

_KINDS = ("1", "2", "3", "4", "5", "6", "7")
_KIND_SHARES = (0.13, 0.10, 0.02, 0.46, 0.11, 0.12, 0.06)
_LEVELS = ("1", "2", "3", "4")
_LEVEL_SHARES = (0.14, 0.24, 0.29, 0.33)
_STATUS = ("valid", "expired", "frozen", "cancelled")
_STATUS_SHARES = (0.93, 0.04, 0.01, 0.02)
_CANCELLED_AFTER = 60  # days until a death reaches the register, where it does


def disabilities(rng: np.random.Generator, people: pl.DataFrame, dead: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """Draws the certificate holders, the old more often.

    Args:
        rng: generator.
        people: of `people.Population.people`.
        dead: of `deaths.deaths`.
        as_of: the day the extracts are taken.

    Returns:
        One row per holder, in order: person, disability_type, disability_level (codes of `schemas.vocabulary`),
        certified_on, certificate_status, reissued.
    """
    age = people["age"].to_numpy()
    share = np.select([age < 3, age < 18, age < 50], [0.0, 0.008, 0.016], 0.035)
    person = np.flatnonzero(rng.random(people.height) < share)
    count = len(person)
    years = np.minimum(rng.uniform(0.1, 12, count), age[person] - 2)
    certified = np.datetime64(as_of, "D") - (years * 365.2425).astype(np.int64).astype("timedelta64[D]")
    holders = pl.DataFrame(
        {
            "person": person.astype(np.int64),
            "disability_type": pl.Series(rng.choice(_KINDS, count, p=_KIND_SHARES).tolist(), dtype=pl.String),
            "disability_level": pl.Series(rng.choice(_LEVELS, count, p=_LEVEL_SHARES).tolist(), dtype=pl.String),
            "certified_on": certified,
            "status": pl.Series(rng.choice(_STATUS, count, p=_STATUS_SHARES).tolist(), dtype=pl.String),
            "reissued": rng.random(count) < 0.08,
            "reported": rng.random(count) < 0.7,
        }
    ).join(dead.select("person", "died"), on="person", how="left", maintain_order="left")
    gone = pl.col("reported") & (pl.col("died") <= as_of - pl.duration(days=_CANCELLED_AFTER)).fill_null(False)
    status = pl.when(gone).then(pl.lit("cancelled")).otherwise("status").alias("certificate_status")
    holders = holders.filter(pl.col("died").is_null() | (pl.col("certified_on") < pl.col("died")))
    return holders.with_columns(status).drop("status", "reported", "died")
