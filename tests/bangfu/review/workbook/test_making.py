"""The workbook as bytes: what a spreadsheet program finds in it."""

import datetime as dt
import io
import re
import zipfile
from dataclasses import replace

import msoffcrypto
import openpyxl
import pytest
from msoffcrypto.exceptions import InvalidKeyError
from openpyxl.worksheet.worksheet import Worksheet

from bangfu.review.workbook.hidden import HIDDEN_SHEET
from bangfu.review.workbook.making import open_workbook_bytes, workbook_bytes
from bangfu.review.workbook.sheet_names import CODE_SHEET, GUIDE_SHEET, LIST_SHEET, MEMBER_SHEET
from schemas.review import CASE_ID, MEMBER_COLUMNS, REVIEW_LISTS
from tests.bangfu.review.workbook.casebook import BATCH, CONFIRMED, SECRET, Book, case, cases, member, sheets_of

_FLOW = BATCH.of
_HEADER = 4


@pytest.fixture(scope="module")
def content() -> bytes:
    prefilled = case(1, answers=CONFIRMED, members=(member(clue_id=case(1).case_id, relation="1", age="44"),))
    return open_workbook_bytes(BATCH, [case(0), prefilled, *cases(12)[2:]], SECRET)


@pytest.fixture(scope="module")
def book(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def letter_of(sheet: Worksheet, zh: str) -> str:
    return next(cell.column_letter for cell in sheet[_HEADER] if str(cell.value).startswith(zh))


def test_it_opens_with_its_password_alone() -> None:
    locked = workbook_bytes(BATCH, cases(3), SECRET, "昆明-2026")
    office = msoffcrypto.OfficeFile(io.BytesIO(locked))
    assert office.is_encrypted()
    with pytest.raises(InvalidKeyError):
        office.load_key(password="昆明-2025", verify_password=True)
    office.load_key(password="昆明-2026", verify_password=True)
    opened = io.BytesIO()
    office.decrypt(opened, verify_integrity=True)
    assert list(sheets_of(opened.getvalue())) == [GUIDE_SHEET, LIST_SHEET, MEMBER_SHEET, CODE_SHEET, HIDDEN_SHEET]
    assert "岩温罕".encode("utf-16-le") not in locked
    assert "岩温罕".encode() not in locked


def test_the_seals_are_hidden_from_the_menu_too(book: openpyxl.Workbook) -> None:
    assert book[HIDDEN_SHEET].sheet_state == "veryHidden"


def test_only_what_is_to_be_filled_in_is_unlocked(book: openpyxl.Workbook) -> None:
    sheet = book[LIST_SHEET]
    assert sheet.protection.sheet
    filled = next(row for row in sheet.iter_rows(min_row=_HEADER + 1) if row[0].value == "玉香")
    for cell, column in zip(filled, _FLOW.columns, strict=True):
        groups = sheet.column_dimensions.values()
        looks = cell if cell.value else next(group for group in groups if group.min <= cell.column <= group.max)
        assert looks.protection.locked is not column.editable
        assert looks.number_format == ("yyyy-mm-dd" if column.code == "visit_date" else "@")
    assert all(cell.protection.locked for cell in sheet[_HEADER])
    assert book[MEMBER_SHEET].protection.sheet


def test_text_stays_text_when_its_cell_is_edited(book: openpyxl.Workbook) -> None:
    sheet = book[LIST_SHEET]
    assert all(sheet.cell(_HEADER + 1, place).quotePrefix for place in range(1, len(_FLOW.locked) + 1))


def test_every_drop_down_is_a_range_of_the_code_lists(book: openpyxl.Workbook) -> None:
    """WPS and Excel cut a list written into the rule itself at 255 characters."""
    codes = book[CODE_SHEET]
    for sheet, columns in ((book[LIST_SHEET], _FLOW.editable), (book[MEMBER_SHEET], MEMBER_COLUMNS)):
        for column in columns:
            letter = letter_of(sheet, column.zh)
            rule = next(item for item in sheet.data_validations.dataValidation if f"{letter}5" in str(item.sqref))
            expected = _FLOW.codes_of(column)
            if expected is None:
                assert rule.type is None or rule.type == "none"
                continue
            assert rule.type == "list"
            first, last = re.fullmatch(rf"'{CODE_SHEET}'!\$([A-Z]+\$\d+):\$([A-Z]+\$\d+)", rule.formula1).groups()
            offered = [cells[0].value for cells in codes[f"{first.replace('$', '')}:{last.replace('$', '')}"]]
            assert offered == [f"{code.code} {code.zh}" for code in expected.codes]


def test_what_an_outcome_needs_turns_red(book: openpyxl.Workbook) -> None:
    sheet = book[LIST_SHEET]
    rules = {str(area.sqref).split(":")[0]: [rule.formula[0] for rule in found] for area, found in sheet.conditional_formatting._cf_rules.items()}  # fmt: skip
    note = f"{letter_of(sheet, '说明')}5"
    assert "|99|" in rules[note][0]
    assert f"TRIM(${letter_of(sheet, '核查结论')}5)" in rules[note][0]
    assert "|01|02|03|04|10|" in rules[f"{letter_of(sheet, '核查人2')}5"][0]


def test_every_sheet_and_page_names_its_recipient(book: openpyxl.Workbook) -> None:
    for name in (GUIDE_SHEET, LIST_SHEET, MEMBER_SHEET):
        sheet = book[name]
        for part in ("张敏（wuhua01）", "五华区总工会", "2026-06-01 09:30", "b2026q2-530102"):
            assert part in str(sheet["A2"].value)
            assert part in str(sheet.oddHeader.center.text)
    assert "wuhua01" in str(book[CODE_SHEET].oddHeader.center.text)


def test_an_ampersand_in_a_name_is_no_code_of_the_footer() -> None:
    content = open_workbook_bytes(replace(BATCH, recipient_name="A&P"), cases(1), SECRET)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert "A&amp;&amp;P（" in package.read("xl/worksheets/sheet2.xml").decode()


def test_the_longest_name_leaves_the_footer_whole() -> None:
    content = open_workbook_bytes(replace(BATCH, recipient_name="&" * 300), cases(1), SECRET)
    footer = openpyxl.load_workbook(io.BytesIO(content))[LIST_SHEET].oddFooter
    assert "页" in str(footer.right.text)


def test_identity_numbers_leave_the_service_masked(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        everything = b"".join(package.read(name) for name in package.namelist()).decode("utf-8", "replace")
    for row in cases(12):
        assert row.values["id_number"] not in everything
    assert "5390************00" in everything


def test_a_value_that_looks_like_a_formula_is_text() -> None:
    nasty = '=HYPERLINK("http://x","点我")'
    row = case(0)
    row = replace(
        row, values={**row.values, "name": nasty, "employer": "+86 集团", "address": "@SUM(A1)", "union": "-工会"}
    )
    content = open_workbook_bytes(BATCH, [row], SECRET)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert all(b"<f>" not in package.read(name) for name in package.namelist() if "/worksheets/" in name)
    line = openpyxl.load_workbook(io.BytesIO(content))[LIST_SHEET][_HEADER + 1]
    assert [cell.data_type for cell in line if cell.value] == ["s"] * sum(1 for cell in line if cell.value)
    assert line[0].value == f"'{nasty}"


def test_rare_names_are_intact(content: bytes) -> None:
    names = {line[0] for line in sheets_of(content)[LIST_SHEET][_HEADER:]}
    assert {"𠅤明", "䶮丽", "扎西·卓玛", "赵𬭊"} <= names


def test_what_was_filled_in_before_stands_in_its_cells(content: bytes) -> None:
    sheets = sheets_of(content)
    line = next(line for line in sheets[LIST_SHEET] if line[0] == "玉香")
    assert CONFIRMED["outcome"] in line
    assert sheets[MEMBER_SHEET][_HEADER][:4] == [case(1).case_id, "", "1 配偶", "44"]


def test_each_recipient_has_an_order_of_their_own_within_a_day() -> None:
    rows = [*cases(40), *(case(number, due="2026-06-10") for number in range(40, 50))]
    place = [column.code for column in _FLOW.columns].index(CASE_ID)
    orders = []
    for recipient in ("wuhua01", "wuhua02", "wuhua01"):
        lines = sheets_of(open_workbook_bytes(replace(BATCH, recipient=recipient), rows, SECRET))[LIST_SHEET]
        orders.append([line[place] for line in lines[_HEADER:]])
    assert orders[0] == orders[2] != orders[1]
    assert {int(case_id, 16) for case_id in orders[0][:10]} == set(range(40, 50)), "those due first come first"


@pytest.mark.parametrize("flow", REVIEW_LISTS)
def test_every_kind_of_list_makes_a_workbook(flow: str) -> None:
    book = Book(cases(2), replace(BATCH, flow=flow))
    assert (MEMBER_SHEET in book.sheets) is REVIEW_LISTS[flow].visits_household
    assert len([line for line in book.lines[_HEADER:] if line[0]]) == 2


def test_a_list_may_be_empty() -> None:
    assert Book([]).lines[_HEADER:] == []


def test_it_is_of_the_day_in_china() -> None:
    made = dt.datetime(2026, 5, 31, 16, 30, tzinfo=dt.UTC)
    assert "2026-06-01 00:30" in Book([case(1)], replace(BATCH, made_at=made)).lines[1][0]
