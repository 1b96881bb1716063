"""A look at a workbook's package before any parser opens it (解析前安全检查)."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import IO, TYPE_CHECKING

from bangfu.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["LIMITS", "Limits", "Package", "check_entries", "damaged", "inspect_package", "oversized"]


@dataclass(frozen=True)
class Limits:
    """What a file may hold, and what reading it may cost.

    Attributes:
        entries: Files in a package.
        inflated_bytes: Bytes of all its files, unpacked.
        ratio: Unpacked bytes per packed byte of a file of more than `ratio_free_bytes`.
        ratio_free_bytes: Below this a file may shrink as it likes.
        sparse_cells: Rows by columns of the rectangle that a sheet of little text spans.
        base_bytes: Memory that reading any file may take.
        bytes_per_byte: Further memory per unpacked byte of a workbook.
        most_bytes: Most memory in any case.
        seconds: Time without a batch of rows after which reading is given up.
        processor_seconds: Processor time that reading a file may take in all.
    """

    entries: int = 5_000
    inflated_bytes: int = 2 * 1024**3
    ratio: int = 200
    ratio_free_bytes: int = 16 * 1024**2
    sparse_cells: int = 9_000_000
    base_bytes: int = 320 * 1024**2
    bytes_per_byte: int = 4
    most_bytes: int = 6 * 1024**3
    seconds: int = 60
    processor_seconds: int = 3_600

    def memory(self, unpacked: int) -> int:
        """Bytes that reading a workbook of so many unpacked bytes may take."""
        return min(self.base_bytes + self.bytes_per_byte * unpacked, self.most_bytes)


@dataclass(frozen=True)
class Package:
    """What the look found.

    Attributes:
        unpacked: Bytes of all parts, unpacked.
        errors: Cells with an error such as `#REF!`, by the part of their sheet.
        formulas: Cells whose formula has no calculated value, by the part of their sheet.
    """

    unpacked: int
    errors: Mapping[str, int] = field(default_factory=dict)
    formulas: Mapping[str, int] = field(default_factory=dict)


LIMITS = Limits()
_CHUNK = 1 << 20
_OVERLAP = 256
_LONGEST_PROLOG = 1 << 23
_DENSE = 1 << 23
_REFERENCE = re.compile(rb"""[\s"']r\s*=\s*["']\s*([A-Za-z]{0,200})0*([0-9]{1,200})["']""")
_RECTANGLE = re.compile(
    rb"""<(?:dimension|f)\b[^>]{0,128}?\bref\s*=\s*["']([A-Z]{1,4})([0-9]{1,10}):([A-Z]{1,4})([0-9]{1,10})["']"""
)
_CLAIMED = re.compile(rb"""uniqueCount\s*=\s*["']\s*([0-9]{1,20})""")
_ROOT = re.compile(rb"<[A-Za-z_]")
_REMARK = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, struct.error)


def inspect_package(file: Path | IO[bytes], limits: Limits = LIMITS) -> Package:
    """Refuse a package that would harm the parser: its XML is unpacked once, in small pieces, and measured.

    Raises:
        Refused: `damaged_workbook`, `oversized_workbook`, `unsafe_workbook` or `encrypted_workbook`.
    """
    errors: Counter[str] = Counter()
    formulas: Counter[str] = Counter()
    try:
        with zipfile.ZipFile(file) as package:
            entries = package.infolist()
            check_entries(entries, limits)
            for entry in entries:
                if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
                    _inspect_markup(package, entry, limits, errors, formulas)
    except _BROKEN as error:
        raise damaged() from error
    except RuntimeError as error:  # a password on an entry
        raise Refused(
            "encrypted_workbook",
            "文件设有密码；请取消密码后再报送",
            "The workbook is protected by a password; send it without one.",
        ) from error
    return Package(sum(entry.file_size for entry in entries), errors, formulas)


def check_entries(entries: list[zipfile.ZipInfo], limits: Limits = LIMITS) -> None:
    """Refuse a directory of a package that promises too much, or the same bytes several times.

    Raises:
        Refused: `oversized_workbook` or `damaged_workbook`.
    """
    if len(entries) > limits.entries or sum(entry.file_size for entry in entries) > limits.inflated_bytes:
        raise oversized()
    for entry in entries:
        if entry.file_size > max(limits.ratio_free_bytes, limits.ratio * entry.compress_size):
            raise oversized()
    placed = sorted(entries, key=lambda entry: entry.header_offset)
    for entry, following in pairwise(placed):
        if entry.header_offset + entry.compress_size + 30 > following.header_offset:
            raise damaged()


def damaged() -> Refused:
    """The refusal of a package that cannot be unpacked."""
    return Refused(
        "damaged_workbook",
        "文件已损坏或不完整，无法打开；请重新导出后再报送",
        "The workbook is damaged or incomplete; export it again.",
    )


def oversized() -> Refused:
    """The refusal of a workbook beyond the limits."""
    return Refused(
        "oversized_workbook",
        "工作簿内容过大，或数据区以外很远处还有内容；请删除多余的行、列和工作表，拆分为多个文件，或改用 CSV 格式报送",
        "The workbook holds too much, or something far outside its data; delete surplus rows, columns and sheets, "
        "split it, or send CSV.",
    )


def _inspect_markup(
    package: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits, errors: Counter[str], formulas: Counter[str]
) -> None:
    sheet = "/worksheets/" in entry.filename.lower()
    strings = entry.filename.lower().endswith("sharedstrings.xml")
    sparse = sheet and entry.file_size <= _DENSE
    prolog: bytes | None = b""
    rows = columns = 1
    tail = b""
    with package.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            if strings and not tail:
                _check_strings(chunk, entry)
                tail = b"seen"
            if prolog is not None:
                prolog = _check_prolog(prolog + chunk.replace(b"\0", b""))  # UTF-16 has zeros between
            if not sheet:
                continue
            window = tail + chunk
            _check_rectangles(window)
            if sparse:
                for letters, digits in _REFERENCE.findall(window):
                    rows, columns = max(rows, int(digits)), max(columns, _column_number(letters.upper()))
                if rows * columns > limits.sparse_cells:
                    raise oversized()
            errors[entry.filename] += _count(window, tail, b't="e"')
            if b"</f>" in window:
                formulas[entry.filename] += sum(
                    _count(window, tail, ending) for ending in (b"</f></c>", b"</f><v></v>", b"</f><v/>", b"</f><v />")
                )
            tail = window[-_OVERLAP:]


def _check_rectangles(window: bytes) -> None:
    """Refuse a sheet or shared formula that ends before it begins: a parser reserves room for what subtraction leaves."""
    for left, top, right, bottom in _RECTANGLE.findall(window):
        if int(bottom) < int(top) or _column_number(right) < _column_number(left):
            raise damaged()


def _check_strings(chunk: bytes, entry: zipfile.ZipInfo) -> None:
    """Refuse a claim of more shared strings than the part has bytes: a parser reserves room for all of them."""
    claimed = _CLAIMED.search(chunk)
    if claimed and int(claimed[1]) > entry.file_size:
        raise oversized()


def _count(window: bytes, tail: bytes, text: bytes) -> int:
    """How often `text` stands in a window, leaving out what the former window held as a whole."""
    return window.count(text) - tail.count(text)


def _check_prolog(prolog: bytes) -> bytes | None:
    """What stands before the root element, as long as that has not come."""
    plain = _REMARK.sub(b"", prolog)
    root = _ROOT.search(plain)
    if b"<!doctype" in plain[: root.start() if root else None].lower() or len(prolog) > _LONGEST_PROLOG:
        raise Refused(
            "unsafe_workbook",
            "文件含有不允许的外部定义(DOCTYPE)；请用 Excel 或 WPS 另存后再报送",
            "The workbook holds a DOCTYPE; save it again with Excel or WPS.",
        )
    return None if root else prolog


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
