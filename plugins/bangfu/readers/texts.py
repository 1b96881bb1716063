"""Delimited text (CSV, TSV) to a grid: strict decoding, sniffed delimiter, polars for the bulk."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from bangfu.errors import Refused
from bangfu.readers.grids import HEAD_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bangfu.readers.grids import Merge

__all__ = ["DELIMITERS", "TextGrid", "decode", "read_texts"]

DELIMITERS = (",", "\t", ";", "|")
_LONGEST_CELL = 32_767  # an Excel cell's; a longer one means an unclosed quotation mark


@dataclass(frozen=True)
class TextGrid:
    """Delimited text under one assumed delimiter.

    Attributes:
        content: The whole text in UTF-8.
        delimiter: One character.
        head: The first records.
        lines: How many physical lines the records of `head` up to each one take.
    """

    content: bytes = field(repr=False)
    delimiter: str
    head: list[list[str]]
    lines: list[int]
    name: str = ""
    hidden: bool = False
    merges: tuple[Merge, ...] = ()
    bodies: dict[int, pl.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def row(self, position: int) -> list[str]:
        if position < len(self.head):
            return self.head[position]
        start = max((start for start in self.bodies if start <= position), default=len(self.head))
        return [value or "" for value in self._body(start).row(position - start)]

    def columns(self, positions: Sequence[int], start: int) -> list[pl.Series]:
        body = self._body(start)
        return [body.to_series(position) for position in positions]

    def _body(self, start: int) -> pl.DataFrame:
        if start not in self.bodies:
            self.bodies[start] = self._parse(max(map(len, self.head[: start or None]), default=1), start)
        return self.bodies[start]

    def _parse(self, width: int, start: int) -> pl.DataFrame:
        """Records from `start` on; through polars where each line is a record, else one by one."""
        offset = _after_line(self.content, self.lines[start - 1] if start else 0)
        rest = self.content[offset:] if offset else self.content
        schema = {f"c{position}": pl.String for position in range(width)}
        if not rest.strip():
            return pl.DataFrame(schema=schema)
        count = rest.count(b"\n") + (not rest.endswith(b"\n"))
        first = self.delimiter.join(schema).encode() + b"\n"
        try:
            frame = pl.read_csv(first + rest, separator=self.delimiter, schema=schema, truncate_ragged_lines=False)
            if frame.height == count:
                return frame
        except pl.exceptions.PolarsError:
            pass
        return _slow_body(rest.decode(), self.delimiter, schema)


def read_texts(path: Path) -> list[TextGrid]:
    """Read a text file, once for every delimiter that its first lines could have.

    Raises:
        Refused: `unknown_encoding`.
    """
    content = decode(path.read_bytes())
    sample = content[: 1 << 20].decode("utf-8", "ignore")
    grids = []
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        head: list[list[str]] = []
        lines: list[int] = []
        try:
            for row in reader:
                head.append(row)
                lines.append(reader.line_num)
                if len(head) == HEAD_ROWS:
                    break
        except csv.Error:
            continue
        if max(map(len, head), default=0) > 1:
            grids.append(TextGrid(content, delimiter, head, lines))
    return grids


def decode(raw: bytes) -> bytes:
    r"""Bytes of unknown encoding as UTF-8 with plain line ends.

    Tried strictly in this order: UTF-16 with a mark, UTF-8 with or without one, GB18030 (which holds GBK and
    GB 2312).

    >>> decode("姓名\r\n岩罕".encode("gb18030")).decode()
    '姓名\n岩罕'
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = _decoded(raw, "utf-16")
    else:
        text = _decoded(raw, "utf-8-sig")
        if text is None and b"\0" not in raw[: 1 << 16]:
            text = _decoded(raw, "gb18030")
    if text is None:
        raise Refused(
            "unknown_encoding",
            "无法识别文件编码；请用 Excel 或 WPS 另存为“CSV UTF-8”或 xlsx 后再报送",
            "The file's encoding is neither UTF-8 nor GB18030; save it as CSV UTF-8 or xlsx.",
        )
    return text.encode("utf-8", "replace").replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _after_line(content: bytes, lines: int) -> int:
    position = 0
    for _ in range(lines):
        found = content.find(b"\n", position)
        if found < 0:
            return len(content)
        position = found + 1
    return position


def _slow_body(text: str, delimiter: str, schema: dict[str, type[pl.String]]) -> pl.DataFrame:
    """Records with line breaks in cells, blank lines, or more cells than the header has."""
    width = len(schema)
    rows = []
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)):
            surplus = any(cell.strip() for cell in row[width:])
            if surplus or any(len(cell) > _LONGEST_CELL for cell in row):
                raise _broken(number + 1)
            rows.append([cell or None for cell in row[:width]] + [None] * (width - len(row)))
    except csv.Error as error:
        raise _broken(len(rows) + 1) from error
    return pl.DataFrame(rows, schema=schema, orient="row")


def _broken(number: int) -> Refused:
    return Refused(
        "broken_text_row",
        f"表头后第 {number} 行的列数多于表头或引号不配对（单元格内含有分隔符或引号）；请改用 xlsx 报送，或给该单元格加双引号",
        f"Row {number} after the header has more cells than the header or an unclosed quotation mark; "
        "send xlsx, or put such cells in double quotes.",
    )
