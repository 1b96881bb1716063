"""What is told of a record besides that it matched (附带信息): reason, month and band, of five persons at least jointly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schemas.agreement import MINIMUM_GROUP

if TYPE_CHECKING:
    from schemas.agreement import Payload

__all__ = ["PAYLOAD", "band_label", "payload_of", "suppressed"]

PAYLOAD = {"reason": pl.String(), "month": pl.String(), "band": pl.Int8()}
"""Columns of a payload; null where it is not told."""


def payload_of(rows: pl.DataFrame, payload: Payload) -> pl.DataFrame:
    """The payload of standardised rows, before anything is suppressed."""
    month = pl.col(payload.month).dt.strftime("%Y-%m") if payload.month else pl.lit(None)
    band = pl.lit(None)
    if payload.band:
        amount = pl.col(payload.band.field)
        above = pl.sum_horizontal((amount >= limit).cast(pl.Int8) for limit in payload.band.limits)
        band = pl.when(amount.is_not_null()).then(above)
    told = {"reason": pl.lit(payload.reason), "month": month, "band": band}
    return rows.select(told[name].cast(dtype).alias(name) for name, dtype in PAYLOAD.items())


def suppressed(told: pl.DataFrame, persons: pl.Series, least: int = MINIMUM_GROUP) -> tuple[pl.DataFrame, int]:
    """A payload in which every combination is that of `least` persons or more.

    Rarer combinations lose month and band and are told together; where these are fewer than `least` persons, the next rarest
    joins them. Of fewer than `least` persons in all nothing is told.

    Args:
        told: Columns of `PAYLOAD`.
        persons: Who each row is of.
        least: Persons of a combination.

    Returns:
        The payload, and how many rows tell less than they did.

    >>> told = pl.DataFrame({"reason": ["illness"] * 7, "month": ["2026-01"] * 6 + ["2026-02"], "band": [1] * 7})
    >>> suppressed(told, pl.Series(range(7)))[0]["month"].to_list() == [None] * 7
    True
    >>> suppressed(told.head(4), pl.Series(range(4)))[0].null_count().row(0)
    (4, 4, 4)
    """
    if persons.n_unique() < least:
        nothing = pl.DataFrame({name: pl.Series([None] * told.height, dtype=dtype) for name, dtype in PAYLOAD.items()})
        return nothing, told.height
    rows = told.with_columns(persons.alias("_person")).with_row_index("_row")
    groups = (
        rows.group_by("month", "band")
        .agg(pl.col("_person").n_unique().alias("_persons"))
        .sort("_persons", "month", "band")
    )
    silent = pl.col("month").is_null() & pl.col("band").is_null()
    pool = groups.filter(silent | (pl.col("_persons") < least)).select("month", "band")
    others = groups.join(pool, on=["month", "band"], how="anti", nulls_equal=True, maintain_order="left")
    taken = 0
    while pool.height and _persons(rows, pool) < least and taken < others.height:
        pool = pl.concat([pool, others.slice(taken, 1).select("month", "band")])
        taken += 1
    if not pool.height:
        return told, 0
    inside = rows.join(
        pool.with_columns(pl.lit(True).alias("_silent")), on=["month", "band"], how="left", nulls_equal=True
    )
    inside = inside.sort("_row").with_columns(pl.col("_silent").fill_null(False))
    lost = inside.filter(pl.col("_silent") & ~silent).height
    month, band = (pl.when(~pl.col("_silent")).then(name).alias(name) for name in ("month", "band"))
    return inside.select("reason", month, band), lost


def band_label(payload: Payload, band: int | None, *, chinese: bool) -> str:
    """A band in words.

    >>> from schemas.agreement import Band, Payload
    >>> told = Payload("illness", band=Band("personal_amount", (3000, 10000)))
    >>> band_label(told, 1, chinese=True), band_label(told, 2, chinese=False)
    ('3000—10000 元', '10000 yuan and more')
    """
    if payload.band is None or band is None:
        return "—"
    limits = payload.band.limits
    if band == 0:
        return f"{limits[0]} 元以下" if chinese else f"below {limits[0]} yuan"
    if band >= len(limits):
        return f"{limits[-1]} 元及以上" if chinese else f"{limits[-1]} yuan and more"
    low, high = limits[band - 1], limits[band]
    return f"{low}—{high} 元" if chinese else f"{low} to {high} yuan"


def _persons(rows: pl.DataFrame, groups: pl.DataFrame) -> int:
    return int(rows.join(groups, on=["month", "band"], how="semi", nulls_equal=True)["_person"].n_unique())
