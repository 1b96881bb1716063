"""What a reader gives: text cells under canonical names, and an account of the file (读取结果)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from bangfu.readers.declared import Declaration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.source import Source

__all__ = ["BATCH_ROWS", "MEMBER_STRIDE", "POSITION", "SHEET_STRIDE", "RawTable", "ReadReport", "SheetReport"]
__all__ += ["complete", "raw_schema"]

BATCH_ROWS = 131_072
"""Most rows of one batch."""
SHEET_STRIDE = 10_000_000
"""Row numbers of the second sheet begin here, of the third at twice this."""
MEMBER_STRIDE = 100_000_000_000
"""Added to the row number once per member block, so that persons of one row differ."""
POSITION: Mapping[str, pl.DataType] = {
    "row_number": pl.Int64(),
    "sheet": pl.String(),
    "sheet_row": pl.Int64(),
    "member": pl.Int64(),
}
"""Where a row stands; first in every batch."""


@dataclass(frozen=True)
class SheetReport:
    """How one sheet was understood. Header names are the sender's words; nothing here is a person's value.

    Attributes:
        name: Name of the sheet; empty for a text file.
        header_row: Row of the header's first line, from 1.
        header_height: One or two rows.
        columns: Header by canonical field, member fields as `name[2]`.
        forbidden: Headers that the source's declaration forbids; dropped.
        unlisted: Other headers that are not on the allow-list; dropped.
        duplicated: Headers that stand over several columns, of which the leftmost was read.
        missing: Optional fields that no column fills.
        rows: Data rows as the sender counts them, before member blocks are taken apart.
        persons: Rows given on: one per person.
        blank_rows: Rows without any wanted value.
        footer_rows: Totals, signatures and repeated headers.
        filled_cells: Cells filled downwards from a merged or grouped cell.
        error_cells: Cells of an XLSX sheet that hold an error such as `#REF!`; they are read as empty.
        formulas_without_value: Cells of an XLSX sheet whose formula was never calculated; they are read as empty.
        households: Whether it is a list of households, whose columns went to their members in another sheet; its
            persons are the households without a member.
    """

    name: str
    header_row: int
    header_height: int
    columns: Mapping[str, str]
    forbidden: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    rows: int = 0
    persons: int = 0
    blank_rows: int = 0
    footer_rows: int = 0
    filled_cells: int = 0
    error_cells: int = 0
    formulas_without_value: int = 0
    households: bool = False

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> SheetReport:
        """The inverse of `dataclasses.asdict` and JSON."""
        values: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in told.items()}
        return cls(**values)


@dataclass(frozen=True)
class ReadReport:
    """How a file was understood.

    Attributes:
        kind: `xlsx`, `xls` or `text`.
        sheets: Sheets with a table, in order.
        ignored_sheets: Names of sheets without a table: notes, code lists, empty ones.
        private_use_characters: Cells with characters that only the sender's font knows (造字).
        control_characters: Characters such as NUL that were left out, in text by character, in workbooks by cell.
        rows: Data rows as the sender counts them: without headers, empty rows and footers, and before the members
            beside a person are taken apart; of households and members in two lists, the members.
        persons: Rows given on: one per person.
        encoding: Of a text file: `utf-8`, `utf-8-sig`, `utf-16` or `gb18030`.
        ends_cleanly: Whether the last line of a text ends with a line end; a file that was cut off seldom does.
        container: `zip` for a file that came compressed, `password` for a workbook that had to be opened with one.
    """

    kind: str
    sheets: tuple[SheetReport, ...]
    ignored_sheets: tuple[str, ...] = ()
    private_use_characters: int = 0
    control_characters: int = 0
    rows: int = 0
    persons: int = 0
    encoding: str | None = None
    ends_cleanly: bool | None = None
    container: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> ReadReport:
        """The inverse of `to_json`, also after a way through JSON text."""
        sheets = tuple(SheetReport.from_json(sheet) for sheet in told["sheets"])
        return cls(**{**told, "sheets": sheets, "ignored_sheets": tuple(told["ignored_sheets"])})


@dataclass(frozen=True)
class RawTable:
    """The wanted cells of an extract, as text.

    Attributes:
        frame: `row_number` (unique; the sheet's row for the first sheet), `sheet`, `sheet_row`, `member` (0 for
            the row's own person), then canonical fields as text, null where empty; exactly `raw_schema`. No other
            column of the file is here.
        report: How the file was understood.
    """

    frame: pl.DataFrame = field(repr=False)
    report: ReadReport

    @property
    def rows(self) -> int:
        """Rows of the table, one per person."""
        return self.frame.height


def raw_schema(source: Source) -> dict[str, pl.DataType]:
    """Columns of every batch of a source: the position, then each field that its columns or members may fill.

    >>> from schemas.sources import SOURCES
    >>> list(raw_schema(SOURCES["union_roster"]))[:7]
    ['row_number', 'sheet', 'sheet_row', 'member', 'person_ref', 'name', 'former_name']
    """
    return {**POSITION, **dict.fromkeys(Declaration.of(source).fields, pl.String())}


def complete(batch: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """A batch with exactly the columns of a schema: those that its sheet does not fill are null."""
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in batch.columns]
    return batch.with_columns(absent).select(list(schema))
