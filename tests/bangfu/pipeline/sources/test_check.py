"""A file is told apart column by column, without being received and without telling a value of a person."""

import datetime as dt
import io
import json
from dataclasses import asdict
from pathlib import Path

import msoffcrypto
import pytest

from bangfu.errors import BangfuError, Refused
from bangfu.pipeline.sources.check import CheckedColumn, FileCheck, check_file
from schemas.sources import SOURCES
from tests.bangfu.readers.extracts import NUMBERS, csv_file, in_memory, xlsx_file

HEADER = ("低保证号", "救助类别", "成员姓名", "成员身份证号", "民族", "联系手机", "开户银行", "出生日期", "备注")
ROWS = (
    ("J1", "农村低保", "岩温", NUMBERS[0], "傣族", "13800001111", "某某银行", "1990-03-07", "无"),
    ("J2", "农村低保", "李娜", NUMBERS[1], "火星族", "13800001112", "某某银行", "1990/3/7", None),
    ("J3", "农村低保", None, NUMBERS[2], "汉", "13800001113", "某某银行", "1990-03-07", None),
    ("J4", "农村低保", "李娜娜", None, "汉", None, "某某银行", "旧历年底", None),
)
TODAY = dt.date(2026, 7, 1)


def columns(found: FileCheck, sheet: int = 0) -> dict[str, CheckedColumn]:
    return {column.header: column for column in found.sheets[sheet].columns}


def test_every_column_is_told(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path / "名单.xlsx", {"名单": [("某县低保名单",), HEADER, *ROWS], "说明": [("填表说明",)]})
    found = check_file(path, "civil_affairs", today=TODAY)
    assert (found.kind, found.container, found.rows, found.persons, found.ignored_sheets) == (
        "xlsx", None, 4, 4, ("说明",)
    )  # fmt: skip
    assert found.refusals == ()
    assert (found.accepted, found.rejected) == (2, {"name_missing": 1, "no_identifier": 1})
    [sheet] = found.sheets
    assert (sheet.name, sheet.header_row, sheet.header_height, sheet.missing_required) == ("名单", 2, 1, ())
    assert "address" in sheet.missing
    told = columns(found)
    assert {name: (column.state, column.field) for name, column in told.items()} == {
        "低保证号": ("taken", "household_ref"),
        "救助类别": ("taken", "relief_category"),
        "成员姓名": ("taken", "name"),
        "成员身份证号": ("taken", "id_number"),
        "民族": ("taken", "ethnic_group"),
        "出生日期": ("taken", "birth_date"),
        "开户银行": ("forbidden", None),
        "联系手机": ("unlisted", None),
        "备注": ("unlisted", None),
    }
    assert (told["成员姓名"].filled, told["成员姓名"].readable) == (0.75, 1.0)
    assert [(form.zh, form.share) for form in told["成员姓名"].forms] == [("2-3 个汉字", 1.0)]
    assert (told["民族"].coded, told["民族"].unreadable, told["民族"].readable) == (True, 1, 0.75)
    assert [form.en for form in told["出生日期"].forms] == ["yyyy-mm-dd", "yyyy/mm/dd", "4 Han characters"]
    assert told["联系手机"].suggestion is not None
    assert told["联系手机"].suggestion.field == "phone"
    assert told["备注"].suggestion is None


def test_the_declared_source_that_fits_best_is_found(tmp_path: Path) -> None:
    found = check_file(csv_file(tmp_path / "a.csv", [HEADER, *ROWS], encoding="gb18030"), today=TODAY)
    assert (found.source, found.given, found.encoding) == ("civil_affairs", False, "gb18030")
    assert {fit.source for fit in found.fits} == set(SOURCES)
    assert found.fits[0].forbidden == 1


def test_no_value_of_a_person_is_told(tmp_path: Path) -> None:
    """The report is shown, mailed and kept; it must hold no name, number, phone or unknown code."""
    for rows in ([HEADER, *ROWS], [HEADER[2:], *(row[2:] for row in ROWS)], [HEADER, *ROWS, *ROWS]):
        found = check_file(csv_file(tmp_path / "a.csv", rows), "civil_affairs", today=TODAY)
        told = json.dumps(asdict(found), ensure_ascii=False, default=str)
        for canary in ("岩温", "李娜", NUMBERS[0], NUMBERS[1], "13800001111", "火星族", "旧历年底", "某某银行"):
            assert canary not in told


def test_a_file_without_a_required_column_is_told_all_the_same(tmp_path: Path) -> None:
    rows = [HEADER[2:], *(row[2:] for row in ROWS)]
    found = check_file(csv_file(tmp_path / "a.csv", rows), "civil_affairs", today=TODAY)
    assert [refusal.code for refusal in found.refusals] == ["required_column_missing"]
    assert found.sheets[0].missing_required == ("household_ref", "relief_category")
    assert columns(found)["成员姓名"].field == "name"


def test_a_file_of_another_department_is_told_by_its_headers(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [("setl_id", "psn_name", "setl_time"), ("S1", "岩温", "2026-06-01")])
    found = check_file(path, "civil_affairs", today=TODAY)
    assert [refusal.code for refusal in found.refusals] == ["header_not_found"]
    assert {column.state for column in found.sheets[0].columns} == {"unlisted"}
    assert not any(column.suggestion for column in found.sheets[0].columns), "no lines for a declaration it is not of"
    assert any("表头像是《医保住院结算》（medical_settlement）" in zh for zh, _ in found.notes)
    assert found.fits[0].source == "medical_settlement"
    assert check_file(path, today=TODAY).source == "medical_settlement"


def test_a_duplicated_header_is_told(tmp_path: Path) -> None:
    header = ("低保证号", "救助类别", "成员姓名", "联系电话", "联系电话")
    path = csv_file(tmp_path / "a.csv", [header, ("J1", "农村低保", "岩温", "13800001111", "13800001112")])
    states = [(c.header, c.state) for c in check_file(path, "civil_affairs", today=TODAY).sheets[0].columns]
    assert states[-1] == ("联系电话", "duplicated")
    assert ("联系电话", "taken") in states


def test_a_locked_workbook_needs_its_password(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with path.open("wb") as file:
        msoffcrypto.OfficeFile(io.BytesIO(in_memory([HEADER, *ROWS]))).encrypt("开门2026", file)
    assert [item.code for item in check_file(path, "civil_affairs", today=TODAY).refusals] == ["encrypted_workbook"]
    found = check_file(path, passwords=("wrong", "开门2026"), today=TODAY)
    assert (found.source, found.container, found.refusals) == ("civil_affairs", "password", ())


def test_a_source_whose_basis_has_ended_is_told_with_its_columns(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [HEADER, *ROWS])
    found = check_file(path, "civil_affairs", today=dt.date(2040, 1, 1))
    assert [refusal.code for refusal in found.refusals] == ["legal_basis_expired"]
    assert found.accepted == 2


def test_what_else_matters_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("姓名,身份证号\n岩温,539210199003070036".encode())
    notes = [zh for zh, _ in check_file(path, today=TODAY).notes]
    assert any("没有换行符" in note for note in notes)
    assert any("可能是新的一类" in note for note in notes)


def test_what_cannot_be_checked_is_said(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [("甲", "乙"), ("1", "2")])
    with pytest.raises(Refused) as refused:
        check_file(path)
    assert refused.value.code == "header_not_found"
    assert [item.code for item in check_file(path, "civil_affairs", today=TODAY).refusals] == ["header_not_found"]
    with pytest.raises(BangfuError, match="There is no source"):
        check_file(path, "roster")
    with pytest.raises(BangfuError, match="There is no file"):
        check_file(tmp_path / "b.csv")


def test_a_column_that_must_not_be_taken_is_marked_and_never_proposed(tmp_path: Path) -> None:
    header = ("低保证号", "救助类别", "成员姓名", "会员卡开户银行", "主要诊断")
    path = csv_file(tmp_path / "a.csv", [header, ("J1", "农村低保", "岩温", "某行", "某病")])
    told = columns(check_file(path, "civil_affairs", today=TODAY))
    assert {name for name, column in told.items() if column.sensitive} == {"会员卡开户银行", "主要诊断"}
    assert told["主要诊断"].suggestion is None


def test_two_lists_are_told_apart_and_counted_where_they_are_used(tmp_path: Path) -> None:
    households = [
        ("低保证号", "救助类别", "家庭住址", "户主姓名"),
        ("J1", "农村低保", "某乡一村", "岩温"),
        ("J2", "农村低保", None, "岩叫"),
    ]
    members = [("低保证号", "成员姓名", "成员身份证号"), ("J1", "岩温", NUMBERS[0]), ("J1", "李娜", NUMBERS[1])]
    path = xlsx_file(tmp_path / "a.xlsx", {"户信息": households, "成员信息": members})
    found = check_file(path, "civil_affairs", today=TODAY)
    assert (found.refusals, found.rows, found.accepted, found.rejected) == ((), 2, 2, {"name_missing": 1})
    assert [sheet.households for sheet in found.sheets] == [True, False]
    assert (columns(found)["家庭住址"].filled, columns(found)["救助类别"].filled) == (1.0, 1.0)
    assert columns(found)["户主姓名"].suggestion is None, "taken as a name it would make every member the head"
    alone = check_file(xlsx_file(tmp_path / "b.xlsx", members), "civil_affairs", today=TODAY)
    assert [item.code for item in alone.refusals] == ["lists_apart"]
    assert alone.sheets[0].missing_required == ("relief_category",)
    guessed = check_file(xlsx_file(tmp_path / "c.xlsx", households), today=TODAY)
    assert guessed.refusals or any("也很像" in zh for zh, _ in guessed.notes)
