"""Reading one extract: sheets, refusals, and what never leaves the reader."""

import datetime as dt
from pathlib import Path

import pytest

from bangfu.errors import Refused
from bangfu.readers.raw import SHEET_STRIDE
from schemas.sources import SOURCES
from tests.bangfu.readers.extracts import (
    HEADER,
    NUMBERS,
    PEOPLE,
    Rows,
    assert_clear,
    cells,
    csv_file,
    in_memory,
    read,
    roster,
    xls_file,
    xlsx_file,
)


def refusal(path: Path, source: str = "union_roster") -> Refused:
    with pytest.raises(Refused) as refused:
        read(path, source)
    assert_clear(refused.value)
    return refused.value


@pytest.mark.parametrize("write", [csv_file, xlsx_file, xls_file])
def test_one_roster_in_three_formats_is_the_same_roster(tmp_path: Path, write: object) -> None:
    rows: Rows = [["一公司工会会员花名册", "", ""], HEADER, *PEOPLE, ["合计", "", ""]]
    table = roster(write(tmp_path / "花名册", rows))  # type: ignore[operator]
    assert cells(table, "row_number", "sheet_row", "member", "name", "id_number") == [
        (3, 3, 0, "李娜", NUMBERS[0]),
        (4, 4, 0, "岩温", NUMBERS[1]),
    ]


def test_real_dates_and_phones_of_a_workbook_come_as_text(tmp_path: Path) -> None:
    rows = [("姓名", "出生日期", "手机号码"), ("李娜", dt.date(1990, 3, 7), 13800001111)]
    path = xls_file(tmp_path / "a.xls", [rows[0], ("李娜", "1990-03-07", 13800001111)])
    assert cells(roster(path), "birth_date", "phone") == [("1990-03-07", "13800001111")]


def test_several_sheets_make_one_table_and_no_two_rows_share_a_number(tmp_path: Path) -> None:
    sheets: dict[str, Rows] = {
        "一车间": [HEADER, PEOPLE[0]],
        "说明": [["请按月报送"], ["联系人"]],
        "二车间": [("姓名", "手机号码"), ("岩温", "13800001111")],
    }
    table = roster(xlsx_file(tmp_path / "a.xlsx", sheets))
    assert cells(table, "row_number", "sheet", "sheet_row", "name", "phone") == [
        (2, "一车间", 2, "李娜", None),
        (2 + 2 * SHEET_STRIDE, "二车间", 2, "岩温", "13800001111"),
    ]
    assert [sheet.name for sheet in table.report.sheets] == ["一车间", "二车间"]
    assert table.report.ignored_sheets == ("说明",)


def test_a_sheet_of_data_that_cannot_be_read_refuses_the_file(tmp_path: Path) -> None:
    """A workshop whose header lacks the name must not be missing in silence."""
    sheets: dict[str, Rows] = {
        "一车间": [HEADER, *PEOPLE],
        "二车间": [("身份证号", "性别", "民族"), (NUMBERS[2], "男", "汉"), (NUMBERS[3], "女", "彝")],
    }
    refused = refusal(xlsx_file(tmp_path / "a.xlsx", sheets))
    assert refused.code == "required_column_missing"
    assert "二车间" in refused.zh
    assert "姓名" in refused.zh


def test_a_hidden_sheet_of_lists_is_no_reason_to_refuse(tmp_path: Path) -> None:
    """Templates keep the entries of their drop-down menus on a hidden sheet."""
    menus = [("性别", "民族", "学历"), ("男", "汉", "本科"), ("女", "彝", "专科"), ("", "白", "")]
    path = xlsx_file(tmp_path / "a.xlsx", {"名册": [HEADER, *PEOPLE], "字典": menus}, hidden=["字典"])
    assert roster(path).report.ignored_sheets == ("字典",)


FORBIDDEN = "6222021234567890123"


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("write", [csv_file, xlsx_file], ids=["csv", "xlsx"])
def test_no_forbidden_or_unlisted_column_leaves_the_reader(tmp_path: Path, source: str, write: object) -> None:
    """The allow-list is the law here (个人信息保护法 art. 6): what is not needed is not even read on."""
    declared = SOURCES[source]
    wanted = [column for column in declared.columns if column.field != "person_ref"]
    header = [*(column.aliases[0] for column in wanted), *declared.forbidden, "宗教信仰", ""]
    row = [*("1" for _ in wanted), *(FORBIDDEN for _ in declared.forbidden), FORBIDDEN, FORBIDDEN]
    table = read(write(tmp_path / "a", [header, row]), source)  # type: ignore[operator]
    fields = {column.field for column in declared.columns} | {"relation"}
    assert set(table.frame.columns) <= fields | {"row_number", "sheet", "sheet_row", "member"}
    assert FORBIDDEN not in repr(table.frame.rows()) + repr(table.report)
    assert table.report.sheets[0].forbidden == declared.forbidden
    assert table.report.sheets[0].unlisted == ("宗教信仰",)


def test_no_forbidden_column_is_saved_by_a_group_heading(tmp_path: Path) -> None:
    rows = [
        ("身份证号", "姓名", "银行信息", "", "联系"),
        ("", "", "银行卡号", "开户行", "手机号码"),
        (NUMBERS[0], "李娜", FORBIDDEN, "某行", "13800001111"),
    ]
    table = roster(xlsx_file(tmp_path / "a.xlsx", rows))
    assert table.report.sheets[0].forbidden == ("银行信息/银行卡号", "银行信息/开户行")
    assert cells(table, "row_number", "name", "id_number", "phone") == [(3, "李娜", NUMBERS[0], "13800001111")]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([HEADER], "empty_extract"),
        ([HEADER, ["合计", "", ""]], "empty_extract"),
        ([("天气", "心情"), ("晴", "好")], "header_not_found"),
        ([("性别", "民族"), ("男", "汉")], "required_column_missing"),
    ],
)
@pytest.mark.parametrize("write", [csv_file, xlsx_file], ids=["csv", "xlsx"])
def test_a_table_that_is_no_extract_of_the_source(tmp_path: Path, write: object, rows: Rows, code: str) -> None:
    assert refusal(write(tmp_path / "a", rows)).code == code  # type: ignore[operator]


def test_an_extract_sent_under_another_source_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    refused = refusal(xlsx_file(tmp_path / "a.xlsx", [HEADER, *PEOPLE]), "medical_settlement")
    assert refused.code == "required_column_missing"
    assert "结算编号" in refused.zh
    assert "住院结算" in refused.zh


def test_a_refusal_repeats_no_person_of_the_file(tmp_path: Path) -> None:
    rows = [("性别", "民族", "岩温", NUMBERS[1]), ("男", "傣", "岩温", NUMBERS[1])]
    refused = refusal(xlsx_file(tmp_path / "a.xlsx", rows))
    assert NUMBERS[1] not in str(refused)


def test_a_workbook_without_a_filled_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(in_memory([]))
    assert refusal(path).code in {"no_table", "header_not_found"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"<html><table><tr><td>\xe5\xa7\x93\xe5\x90\x8d</td></tr></table></html>", "markup_file"),
        (in_memory([HEADER, *PEOPLE])[:-200], "damaged_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 8, "unreadable_workbook"),
    ],
    ids=["empty", "html named xls", "truncated xlsx", "garbage behind an ole mark"],
)
def test_a_broken_file_is_refused_with_what_to_do(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "花名册.xls"
    path.write_bytes(content)
    assert refusal(path).code == code
