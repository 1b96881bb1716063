"""Who is left out of a list, and why (不列入原因)."""

import polars as pl

__all__ = ["suppressed"]

_REASONS = {"transferred": "transferred", "left": "left_union"}


def suppressed(roster: pl.DataFrame, registered: pl.DataFrame, beside: pl.DataFrame | None = None) -> pl.DataFrame:
    """Persons who are not to be visited as unregistered members.

    - `registered`: in an archive household that stands.
    - `registered_household`: somebody else of the household is, and surely belongs to it.
    - `transferred`, `left_union`: no current membership on any of the person's roster rows.
    - `retired`: retired on every row; retired members are handed to the community.

    An unknown membership or employment status counts as current.

    Args:
        roster: Roster rows with `cluster_id`.
        registered: `cluster_id` of registered persons.
        beside: `cluster_id` of persons in whose household somebody is registered.

    Returns:
        `cluster_id, why`, one reason per person in the order above.
    """
    gone = pl.col("membership_status").replace_strict(_REASONS, default=None, return_dtype=pl.String)
    persons = roster.group_by("cluster_id").agg(
        pl.when(gone.is_not_null().all()).then(gone.drop_nulls().last()).alias("gone"),
        (pl.col("employment_status").fill_null("") == "retired").all().alias("retired"),
    )
    marked = persons.join(registered.with_columns(pl.lit(True).alias("registered")), on="cluster_id", how="left")
    relatives = beside if beside is not None else registered.clear()
    marked = marked.join(relatives.with_columns(pl.lit(True).alias("beside")), on="cluster_id", how="left")
    why = (
        pl.when(pl.col("registered").fill_null(False)).then(pl.lit("registered"))
        .when(pl.col("beside").fill_null(False)).then(pl.lit("registered_household"))
        .when(pl.col("gone").is_not_null()).then("gone")
        .when("retired").then(pl.lit("retired"))
    )  # fmt: skip
    return marked.select("cluster_id", why.alias("why")).drop_nulls().sort("cluster_id")
