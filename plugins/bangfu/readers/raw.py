"""What a reader gives: text cells under canonical names, and an account of the file (读取结果)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

__all__ = ["MEMBER_STRIDE", "SHEET_STRIDE", "RawTable", "ReadReport", "SheetReport"]

SHEET_STRIDE = 10_000_000
"""Row numbers of the second sheet begin here, of the third at twice this."""
MEMBER_STRIDE = 100_000_000_000
"""Added to the row number once per member block, so that persons of one row differ."""


@dataclass(frozen=True)
class SheetReport:
    """How one sheet was understood. Header names are the sender's words; nothing here is a person's value.

    Attributes:
        name: Name of the sheet; empty for a text file.
        header_row: Row of the header's first line, from 1; 0 for a sheet that was ignored.
        header_height: One or two rows.
        columns: Header by canonical field, member fields as `name[2]`.
        forbidden: Headers that the source's declaration forbids; dropped.
        unlisted: Other headers that are not on the allow-list; dropped.
        missing: Optional fields that no column fills.
        rows: Data rows (persons, after member blocks are taken apart).
        blank_rows: Rows without any wanted value.
        footer_rows: Totals, signatures and repeated headers.
        filled_cells: Cells filled downwards from a merged or grouped cell.
    """

    name: str
    header_row: int
    header_height: int
    columns: Mapping[str, str]
    forbidden: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    rows: int = 0
    blank_rows: int = 0
    footer_rows: int = 0
    filled_cells: int = 0


@dataclass(frozen=True)
class ReadReport:
    """How a file was understood.

    Attributes:
        kind: `xlsx`, `xls` or `text`.
        sheets: Sheets with a table, in order.
        ignored_sheets: Names of sheets without a table: notes, code lists, empty ones.
        private_use_characters: Cells with characters that only the sender's font knows (造字).
    """

    kind: str
    sheets: tuple[SheetReport, ...]
    ignored_sheets: tuple[str, ...] = ()
    private_use_characters: int = 0


@dataclass(frozen=True)
class RawTable:
    """The wanted cells of an extract, as text.

    Attributes:
        frame: `row_number` (unique; the sheet's row for the first sheet), `sheet`, `sheet_row`, `member` (0 for
            the row's own person), then canonical fields as text, null where empty. No other column of the file
            is here.
        report: How the file was understood.
    """

    frame: pl.DataFrame = field(repr=False)
    report: ReadReport

    @property
    def rows(self) -> int:
        """Data rows."""
        return self.frame.height
