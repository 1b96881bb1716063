"""Which county looks (派发): the explicit rule that gives every clue exactly one owner.

In this order: the county of the territorial parent union (上级工会); the county of residence; the county
most colleagues of the same union are routed to; the first county of the known prefecture; the county of
the provincial federation. A member of an industry or company union has no territorial parent and so goes
to where they live.
"""

import polars as pl

from schemas.reference import counties

__all__ = ["PROVINCIAL", "representatives", "routes"]

PROVINCIAL = "530102"
"""五华区, seat of the provincial federation: owner of last resort, which passes the clue on."""


def representatives(roster: pl.DataFrame) -> pl.DataFrame:
    """The roster row that stands for each person: a current membership before others, then the first row."""
    current = (pl.col("membership_status").fill_null("normal").is_in(["normal", "retained"])).alias("_current")
    return (
        roster.with_columns(current)
        .with_row_index("_row")
        .sort("cluster_id", "_current", "_row", descending=[False, True, False])
        .unique("cluster_id", keep="first", maintain_order=True)
        .drop("_current", "_row")
    )


def routes(members: pl.DataFrame) -> pl.DataFrame:
    """County and rule for each row.

    Args:
        members: One row per person: `cluster_id, union_county_code, county_code, union_name`; all the
            roster's persons, since colleagues decide where nothing else does.

    Returns:
        `cluster_id, county, route` with route `parent_union`, `residence`, `colleagues`, `prefecture`
        or `provincial`.
    """
    codes = [county.code for county in counties()]
    seats: dict[str, str] = {}
    for code in codes:
        seats.setdefault(code[:4], code)
    own = [
        pl.when(pl.col(name).is_in(codes)).then(pl.col(name)).alias(alias)
        for name, alias in (("union_county_code", "_parent"), ("county_code", "_home"))
    ]
    known = members.with_columns(own)
    usual = (
        known.with_columns(pl.coalesce("_parent", "_home").alias("_colleagues"))
        .drop_nulls(["_colleagues", "union_name"])
        .group_by("union_name", "_colleagues")
        .len()
        .sort("union_name", "len", "_colleagues", descending=[False, True, False])
        .unique("union_name", keep="first", maintain_order=True)
        .select("union_name", "_colleagues")
    )
    prefecture = pl.coalesce("union_county_code", "county_code").str.head(4)
    routed = known.join(usual, on="union_name", how="left", maintain_order="left").with_columns(
        prefecture.replace_strict(seats, default=None, return_dtype=pl.String).alias("_prefecture")
    )
    steps = {"_parent": "parent_union", "_home": "residence", "_colleagues": "colleagues", "_prefecture": "prefecture"}
    return routed.select(
        "cluster_id",
        pl.coalesce(*steps, pl.lit(PROVINCIAL)).alias("county"),
        pl.coalesce(
            *(pl.when(pl.col(column).is_not_null()).then(pl.lit(route)) for column, route in steps.items()),
            pl.lit("provincial"),
        ).alias("route"),
    )
