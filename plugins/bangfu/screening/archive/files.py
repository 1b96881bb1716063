"""Files of the archive (档案): one row per household file, and the members who are linked to it."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from bangfu.screening.routing import PROVINCIAL
from schemas.reference import counties

__all__ = ["READS", "ArchiveFiles", "archive_files"]

READS: Mapping[str, tuple[str, ...]] = {
    "hardship_archive": (
        "household_ref", "relation", "archive_status", "archive_level", "hardship_kind", "exited_on", "income_year",
        "household_size", "county_code",
    )
}  # fmt: skip
"""Columns that are read of each source."""
STANDING = ("active", "returned")


@dataclass(frozen=True)
class ArchiveFiles:
    """The files that some member is linked to.

    Attributes:
        table: `file, status, level, kind, exited_on, income_year, size, county`, one row per file; each value as the
            latest extract states it. `size` is the larger of the stated number and the persons listed; `county` is that
            of the head's union, else of another member's, else the file's own.
        persons: `file, cluster_id, relation, match_probability`, one row per file and member, the surest link.
    """

    table: pl.DataFrame
    persons: pl.DataFrame

    @property
    def standing(self) -> pl.DataFrame:
        """Files that stand (在档、返困); a file without a status stands."""
        return self.table.filter(pl.col("status").is_in(STANDING))


def archive_files(archive: pl.DataFrame, members: pl.DataFrame) -> ArchiveFiles:
    """Gather the files.

    Args:
        archive: Linked archive rows, oldest extract first.
        members: `cluster_id, county` of all members.
    """
    rows = archive.with_columns(
        pl.coalesce("household_ref", "record_id").alias("file"), pl.col("relation").fill_null("0")
    )
    persons = (
        rows.sort("file", "cluster_id", "match_probability", descending=[False, False, True], maintain_order=True)
        .unique(["file", "cluster_id"], keep="first", maintain_order=True)
        .select("file", "cluster_id", "relation", "match_probability")
    )
    routed = (
        persons.join(members.select("cluster_id", "county"), on="cluster_id", maintain_order="left")
        .sort("file", pl.col("relation") != "0", "cluster_id")
        .group_by("file", maintain_order=True)
        .agg(pl.col("county").first())
    )
    own = pl.col("own_county")
    table = (
        rows.group_by("file")
        .agg(
            pl.col("archive_status").drop_nulls().last().fill_null("active").alias("status"),
            pl.col("archive_level").drop_nulls().last().alias("level"),
            pl.col("hardship_kind").drop_nulls().last().alias("kind"),
            pl.col("exited_on").drop_nulls().last(),
            pl.col("income_year").drop_nulls().last().cast(pl.Float64),
            pl.col("household_size").drop_nulls().last().cast(pl.Int64).alias("stated"),
            pl.col("cluster_id").n_unique().cast(pl.Int64).alias("seen"),
            pl.col("county_code").drop_nulls().last().alias("own_county"),
        )
        .join(routed, on="file", how="left")
        .with_columns(
            pl.when(pl.col("stated") > 0).then(pl.max_horizontal("stated", "seen")).alias("size"),
            pl.when(own.is_in([county.code for county in counties()])).then(own).alias("own_county"),
        )
        .with_columns(pl.coalesce("county", "own_county", pl.lit(PROVINCIAL)).alias("county"))
        .sort("file")
    )
    columns = ("file", "status", "level", "kind", "exited_on", "income_year", "size", "county")
    return ArchiveFiles(table.select(columns), persons)
