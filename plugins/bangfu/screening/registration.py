"""Who is registered (已建档): linked to a person of an archive household that stands."""

import polars as pl

__all__ = ["formerly_registered", "registered"]


def registered(archive: pl.DataFrame) -> pl.DataFrame:
    """Persons linked to a household whose archive is active or was reopened (在档、返困).

    The unit is the household: being listed as anybody's spouse or child registers as well. The latest
    extract that states a household's status counts; a household without any status counts as registered.

    Args:
        archive: Linked archive rows, oldest extract first.

    Returns:
        `cluster_id`, unique.
    """
    standing = _status(archive).filter(pl.col("archive_status").fill_null("active").is_in(["active", "returned"]))
    return standing.select("cluster_id").unique().sort("cluster_id")


def formerly_registered(archive: pl.DataFrame) -> pl.DataFrame:
    """Persons linked only to households that left the archive, with the last day of leaving (脱困、注销).

    Returns:
        `cluster_id, archive_status, exited_on`.
    """
    left = _status(archive).join(registered(archive), on="cluster_id", how="anti")
    return left.sort("cluster_id", "exited_on", nulls_last=False).group_by("cluster_id", maintain_order=True).last()


def _status(archive: pl.DataFrame) -> pl.DataFrame:
    household = pl.coalesce("household_ref", "record_id")
    return archive.select(
        "cluster_id",
        pl.col("archive_status").drop_nulls().last().over(household),
        pl.col("exited_on").drop_nulls().last().over(household),
    ).unique()
