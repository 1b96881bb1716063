"""What if other rules were followed (规则比较): clues kept, gained and lost by county, without telling small numbers.

A cell of 1 to 4 is not told (`<5`). Nor is what it could be had from: beside a hidden number of lost or gained clues the
kept ones of the county, whose list is known to its officers; and in every column so much that the hidden cells stand for
at least five clues in two counties (`*`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import polars as pl

from schemas.vocabulary import SMALL_COUNT

__all__ = ["FEW", "HIDDEN", "CountyChange", "Told", "changes", "told"]

FEW, HIDDEN = f"<{SMALL_COUNT}", "*"
_CELLS = ("kept", "gained", "lost")


@dataclass(frozen=True)
class CountyChange:
    """True numbers of one county; they do not leave this module's caller."""

    county: str
    kept: int
    gained: int
    lost: int


@dataclass(frozen=True)
class Told:
    """What may be told of one county: a number, `<5` or `*` for each."""

    county: str
    kept: int | str
    gained: int | str
    lost: int | str


def changes(before: pl.DataFrame, after: pl.DataFrame) -> list[CountyChange]:
    """Compare two lists of the same data.

    Args:
        before, after: `cluster_id, county` of the persons on each list.

    Returns:
        Counties with a clue on either list, by code.
    """
    both = before.select("cluster_id", "county", pl.lit(1).alias("before")).join(
        after.select("cluster_id", "county", pl.lit(1).alias("after")),
        on=["cluster_id", "county"],
        how="full",
        coalesce=True,
    )
    was, is_now = pl.col("before").is_not_null(), pl.col("after").is_not_null()
    counted = both.group_by("county").agg(
        (was & is_now).sum().alias("kept"), (~was & is_now).sum().alias("gained"), (was & ~is_now).sum().alias("lost")
    )
    return [CountyChange(**row) for row in counted.sort("county").iter_rows(named=True)]


def told(counted: Iterable[CountyChange]) -> list[Told]:
    """The numbers that may be told.

    >>> told([CountyChange("530102", 40, 6, 0), CountyChange("530103", 30, 2, 0)])[1]
    Told(county='530103', kept='*', gained='<5', lost=0)
    """
    rows = list(counted)
    hidden = {(i, cell): FEW for i, row in enumerate(rows) for cell in _CELLS if 0 < getattr(row, cell) < SMALL_COUNT}
    while more := _also(rows, hidden):
        hidden |= dict.fromkeys(more, HIDDEN)
    shown = [Told(**vars(row)) for row in rows]
    for (i, cell), mark in hidden.items():
        shown[i] = replace(shown[i], **{cell: mark})
    return shown


def _also(rows: list[CountyChange], hidden: dict[tuple[int, str], str]) -> list[tuple[int, str]]:
    """Cells from which a hidden one could be had; one column at a time, so that no more is hidden than must be."""
    beside = [
        (i, other)
        for i, cell in hidden
        for other in (("gained", "lost") if cell == "kept" else ("kept",))
        if (i, other) not in hidden and getattr(rows[i], other)
    ]
    if beside:
        return beside
    for cell in _CELLS:
        own = [i for i, name in hidden if name == cell]
        if own and (len(own) < 2 or sum(getattr(rows[i], cell) for i in own) < SMALL_COUNT):
            left = [i for i, row in enumerate(rows) if (i, cell) not in hidden and getattr(row, cell)]
            if left:
                return [(min(left, key=lambda i: (getattr(rows[i], cell), i)), cell)]
    return []
