"""A returned workbook as bytes, all the way: password, process apart, verdicts."""

import io
import zipfile
from pathlib import Path

import msoffcrypto
import openpyxl
import pytest

from bangfu.errors import Refused
from bangfu.pipeline.review.returned_workbooks import Upload, read_workbook
from bangfu.readers import Parser
from bangfu.review.workbook.hidden import HIDDEN_SHEET
from bangfu.review.workbook.making import open_workbook_bytes, workbook_bytes
from bangfu.review.workbook.model import Preview, Verdict
from bangfu.review.workbook.sheet_names import LIST_SHEET
from tests.bangfu.review.workbook.casebook import BATCH, CONFIRMED, SECRET, TODAY, Book, as_before, case, cases

_ROWS = cases(6)
_PASSWORD = "昆明-2026"


def preview_of(content: bytes | Path, union: str = "530102", parser: Parser | None = None) -> Preview:
    return read_workbook(Upload(content, union, (_PASSWORD,), TODAY), SECRET, as_before(_ROWS), parser)


def filled_in(content: bytes, case_id: str) -> bytes:
    """Filled in with a program that keeps everything else as it is, openpyxl."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book[LIST_SHEET]
    headers = {str(cell.value).partition("\n")[0].rstrip("*"): cell.column for cell in sheet[4]}
    row = next(cells[0].row for cells in sheet.iter_rows(min_row=5) if case_id in {cell.value for cell in cells})
    for column in BATCH.of.editable:
        if column.code in CONFIRMED:
            sheet.cell(row, headers[column.zh]).value = CONFIRMED[column.code]
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def locked(content: bytes) -> bytes:
    saved = io.BytesIO()
    msoffcrypto.OfficeFile(io.BytesIO(content)).encrypt(_PASSWORD, saved)
    return saved.getvalue()


def opened(content: bytes) -> bytes:
    office, saved = msoffcrypto.OfficeFile(io.BytesIO(content)), io.BytesIO()
    office.load_key(password=_PASSWORD)
    office.decrypt(saved)
    return saved.getvalue()


def test_filled_in_and_returned_under_its_password() -> None:
    given = workbook_bytes(BATCH, _ROWS, SECRET, _PASSWORD)
    assert preview_of(given).counts == {Verdict.UNCHANGED: 6}
    preview = preview_of(locked(filled_in(opened(given), case(2).case_id)))
    assert [answer.case_id for answer in preview.accepted] == [case(2).case_id]


def test_with_the_password_removed_from_a_path_by_a_running_parser(tmp_path: Path) -> None:
    path = tmp_path / "核查.xlsx"
    path.write_bytes(filled_in(open_workbook_bytes(BATCH, _ROWS, SECRET), case(2).case_id))
    with Parser() as parser:
        assert len(preview_of(path, parser=parser).accepted) == 1
        assert preview_of(path, parser=parser).accepted == preview_of(path).accepted


def test_saved_as_xls() -> None:
    book = Book(_ROWS)
    book.fill(case(2).case_id, CONFIRMED)
    assert len(preview_of(book.xls()).accepted) == 1


def test_a_case_of_another_union_is_never_accepted() -> None:
    with pytest.raises(Refused, match="other_union"):
        preview_of(workbook_bytes(BATCH, _ROWS, SECRET, _PASSWORD), union="530103")


def test_a_lost_hidden_sheet_is_told_with_what_to_do() -> None:
    book = Book(_ROWS)
    del book.sheets[HIDDEN_SHEET]
    with pytest.raises(Refused) as caught:
        preview_of(book.xlsx())
    assert "重新下载工作簿" in caught.value.zh


def test_macros_are_refused() -> None:
    packed = io.BytesIO(open_workbook_bytes(BATCH, _ROWS, SECRET))
    with zipfile.ZipFile(packed, "a") as package:
        package.writestr("xl/vbaProject.bin", b"\xd0\xcf")
    with pytest.raises(Refused, match="macro_workbook"):
        preview_of(locked(packed.getvalue()))
