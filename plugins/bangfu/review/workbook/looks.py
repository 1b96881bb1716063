"""How the workbook looks (版式): fonts, colours, paper, the watermark."""

from __future__ import annotations

from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bangfu.china_time import in_china
from bangfu.review.workbook.model import Batch
from schemas.review import Kind, ReviewColumn

__all__ = ["Looks", "height_of", "prepare_paper", "watermark"]

_A4 = 9
_LONGEST_MARK = 110
"""A header may have 255 characters, and an ampersand counts twice."""
_GREY, _YELLOW, _BLUE = "#F2F2F2", "#FFFBE6", "#DDE7F3"


class Looks:
    """The cell formats of one workbook. Text is text (@), and stays it when a cell is edited (quote prefix)."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        font: dict[str, Any] = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
        text = {**font, "num_format": "@", "text_wrap": True}
        cell = {**text, "border": 1, "border_color": "#BFBFBF"}
        self.title = book.add_format({**font, "font_size": 16, "bold": True})
        self.mark = book.add_format({**font, "font_size": 10, "font_color": "#B00020"})
        self.soft = book.add_format({**text, "font_size": 10.5, "font_color": "#404040"})
        self.plain = book.add_format(text)
        self.heading = book.add_format({**font, "bold": True, "font_size": 12, "bottom": 1})
        self.head = book.add_format({**cell, "bold": True, "bg_color": _BLUE, "align": "center"})
        self.fill_head = book.add_format({**cell, "bold": True, "bg_color": "#FFE9A8", "align": "center"})
        self.locked = book.add_format({**cell, "bg_color": _GREY, "quote_prefix": True})
        self.open = book.add_format({**cell, "locked": False, "quote_prefix": True})
        self.open_plain = book.add_format({**cell, "locked": False})
        self.open_date = book.add_format({**cell, "locked": False, "num_format": "yyyy-mm-dd", "align": "center"})
        unlocked = {**text, "locked": False}
        self._open_column = book.add_format(unlocked)
        self._date_column = book.add_format({**unlocked, "num_format": "yyyy-mm-dd", "align": "center"})
        grid = {"border": 1, "border_color": "#BFBFBF"}  # some programs let one rule alone count, so each has it
        self.grid = book.add_format(grid)
        self.to_fill = book.add_format({**grid, "bg_color": _YELLOW})
        self.missing = book.add_format({**grid, "bg_color": "#F8C4C0"})

    def of_column(self, column: ReviewColumn) -> Format:
        """The format of the empty cells of an editable column."""
        return self._date_column if column.kind is Kind.DATE else self._open_column


def watermark(batch: Batch) -> str:
    """Who has this copy: on every sheet and page."""
    return (
        f"{batch.recipient_name}（{batch.recipient}）· {batch.union_name} · {in_china(batch.made_at)} · "
        f"批次 {batch.batch_id} · 内部资料，请勿外传"
    )


def prepare_paper(sheet: Worksheet, batch: Batch, *, wide: bool) -> None:
    """A4, page numbers, and the watermark above and below."""
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.7)
    sheet.set_landscape()
    if wide:
        sheet.print_across()
    else:
        sheet.fit_to_pages(1, 0)
    mark = watermark(batch)[:_LONGEST_MARK].replace("&", "&&")
    sheet.set_header(f'&C&"宋体,常规"{mark}')
    sheet.set_footer(f'&L&"宋体,常规"{mark}&R第 &P 页，共 &N 页')
    sheet.hide_gridlines(2)


def height_of(text: str, width: int) -> float:
    """Points that a wrapped text needs in a column of so many half-width characters."""
    lines = 0
    for part in text.split("\n"):
        cells = sum(2 if ord(character) > 0x2E7F else 1 for character in part)
        lines += max(-(-cells // max(width, 1)), 1)
    return 15.0 * lines + 4
