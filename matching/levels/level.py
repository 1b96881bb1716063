"""What a level and a kind of comparison are, and what every comparison may find."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Outcome = Literal["agrees", "close", "differs", "missing"]
Options = Mapping[str, Any]

BITS = 4
"""Bits of one level in a packed pattern, so a comparison has at most 15 levels."""

MAX_COMPARISONS = 15
"""Comparisons of one model: all levels of a pair pack into one positive 64-bit integer."""


@dataclass(frozen=True)
class Level:
    """One level of a comparison: its name, how it reads to a reviewer, and its default m and u."""

    name: str
    outcome: Outcome
    zh: str
    en: str
    m: float
    u: float


@dataclass(frozen=True)
class Kind:
    """A kind of comparison: how many columns it reads, its options with defaults, and its levels."""

    name: str
    columns: tuple[int, int]
    options: Mapping[str, Any]
    levels: Callable[[Options], tuple[Level, ...]]


MISSING = Level("missing", "missing", "一方或双方缺失，不计分。", "Missing on one or both sides; not counted.", 1, 1)
IMPLIED = Level(
    "implied",
    "agrees",
    "已由另一项比对说明，不重复计分。",
    "Already implied by another comparison; not counted twice.",
    1,
    1,
)
