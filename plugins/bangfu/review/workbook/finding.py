"""Where the lists of a returned workbook are (查找名单): whatever was inserted, moved or renamed around them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bangfu.errors import Refused
from schemas.review import ReviewColumn

__all__ = ["Found", "Line", "find_list"]

_HEAD_ROWS = 40


@dataclass(frozen=True)
class Line:
    """One row of a list: the sheet's row, from 1, and the text of its columns by code."""

    row: int
    cells: Mapping[str, str] = field(repr=False)

    def __bool__(self) -> bool:
        """Whether anything is in it."""
        return any(cell.strip() for cell in self.cells.values())


@dataclass(frozen=True)
class Found:
    """A list in a sheet.

    Attributes:
        columns: Place of each column by its code.
        header: Place of the header row.
        rows: All rows of the sheet.
    """

    columns: Mapping[str, int]
    header: int
    rows: Sequence[Sequence[str]] = field(repr=False)

    def lines(self) -> Iterator[Line]:
        """Its rows that are not empty."""
        for place, row in enumerate(self.rows[self.header + 1 :], self.header + 2):
            line = Line(place, {code: row[at] if at < len(row) else "" for code, at in self.columns.items()})
            if line:
                yield line


def find_list(sheets: Mapping[str, Sequence[Sequence[str]]], name: str, columns: Sequence[ReviewColumn]) -> Found:
    """Find a list by its header, in its own sheet first, then in any other.

    Args:
        sheets: Rows of every sheet, by name.
        name: Name of the sheet as it was made.
        columns: The columns of the list.

    Raises:
        Refused: `list_missing`, `column_missing` or `column_twice`.
    """
    headers = {spelling: column.code for column in columns for spelling in _spellings(column)}
    ordered = sorted(sheets, key=lambda sheet: sheet.strip() != name)
    best: tuple[int, Sequence[Sequence[str]], int, list[str | None]] | None = None
    for sheet in ordered:
        rows = sheets[sheet]
        for place, row in enumerate(rows[:_HEAD_ROWS]):
            codes = [headers.get(_bare(cell)) for cell in row]
            known = len({code for code in codes if code})
            if known > (best[0] if best else 1):
                best = (known, rows, place, codes)
    if best is None or best[0] < len(columns) / 2:
        raise Refused(
            "list_missing",
            f"没有找到“{name}”的表头。请保留下载时的表头行，不要改列名",
            f"The header of the list “{name}” was not found: keep the header row as it was made.",
        )
    _, rows, place, codes = best
    absent = [column for column in columns if column.code not in codes]
    if absent:
        raise Refused(
            "column_missing",
            f"“{name}”缺少列：{'、'.join(column.zh for column in absent)}。请恢复被删除的列，或重新下载工作簿后把内容粘贴过去",
            f"The list lacks columns: {', '.join(column.en for column in absent)}. Restore them.",
        )
    twice = [column for column in columns if codes.count(column.code) > 1]
    if twice:
        raise Refused(
            "column_twice",
            f"“{name}”中有重复的列：{'、'.join(column.zh for column in twice)}。请删除自己增加的那一列，或给它改个名字",
            f"The list has columns twice: {', '.join(column.en for column in twice)}. Rename the one you added.",
        )
    return Found({code: at for at, code in enumerate(codes) if code}, place, rows)


def _spellings(column: ReviewColumn) -> tuple[str, ...]:
    return tuple(_bare(text) for text in (column.zh, column.en, column.zh + column.en))


def _bare(text: str) -> str:
    return "".join(character for character in unicodedata.normalize("NFKC", text).lower() if character.isalnum())
