"""A sheet of cells as a stream (工作表), whichever format it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bangfu.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import polars as pl

__all__ = ["HEAD_ROWS", "WIDEST", "Block", "Merge", "Sheet", "too_wide"]

HEAD_ROWS = 60
"""Rows at the top among which the header is looked for."""
WIDEST = 16_384
"""Columns of a sheet; no spreadsheet program has more."""


@dataclass(frozen=True)
class Merge:
    """A merged range, counted from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Block:
    """Some consecutive rows of a sheet.

    Attributes:
        start: The sheet's row, from 0, of the first one.
        columns: The wanted columns as text, all of one length.
        row: Gives every cell of one row, by its position in the block.
    """

    start: int
    columns: list[pl.Series]
    row: Callable[[int], Sequence[str]] = field(repr=False)


def too_wide() -> Refused:
    """The refusal of a table with more columns than any sheet."""
    return Refused(
        "too_many_columns",
        f"表格超过 {WIDEST} 列；请只保留模板规定的列后再报送",
        f"The table has more than {WIDEST} columns; keep the template's columns only.",
    )


class Sheet(Protocol):
    """One sheet. Rows and columns count from 0; `head` holds the first `HEAD_ROWS` rows."""

    @property
    def name(self) -> str: ...

    @property
    def hidden(self) -> bool: ...

    @property
    def head(self) -> Sequence[Sequence[str]]: ...

    @property
    def merges(self) -> Sequence[Merge]: ...

    def blocks(self, positions: Sequence[int], start: int, width: int) -> Iterator[Block]:
        """The text of some columns from row `start` to the end, for a header of `width` columns."""
