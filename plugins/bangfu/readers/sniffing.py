"""What kind of file it is, by its content (按内容识别文件类型)."""

from __future__ import annotations

import enum
import re
import zipfile
from pathlib import Path
from typing import IO

from bangfu.errors import Refused
from bangfu.readers.safety import damaged

__all__ = ["Kind", "sniff"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PACKAGED_ENCRYPTION = "EncryptedPackage".encode("utf-16-le")
_OLD_ENCRYPTION = re.compile(rb"\x09\x08\x10\0.{16}(?:\x86\0\0\0)?\x2f\0", re.DOTALL)
"""BIFF8: the workbook's BOF record, perhaps WRITEPROTECT, then FILEPASS ([MS-XLS] 2.4.117)."""
_OTHER = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"PAR1", b"{\\rtf", b"\x7fELF", b"MZ\x90")
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_LARGEST_OLE = 1 << 28


class Kind(enum.StrEnum):
    """Kinds of files that can be read."""

    XLSX = "xlsx"
    XLS = "xls"
    TEXT = "text"
    ZIP = "zip"
    LOCKED = "locked"


def sniff(file: Path | IO[bytes]) -> Kind:
    """Tell the kind of a file: a workbook, a text, a zip that holds neither, or a workbook with a password.

    Args:
        file: A path, or a stream, which is left at its beginning.

    Raises:
        Refused: Another kind of file, with what to do about it.
    """
    if isinstance(file, Path):
        with file.open("rb") as stream:
            return _sniff(stream)
    kind = _sniff(file)
    file.seek(0)
    return kind


def _sniff(stream: IO[bytes]) -> Kind:
    start = stream.read(1 << 16)
    if not start.strip(b"\0\r\n\t \xef\xbb\xbf"):
        raise Refused("empty_file", "文件为空，请重新导出后报送", "The file is empty; export it again.")
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _package(stream)
    if start.startswith(_OLE):
        content = start + stream.read(_LARGEST_OLE)
        return Kind.LOCKED if _PACKAGED_ENCRYPTION in content or _OLD_ENCRYPTION.search(content) else Kind.XLS
    if start.startswith(_COMPRESSED):
        raise Refused(
            "unsupported_file",
            "不支持这种压缩格式；请直接报送 xlsx、xls 或 csv 文件，或用 zip 压缩单个 csv 文件后报送",
            "This kind of compression is not supported; send xlsx, xls or csv, or one csv in a zip.",
        )
    if start.startswith(_OTHER):
        raise Refused(
            "unsupported_file",
            "不支持的文件类型；请报送 xlsx、xls 或 csv 文件，或用 zip 压缩的单个 csv 文件",
            "Send an xlsx, xls or csv file, or one csv file in a zip.",
        )
    if _text_start(start).startswith("<"):
        raise Refused(
            "markup_file",
            "文件实际是网页或 XML 内容（常见于系统直接导出的 xls）；请用 Excel 或 WPS 打开后另存为 xlsx 再报送",
            "The file is HTML or XML whatever its name says; open it in Excel or WPS and save it as xlsx.",
        )
    return Kind.TEXT


def _text_start(start: bytes) -> str:
    """The first characters, whatever the encoding: only whether they are a `<` counts."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return start[: len(start) // 2 * 2].decode("utf-16", "replace").lstrip()
    return start.lstrip(b"\xef\xbb\xbf\r\n\t \0")[:1].decode("latin-1")


def _package(stream: IO[bytes]) -> Kind:
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as package:
            return Kind.XLSX if "xl/workbook.xml" in package.NameToInfo else Kind.ZIP
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise damaged() from error
