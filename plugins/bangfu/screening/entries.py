"""Entries of the lists beside the clues (清单条目): whom each is about, which union looks, and why.

Each list is made in a module of its own; what all have in common is here. A reason is `{code, zh, en}`, with figures
as bands and days as quarters.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bangfu.screening.screened import Prepared, Screened

__all__ = ["Entry", "household_changes", "left_out"]


@dataclass(frozen=True)
class Entry:
    """One line of a list.

    Attributes:
        listing: Code of `schemas.screening_lists`.
        county: Division code of the union that looks.
        reasons: Why; see the module's description.
        person: `cluster_id` of the member; None where no member is known.
        files: Numbers of the archive files it is about.
    """

    listing: str
    county: str
    reasons: tuple[Mapping[str, str], ...]
    person: str | None = None
    files: tuple[str, ...] = ()


def left_out(found: Screened) -> Iterator[Entry]:
    """Persons with evidence who are not on the list, each with the reason."""
    homes = found.prepared.members.select("cluster_id", "county")
    for row in found.left_out.join(homes, on="cluster_id", maintain_order="left").iter_rows(named=True):
        yield Entry(
            "suppressed", row["county"], ({"code": row["why"], "zh": row["zh"], "en": row["en"]},), row["cluster_id"]
        )


def household_changes(seen: Prepared) -> Iterator[Entry]:
    """Members who have died: a change of their households, no error of the roster."""
    homes = seen.members.select("cluster_id", "county")
    for row in seen.died.join(homes, on="cluster_id", maintain_order="left").iter_rows(named=True):
        quarter = f"{row['died_on'].year}Q{(row['died_on'].month + 2) // 3}"
        reason = {
            "code": "member_died",
            "zh": f"会员已于{quarter}去世；请更新花名册，并了解户内其他成员是否困难",
            "en": f"the member died in {quarter}: update the roster, and see whether the household needs help",
        }
        if row["in_doubt"]:
            reason = {
                "code": "death_in_doubt",
                "zh": f"死亡登记为{quarter}，但此后仍有本人结算，请核实后反馈登记部门",
                "en": f"a death is recorded in {quarter}, yet bills were settled later: verify, and tell the register",
            }
        yield Entry("household_changes", row["county"], (reason,), row["cluster_id"])
