"""A sheet of text cells (单元格网格), whichever format it came from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["HEAD_ROWS", "Cell", "Grid", "Merge", "SheetGrid", "cell_text", "not_known"]

HEAD_ROWS = 60
"""Rows at the top among which the header is looked for."""

_EXACT_INTEGERS = 2.0**53

Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta
"""A workbook cell; an empty one is an empty text."""


@dataclass(frozen=True)
class Merge:
    """A merged range, counted from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


class Grid(Protocol):
    """One sheet. Rows and columns count from 0; `head` holds the first `HEAD_ROWS` rows."""

    @property
    def name(self) -> str: ...

    @property
    def hidden(self) -> bool: ...

    @property
    def head(self) -> Sequence[Sequence[str]]: ...

    @property
    def merges(self) -> Sequence[Merge]: ...

    def columns(self, positions: Sequence[int], start: int) -> list[pl.Series]:
        """The text of some columns from row `start` to the end, all of one length."""

    def row(self, position: int) -> Sequence[str]:
        """The text of one row."""


def not_known(_: int) -> Mapping[int, str]:
    """What `SheetGrid.exact` says where the file holds no more than the parser gives."""
    return {}


@dataclass(frozen=True)
class SheetGrid:
    """A workbook's sheet.

    Attributes:
        name: Name of the sheet.
        cells: Rows of cells from A1 on.
        merges: Merged ranges.
        hidden: Whether the sender's screen hides the sheet.
        exact: Gives the digits that the file holds for the numeric cells of a column, by row; used where
            binary floating point has lost digits.
    """

    name: str
    cells: list[list[Cell]]
    merges: tuple[Merge, ...] = ()
    hidden: bool = False
    exact: Callable[[int], Mapping[int, str]] = field(default=not_known, repr=False)

    @property
    def head(self) -> list[list[str]]:
        return [[cell_text(cell) for cell in row] for row in self.cells[:HEAD_ROWS]]

    def row(self, position: int) -> list[str]:
        return [cell_text(cell) for cell in self.cells[position]]

    def columns(self, positions: Sequence[int], start: int) -> list[pl.Series]:
        rows = self.cells[start:] if start else self.cells
        return [self._column([row[position] for row in rows], position, start) for position in positions]

    def _column(self, cells: list[Cell], position: int, start: int) -> pl.Series:
        if set(map(type, cells)) <= {str}:
            return pl.Series(cells, dtype=pl.String)
        texts = [cell if isinstance(cell, str) else cell_text(cell) for cell in cells]
        inexact = [row for row, cell in enumerate(cells) if isinstance(cell, float) and abs(cell) >= _EXACT_INTEGERS]
        if inexact:
            exact = self.exact(position)
            for row in inexact:
                texts[row] = exact.get(start + row, texts[row])
        return pl.Series(texts, dtype=pl.String)


def cell_text(cell: Cell) -> str:
    """A cell as text: whole numbers without `.0`, dates in ISO form, numbers beyond 2**53 with 15 digits.

    >>> cell_text(13800001111.0), cell_text(0.1), cell_text(dt.datetime(2020, 1, 5)), cell_text(True)
    ('13800001111', '0.1', '2020-01-05', '1')
    >>> cell_text(539210199003070036.0)
    '5.39210199003070e+17'
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        if abs(cell) >= _EXACT_INTEGERS:
            return f"{cell:.14e}"
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    return str(cell)
