"""A look at a workbook's package before any parser opens it (解析前安全检查)."""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bangfu.errors import Refused

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LIMITS", "Limits", "inspect_package"]


@dataclass(frozen=True)
class Limits:
    """What a workbook may hold.

    Attributes:
        entries: Files in the package.
        inflated_bytes: Bytes of all its files, unpacked.
        cells: Rows by columns of the rectangle one sheet spans.
        parser_bytes: Address space of the process that parses it.
        parser_seconds: Time it may take, on the clock and of the processor.
    """

    entries: int = 5_000
    inflated_bytes: int = 2 * 1024**3
    cells: int = 60_000_000
    parser_bytes: int = 6 * 1024**3
    parser_seconds: int = 300


LIMITS = Limits()
_CHUNK = 1 << 20
_WIDE_COLUMN = re.compile(rb"""r=["']([A-Z]{2,7})[0-9]""")
_TALL_CELL = re.compile(rb"""r=["'][A-Z]{1,7}([0-9]{6,10})["']""")
_ROW = re.compile(rb"""<(?:[a-z]+:)?row [^>]*?r=["']([0-9]{1,10})["']""")


def inspect_package(path: Path, limits: Limits = LIMITS) -> None:
    """Refuse a package that would harm the parser: it is unpacked once, in small pieces, and measured.

    Raises:
        Refused: `damaged_workbook`, `oversized_workbook`, `unsafe_workbook` or `encrypted_workbook`.
    """
    try:
        with zipfile.ZipFile(path) as package:
            entries = package.infolist()
            if len(entries) > limits.entries or sum(entry.file_size for entry in entries) > limits.inflated_bytes:
                raise oversized()
            left = limits.inflated_bytes
            for entry in entries:
                left -= _inspect_entry(package, entry, left, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise Refused(
            "damaged_workbook",
            "文件已损坏或不完整，无法打开；请重新导出后再报送",
            "The workbook is damaged or incomplete; export it again.",
        ) from error
    except RuntimeError as error:  # a password on an entry
        raise encrypted() from error


def encrypted() -> Refused:
    """The refusal of a workbook with a password."""
    return Refused(
        "encrypted_workbook",
        "文件设有打开密码；请取消密码后再报送",
        "The workbook is protected by a password; send it without one.",
    )


def oversized() -> Refused:
    """The refusal of a workbook beyond the limits."""
    return Refused(
        "oversized_workbook",
        "工作簿内容过大；请拆分为多个文件，或改用 CSV 格式报送",
        "The workbook holds too much; split it or send CSV.",
    )


def _inspect_entry(package: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int, limits: Limits) -> int:
    markup = entry.filename.lower().endswith((".xml", ".rels", ".vml"))
    sheet = "/worksheets/" in entry.filename.lower()
    size = rows = columns = 0
    tail = b""
    with package.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            if markup and b"<!doctype" in (tail + chunk).replace(b"\0", b"").lower():  # UTF-16 has zeros between
                raise Refused(
                    "unsafe_workbook",
                    "文件含有不允许的外部定义(DOCTYPE)；请用 Excel 或 WPS 另存后再报送",
                    "The workbook holds a DOCTYPE; save it again with Excel or WPS.",
                )
            size += len(chunk)
            if size > left:
                raise oversized()
            if sheet:
                window = tail + chunk
                columns = max([columns, 26, *map(_column_number, set(_WIDE_COLUMN.findall(window)))])
                rows = max([rows, *map(int, _ROW.findall(window)), *map(int, _TALL_CELL.findall(window))])
                if rows * columns > limits.cells:
                    raise oversized()
            tail = chunk[-200:]
    return size


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
