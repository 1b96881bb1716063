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
        )
    }
)
"""All lists by code."""
