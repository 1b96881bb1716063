"""Who is registered (已建档): linked to a person of an archive household that stands."""

from collections.abc import Mapping

import polars as pl

__all__ = ["READS", "formerly_registered", "registered"]

READS: Mapping[str, tuple[str, ...]] = {
    "hardship_archive": ("household_ref", "relation", "archive_status", "archive_level", "exited_on")
}
"""Columns that are read of each source."""

_OWN, _HOUSEHOLD = "registered", "household_registered"
_LEVELS = {"national": 0, "provincial": 1, "prefecture": 2, "county": 3}


def registered(archive: pl.DataFrame | None, beside: pl.DataFrame | None = None) -> pl.DataFrame:
    """Persons of a household whose archive is active or was reopened (在档、返困), whatever its level.

    The unit is the household: being listed as anybody's spouse or child registers as well, and so does surely sharing a
    household with a person who is listed. The latest extract that states a household's status counts; a household
    without any status counts as registered.

    Args:
        archive: Linked archive rows, oldest extract first; None where no archive was received.
        beside: `cluster_id, archive_level` of persons who share a household with one who is listed.

    Returns:
        `cluster_id, why, archive_level`, one row per person: `registered` where the file is the person's own,
        `household_registered` otherwise; the highest level of several.
    """
    if archive is None:
        return pl.DataFrame(schema={"cluster_id": pl.String, "why": pl.String, "archive_level": pl.String})
    head = pl.col("relation").fill_null("0") == "0"
    listed = (
        _status(archive.with_columns(head.alias("head")), "archive_level", "head")
        .filter(pl.col("archive_status").fill_null("active").is_in(["active", "returned"]))
        .select("cluster_id", pl.when("head").then(pl.lit(_OWN)).otherwise(pl.lit(_HOUSEHOLD)).alias("why"), "archive_level")
    )  # fmt: skip
    if beside is not None:
        listed = pl.concat([listed, beside.select("cluster_id", pl.lit(_HOUSEHOLD).alias("why"), "archive_level")])
    place = pl.col("archive_level").replace_strict(_LEVELS, default=len(_LEVELS), return_dtype=pl.Int64)
    return (
        listed.with_columns((pl.col("why") != _OWN).alias("_other"), place.alias("_place"))
        .sort("cluster_id", "_other", "_place")
        .unique("cluster_id", keep="first", maintain_order=True)
        .drop("_other", "_place")
    )


def formerly_registered(archive: pl.DataFrame) -> pl.DataFrame:
    """Persons linked only to households that left the archive, with the last day of leaving (脱困、注销).

    Returns:
        `cluster_id, archive_status, exited_on`.
    """
    left = _status(archive).join(registered(archive), on="cluster_id", how="anti")
    return left.sort("cluster_id", "exited_on", nulls_last=False).group_by("cluster_id", maintain_order=True).last()


def _status(archive: pl.DataFrame, *more: str) -> pl.DataFrame:
    household = pl.coalesce("household_ref", "record_id")
    return archive.select(
        "cluster_id",
        pl.col("archive_status").drop_nulls().last().over(household),
        pl.col("exited_on").drop_nulls().last().over(household),
        *more,
    ).unique()
