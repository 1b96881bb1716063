"""Pairing (结对帮扶): how a household is kept in touch with, and how often at least."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.code_list import Code, CodeList

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CONTACT_WAYS", "MONTHS_BETWEEN"]

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
