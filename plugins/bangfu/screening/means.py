"""Means of a household (家庭收入和人口的推算): what contribution bases and the household graph tell of income and size.

Income and size are known only from a visit. Until then wages are what is contributed on, of the member and of everybody surely
tied to them, and the size is that of those who are known, or three, about the average household, where they are fewer.
"""

import polars as pl

from bangfu.screening.evidence import Window
from bangfu.screening.material import Material
from bangfu.screening.memberships import MEMBERSHIP, SURE

__all__ = ["AVERAGE_HOUSEHOLD", "LARGEST_BASE", "bases", "means"]

AVERAGE_HOUSEHOLD = 3
"""Persons of a household of whom no list says how many they are."""
LARGEST_BASE = 100_000.0
"""Yuan a month above which a contribution base is a slip: bases are capped at three times the average wage."""
_SOURCE = "contribution_base"


def bases(rows: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Rows of contribution bases that had begun by the last day and say something: a base of nothing does not, nor a slip."""
    base = pl.col("contribution_base").cast(pl.Float64)
    begun = (pl.col("contributed_from") <= window.as_of).fill_null(True)
    return rows.with_columns(base.alias("base")).filter(begun & (pl.col("base") > 0) & (pl.col("base") <= LARGEST_BASE))


def means(material: Material, window: Window, households: pl.Series) -> pl.DataFrame:
    """Wages and size of every member's household.

    Args:
        material: Linked rows with the household graph.
        window: Its last day counts.
        households: `cluster_id` of the members whose households are asked for.

    Returns:
        `household_id, wages_known` (yuan a year of all whose base is known), `earners_unknown` (the member and other members of
        the union in the household without a base), `n_known` (persons known, the member among them); one row per household.
    """
    told = households.unique(maintain_order=True).rename("household_id").to_frame()
    members = material.roster.select("cluster_id").unique()
    held = material.held if material.held is not None else pl.DataFrame(schema=dict(MEMBERSHIP))
    sure = held.filter(pl.col("probability") >= SURE).join(told, on="household_id", how="semi")
    sure = sure.select("household_id", "person")
    own = _wages(material.linked.get(_SOURCE), window).group_by("cluster_id").agg(pl.col("wage").sum())
    theirs = (
        _wages(material.shared.get(_SOURCE), window).group_by("cluster_id").agg(pl.col("wage").sum().alias("theirs"))
    )
    beside = sure.join(members, left_on="person", right_on="cluster_id", how="semi")
    without = (
        beside.join(own, left_on="person", right_on="cluster_id", how="anti").group_by("household_id").len("without")
    )
    known = sure.group_by("household_id").len("known")
    for table, key in ((own, "cluster_id"), (theirs, "cluster_id"), (without, "household_id"), (known, "household_id")):
        told = told.join(table, left_on="household_id", right_on=key, how="left", maintain_order="left")
    return told.select(
        "household_id",
        (pl.col("wage").fill_null(0) + pl.col("theirs").fill_null(0)).alias("wages_known"),
        (pl.col("wage").is_null().cast(pl.Int64) + pl.col("without").fill_null(0)).alias("earners_unknown"),
        (pl.col("known").fill_null(0) + 1).alias("n_known"),
    )


def _wages(rows: pl.DataFrame | None, window: Window) -> pl.DataFrame:
    """`cluster_id, partner_id, wage`: twelve times the latest base of each person, through links that are sure."""
    if rows is None:
        return pl.DataFrame(schema={"cluster_id": pl.String, "partner_id": pl.String, "wage": pl.Float64})
    said = rows.select("cluster_id", "partner_id", "match_probability", "contributed_from", "contribution_base")
    known = bases(said, window).filter(pl.col("match_probability") >= SURE)
    person = ["cluster_id", "partner_id"]
    several = known.select(person).is_duplicated()  # few: only those are sorted
    latest = (
        known.filter(several)
        .sort("contributed_from", nulls_last=False, maintain_order=True)
        .unique(person, keep="last", maintain_order=True)
    )
    return pl.concat([known.filter(~several), latest]).select(*person, (pl.col("base") * 12).alias("wage"))
