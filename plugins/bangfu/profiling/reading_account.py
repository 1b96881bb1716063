"""How the file was read, line by line for the report (读取情况)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bangfu.profiling.profile import Reading

__all__ = ["Line", "reading_account"]

_KINDS = {"xlsx": "Excel 工作簿（xlsx）", "xls": "Excel 97–2003 工作簿（xls）", "text": "文本（CSV/TSV）"}
_KINDS_EN = {"xlsx": "Excel workbook (xlsx)", "xls": "Excel 97–2003 workbook (xls)", "text": "text (CSV/TSV)"}
_CONTAINERS = {"zip": ("，压缩包内", ", zipped"), "password": ("，有打开密码", ", with a password")}


@dataclass(frozen=True)
class Line:
    """One line of the account.

    Attributes:
        zh, en: What is told.
        value_zh, value_en: Its value.
        odd: Whether it is worth a look.
    """

    zh: str
    en: str
    value_zh: str
    value_en: str
    odd: bool = False


def reading_account(reading: Reading) -> list[Line]:
    """The lines of the account, without those that have nothing to tell."""
    inside = _CONTAINERS.get(reading.container or "", ("", ""))
    lines = [
        Line(
            "文件",
            "file",
            _KINDS.get(reading.kind, reading.kind) + inside[0],
            _KINDS_EN.get(reading.kind, reading.kind) + inside[1],
        ),
    ]
    if reading.encoding:
        lines.append(Line("字符编码", "encoding", reading.encoding, ""))
    if reading.ends_cleanly is not None:
        whole = (
            ("完整", "complete")
            if reading.ends_cleanly
            else ("没有换行，可能被截断", "without a line end: perhaps cut off")
        )
        lines.append(Line("文件末尾", "end of the file", *whole, odd=not reading.ends_cleanly))
    lines.append(_number("有数据的工作表", "sheets with a table", reading.sheets))
    lines.append(_number("数据行（报送单位口径）", "data rows as the sender counts", reading.rows))
    if reading.persons != reading.rows:
        lines.append(_number("拆出的人员行", "rows of persons taken apart", reading.persons))
    counted = (
        ("其他工作表，未读取", "other sheets, not read", reading.ignored_sheets, False),
        ("空行", "empty rows", reading.blank_rows, False),
        ("合计、签名等表尾行", "totals, signatures and other footers", reading.footer_rows, False),
        ("合并单元格向下填充", "cells filled downwards", reading.filled_cells, False),
        ("错误单元格（#REF! 等）", "cells with an error", reading.error_cells, True),
        ("未计算的公式", "formulas without a value", reading.formulas_without_value, True),
        ("造字（只有报送方字库认识）", "cells with private-use characters", reading.private_use_characters, True),
        ("控制字符，已去除", "control characters, removed", reading.control_characters, True),
    )
    lines += [_number(zh, en, number, odd=odd) for zh, en, number, odd in counted if number]
    named = (
        ("禁止报送的列，已丢弃", "forbidden columns, dropped", reading.forbidden, True),
        ("未登记的列，已丢弃", "unlisted columns, dropped", reading.unlisted, False),
        ("重复的表头，取最左一列", "repeated headers, leftmost read", reading.duplicated, True),
    )
    lines += [Line(zh, en, "、".join(headers), "", odd) for zh, en, headers, odd in named if headers]
    if reading.hidden_headers:
        lines.append(
            _number(
                "疑似数据的表头，不列出", "headers that look like data, not shown", reading.hidden_headers, odd=True
            )
        )
    return lines


def _number(zh: str, en: str, number: int, *, odd: bool = False) -> Line:
    return Line(zh, en, f"{number:,}", "", odd)
