"""The receipt as a workbook (回执工作簿), for the clerk who sent the delivery: opened in Excel or WPS, printed on A4."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bangfu.china_time import in_china
from bangfu.pipeline.receipts.account import RejectedRow, correction_of, label_of
from schemas.vocabulary import REJECT_REASONS

__all__ = ["MOST_ROWS", "workbook"]

MOST_ROWS = 50_000
"""Rejected rows that a workbook lists; more are counted only."""

_MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_SUMMARY, _ROWS, _COLUMNS = "回执", "退回行", "列的理解"
_A4 = 9
_ANNOUNCED = {
    "manifest": "报送清单 manifest.json",
    "marker": "结束标记，无清单 without a manifest",
    "none": "无清单 without a manifest",
    "operator": "由数据管理员接收 by the data office",
}
_OUTCOME_COLOURS = {"accepted": "#E7F3EB", "held": "#FCF1DC", "rejected": "#FBECEB", "retracted": "#F0EDEA"}

Line = tuple[str | int | None, ...]


def workbook(account: Mapping[str, Any], rejected: Iterable[RejectedRow]) -> bytes:
    """Return the workbook of a receipt; the same account and rows give the same bytes. It is made in memory.

    Args:
        account: From `bangfu.pipeline.receipts.account.account_of`.
        rejected: Its rejected rows, at most `MOST_ROWS`.
    """
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"title": "接收回执", "subject": account["delivery_id"], "created": _MADE})
        formats = _Formats(book)
        _write_summary(book.add_worksheet(_SUMMARY), account, formats)
        landed = account["outcome"] != "rejected" or any(file["rows_read"] is not None for file in account["files"])
        if landed:
            _write_rows(book.add_worksheet(_ROWS), account, rejected, formats)
            _write_columns(book.add_worksheet(_COLUMNS), account, formats)
    return content.getvalue()


class _Formats:
    """The cell formats of one workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        font = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
        wrapped = {**font, "text_wrap": True, "num_format": "@"}
        self.title = book.add_format({**font, "font_size": 18, "bold": True})
        self.soft = book.add_format({**wrapped, "font_color": "#5A5A5A", "font_size": 10})
        self.label = book.add_format({**font, "font_color": "#5A5A5A", "text_wrap": True})
        self.value = book.add_format(wrapped)
        self.heading = book.add_format({**font, "bold": True, "font_size": 12, "bottom": 1})
        self.head = book.add_format({**wrapped, "bold": True, "bg_color": "#DDE7F3", "border": 1, "align": "center"})
        self.text = book.add_format({**wrapped, "border": 1, "indent": 1})
        self.number = book.add_format({**font, "border": 1, "num_format": "#,##0", "align": "right", "indent": 1})
        self.place = book.add_format({**font, "border": 1, "num_format": "0", "align": "center"})
        self.verdict = {
            outcome: book.add_format(
                {**wrapped, "bold": True, "font_size": 13, "bg_color": colour, "border": 1, "indent": 1}
            )
            for outcome, colour in _OUTCOME_COLOURS.items()
        }


def _write_summary(sheet: Worksheet, account: Mapping[str, Any], formats: _Formats) -> None:
    _prepare(sheet, account)
    for column, width in enumerate((34, 10, 10, 10, 10, 10, 14, 34)):
        sheet.set_column(column, column, width)
    last = 7
    sheet.set_row(0, 34)
    sheet.merge_range(0, 0, 0, last, f"接收回执　{account['source_zh']}", formats.title)
    lines = _Lines(sheet, 1, last)
    lines.wide(f"{account['verdict_zh']}\n{account['verdict_en']}", formats.verdict[account["outcome"]])
    if account["reason_zh"]:
        reason = {"rejected": "原因", "retracted": "撤回原因"}.get(account["outcome"], "审核原因")
        told = "\n".join(filter(None, (account["reason_zh"], account["reason_en"])))
        lines.pair(f"{reason}　Reason", told, formats.label, formats.value)
    for label, value in _particulars(account):
        lines.pair(label, value, formats.label, formats.value)
    lines.skip()
    lines.wide("接下来怎么做　What to do", formats.heading)
    for number, (zh, en) in enumerate(zip(account["next_zh"], account["next_en"], strict=True), 1):
        lines.wide(f"{number}. {zh}\n{en}", formats.value)
    lines.skip()
    lines.wide("各文件的情况　Files", formats.heading)
    head = ("文件 File", "写明行数 Stated", "读到行数 Read", "人数 Persons", "可用 Usable", "退回 Returned",
            "大小（字节）Bytes", "留空的值 Left empty")  # fmt: skip
    lines.table_row(head, [formats.head] * len(head), height=34)
    for file in account["files"]:
        counts = (file["rows_stated"], file["rows_read"], file["persons"], file["accepted"], file["rejected"],
                  file["byte_size"])  # fmt: skip
        emptied = "、".join(f"{label_of(name)[0]} {count:,} 处" for name, count in file["left_empty"].items())
        lines.table_row((file["name"], *counts, emptied), [formats.text, *[formats.number] * len(counts), formats.text])
    lines.skip()
    lines.wide(
        "回执只写文件名、行号、列名和原因，不写姓名、证件号码等内容。询问时请报投递编号。\n"
        "A receipt names files, rows, columns and reasons, never a person. Quote the delivery id when you ask.",
        formats.soft,
    )


def _particulars(account: Mapping[str, Any]) -> list[tuple[str, str]]:
    told = [
        ("投递编号　Delivery", account["delivery_id"]),
        ("数据　Source", f"{account['source_zh']}　{account['source_en']}（{account['source']}）"),
        ("报送单位代码　Sender", account["sender"] or "未说明 not stated"),
        ("期间　Period", account["period"] or "未说明 not stated"),
        ("版次　Revision", f"第 {account['revision']} 版"),
        ("收到时间　Received", f"{in_china(datetime.fromisoformat(account['received_at']))}（北京时间）"),
        ("报送方式　Announced by", _ANNOUNCED[account["announced"]]),
    ]
    if account["replaces"] is not None:
        told.append(("替换　Replaces", f"第 {account['replaces']} 版"))
    if account["code"]:
        told.append(("原因代码　Reason code", account["code"]))
    return told


class _Lines:
    """Lines one below the other, each as high as its text needs."""

    def __init__(self, sheet: Worksheet, row: int, last: int) -> None:
        self._sheet, self._row, self._last = sheet, row, last

    def skip(self) -> None:
        self._sheet.set_row(self._row, 8)
        self._row += 1

    def wide(self, text: str, form: Format) -> None:
        self._sheet.set_row(self._row, _height(text, 126))
        self._sheet.merge_range(self._row, 0, self._row, self._last, text, form)
        self._row += 1

    def pair(self, label: str, text: str, label_form: Format, form: Format) -> None:
        self._sheet.set_row(self._row, _height(text, 92))
        self._sheet.write_string(self._row, 0, label, label_form)
        self._sheet.merge_range(self._row, 1, self._row, self._last, "", form)
        self._sheet.write_string(self._row, 1, text, form)
        self._row += 1

    def table_row(self, values: Line, forms: Sequence[Format], height: float = 0) -> None:
        self._sheet.set_row(self._row, height or max(_height(str(values[0]), 32), _height(str(values[-1]), 32)))
        _write_cells(self._sheet, self._row, values, forms)
        self._row += 1


def _write_rows(
    sheet: Worksheet, account: Mapping[str, Any], rejected: Iterable[RejectedRow], formats: _Formats
) -> None:
    head = ("文件 File", "工作表 Sheet", "行号 Row", "列 Column", "退回原因 Reason", "怎样更正 How to correct")
    total = sum(file["rejected"] or 0 for file in account["files"])
    note = (
        f"共退回 {total:,} 行。行号是您文件中的行号，“列”是您文件中的列名。\n"
        f"{total:,} rows were returned. Row numbers and columns are those of your file."
    )
    if not total:
        note = "没有退回的行。\nNo row was returned."
    if total > MOST_ROWS:
        note = (
            f"共退回 {total:,} 行，这里只列前 {MOST_ROWS:,} 行；退回这么多，多半是整列或整表的问题，请先看前几行的原因。\n"
            f"The first {MOST_ROWS:,} of {total:,} returned rows are listed; so many point to a whole column or table."
        )
    table = _Table(sheet, account, formats, head, (26, 14, 8, 20, 40, 40), note, numbers=(2,))
    for row in rejected:
        reason, correction = REJECT_REASONS[row.code], correction_of(row)
        table.row((row.file, row.sheet, row.row, row.column, "\n".join(reason), "\n".join(correction)))
    table.close()


def _write_columns(sheet: Worksheet, account: Mapping[str, Any], formats: _Formats) -> None:
    head = ("文件 File", "工作表 Sheet", "您的列名 Your column", "理解为 Understood as", "说明 Note")
    note = (
        "系统把您的每一列理解成了什么。如果理解错了，请告诉省总工会数据管理员，不必自行改列名。\n"
        "How each of your columns was understood. If one is wrong, tell the federation's data office."
    )
    table = _Table(sheet, account, formats, head, (26, 14, 24, 30, 54), note)
    for file in account["files"]:
        for line in _understood(file):
            table.row((file["name"], *line))
    table.close()


class _Table:
    """A table below one note: head frozen and repeated on paper, filter, each row as high as its text needs."""

    def __init__(
        self, sheet: Worksheet, account: Mapping[str, Any], formats: _Formats, head: Sequence[str],
        widths: Sequence[int], note: str, numbers: Sequence[int] = (),
    ) -> None:  # fmt: skip
        self._sheet, self._widths, self._line = sheet, widths, 2
        self._forms = [formats.place if place in numbers else formats.text for place in range(len(head))]
        _prepare(sheet, account)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.set_row(0, 38)
        sheet.merge_range(0, 0, 0, len(head) - 1, note, formats.soft)
        sheet.set_row(1, 22)
        _write_cells(sheet, 1, tuple(head), [formats.head] * len(head))
        sheet.freeze_panes(2, 0)
        sheet.repeat_rows(1)

    def row(self, values: Line) -> None:
        heights = (_height(str(value), width - 2) for value, width in zip(values, self._widths, strict=True))
        self._sheet.set_row(self._line, max(heights))
        _write_cells(self._sheet, self._line, values, self._forms)
        self._line += 1

    def close(self) -> None:
        self._sheet.autofilter(1, 0, max(self._line - 1, 1), len(self._widths) - 1)


def _understood(file: Mapping[str, Any]) -> Iterable[Line]:
    """Sheet, header, meaning and note of every column of a file."""
    reading = file["reading"]
    if reading is None:
        yield ("", "", "", "读取情况已不可查\nHow it was read is no longer known")
        return
    for sheet in reading["sheets"]:
        where = sheet["name"]
        for field, header in sheet["columns"].items():
            repeated = header in sheet["duplicated"]
            yield (where, header, "\n".join(label_of(field)), _REPEATED if repeated else _TAKEN)
        yield from ((where, header, "", _FORBIDDEN) for header in sheet["forbidden"])
        yield from ((where, header, "", _NOT_NEEDED) for header in sheet["unlisted"])
        if sheet["missing"]:
            absent = "、".join(label_of(field)[0] for field in sheet["missing"])
            yield (where, "（没有这些列）\n(not in the file)", absent, _ABSENT)
        yield (where, "", "", "\n".join(_remarks(sheet)))
    yield from ((ignored, "", "", _IGNORED) for ignored in reading["ignored_sheets"])


_TAKEN = "已读取 taken"
_REPEATED = "列名重复，只读了最左边的一列，请核对\nThe header is repeated: the leftmost column was read"
_FORBIDDEN = (
    "不得报送：读取时已丢弃，没有留存；下次请不要导出此列\nNot allowed: dropped on reading; leave it out next time"
)
_NOT_NEEDED = "不需要：没有读取，没有留存 not needed, not read"
_ABSENT = "选填：有则请保留，能减少认错人\nOptional: keep them if you have them, they prevent mistaken matches"
_IGNORED = "整张工作表没有读取：没有找到表头\nThe sheet was not read: it has no header that is known"


def _remarks(sheet: Mapping[str, Any]) -> Iterable[str]:
    yield f"表头在第 {sheet['header_row']} 行，数据 {sheet['rows']:,} 行"
    for name, zh in _SHEET_COUNTS.items():
        if sheet[name]:
            yield zh.format(sheet[name])


_SHEET_COUNTS = {
    "footer_rows": "跳过合计、签名、重复表头 {:,} 行 totals and signatures skipped",
    "blank_rows": "跳过空行 {:,} 行 empty rows skipped",
    "filled_cells": "按合并单元格向下补齐 {:,} 格 cells filled downwards",
    "error_cells": "{:,} 格是公式错误（如 #REF!），按空白处理 cells hold an error, left empty",
    "formulas_without_value": "{:,} 格公式没有算出结果，按空白处理：请打开文件保存一次再报送 uncalculated formulas",
}


def _prepare(sheet: Worksheet, account: Mapping[str, Any]) -> None:
    """Paper and page numbers."""
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer(f"&L{account['delivery_id']}&C&A&R第 &P 页，共 &N 页")
    sheet.hide_gridlines(2)


def _write_cells(sheet: Worksheet, line: int, values: Line, forms: Sequence[Format]) -> None:
    for column, (value, form) in enumerate(zip(values, forms, strict=True)):
        if value is None or value == "":
            sheet.write_blank(line, column, None, form)
        elif isinstance(value, int):
            sheet.write_number(line, column, value, form)
        else:
            sheet.write_string(line, column, value, form)


def _height(text: str, width: int) -> float:
    """Points that a wrapped text needs in a column of so many half-width characters."""
    lines = 0
    for part in text.split("\n"):
        cells = sum(2 if ord(character) > 0x2E7F else 1 for character in part)
        lines += max(-(-cells // width), 1)
    return 17.0 * lines + 3
