"""Returned workbooks, cell by cell, in the process apart."""

import io
import zipfile
from pathlib import Path

import msoffcrypto
import openpyxl
import polars as pl
import pytest
import xlwt
from xlwt.CompoundDoc import XlsDoc

from bangfu.errors import Refused
from bangfu.readers.plain import PLAIN_LIMITS, PLAIN_SCHEMA, rows_of
from bangfu.readers.raw import ReadReport, SheetReport
from tests.bangfu.readers.extracts import PARSER

_ROWS = [["线索编号", "", "日期"], ["a1", "x", "2026-05-03"], [], ["", "末"]]


def xlsx(sheets: dict[str, list[list[str]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append([cell or None for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def read(tmp_path: Path, content: bytes, *passwords: str) -> dict[str, list[list[str]]]:
    path = tmp_path / "returned"
    path.write_bytes(content)
    return PARSER.read_sheets(path, passwords=passwords)


def refusal(tmp_path: Path, content: bytes, *passwords: str) -> str:
    with pytest.raises(Refused) as caught:
        read(tmp_path, content, *passwords)
    return caught.value.code


def test_every_sheet_comes_as_text_from_a1_on(tmp_path: Path) -> None:
    found = read(tmp_path, xlsx({"名单": _ROWS, "空": [], "字典": [["1"]]}))
    assert found == {
        "名单": [["线索编号", "", "日期"], ["a1", "x", "2026-05-03"], ["", "", ""], ["", "末", ""]],
        "空": [],
        "字典": [["1"]],
    }


def test_numbers_and_days_are_text_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["B1"] = 3, openpyxl.utils.datetime.from_excel(46145)
    book.active["C1"] = 13800001234
    content = io.BytesIO()
    book.save(content)
    assert read(tmp_path, content.getvalue()) == {"Sheet": [["3", "2026-05-03", "13800001234"]]}


def test_a_password_and_a_zip_around_it_are_taken_off(tmp_path: Path) -> None:
    content, locked, packed = xlsx({"名单": _ROWS}), io.BytesIO(), io.BytesIO()
    msoffcrypto.OfficeFile(io.BytesIO(content)).encrypt("昆明", locked)
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("核查.xlsx", locked.getvalue())
    assert read(tmp_path, locked.getvalue(), "别的", "昆明") == read(tmp_path, content)
    assert read(tmp_path, packed.getvalue(), "昆明") == read(tmp_path, content)
    assert refusal(tmp_path, locked.getvalue(), "别的") == "encrypted_workbook"
    assert refusal(tmp_path, locked.getvalue()) == "encrypted_workbook"


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    packed = io.BytesIO(content)
    with zipfile.ZipFile(packed, "a") as package:
        package.writestr(name, part)
    return packed.getvalue()


@pytest.mark.parametrize("name", ["xl/vbaProject.bin", "xl/macrosheets/sheet1.xml", "XL/VBAPROJECT.BIN"])
def test_macros_are_refused(tmp_path: Path, name: str) -> None:
    assert refusal(tmp_path, with_part(xlsx({"名单": _ROWS}), name, b"\xd0\xcf")) == "macro_workbook"


def test_macros_behind_a_password_are_refused(tmp_path: Path) -> None:
    locked = io.BytesIO()
    content = with_part(xlsx({"名单": _ROWS}), "xl/vbaProject.bin", b"\xd0\xcf")
    msoffcrypto.OfficeFile(io.BytesIO(content)).encrypt("昆明", locked)
    assert refusal(tmp_path, locked.getvalue(), "昆明") == "macro_workbook"


def test_macros_of_an_old_workbook_are_refused(tmp_path: Path) -> None:
    """They lie in a storage of their own, named in the directory of the compound file."""
    book = xlwt.Workbook()
    book.add_sheet("名单").write(0, 0, "线索编号")
    path = tmp_path / "old.xls"
    XlsDoc().save(str(path), book.get_biff_data())
    content = path.read_bytes()
    assert read(tmp_path, content) == {"名单": [["线索编号"]]}
    entry = "Workbook".encode("utf-16-le").ljust(64, b"\0")
    assert content.count(entry) == 1
    infected = content + "_VBA_PROJECT_CUR".encode("utf-16-le").ljust(64, b"\0").ljust(512, b"\0")
    assert refusal(tmp_path, infected) == "macro_workbook"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        ("线索编号,结论\n1,2\n".encode(), "unsupported_file"),
        (b"%PDF-1.7", "unsupported_file"),
        (b"PK\x03\x04 nothing", "damaged_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096, "unreadable_workbook"),
        (b"<html><table>", "markup_file"),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    assert refusal(tmp_path, content) == code


def test_the_package_of_another_program_is_told_to_be_saved_as_xlsx(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for name in ("mimetype", "content.xml"):
            package.writestr(name, "x")
    assert refusal(tmp_path, packed.getvalue()) == "unreadable_workbook"


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO(xlsx({"名单": _ROWS}))
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet9.xml", b" " * (64 << 20))
    assert refusal(tmp_path, packed.getvalue()) == "oversized_workbook"


def test_a_returned_workbook_may_be_smaller_than_an_extract() -> None:
    assert PLAIN_LIMITS.most_bytes <= 1 << 30
    assert PLAIN_LIMITS.processor_seconds <= 60


def test_a_sheet_that_the_report_does_not_have_is_not_believed() -> None:
    """What the child says is a stranger's word."""
    batch = pl.DataFrame({"sheet": [3], "c0": ["x"]}, schema_overrides={"sheet": pl.Int64()})
    assert set(batch.columns) <= set(PLAIN_SCHEMA)
    with pytest.raises(Refused):
        rows_of([batch], ReadReport("xlsx", (SheetReport("名单", 0, 0, {}),)))
