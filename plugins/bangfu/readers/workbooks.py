"""Workbooks (工作簿) to grids: XLSX and XLS through calamine."""

from __future__ import annotations

import os
import pickle
import posixpath
import re
import subprocess
import sys
import threading
import zipfile
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from xml.etree import ElementTree

from bangfu.errors import Refused
from bangfu.readers import parsing
from bangfu.readers.grids import Merge, SheetGrid, not_known
from bangfu.readers.safety import LIMITS, Limits, encrypted, inspect_package, oversized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bangfu.readers.grids import Cell

__all__ = ["exact_numbers", "read_workbook"]

_PARSER = parsing.__file__
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_NUMBER = rb'<(?:[a-z]+:)?c r="%s([0-9]+)"(?: s="[0-9]+")?(?: t="n")?(?: s="[0-9]+")?><(?:[a-z]+:)?v>([0-9]{16,20})</'


def read_workbook(path: Path, *, package: bool, limits: Limits = LIMITS) -> list[SheetGrid]:
    """Read every sheet of a workbook.

    This is the one place where a third-party parser meets a partner's bytes. It does so in a child process
    under limits, see `bangfu.readers.parsing`: whatever becomes of that, this process goes on.

    Args:
        path: The file; the suffix of its name means nothing.
        package: Whether it is a zip package (XLSX) rather than an OLE file (XLS).
        limits: What it may hold, and what parsing it may cost.

    Raises:
        Refused: The workbook is damaged, too large, unsafe, or has a password.
    """
    if package:
        inspect_package(path, limits)
    command = [sys.executable, "-I", _PARSER, str(limits.parser_bytes), str(limits.parser_seconds)]
    environment = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    sheets: list[SheetGrid] = []
    with (
        path.open("rb") as stream,
        subprocess.Popen(
            command, stdin=stream, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        ) as process,
    ):
        assert process.stdout is not None
        # A limit of processor time is not enough: short of memory, the parser was seen to wait for itself.
        patience = threading.Timer(limits.parser_seconds, process.kill)
        patience.start()
        try:
            while isinstance(told := pickle.load(process.stdout), tuple):  # noqa: S301  (our own process wrote it)
                sheets.append(_sheet(told, process.stdout, path if package else None))
            process.wait()
        except (EOFError, pickle.UnpicklingError):
            told = None  # it died
            process.wait()
        finally:
            patience.cancel()
            process.kill()
    if told == parsing.COMPLETE:
        return sheets
    if told == parsing.PASSWORD:
        raise encrypted()
    raise oversized() if told is None and process.returncode < 0 else _unreadable()


def _sheet(told: tuple[Any, ...], stream: IO[bytes], package: Path | None) -> SheetGrid:
    """One sheet of which the parser has told name, visibility and merged ranges, and now tells the rows."""
    name, hidden, ranges = told
    cells: list[list[Cell]] = []
    while batch := pickle.load(stream):  # noqa: S301  (our own process wrote it)
        cells += batch
    merges = tuple(Merge(top, left, bottom, right) for (top, left), (bottom, right) in ranges)
    return SheetGrid(name, cells, merges, hidden, partial(exact_numbers, package, name) if package else not_known)


def _unreadable() -> Refused:
    return Refused(
        "unreadable_workbook",
        "无法按 Excel 工作簿读取；请用 Excel 或 WPS 另存为 xlsx 后再报送",
        "The file cannot be read as a workbook; save it as xlsx again.",
    )


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
        try:
            part = _sheet_part(package, sheet)
        except (KeyError, ElementTree.ParseError):  # the parser forgives more than the standard says
            part = None
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
