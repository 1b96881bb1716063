"""Files that are made to harm their reader, built on the fly; none is larger than a few megabytes.

Each builder writes one file and is registered with what must become of it: the codes with which it may be refused,
or None where it is to be read.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bangfu.readers.extracts import HEADER, PEOPLE, changed_package, xlsx_file

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LINKS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
SHEET, STRINGS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
BOOK = "xl/workbook.xml"


@dataclass(frozen=True)
class Case:
    """One hostile file.

    Attributes:
        build: Writes it to a path.
        codes: Refusals that are right; empty where the file is to be read.
        rows: Persons read, where it is to be read.
    """

    build: Callable[[Path], object]
    codes: frozenset[str] = frozenset()
    rows: int = 0


CASES: dict[str, Case] = {}


def refused(*codes: str) -> Callable[[Callable[[Path], object]], Callable[[Path], object]]:
    """Registers a builder whose file must be refused."""

    def register(build: Callable[[Path], object]) -> Callable[[Path], object]:
        CASES[build.__name__] = Case(build, frozenset(codes))
        return build

    return register


def harmless(rows: int) -> Callable[[Callable[[Path], object]], Callable[[Path], object]]:
    """Registers a builder whose file is to be read."""

    def register(build: Callable[[Path], object]) -> Callable[[Path], object]:
        CASES[build.__name__] = Case(build, rows=rows)
        return build

    return register


def with_part(path: Path, name: str, content: bytes | str) -> Path:
    data = content.encode() if isinstance(content, str) else content
    return changed_package(xlsx_file(path, [HEADER, *PEOPLE]), {name: data})


def zipped(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
