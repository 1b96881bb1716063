"""Entitlement gaps (应享尽享): how many households match hardship and stand on no civil-affairs list, by county.

The statistics name nobody and hide small cells (`bangfu.screening.small_cells`). Counties are told the gap alone, prefectures
and the province also how many are listed: every further number would hide others. A list of persons to refer (转介) is made
only of those who agreed to it.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from bangfu.screening.entries import Entry
from bangfu.screening.screened import Screened
from bangfu.screening.small_cells import Sum, protected

__all__ = ["CELLS", "PROVINCE", "GapRow", "gap_counts", "gap_table", "referrals"]

PROVINCE = "53"
CELLS = ("unlisted", "listed", "matched")
_LIST = "civil_affairs"
_GONE = ("dead", "transferred", "left_union", "retired")
_PREFECTURE = 4


@dataclass(frozen=True)
class GapRow:
    """One line of the statistics; each number may be `<5` or `*`.

    Attributes:
        area: Division code of a county (6 digits), prefecture (4) or the province (2).
        unlisted: Households that match hardship and stand on no civil-affairs list.
        listed: Households that match and stand on one; None for a county.
        matched: Both; None for a county.
    """

    area: str
    unlisted: int | str
    listed: int | str | None
    matched: int | str | None


def gap_counts(found: Screened) -> pl.DataFrame | None:
    """True numbers by county; they are shown to nobody.

    A household matches where a screen holds that puts it on a list by itself and rests on more than the civil-affairs
    lists, whether it has a file or not. Households of members who have died, left or retired are not counted.

    Returns:
        `county, unlisted, listed`; None where no civil-affairs list was received, since nobody is then known to be on
        none.
    """
    if _LIST not in found.prepared.material.linked:
        return None
    rules, seen = found.policy.rules, found.prepared
    own = [screen.code for screen in rules.screens if screen.alone and set(screen.sources) - {_LIST}]
    gone = seen.out.filter(pl.col("why").is_in(_GONE))
    matched = (
        found.findings.hits.filter(pl.col("code").is_in(own))
        .select("household_id")
        .unique()
        .join(gone, left_on="household_id", right_on="cluster_id", how="anti")
        .join(seen.members.select("cluster_id", "county"), left_on="household_id", right_on="cluster_id")
        .join(_listed(found), on="household_id", how="left")
        .with_columns(pl.col("on").fill_null(False))
    )
    cells = ((~pl.col("on")).sum().alias("unlisted"), pl.col("on").sum().alias("listed"))
    return matched.group_by("county").agg(cells).sort("county")


def _listed(found: Screened) -> pl.DataFrame:
    """`household_id, on`: households that some link puts on a civil-affairs list."""
    lists = found.prepared.evidence.table.filter((pl.col("listings") > 0).fill_null(False))
    return lists.select("household_id", pl.lit(True).alias("on")).unique()


def gap_table(counts: pl.DataFrame) -> list[GapRow]:
    """The numbers that may be shown: the province, its prefectures, their counties.

    Args:
        counts: From `gap_counts`.
    """
    rows = {row["county"]: row for row in counts.sort("county").iter_rows(named=True)}
    below: dict[str, list[str]] = {PROVINCE: sorted({county[:_PREFECTURE] for county in rows})}
    for prefecture in below[PROVINCE]:
        below[prefecture] = [county for county in rows if county.startswith(prefecture)]
    areas = [PROVINCE, *(area for prefecture in below[PROVINCE] for area in (prefecture, *below[prefecture]))]
    cells: dict[Hashable, int] = {}
    for area in areas:
        inside = [row for county, row in rows.items() if county.startswith(area)]
        unlisted, listed = (sum(int(row[cell]) for row in inside) for cell in CELLS[:2])
        cells[area, "unlisted"] = unlisted
        if area in below:
            cells |= {(area, "listed"): listed, (area, "matched"): unlisted + listed}
    shown = protected(cells, _sums(below), wanted={(area, "unlisted") for area in areas})
    return [GapRow(area, shown[area, "unlisted"], *(shown.get((area, cell)) for cell in CELLS[1:])) for area in areas]


def _sums(below: dict[str, list[str]]) -> list[Sum]:
    """Every sum that holds between the cells that are shown."""
    sums = [Sum((area, "matched"), ((area, "unlisted"), (area, "listed"))) for area in below]
    sums += [
        Sum((area, cell), tuple((part, cell) for part in parts))
        for area, parts in below.items()
        for cell in (CELLS if area == PROVINCE else CELLS[:1])
        if parts
    ]
    return sums


def referrals(found: Screened, decisions: pl.DataFrame) -> Iterator[Entry]:
    """Persons to refer to another department: found on no civil-affairs list, and agreed by their latest decision.

    Args:
        found: What screening found, with those whom a decision leaves out.
        decisions: Columns of `bangfu.screening.decisions.DECISION`, in the order in which they were recorded.
    """
    as_of = found.prepared.window.as_of
    agreed = (
        decisions.filter(pl.col("decided_on") <= as_of)
        .sort("decided_on", maintain_order=True)
        .unique("cluster_id", keep="last", maintain_order=True)
        .filter(pl.col("referral_consent").fill_null(False))
    )
    persons = found.persons.join(agreed, on="cluster_id", how="semi").join(
        _listed(found), left_on="cluster_id", right_on="household_id", how="anti"
    )
    names = {screen.code: (screen.name_zh, screen.name_en) for screen in found.policy.rules.screens}
    why: dict[str, Sequence[str]] = dict(found.hits.group_by("household_id").agg(pl.col("code").sort()).iter_rows())
    for row in persons.sort("cluster_id").iter_rows(named=True):
        reasons = [{"code": "consent", "zh": "本人同意转介", "en": "agreed to be referred"}]
        reasons += [{"code": code, "zh": names[code][0], "en": names[code][1]} for code in why[row["cluster_id"]]]
        yield Entry("referrals", row["county"], tuple(reasons), row["cluster_id"])
