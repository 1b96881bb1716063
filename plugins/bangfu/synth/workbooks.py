"""Writes tables as departments send them (.xlsx, .xls, .et, GB18030 CSV), the same bytes for the same content."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from bangfu.synth.styles import Cell

_CREATED = dt.datetime(2026, 1, 5, 9, 0, 0)  # noqa: DTZ001 - workbook properties are naive
XLS_ROWS = 4_000
"""Beyond this a file is written as .xlsx: .xls is slow and ends at 65,536 rows."""


@dataclass(frozen=True)
class Merge:
    """Merged cells of one column over several data rows, counted from 0."""

    column: int
    first: int
    last: int


@dataclass(frozen=True)
class Sheet:
    """One sheet: lines above, one or two header rows, data, merged cells, lines below.

    Attributes:
        name: of the sheet.
        header: column names.
        rows: data; a merged cell holds its value in the first row only.
        title: lines above the header, merged over the width.
        bands: an upper header row as (label, number of columns); empty for none.
        merges: merged data cells.
        footer: rows below the data.
    """

    name: str
    header: list[str]
    rows: list[list[Cell]]
    title: list[str] = field(default_factory=list)
    bands: list[tuple[str, int]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    footer: list[list[Cell]] = field(default_factory=list)

    @property
    def first_data_row(self) -> int:
        """Row of the first data row in the sheet, counted from 1."""
        return len(self.title) + bool(self.bands) + 2


def write(path: Path, sheets: list[Sheet]) -> None:
    """Writes the sheets in the format of the path's suffix; a CSV file takes the first sheet only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    {".xlsx": _write_xlsx, ".xls": _write_xls, ".et": _write_xls, ".csv": _write_csv}[path.suffix](path, sheets)


def _write_xlsx(path: Path, sheets: list[Sheet]) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"in_memory": True})  # files for every part of a workbook are slow
    book.set_properties({"created": _CREATED, "author": "synthetic"})
    date_format = book.add_format({"num_format": "yyyy/m/d"})
    bold = book.add_format({"bold": True, "align": "center"})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        width = len(sheet.header)
        for number, line in enumerate(sheet.title):
            page.merge_range(number, 0, number, width - 1, line, bold)
        at = len(sheet.title)
        column = 0
        for label, span in sheet.bands:
            if span > 1:
                page.merge_range(at, column, at, column + span - 1, label, bold)
            else:
                page.write_string(at, column, label, bold)
            column += span
        for column, label in enumerate(sheet.header):
            page.write_string(sheet.first_data_row - 2, column, label, bold)
        text, numeric, date = page.write_string, page.write_number, page.write_datetime
        for row, values in enumerate(sheet.rows + sheet.footer, start=sheet.first_data_row - 1):
            for column, value in enumerate(values):
                if value is None:
                    continue
                if isinstance(value, str):
                    text(row, column, value)
                elif isinstance(value, dt.date):
                    date(row, column, value, date_format)
                else:
                    numeric(row, column, value)
        start = sheet.first_data_row - 1
        page.merge.extend(
            [start + m.first, m.column, start + m.last, m.column] for m in sheet.merges if m.last > m.first
        )
    book.close()


def _write_xls(path: Path, sheets: list[Sheet]) -> None:
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    date_style = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for sheet in sheets:
        page = book.add_sheet(sheet.name)
        width = len(sheet.header)
        for number, line in enumerate(sheet.title):
            page.write_merge(number, number, 0, width - 1, line)
        at, column = len(sheet.title), 0
        for label, span in sheet.bands:
            page.write_merge(at, at, column, column + span - 1, label)
            column += span
        for column, label in enumerate(sheet.header):
            page.write(sheet.first_data_row - 2, column, label)
        start = sheet.first_data_row - 1
        merged = {(m.first, m.column): m for m in sheet.merges if m.last > m.first}
        for row, values in enumerate(sheet.rows + sheet.footer):
            for column, value in enumerate(values):
                if merge := merged.get((row, column)):
                    page.write_merge(start + merge.first, start + merge.last, column, column, value)
                elif value is not None:
                    page.write(start + row, column, value, *([date_style] if isinstance(value, dt.date) else []))
    book.save(str(path))


def _write_csv(path: Path, sheets: list[Sheet]) -> None:
    sheet = sheets[0]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(sheet.header)
    writer.writerows([_csv_text(value) for value in row] for row in sheet.rows)
    path.write_bytes(text.getvalue().encode("gb18030"))


def _csv_text(value: Cell) -> str:
    if value is None:
        return ""
    return f"{value.year}/{value.month}/{value.day}" if isinstance(value, dt.date) else str(value)
