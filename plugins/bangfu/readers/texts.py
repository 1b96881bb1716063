"""Delimited text (CSV, TSV) of any size to a stream of cells: polars for the bulk."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from bangfu.readers.records import LONGEST_RECORD, broken_record, parse_records, records
from bangfu.readers.sheets import HEAD_ROWS, WIDEST, Block, too_wide

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bangfu.readers.encodings import TextStream
    from bangfu.readers.records import Records
    from bangfu.readers.sheets import Merge

__all__ = ["BLOCK_BYTES", "DELIMITERS", "TextSheet", "read_texts"]

DELIMITERS = (",", "\t", ";", "|")
BLOCK_BYTES = 1 << 23
"""Bytes of the file that are read at a time."""


@dataclass(frozen=True)
class TextSheet:
    """Delimited text under one assumed delimiter.

    Attributes:
        text: The file.
        delimiter: One character.
        head: The first records.
        block_bytes: Bytes of the file that are read at a time; the result does not depend on it.
    """

    text: TextStream = field(repr=False)
    delimiter: str
    head: list[list[str]] = field(repr=False)
    block_bytes: int = BLOCK_BYTES
    name: str = ""
    hidden: bool = False
    merges: tuple[Merge, ...] = ()

    def blocks(self, positions: Sequence[int], start: int, width: int) -> Iterator[Block]:
        """See `Sheet.blocks`.

        Raises:
            Refused: `broken_text_row` or `unknown_encoding`, perhaps after some blocks.
        """
        widest = max(width, *map(len, self.head[:HEAD_ROWS]))
        for run in records(self.text.blocks(self.block_bytes), self.delimiter):
            if run.start + run.count <= start:
                continue
            yield self._block(run, positions, max(start - run.start, 0), width, widest)

    def _block(self, run: Records, positions: Sequence[int], skipped: int, width: int, widest: int) -> Block:
        table = self._parse(run, skipped, widest)
        if width < widest:
            filled = table.select(pl.any_horizontal(pl.nth(*range(width, widest)).str.contains(r"\S"))).to_series()
            if filled.any():
                raise broken_record(run.start + skipped + int(filled.arg_true()[0]))
        columns = [table.to_series(position) for position in positions]
        return Block(run.start + skipped, columns, lambda row: run.row(row + skipped, self.delimiter))

    def _parse(self, run: Records, skipped: int, width: int) -> pl.DataFrame:
        """Cells of a run, all of them so that a surplus one is noticed."""
        content = run.content[int(run.ends[skipped - 1]) if skipped else 0 :]
        schema = {f"c{position}": pl.String for position in range(width)}
        if run.plain:
            first = self.delimiter.join(schema).encode() + b"\n"
            try:
                table = pl.read_csv(first + content, separator=self.delimiter, schema=schema)
                if table.height == run.count - skipped:
                    return table
            except pl.exceptions.PolarsError:
                pass
        return self._parse_slowly(content, run.start + skipped, schema)

    def _parse_slowly(self, content: bytes, start: int, schema: dict[str, type[pl.String]]) -> pl.DataFrame:
        """Records with marks inside cells, blank lines, or more cells than the header has."""
        width = len(schema)
        rows = []
        for number, row in enumerate(parse_records(content, self.delimiter, start)):
            if any(cell.strip() for cell in row[width:]):
                raise broken_record(start + number)
            rows.append([cell or None for cell in row[:width]] + [None] * (width - len(row)))
        return pl.DataFrame(rows, schema=schema, orient="row")


def read_texts(text: TextStream, block_bytes: int = BLOCK_BYTES) -> list[TextSheet]:
    """A text file as a sheet, once for every delimiter that its first lines could have.

    Raises:
        Refused: `too_many_columns`, `broken_text_row` for a first line without end, or `unknown_encoding`.
    """
    content, complete = text.sample()
    if not complete:
        content = content[: content.rfind(b"\n") + 1]
        if not content:
            raise broken_record(0)
    sample = content.decode("utf-8", "ignore")
    sheets = []
    for delimiter in DELIMITERS:
        head = _head(sample, delimiter)
        width = max(map(len, head), default=0)
        if width > WIDEST:
            raise too_wide()
        if width > 1:
            sheets.append(TextSheet(text, delimiter, head, block_bytes))
    return sheets


def _head(sample: str, delimiter: str) -> list[list[str]]:
    head: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if sum(map(len, row)) > LONGEST_RECORD and len(row) <= WIDEST:
                break
            head.append(row)
            if len(head) == HEAD_ROWS:
                break
    except csv.Error:  # reading on from the header will say where
        pass
    return head
