"""Workbooks (工作簿) to grids: XLSX and XLS through calamine."""

from __future__ import annotations

import posixpath
import re
import zipfile
from functools import partial
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from bangfu.errors import Refused
from bangfu.readers.grids import Merge, SheetGrid, not_known
from bangfu.readers.safety import encrypted, inspect_package

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["exact_numbers", "read_workbook"]

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_NUMBER = rb'<(?:[a-z]+:)?c r="%s([0-9]+)"(?: s="[0-9]+")?(?: t="n")?(?: s="[0-9]+")?><(?:[a-z]+:)?v>([0-9]{16,20})</'


def read_workbook(path: Path, *, package: bool) -> list[SheetGrid]:
    """Read every sheet of a workbook.

    This is the one place where a third-party parser meets a partner's bytes: to run it in a child process
    under limits is to run this function there.

    Args:
        path: The file; the suffix of its name means nothing.
        package: Whether it is a zip package (XLSX) rather than an OLE file (XLS).

    Raises:
        Refused: The workbook is damaged, too large, unsafe, or has a password.
    """
    if package:
        inspect_package(path)
    try:
        with path.open("rb") as stream, CalamineWorkbook.from_filelike(stream) as book:
            hidden = {meta.name for meta in book.sheets_metadata if meta.visible != SheetVisibleEnum.Visible}
            sheets = []
            for name in book.sheet_names:
                sheet = book.get_sheet_by_name(name)
                ranges = sheet.merged_cell_ranges or []
                sheets.append(
                    SheetGrid(
                        name=name,
                        cells=sheet.to_python(skip_empty_area=False),
                        merges=tuple(Merge(top, left, bottom, right) for (top, left), (bottom, right) in ranges),
                        hidden=name in hidden,
                        exact=partial(exact_numbers, path, name) if package else not_known,
                    )
                )
            return sheets
    except PasswordError as error:
        raise encrypted() from error
    except CalamineError as error:
        raise Refused(
            "unreadable_workbook",
            "无法按 Excel 工作簿读取；请用 Excel 或 WPS 另存为 xlsx 后再报送",
            "The file cannot be read as a workbook; save it as xlsx again.",
        ) from error


def exact_numbers(path: Path, sheet: str, column: int) -> Mapping[int, str]:
    """The long whole numbers of one column of an XLSX sheet, digit by digit as the file holds them.

    A parser gives such a cell as a binary number, which keeps fifteen to sixteen digits.

    Args:
        path: The workbook.
        sheet: Name of the sheet.
        column: Column, from 0.

    Returns:
        Digits by row, from 0; rows whose cell holds something else are absent.
    """
    with zipfile.ZipFile(path) as package:
        part = _sheet_part(package, sheet)
        if part is None:
            return {}
        found = re.findall(_NUMBER % _letters(column).encode(), package.read(part))
    return {int(row) - 1: digits.decode() for row, digits in found}


def _sheet_part(package: zipfile.ZipFile, sheet: str) -> str | None:
    """Where a package keeps a sheet; it was inspected before, so it holds no DOCTYPE."""
    book = ElementTree.fromstring(package.read("xl/workbook.xml"))  # noqa: S314
    links = {item.get("name"): item.get(_LINK) for item in book.iter(f"{_MAIN}sheet")}
    relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {item.get("Id"): item.get("Target") for item in relations}
    target = targets.get(links.get(sheet))
    if target is None:
        return None
    part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
    return part if part in package.namelist() else None


def _letters(column: int) -> str:
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
