"""Registered households (在档户): every file of the archive that stands, whether or not a member is linked to it."""

import polars as pl

from bangfu.screening.archive.files import STANDING, archive_files
from bangfu.screening.routing import PROVINCIAL
from schemas.reference import counties
from schemas.unions import federation

__all__ = ["ARCHIVE", "HOUSEHOLD", "READS", "standing_households"]

ARCHIVE = "hardship_archive"
READS = ("record_id", "household_ref", "relation", "archive_status", "filed_on", "county_code", "name", "employer")
"""Columns of the archive that are read of all its rows, linked or not."""

HOUSEHOLD = ("file", "county", "owner", "union_name", "name", "filed_on", "returned", "persons")
"""Columns: `name` is that of who heads it, `union_name` their union or employer, `persons` the `cluster_id` of linked members."""


def standing_households(archive: pl.DataFrame, linked: pl.DataFrame | None, members: pl.DataFrame) -> pl.DataFrame:
    """Gather the households.

    A household belongs to the union of the member who heads it, else of another member's, else to the county that the
    archive states.

    Args:
        archive: All rows of the archive, oldest extract first.
        linked: Those of them that are linked to the roster, with `cluster_id`; None where no link was made.
        members: `cluster_id, county, owner, union_name, employer` of all members.

    Returns:
        One row per standing file in columns of `HOUSEHOLD`, by file.
    """
    rows = archive.select(
        pl.coalesce("household_ref", "record_id").alias("file"),
        pl.col("relation").fill_null("0") == "0",
        "archive_status", "filed_on", "county_code", "name", "employer",
    )  # fmt: skip
    files = (
        rows.sort("file", ~pl.col("relation"), maintain_order=True)
        .group_by("file", maintain_order=True)
        .agg(
            pl.col("archive_status").drop_nulls().last().fill_null("active").alias("status"),
            pl.col("filed_on").cast(pl.Date).drop_nulls().last(),
            pl.col("county_code").drop_nulls().last().alias("stated"),
            pl.coalesce(pl.col("name").filter("relation").drop_nulls().last(), pl.col("name").first()).alias("name"),
            pl.coalesce(pl.col("employer").filter("relation").drop_nulls().last()).alias("works_at"),
        )
        .filter(pl.col("status").is_in(STANDING))
    )
    codes = [county.code for county in counties()]
    placed = files.join(_of_members(linked, members), on="file", how="left").with_columns(
        pl.coalesce("county", pl.when(pl.col("stated").is_in(codes)).then("stated"), pl.lit(PROVINCIAL)).alias("county")
    )
    seats = {code: federation(code) for code in codes}
    return (
        placed.select(
            "file",
            "county",
            pl.coalesce("owner", pl.col("county").replace_strict(seats, return_dtype=pl.String)).alias("owner"),
            pl.coalesce("union_name", "employer", "works_at").alias("union_name"),
            "name",
            "filed_on",
            (pl.col("status") == "returned").alias("returned"),
            pl.col("persons").fill_null([]),
        )
        .select(HOUSEHOLD)
        .sort("file")
    )


def _of_members(linked: pl.DataFrame | None, members: pl.DataFrame) -> pl.DataFrame:
    """By file what the members who are linked to it tell, first of all who heads it."""
    told = ("county", "owner", "union_name", "employer")
    if linked is None:
        return pl.DataFrame(schema={"file": pl.String, **dict.fromkeys(told, pl.String), "persons": pl.List(pl.String)})
    persons = archive_files(linked, members).persons
    return (
        persons.join(members.select("cluster_id", *told), on="cluster_id", how="left", maintain_order="left")
        .sort("file", pl.col("relation") != "0", "cluster_id")
        .group_by("file", maintain_order=True)
        .agg(*(pl.col(name).drop_nulls().first() for name in told), pl.col("cluster_id").sort().alias("persons"))
    )
