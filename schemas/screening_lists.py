"""The lists that a screening makes beside the clues (线索之外的清单), each declared once."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SCREENING_LISTS", "ScreeningList"]


@dataclass(frozen=True)
class ScreeningList:
    """One list; an entry says whom it is about, which union looks, and why.

    Attributes:
        code: Stable code.
        zh, en: Name.
        meaning: What an entry asks of the union, in one sentence.
    """

    code: str
    zh: str
    en: str
    meaning: str


SCREENING_LISTS: Mapping[str, ScreeningList] = MappingProxyType(
    {
        item.code: item
        for item in (
            ScreeningList(
                "suppressed", "不列入名单", "left out", "Has evidence and is not visited; kept to account for it."
            ),
            ScreeningList(
                "household_changes",
                "家庭变动",
                "changes of households",
                "A member has died: correct the roster, and see whether the household needs help.",
            ),
            ScreeningList(
                "exit_suggestions",
                "退出建议",
                "exit suggestions",
                "A registered household seems to be above the standard: visit it, and decide whether it leaves.",
            ),
            ScreeningList(
                "returns",
                "返困监测",
                "return to hardship",
                "A household that left the archive not long ago has new evidence: visit it, and reopen the file if so.",
            ),
            ScreeningList(
                "duplicates",
                "重复建档",
                "duplicate files",
                "Several files seem to be of one household: keep one.",
            ),
            ScreeningList(
                "tier_drift",
                "层级变化",
                "tier drift",
                "The rules suggest another tier than the file has: look at it again.",
            ),
            ScreeningList(
                "audit_sample",
                "抽样核查",
                "audit sample",
                "Drawn at random from those on no list: visit the household if it agrees, so that missed ones can be estimated.",
            ),
            ScreeningList(
                "audit_reserve",
                "抽样替补",
                "audit reserve",
                "Next in the random order of the audit sample: stands in where a household is not reached.",
            ),
            ScreeningList(
                "referrals",
                "转介",
                "referrals",
                "Matches hardship, is on no civil-affairs list, and agreed to be referred: pass it on.",
            ),
        )
    }
)
"""All lists by code."""
