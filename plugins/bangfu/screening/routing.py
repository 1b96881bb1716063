"""Which union looks (派发): the explicit rule that gives every clue exactly one owner, in both trees.

**Which tree.** A member whose parent union (上级工会) is an industry, system or company union (产业、系统、公司工会) belongs to it: it is the
owner, and the county below is where the clue is worked on until that union has a desk of its own. Everybody else
belongs to the federation (总工会) of a county.

**Which county**, in this order (`ROUTES`): that of the parent union; that of the employer, as the colleagues' parent
unions tell it; that of residence; the one most colleagues of the same union are routed to; the first county of the known
prefecture; that of the provincial federation. So no clue is without an owner, and no county.

**Who moved.** A member who lives in another county than the one that looks stays with their union, which knows them;
the county of residence is named, so that the union may ask it to make the visit (转办).
"""

from collections.abc import Mapping

import polars as pl

from schemas.reference import counties
from schemas.sources import ROSTER
from schemas.unions import INDUSTRY_UNION, TERRITORIAL_UNION, Tree, federation

__all__ = ["PROVINCIAL", "READS", "ROUTES", "representatives", "routes"]

READS: Mapping[str, tuple[str, ...]] = {
    ROSTER: (
        "membership_status", "parent_union", "union_county_code", "county_code", "union_name", "employer", "employer_code",
    )
}  # fmt: skip
"""Columns that are read of each source."""
PROVINCIAL = "530102"
"""五华区, seat of the provincial federation: owner of last resort, which passes the clue on."""

_ONE_PLACE = 0.8
"""Share of colleagues whose parent unions must agree on a county: an employer with branches, or a name that many share, says
nothing of where one works."""

ROUTES: Mapping[str, tuple[str, str]] = {
    "parent_union": ("上级工会所在县", "county of the parent union"),
    "employer": ("同单位职工的上级工会所在县", "county of the parent union of colleagues at the same employer"),
    "residence": ("居住地", "county of residence"),
    "colleagues": ("同一基层工会多数会员所在县", "county of most members of the same primary union"),
    "prefecture": ("所在州市", "known by the prefecture only"),
    "provincial": ("地址和工会均不明，由省总工会转派", "nothing is known; the provincial federation passes it on"),
}
"""What each route says, in Chinese and English, in the order in which they are tried."""


def representatives(roster: pl.DataFrame) -> pl.DataFrame:
    """The roster row that stands for each person: a current membership before others, then the first row."""
    current = (pl.col("membership_status").fill_null("normal").is_in(["normal", "retained"])).alias("_current")
    order = (
        roster.select("cluster_id", current)
        .with_row_index("_row")
        .sort("cluster_id", "_current", "_row", descending=[False, True, False])
        .unique("cluster_id", keep="first", maintain_order=True)
    )
    return roster[order["_row"]]


def routes(members: pl.DataFrame) -> pl.DataFrame:
    """Owner and rule for each row.

    Args:
        members: One row per person: `cluster_id, parent_union, union_county_code, county_code, union_name, employer,
            employer_code`; all the roster's persons, since colleagues decide where nothing else does.

    Returns:
        `cluster_id, county, route` (one of `ROUTES`), `tree` (a `schemas.unions.Tree`), `owner` (name of the union), `moved_to` (county
        of residence where it is another one; else null).
    """
    codes = [county.code for county in counties()]
    seats: dict[str, str] = {}
    for code in codes:
        seats.setdefault(code[:4], code)
    known = members.with_columns(
        pl.when(pl.col("union_county_code").is_in(codes)).then("union_county_code").alias("_parent"),
        pl.when(pl.col("county_code").is_in(codes)).then("county_code").alias("_home"),
        pl.coalesce("employer_code", "employer").alias("_works"),
        pl.coalesce(
            pl.col(name).str.head(4).replace_strict(seats, default=None, return_dtype=pl.String)
            for name in ("union_county_code", "county_code")
        ).alias("_prefecture"),
    )
    known = _usual(known, "_works", pl.col("_parent"), "_employer", _ONE_PLACE)
    known = _usual(known, "union_name", pl.coalesce("_parent", "_employer", "_home"), "_colleagues")
    steps = dict(zip(("_parent", "_employer", "_home", "_colleagues", "_prefecture"), ROUTES, strict=False))
    route = pl.coalesce(
        *(pl.when(pl.col(column).is_not_null()).then(pl.lit(name)) for column, name in steps.items()),
        pl.lit("provincial"),
    )
    routed = known.select(
        "cluster_id", "parent_union", "_home", pl.coalesce(*steps, pl.lit(PROVINCIAL)).alias("county"), route.alias("route")
    )  # fmt: skip
    parent = pl.col("parent_union").fill_null("")
    industrial = parent.str.contains(INDUSTRY_UNION) & ~parent.str.contains(TERRITORIAL_UNION)
    names = {code: federation(code) for code in codes}
    return routed.select(
        "cluster_id",
        "county",
        "route",
        pl.when(industrial).then(pl.lit(str(Tree.INDUSTRY))).otherwise(pl.lit(str(Tree.TERRITORIAL))).alias("tree"),
        pl.when(industrial)
        .then("parent_union")
        .otherwise(pl.col("county").replace_strict(names, return_dtype=pl.String))
        .alias("owner"),
        pl.when(pl.col("_home") != pl.col("county")).then("_home").alias("moved_to"),
    )


def _usual(members: pl.DataFrame, key: str, county: pl.Expr, name: str, least: float = 0.0) -> pl.DataFrame:
    """Adds the most frequent county of those who share a key, the first by code where several are.

    Where fewer than the share `least` of them are in it, none is added.
    """
    usual = (
        members.with_columns(county.alias(name))
        .drop_nulls([name, key])
        .group_by(key, name)
        .len()
        .filter(pl.col("len") >= least * pl.col("len").sum().over(key))
        .sort(key, "len", name, descending=[False, True, False])
        .unique(key, keep="first", maintain_order=True)
        .select(key, name)
    )
    return members.join(usual, on=key, how="left", maintain_order="left")
