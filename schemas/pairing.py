"""Pairing (结对帮扶): who may be responsible, how a household is kept in touch with and how often at least, how it ends."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.code_list import Code, CodeList

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CONFIRMED", "CONTACT_WAYS", "ENDED_BY_PERSONS", "ENDS", "MONTHS_AHEAD", "MONTHS_BETWEEN", "MONTHS_KEPT"]

CONTACT_WAYS = CodeList(
    "contact_way",
    (
        Code("visit", "入户走访", "visit", ("走访", "入户")),
        Code("call", "电话联系", "call", ("电话", "视频")),
        Code("meeting", "单位或社区面谈", "meeting", ("面谈",)),
    ),
)

MONTHS_BETWEEN: Mapping[str, int] = MappingProxyType({"visit": 3, "any": 1})
"""Months within which a household is visited, and is heard of at all (季走访、月联系); practice of a county, a default to be set."""

ENDS = CodeList(
    "pairing_end",
    (
        Code("exit", "已退出帮扶", "left the archive by an exit"),
        Code("archive", "档案中已不在档", "no longer stands in the archive"),
        Code("unconfirmed", "线索未建档", "the clue ended without a file"),
        Code("same", "与另一户为同一户", "is the same as another household"),
        Code("moved", "户已迁出或会籍转出", "the household moved or left the union"),
        Code("post", "责任人离岗", "the responsible person left the post"),
    ),
)
"""Why nobody is responsible any more."""

ENDED_BY_PERSONS = frozenset({"moved", "post"})
"""Of these, what an officer enters; the others follow from what became of the household."""

CONFIRMED = ("verified", "deliberated", "on_notice", "disputed", "noticed", "approved", "filed")
"""States of a clue whose hardship is confirmed (outcomes 01 to 04): from then on somebody should be responsible."""

MONTHS_AHEAD = 1
"""How many months before it begins a pairing may be recorded at most."""

MONTHS_KEPT = 12
"""How long a household and its pairings are kept after it has left; as long as it is watched."""
