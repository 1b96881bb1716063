"""Refusals of files whose reading ended without a word (拒收理由)."""

from __future__ import annotations

from bangfu.errors import Refused
from bangfu.readers.safety import oversized
from bangfu.readers.workbooks import unreadable

__all__ = ["not_readable", "too_much"]


def too_much(kind: str) -> Refused:
    """It took more memory or time than it may."""
    if kind in {"xlsx", "xls"}:
        return oversized()
    return Refused(
        "oversized_file",
        "读取文件所需的内存或时间超出限制；请检查文件是否完整、正常，拆分后再报送",
        "Reading the file took more memory or time than allowed; check that it is sound, or split it.",
    )


def not_readable(kind: str) -> Refused:
    """Its reader failed over it."""
    if kind in {"xlsx", "xls"}:
        return unreadable()
    return Refused(
        "unreadable_file",
        "无法读取该文件；请用 Excel 或 WPS 另存为 xlsx 后再报送",
        "The file cannot be read; save it as xlsx with Excel or WPS.",
    )
