"""Wages, contributions and accidents at work (工资、社保缴费、工伤) of the members who are employed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

INSURED_SHARE = 0.66
"""Of the members who are not retired; the others are insured as residents or elsewhere."""
_LEAST_FEN, _MOST_FEN = 430_000, 2_150_000
"""Bounds of the monthly base: 60 % and 300 % of a synthetic average wage."""
_ACCIDENTS_PER_MEMBER = 0.009
_DAYS_COVERED = 3 * 365
MONTHS_PAID = {"1": 27, "2": 25, "3": 23, "4": 21, "5": 18, "6": 16, "7": 13, "8": 11, "9": 9, "10": 7}
"""One-off compensation in monthly wages by grade (工伤保险条例 art. 35 to 37)."""
_GRADES = {
    "none": 0.42, "10": 0.26, "9": 0.12, "8": 0.07, "7": 0.04, "6": 0.02, "5": 0.012, "4": 0.01, "3": 0.008,
    "2": 0.005, "1": 0.003, "pending": 0.032,
}  # fmt: skip


def contributions(
    rng: np.random.Generator, work: pl.DataFrame, wages: npt.NDArray[np.float64], dead: pl.DataFrame, as_of: dt.date
) -> pl.DataFrame:
    """What was contributed in the twelve months up to the day of the extracts.

    Args:
        rng: generator.
        work: of `enterprises.employment`.
        wages: true yearly earnings of every person in yuan.
        dead: of `deaths.deaths`; contributions end with the month before the death.
        as_of: the day the extracts are taken.

    Returns:
        One row per insured member and employer, in order: person, employer_index, base_fen (monthly), months, since, until
        (first days of months), status (code of `schemas.vocabulary`). One in twenty-five changed employers in the year.
    """
    insured = work.filter(
        (pl.col("employment_status") != "退休") & (pl.Series(rng.random(work.height)) < INSURED_SHARE)
    ).join(dead.select("person", "died"), on="person", how="left", maintain_order="left")
    count = insured.height
    this_month = np.datetime64(as_of, "M")
    idle = insured["employment_status"].is_in(["失业", "待岗"]).to_numpy()
    stopped = idle | (rng.random(count) < 0.015)
    until = this_month - np.where(stopped, rng.integers(1, 10, count), 0).astype("timedelta64[M]")
    died = insured["died"].to_numpy().astype("datetime64[M]")
    until = np.where(np.isnat(died), until, np.minimum(until, died - np.timedelta64(1, "M")))
    joined = insured["joined_on"].to_numpy().astype("datetime64[M]")
    since = np.minimum(np.maximum(joined, this_month - np.timedelta64(11, "M")), until)
    wage = wages[insured["person"].to_numpy()] / 12 * 100
    base = np.clip(wage * rng.choice([1.0, 0.85, 0.6], count, p=[0.62, 0.25, 0.13]), _LEAST_FEN, _MOST_FEN)
    status = np.where(np.isnat(died), np.where(stopped, "suspended", "paying"), "ended")
    rows = insured.select("person", "employer_index").with_columns(
        pl.Series("base_fen", np.round(base / 100).astype(np.int64) * 100),
        pl.Series("since", since.astype("datetime64[D]")),
        pl.Series("until", until.astype("datetime64[D]")),
        pl.Series("status", status.tolist(), dtype=pl.String),
    )
    rows = rows.filter(pl.col("until") > as_of - pl.duration(days=365))
    return _with_changes(rng, rows, insured["employer_index"].max()).with_columns(_months().alias("months"))


def _months() -> pl.Expr:
    later, earlier = pl.col("until"), pl.col("since")
    months = (later.dt.year() - earlier.dt.year()) * 12 + later.dt.month().cast(pl.Int32) - earlier.dt.month() + 1
    return months.cast(pl.Int64)


def _with_changes(rng: np.random.Generator, rows: pl.DataFrame, employers: object) -> pl.DataFrame:
    """Some of those insured for half a year or more have a row of an earlier employer, ended before the present one's."""
    count = int(employers) + 1 if isinstance(employers, int) else 1
    changes = pl.Series(rng.random(rows.height) < 0.04) & rows.select(_months() >= 6).to_series()
    other = pl.Series(rng.integers(count, size=rows.height), dtype=pl.Int64)
    rows = rows.with_columns(changes.alias("changes"), other.alias("other"))
    middle = pl.col("since").dt.offset_by("3mo")
    before = rows.filter("changes").with_columns(
        pl.col("other").alias("employer_index"),
        pl.col("since").dt.offset_by("2mo").alias("until"),
        pl.lit("ended").alias("status"),
    )
    after = rows.with_columns(pl.when("changes").then(middle).otherwise("since").alias("since"))
    both = pl.concat([before, after]).drop("changes", "other")
    return both.sort("person", "since", maintain_order=True)


def accidents(
    rng: np.random.Generator, work: pl.DataFrame, wages: npt.NDArray[np.float64], dead: pl.DataFrame, as_of: dt.date
) -> pl.DataFrame:
    """Recognised accidents at work of the last three years.

    Args:
        rng: generator.
        work, wages, dead, as_of: as for `contributions`.

    Returns:
        One row per accident, in order: person, employer_index, on, recognised, grade (code of `schemas.vocabulary`),
        compensation_fen (null without a grade).
    """
    hurt = work.filter(
        (pl.col("employment_status") != "退休") & (pl.Series(rng.random(work.height)) < _ACCIDENTS_PER_MEMBER)
    ).join(dead.select("person", "died"), on="person", how="left", maintain_order="left")
    count = hurt.height
    today = np.datetime64(as_of, "D")
    on = today - rng.integers(40, _DAYS_COVERED, count).astype("timedelta64[D]")
    recognised = np.minimum(on + rng.integers(20, 90, count).astype("timedelta64[D]"), today)
    grade = rng.choice(list(_GRADES), count, p=np.asarray(list(_GRADES.values())) / sum(_GRADES.values()))
    monthly = np.round(wages[hurt["person"].to_numpy()] / 12).astype(np.int64)
    paid = [MONTHS_PAID.get(item) for item in grade.tolist()]
    rows = hurt.select("person", "employer_index", "joined_on", "died").with_columns(
        pl.Series("on", on),
        pl.Series("recognised", recognised),
        pl.Series("grade", grade.tolist(), dtype=pl.String),
        (pl.Series("compensation_fen", paid, dtype=pl.Int64) * pl.Series(monthly) * 100),
    )
    alive = pl.col("died").is_null() | (pl.col("recognised") < pl.col("died"))
    return (
        rows.filter(alive & (pl.col("on") >= pl.col("joined_on")))
        .drop("joined_on", "died")
        .sort("person", maintain_order=True)
    )
