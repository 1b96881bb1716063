"""Delimited text cut into whole records (记录), however the bytes arrive.

A record is what Python's `csv` module in strict mode calls one. Where every quotation mark of a piece stands as the
writers of such files put it (a field is quoted as a whole, marks inside are doubled), the ends of its records are
found by counting marks; elsewhere the module itself takes the piece apart. Both give the same, so the result does
not depend on how the text is cut.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bangfu.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

__all__ = ["LONGEST_RECORD", "Records", "broken_record", "parse_records", "records"]

LONGEST_RECORD = 131_072
"""Bytes of UTF-8 in one record; a longer one means an unclosed quotation mark."""
_MOST = 1 << 18
"""Records of one run: millions of empty rows take little room in the file, and much as cells."""
_QUOTE, _NEWLINE = ord('"'), ord("\n")


@dataclass(frozen=True)
class Records:
    """Some consecutive records.

    Attributes:
        start: Number of the first one in the file, from 0.
        content: Their text, each with a line end.
        ends: Where each one ends in `content`.
        plain: Whether quotation marks, if any, stand where they belong.
    """

    start: int
    content: bytes = field(repr=False)
    ends: NDArray[np.int64] = field(repr=False)
    plain: bool

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.ends)

    def row(self, position: int, delimiter: str) -> list[str]:
        """The cells of one."""
        begin = int(self.ends[position - 1]) if position else 0
        found = parse_records(self.content[begin : int(self.ends[position])], delimiter, self.start + position)
        return found[0] if found else []


def records(blocks: Iterable[bytes], delimiter: str) -> Iterator[Records]:
    """Cut a text into runs of whole records.

    Args:
        blocks: UTF-8 with plain line ends, cut anywhere.
        delimiter: One character.

    Raises:
        Refused: `broken_text_row`.
    """
    rest, start = b"", 0
    for block in blocks:
        buffer = rest + block
        found = _whole_records(buffer, delimiter, start, last=False)
        if found is not None:
            yield from _pieces(found)
            start += found.count
            rest = buffer[len(found.content) :]
        else:
            rest = buffer
        if len(rest) > LONGEST_RECORD:
            raise broken_record(start)
    if rest:
        if not rest.endswith(b"\n"):
            rest += b"\n"
        found = _whole_records(rest, delimiter, start, last=True)
        if found is not None:
            yield from _pieces(found)


def _pieces(run: Records) -> Iterator[Records]:
    """A run in pieces of at most `_MOST` records."""
    if run.count <= _MOST:
        yield run
        return
    for first in range(0, run.count, _MOST):
        ends = run.ends[first : first + _MOST]
        begin = int(run.ends[first - 1]) if first else 0
        yield Records(run.start + first, run.content[begin : int(ends[-1])], ends - begin, run.plain)


def parse_records(content: bytes, delimiter: str, start: int) -> list[list[str]]:
    """The cells of whole records, one by one; `start` is the number of the first one."""
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(_lines(content), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise broken_record(start + len(rows)) from error
    return rows


def broken_record(position: int) -> Refused:
    """The refusal of a record whose cells cannot be told apart; records count from 0."""
    return Refused(
        "broken_text_row",
        f"文件第 {position + 1} 行的列数多于表头、引号不配对或内容过长（单元格内含有分隔符或引号）；"
        "请改用 xlsx 报送，或给该单元格加双引号",
        f"Row {position + 1} has more cells than the header, an unclosed quotation mark or far too much text; "
        "send xlsx, or put such cells in double quotes.",
    )


def _whole_records(buffer: bytes, delimiter: str, start: int, *, last: bool) -> Records | None:
    """The records that are complete in `buffer`; None where there is none."""
    data = np.frombuffer(buffer, np.uint8)
    newlines = np.flatnonzero(data == _NEWLINE)
    if not len(newlines):
        return None
    plain = True
    if b'"' in buffer:
        marks = np.flatnonzero(data == _QUOTE)
        newlines = newlines[np.searchsorted(marks, newlines) % 2 == 0]
        end = int(newlines[-1]) + 1 if len(newlines) else 0
        plain = end > 0 and _well_placed(data, marks[: np.searchsorted(marks, end)], ord(delimiter))
        if last and end < len(buffer):
            plain = False
        if not plain:
            newlines = _ends_one_by_one(buffer, delimiter, start, last=last) - 1
    ends = newlines + 1
    if not len(ends):
        return None
    lengths = np.diff(ends, prepend=0)
    if int(lengths.max()) > LONGEST_RECORD:
        raise broken_record(start + int(np.argmax(lengths > LONGEST_RECORD)))
    return Records(start, buffer[: int(ends[-1])], ends, plain)


def _well_placed(data: NDArray[np.uint8], marks: NDArray[np.int64], delimiter: int) -> bool:
    """Whether marks open at the start of a field and close at its end, an even number of them."""
    opening, closing = marks[::2], marks[1::2]
    before = data[np.maximum(opening - 1, 0)]
    after = data[closing + 1]
    good_before = (opening == 0) | (before == delimiter) | (before == _NEWLINE) | (before == _QUOTE)
    good_after = (after == delimiter) | (after == _NEWLINE) | (after == _QUOTE)
    return bool(good_before.all() and good_after.all())


def _ends_one_by_one(buffer: bytes, delimiter: str, start: int, *, last: bool) -> NDArray[np.int64]:
    """Ends of the complete records, by the csv module."""
    whole = buffer[: buffer.rfind(b"\n") + 1]
    position = 0
    ends: list[int] = []

    def lines() -> Iterator[str]:
        nonlocal position
        for line in whole.splitlines(keepends=True):
            position += len(line)
            yield line.decode("utf-8", "replace")

    try:
        ends.extend(position for _ in csv.reader(lines(), delimiter=delimiter, strict=True))
    except csv.Error as error:
        if last or "unexpected end of data" not in str(error):
            raise broken_record(start + len(ends)) from error
    return np.array(ends, np.int64)


def _lines(content: bytes) -> Iterator[str]:
    for line in content.splitlines(keepends=True):
        yield line.decode("utf-8", "replace")
