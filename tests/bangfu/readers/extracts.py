"""Extracts as departments send them, built in code. Identity numbers lie in the region 539xxx, which does not exist."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
import xlwt

from bangfu.errors import Refused
from bangfu.readers import Parser, RawTable
from bangfu.readers.declared import Declaration
from bangfu.readers.parser import read_whole
from bangfu.readers.raw import ReadReport, complete, raw_schema
from bangfu.readers.reading import Task, read_file
from bangfu.readers.sheets import Merge
from schemas.sources import SOURCES

Rows = Sequence[Sequence[Any]]

NUMBERS = ("539210199003070036", "539210199003070087", "539210199003070116", "539210199003070159")
HEADER = ("姓名", "身份证号", "所属基层工会名称")
PEOPLE = (("李娜", NUMBERS[0], "一厂工会"), ("岩温", NUMBERS[1], "一厂工会"))
"""A roster of two; most tests vary what stands around it."""


def csv_file(path: Path, rows: Rows, *, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    """Rows as delimited text, nothing quoted."""
    lines = (delimiter.join("" if cell is None else str(cell) for cell in row) for row in rows)
    path.write_bytes("".join(line + "\r\n" for line in lines).encode(encoding))
    return path


def xlsx_file(
    path: Path,
    sheets: Mapping[str, Rows] | Rows,
    *,
    merges: Sequence[Merge] = (),
    hidden: Sequence[str] = (),
) -> Path:
    """A workbook; rows alone make one sheet. Merged ranges belong to the first sheet."""
    book = xlsxwriter.Workbook(str(path))
    for number, (name, rows) in enumerate(_sheets(sheets).items()):
        page = book.add_worksheet(name)
        for merge in merges if not number else ():
            page.merge_range(merge.top, merge.left, merge.bottom, merge.right, "")
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    page.write_string(row, column, cell)
                elif cell is not None:
                    page.write(row, column, cell)
        if name in hidden:
            page.hide()
    book.close()
    return path


def xls_file(path: Path, sheets: Mapping[str, Rows] | Rows) -> Path:
    """An old workbook."""
    book = xlwt.Workbook(encoding="utf-8")
    for name, rows in _sheets(sheets).items():
        page = book.add_sheet(name)
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if cell is not None:
                    page.write(row, column, cell)
    book.save(str(path))
    return path


def changed_package(path: Path, parts: Mapping[str, bytes], *, without: Sequence[str] = ()) -> Path:
    """The workbook with some of its parts replaced, added or left out."""
    with zipfile.ZipFile(path) as package:
        content = {name: package.read(name) for name in package.namelist() if name not in without}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in {**content, **parts}.items():
            package.writestr(name, data)
    return path


def sheet_xml(rows: str) -> bytes:
    """A worksheet part around the markup of its rows."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def crafted_sheet(path: Path, rows: str) -> Path:
    """A workbook whose only sheet is the given markup."""
    return changed_package(xlsx_file(path, [HEADER]), {"xl/worksheets/sheet1.xml": sheet_xml(rows)})


PARSER = Parser()
"""The parser of the whole test session; see `conftest.py`."""


def read(path: Path, source: str = "union_roster", *, passwords: Sequence[str] = ()) -> RawTable:
    """Everything an extract holds, read as the service reads it: in a process apart."""
    return read_whole(PARSER, path, SOURCES[source], passwords)


def roster(path: Path) -> RawTable:
    return read(path)


def read_here(path: Path, source: str = "union_roster", **options: Any) -> tuple[pl.DataFrame, ReadReport]:
    """The same by the code that runs in that process, in this one: only for files that cannot end it."""
    schema = raw_schema(SOURCES[source])
    batches = [pl.DataFrame(schema=schema)]
    task = Task(Declaration.of(SOURCES[source]), **options)
    report = read_file(path, task, lambda batch: batches.append(complete(batch, schema)))
    return pl.concat(batches), report


def cells(table: RawTable, *fields: str) -> list[tuple[Any, ...]]:
    """Some columns of what was read, row by row."""
    return table.frame.select(pl.col(list(fields))).rows()


def in_memory(rows: Rows) -> bytes:
    """The bytes of a workbook with one sheet."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    page = book.add_worksheet()
    for row, values in enumerate(rows):
        page.write_row(row, 0, values)
    book.close()
    return buffer.getvalue()


def assert_clear(refusal: Refused) -> None:
    """A sender can act on a refusal only if it is said in Chinese and in English."""
    assert any("\u4e00" <= character <= "\u9fff" for character in refusal.zh)
    assert len(refusal.en.split()) >= 4
    assert refusal.code.isidentifier()


def _sheets(sheets: Mapping[str, Rows] | Rows) -> Mapping[str, Rows]:
    return sheets if isinstance(sheets, Mapping) else {"Sheet1": sheets}
