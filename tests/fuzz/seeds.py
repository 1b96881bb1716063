"""Small valid files from which fuzzing starts. Nobody in them exists."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import xlsxwriter
import xlwt

HEADER = ("职工编号", "姓名", "身份证号", "家庭住址", "银行卡号", "成员1姓名", "成员1关系")
ROWS = (
    ("D1", "李娜", "539210199003070036", "昆明\n五华", "6222", "李强", "子"),
    ("", "岩温", "5.39210199003070E+17", '"一号"', "", "", ""),
    ("合计", "", "", "", "", "", ""),
)


def texts() -> list[bytes]:
    """Delimited text in every encoding, and a zip of it."""
    quoted = "\r\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in (HEADER, *ROWS))
    plain = "\n".join("\t".join(cell.replace("\n", "") for cell in row) for row in (HEADER, *ROWS))
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.csv", quoted)
    encoded = [text.encode(code) for text in (quoted, plain) for code in ("utf-8", "utf-8-sig", "gb18030", "utf-16")]
    return [*encoded, zipped.getvalue()]


def new_workbooks() -> list[bytes]:
    """XLSX with titles, merged cells, numbers, formulas and two sheets."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    page = book.add_worksheet("名册")
    page.merge_range(0, 0, 0, 3, "困难职工档案")
    for row, cells in enumerate([HEADER, *ROWS], 1):
        for column, cell in enumerate(cells):
            page.write_string(row, column, cell)
    page.write_number(5, 2, 539210199003070036)
    page.write_formula(5, 3, "=A2", None, "昆明")
    book.add_worksheet("说明").write_string(0, 0, "请按月报送")
    book.close()
    return [buffer.getvalue()]


def old_workbooks() -> list[bytes]:
    """XLS."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("名册")
    for row, cells in enumerate([HEADER, *ROWS]):
        for column, cell in enumerate(cells):
            page.write(row, column, cell)
    page.write(5, 2, 5.3921019900307e17)
    buffer = io.BytesIO()
    book.save(buffer)
    return [buffer.getvalue()]


SEEDS: dict[str, Callable[[], list[bytes]]] = {"text": texts, "xlsx": new_workbooks, "xls": old_workbooks}
"""Builders of the seeds by kind of file."""
