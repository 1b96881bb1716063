"""A column of an extract: the headers under which it is sent, and how its cells are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable

    import polars as pl

    from bangfu.synth.styles import Cell

Row = dict[str, Any]


@dataclass(frozen=True)
class Layout:
    """One column.

    Attributes:
        headers: alternatives; a file takes one.
        cell: the cell of a row.
        share: share of the files that have the column.
        band: heading above it in files with two header rows.
    """

    headers: tuple[str, ...]
    cell: Callable[[Row], Cell]
    share: float = 1.0
    band: str = ""


def chosen(draw: random.Random, layouts: Iterable[Layout]) -> list[tuple[str, Layout]]:
    """The columns of one file with the header each has there."""
    return [(draw.choice(layout.headers), layout) for layout in layouts if draw.random() < layout.share]


def table(columns: list[tuple[str, Layout]], rows: pl.DataFrame) -> list[list[Cell]]:
    """The cells of all rows; ``serial`` is the running number within the sheet."""
    cells = [layout.cell for _, layout in columns]
    return [[cell(row) for cell in cells] for row in rows.with_row_index("serial", offset=1).iter_rows(named=True)]


def bands(columns: list[tuple[str, Layout]]) -> list[tuple[str, int]]:
    """The upper header row: neighbouring columns under one heading."""
    result: list[tuple[str, int]] = []
    for _, layout in columns:
        if result and result[-1][0] == layout.band:
            result[-1] = (layout.band, result[-1][1] + 1)
        else:
            result.append((layout.band, 1))
    return result
