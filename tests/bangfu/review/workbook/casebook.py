"""Builders: a batch and cases of real shape, a returned workbook edited as a clerk would, in memory."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence

import xlsxwriter
import xlwt

from bangfu.review.workbook.making import open_workbook_bytes
from bangfu.review.workbook.model import Batch, CaseRow, Standing
from bangfu.review.workbook.sheet_names import LIST_SHEET, MEMBER_SHEET
from schemas.review import CASE_ID, MEMBER_COLUMNS

__all__ = ["BATCH", "CONFIRMED", "SECRET", "TODAY", "Book", "as_before", "case", "cases", "member", "sheets_of"]

SECRET = b"a secret of the tests"
TODAY = dt.date(2026, 6, 20)
BATCH = Batch(
    "b2026q2-530102",
    "candidates",
    "530102",
    "五华区总工会",
    "wuhua01",
    "张敏",
    dt.datetime(2026, 6, 1, 1, 30, tzinfo=dt.UTC),
)
CONFIRMED: Mapping[str, str] = {
    "outcome": "03 属实-支出型（第二层级）",
    "visit_date": "2026-06-10",
    "visit_mode": "1 入户",
    "visitor_1": "张敏",
    "visitor_2": "李强",
    "household_size": "3",
    "means_after": "512.5",
    "main_cause": "2 家属疾病",
    "willing": "1 是",
}
"""A complete answer, as the drop-downs write it."""
_NAMES = ("岩温罕", "玉香", "𠅤明", "䶮丽", "扎西·卓玛", "欧阳建国", "李娜", "阿普", "王小明", "赵𬭊")


def case(number: int, *, version: int = 3, due: str = "2026-06-22", **more: object) -> CaseRow:
    """One case; its number decides everything."""
    values = {
        "name": _NAMES[number % len(_NAMES)] + ("" if number < len(_NAMES) else str(number)),
        "sex": "12"[number % 2],
        "birth_year": str(1960 + number % 40),
        "id_number": f"5390011980{number % 10000:04d}{number // 10000:04d}",
        "phone": f"1380000{number % 10000:04d}",
        "employer": "昆明市第三建筑工程有限公司",
        "address": f"昆明市五华区莲华街道学府路{number}号3单元",
        "union": "昆明三建工会委员会",
        "county": "五华区",
        "reasons": "近12个月住院结算2次，个人负担2.6万—5万元；在刚性支出困难家庭名单上，未在工会建档",
        "assignee": "张敏",
        "due": due,
    }
    return CaseRow(f"{number:024x}", version, values, **more)  # type: ignore[arg-type]


def cases(count: int) -> list[CaseRow]:
    """So many cases."""
    return [case(number) for number in range(count)]


def member(**cells: str) -> dict[str, str]:
    """One row of the sheet of members."""
    return {column.code: cells.get(column.code, "") for column in MEMBER_COLUMNS}


def as_before(rows: Sequence[CaseRow]) -> Callable[[Sequence[str]], dict[str, Standing]]:
    """Every case as it was when the workbook was made."""
    return lambda _ids: {row.case_id: Standing(row.version) for row in rows}


def sheets_of(content: bytes) -> dict[str, list[list[str]]]:
    """Every sheet as text, by the reader's own parser, in this process."""
    from python_calamine import CalamineWorkbook

    from bangfu.readers.cells import cell_text

    book = CalamineWorkbook.from_object(io.BytesIO(content))
    return {
        name: [
            [cell_text(cell) for cell in row] for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        ]
        for name in book.sheet_names
    }


class Book:
    """A workbook on a clerk's screen: its sheets as rows of text, to be edited and saved again.

    Attributes:
        sheets: The sheets by name.
    """

    def __init__(self, rows: Sequence[CaseRow], batch: Batch = BATCH) -> None:
        self.batch = batch
        self.sheets = sheets_of(open_workbook_bytes(batch, rows, SECRET))
        self.header = 3
        self.places = {column.code: place for place, column in enumerate(batch.of.columns)}

    @property
    def lines(self) -> list[list[str]]:
        """The rows of the list, to be changed in place."""
        return self.sheets[LIST_SHEET]

    def line(self, case_id: str) -> list[str]:
        """The row of a case."""
        place = self.places[CASE_ID]
        return next(line for line in self.lines[self.header + 1 :] if line[place] == case_id)

    def fill(self, case_id: str, cells: Mapping[str, str]) -> None:
        """Write into the cells of a case."""
        line = self.line(case_id)
        for code, text in cells.items():
            line[self.places[code]] = text

    def add_member(self, **cells: str) -> None:
        """Write a row into the sheet of members."""
        self.sheets[MEMBER_SHEET].append([cells.get(column.code, "") for column in MEMBER_COLUMNS])

    def xlsx(self) -> bytes:
        """Saved as .xlsx."""
        content = io.BytesIO()
        with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
            for name, rows in self.sheets.items():
                page = book.add_worksheet(name)
                for row, cells in enumerate(rows):
                    for column, text in enumerate(cells):
                        if text:
                            page.write_string(row, column, text)
        return content.getvalue()

    def xls(self) -> bytes:
        """Saved as .xls."""
        book = xlwt.Workbook(encoding="utf-8")
        for name, rows in self.sheets.items():
            page = book.add_sheet(name)
            for row, cells in enumerate(rows):
                for column, text in enumerate(cells):
                    if text:
                        page.write(row, column, text)
        content = io.BytesIO()
        book.save(content)
        return content.getvalue()
