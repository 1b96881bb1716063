"""Workbook cells as text (单元格文本)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from bangfu.readers.characters import without_controls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Cell", "cell_text", "column_text"]

_EXACT_INTEGERS = 2.0**53

Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta
"""A workbook cell; an empty one is an empty text."""


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


def column_text(cells: list[Cell], start: int, exact: Callable[[], Mapping[int, str]]) -> tuple[pl.Series, int]:
    """A column of cells as text.

    Args:
        cells: Consecutive cells of the column.
        start: The sheet's row of the first one.
        exact: Gives the digits that the file holds for numbers of the column, by the sheet's row; asked for only
            where binary floating point has lost digits.

    Returns:
        The column, and how many of its cells held control characters, which are left out.
    """
    texts: list[str]
    if set(map(type, cells)) <= {str}:
        texts = cells  # type: ignore[assignment]
    else:
        texts = [cell if isinstance(cell, str) else cell_text(cell) for cell in cells]
        inexact = [row for row, cell in enumerate(cells) if isinstance(cell, float) and abs(cell) >= _EXACT_INTEGERS]
        if inexact:
            digits = exact()
            for row in inexact:
                texts[row] = digits.get(start + row, texts[row])
    values = pl.Series(texts, dtype=pl.String)
    return without_controls(values)
