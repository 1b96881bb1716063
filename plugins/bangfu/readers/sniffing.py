"""What kind of file it is, by its first bytes (按内容识别文件类型)."""

from __future__ import annotations

import enum
import re
import zipfile
from typing import TYPE_CHECKING

from bangfu.errors import Refused
from bangfu.readers.safety import encrypted

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Kind", "sniff"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PACKAGED_ENCRYPTION = "EncryptedPackage".encode("utf-16-le")
_OLD_ENCRYPTION = re.compile(rb"\x09\x08\x10\0.{16}(?:\x86\0\0\0)?\x2f\0", re.DOTALL)
"""BIFF8: the workbook's BOF record, perhaps WRITEPROTECT, then FILEPASS ([MS-XLS] 2.4.117)."""
_ANOTHER = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"PAR1", b"\x1f\x8b")


class Kind(enum.StrEnum):
    """Kinds of files that can be read."""

    XLSX = "xlsx"
    XLS = "xls"
    TEXT = "text"


def sniff(path: Path) -> Kind:
    """Tell the kind of a file.

    Raises:
        Refused: Another kind of file, with what to do about it.
    """
    with path.open("rb") as stream:
        start = stream.read(1 << 16)
    if not start.strip(b"\0\r\n\t \xef\xbb\xbf"):
        raise Refused("empty_file", "文件为空，请重新导出后报送", "The file is empty; export it again.")
    if start.startswith(b"PK\x03\x04"):
        return _package(path)
    if start.startswith(_OLE):
        content = path.read_bytes()
        if _PACKAGED_ENCRYPTION in content or _OLD_ENCRYPTION.search(content):
            raise encrypted()
        return Kind.XLS
    if start.startswith(_ANOTHER):
        raise _unsupported()
    if start.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"<"):
        raise Refused(
            "markup_file",
            "文件实际是网页或 XML 内容（常见于系统直接导出的 xls）；请用 Excel 或 WPS 打开后另存为 xlsx 再报送",
            "The file is HTML or XML whatever its name says; open it in Excel or WPS and save it as xlsx.",
        )
    return Kind.TEXT


def _package(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as package:
            names = set(package.namelist())
    except zipfile.BadZipFile as error:
        raise Refused(
            "damaged_workbook",
            "文件已损坏或不完整，无法打开；请重新导出后再报送",
            "The workbook is damaged or incomplete; export it again.",
        ) from error
    if "xl/workbook.xml" in names:
        return Kind.XLSX
    raise _unsupported()


def _unsupported() -> Refused:
    return Refused(
        "unsupported_file",
        "不支持的文件类型；请报送 xlsx、xls 或 csv 文件，不要压缩",
        "Send an xlsx, xls or csv file that is not compressed.",
    )
