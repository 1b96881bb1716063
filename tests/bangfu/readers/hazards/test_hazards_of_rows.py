"""Hazards of rows: households, subtotals, footers, and what stands twice.

One test per hazard, from the bytes to the exact standardised value; the names are the published table of what is handled.
"""

from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from bangfu.readers.sheets import Merge
from matching.standardise import standardise_frame
from schemas.sources import SOURCES
from tests.bangfu.readers.extracts import HEADER, NUMBERS, PEOPLE, csv_file, read, xlsx_file
from tests.bangfu.readers.hazards.standardised import ID, standard, values


def test_merged_household_cells(tmp_path: Path) -> None:
    rows = [
        ("救助证号", "救助类别", "姓名", "身份证号", "与户主关系"),
        ("J1", "城市低保", "李娜", NUMBERS[0], "户主"),
        ("", "", "李强", NUMBERS[1], "子"),
        ("J2", "农村低保", "岩温", NUMBERS[2], "户主"),
    ]
    path = xlsx_file(tmp_path / "a.xlsx", rows, merges=[Merge(1, 0, 2, 0), Merge(1, 1, 2, 1)])
    for row, column, text in ((1, 0, "J1"), (1, 1, "城市低保")):
        book = openpyxl.load_workbook(path)
        book.active.cell(row + 1, column + 1).value = text
        book.save(path)
    found = values(path, "household_ref", "name", source="civil_affairs")
    assert found == [("J1", "李娜"), ("J1", "李强"), ("J2", "岩温")]


def test_subtotals_between_households_and_a_total_below(tmp_path: Path) -> None:
    rows = [
        ("救助证号", "救助类别", "姓名", "身份证号", "月保障金额"),
        ("J1", "城市低保", "李娜", NUMBERS[0], 640),
        ("", "", "李强", NUMBERS[1], 640),
        ("小计", "", "", "", 1280),
        ("J2", "农村低保", "岩温", NUMBERS[2], 400),
        ("合 计", "3人", "", "", 1680),
        ("制表人：王某", "", "审核人：李某", "", "2026年7月"),
    ]
    table = read(xlsx_file(tmp_path / "a.xlsx", rows), "civil_affairs")
    found = standard(table, "civil_affairs").select("household_ref", "name", "monthly_amount").rows()
    assert found == [("J1", "李娜", Decimal(640)), ("J1", "李强", Decimal(640)), ("J2", "岩温", Decimal(400))]
    assert table.report.sheets[0].footer_rows + table.report.sheets[0].blank_rows == 3


@pytest.mark.parametrize("first", ["说明", "审核科", "编制办", "审核", "备注"])
@pytest.mark.parametrize(
    "person",
    [("", ID, "", ""), ("", "", "13800001111", ""), ("", "", "", "女"), ("", "5392**********0036", "", "")],
    ids=["number", "phone", "sex", "masked number"],
)
def test_nameless_person_whose_row_begins_like_a_footer(tmp_path: Path, first: str, person: tuple[str, ...]) -> None:
    """Left out as a footer they would be in no receipt; refused for the missing name the sender hears of them."""
    rows = [("部门", "姓名", "身份证号", "手机号码", "性别"), ("一科", "李娜", ID, "", ""), (first, *person)]
    table = read(csv_file(tmp_path / "a.csv", rows))
    done = standardise_frame(table.frame, SOURCES["union_roster"], "x")
    assert table.report.sheets[0].footer_rows == 0
    assert done.rejected.select("sheet_row", "code").rows() == [(3, "name_missing")]


def test_header_repeated_on_a_later_page(tmp_path: Path) -> None:
    assert values(csv_file(tmp_path / "a.csv", [HEADER, PEOPLE[0], HEADER, PEOPLE[1]]), "name") == [
        ("李娜",),
        ("岩温",),
    ]


def test_the_same_row_twice(tmp_path: Path) -> None:
    """The reader gives both; the second is refused by name, so that the sender's count still comes out."""
    table = read(csv_file(tmp_path / "a.csv", [HEADER, PEOPLE[0], PEOPLE[0]]))
    done = standardise_frame(table.frame, SOURCES["union_roster"], "x")
    assert done.accepted["row_number"].to_list() == [2]
    assert done.rejected.select("row_number", "code").rows() == [(3, "duplicate_row")]
