"""Why a person with evidence is not on the list (不列入原因), each reason declared once, in order of precedence.

A person has one reason: the first that holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SUPPRESSIONS", "Suppression"]


@dataclass(frozen=True)
class Suppression:
    """One reason.

    Attributes:
        code: Stable code.
        zh, en: Sentence; `{}` stands for what is particular: the level of the file, the outcome, the day.
    """

    code: str
    zh: str
    en: str


SUPPRESSIONS: Mapping[str, Suppression] = MappingProxyType(
    {
        item.code: item
        for item in (
            Suppression(
                "dead",
                "死亡火化登记显示本人已去世（{}），已转入家庭变动清单，户内其他成员另行核查",
                "Has died by the death records ({}); passed on as a change of the household, whose others go on",
            ),
            Suppression("registered", "本人已建档（{}）", "Has a file in the hardship archive ({})"),
            Suppression(
                "household_registered",
                "所在家庭已建档（{}），一户一档",
                "The household has a file ({}); one household, one file",
            ),
            Suppression("transferred", "会籍已转出", "The membership was transferred out"),
            Suppression("left_union", "已退会", "Has left the union"),
            Suppression("retired", "已退休并移交社区", "Has retired and was handed to the community"),
            Suppression(
                "same_household",
                "同户另有更强的线索，一户一线索",
                "The household has a stronger clue; one household, one clue",
            ),
            Suppression(
                "refused",
                "{}，在规定期限内不再派发",
                "Refused ({}); not sent again within the set period",
            ),
            Suppression(
                "decided",
                "已有核查结论（{}），证据没有新的变化",
                "Has been decided ({}), and there is no new evidence",
            ),
            Suppression(
                "capacity",
                "本县本期走访能力之外，强度较低，留待以后各期",
                "Beyond what the county can visit this time; weaker clues wait",
            ),
        )
    }
)
"""All reasons by code."""
