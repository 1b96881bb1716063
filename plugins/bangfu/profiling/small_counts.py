"""Small counts of sensitive values (小数抑制): that two people of a county have a kind of disability tells who they are.

Values of fewer than `SMALL_COUNT` rows stand together under one name. Where they are fewer than that together, the next
larger value joins them, so that none of them can be had by subtracting the others from the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.vocabulary import SMALL_COUNT

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FEW", "few_together", "hides", "levelled"]

FEW = "few"
"""Stands for all values of a sensitive field that are not told apart."""


def few_together(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts without a small one; nothing of a field that has fewer than `SMALL_COUNT` rows as a whole.

    >>> few_together({"1": 40, "2": 3, "3": 2}), few_together({"1": 40, "2": 9, "3": 2}), few_together({"1": 2})
    ({'1': 40, 'few': 5}, {'1': 40, 'few': 11}, {})
    """
    kept, few = dict(counts), 0
    for code in sorted(counts, key=lambda code: (counts[code], code)):
        if counts[code] >= SMALL_COUNT and (few == 0 or few >= SMALL_COUNT):
            break
        few += kept.pop(code)
    return kept | {FEW: few} if few >= SMALL_COUNT else kept


def hides(counts: Mapping[str, int], code: str) -> bool:
    """Whether a value may have rows that are not told."""
    return FEW in counts and code not in counts


def levelled(now: Mapping[str, int], before: Mapping[str, int]) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Two distributions as they compare: hidden rows count as what only the other one shows, as far as they reach.

    So they differ no more than the true ones do, and a value that grows from four rows to five is no difference.

    >>> levelled({"1": 90, "2": 10}, {"1": 95, "few": 5})
    ({'1': 90, '2': 10}, {'1': 95, 'few': 0, '2': 5})
    """
    return _dealt(now, before), _dealt(before, now)


def _dealt(counts: Mapping[str, int], other: Mapping[str, int]) -> Mapping[str, int]:
    if FEW not in counts:
        return counts
    dealt, ratio = dict(counts), sum(counts.values()) / max(1, sum(other.values()))
    for code in sorted(other.keys() - counts.keys()):
        dealt[code] = min(dealt[FEW], round(other[code] * ratio))
        dealt[FEW] -= dealt[code]
    return dealt
