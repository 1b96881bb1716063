"""From a sheet to one row per person: footers, merged and grouped cells, members side by side."""

from pathlib import Path
from typing import Any

import pytest

from bangfu.readers import RawTable
from bangfu.readers.raw import MEMBER_STRIDE
from bangfu.readers.sheets import Merge
from tests.bangfu.readers.extracts import HEADER, NUMBERS, PEOPLE, cells, csv_file, read, roster, xlsx_file

HOUSEHOLDS = ("救助证号", "救助类别", "姓名", "身份证号", "家庭住址", "与户主关系")


def civil(path: Path) -> RawTable:
    return read(path, "civil_affairs")


def archive(path: Path) -> RawTable:
    return read(path, "hardship_archive")


@pytest.mark.parametrize(
    "footer",
    [
        ("合计", "", ""),
        ("合 计", "3人", ""),
        ("总计：2人", "", ""),
        ("制表人：张三", "审核人：李四", "2026年7月"),
        ("填报单位（盖章）", "", ""),
        ("注：本表一式两份", "", ""),
        ("备注：临时工未列入", "", ""),
        ("本页小计", "2", ""),
        ("单位负责人：", "", ""),
        HEADER,
    ],
    ids=lambda row: row[0],
)
def test_a_row_that_is_no_person_is_left_out_and_counted(tmp_path: Path, footer: tuple[str, ...]) -> None:
    """Left in, a total is a rejected row in every receipt, and departments stop reading receipts."""
    table = roster(xlsx_file(tmp_path / "a.xlsx", [HEADER, PEOPLE[0], footer, PEOPLE[1]]))
    assert cells(table, "name") == [("李娜",), ("岩温",)]
    assert table.report.sheets[0].footer_rows == 1


@pytest.mark.parametrize(
    "person",
    [
        ("合计", NUMBERS[2], ""),
        ("王审核", NUMBERS[2], ""),
        ("张三2", "", "一厂工会"),
        ("", NUMBERS[2], "填报工会"),
    ],
    ids=["number proves it", "name", "digit", "nameless"],
)
def test_a_row_with_a_person_is_never_taken_for_a_footer(tmp_path: Path, person: tuple[str, ...]) -> None:
    """A row that vanishes here is in no count and no quarantine: nobody would ever hear of it."""
    rows = [("序号", *HEADER), ("1", *PEOPLE[0]), ("2", *person)]
    table = roster(xlsx_file(tmp_path / "a.xlsx", rows))
    assert table.rows == 2
    assert table.report.sheets[0].footer_rows == 0


def test_blank_rows_are_counted_and_do_not_end_the_table(tmp_path: Path) -> None:
    table = roster(xlsx_file(tmp_path / "a.xlsx", [HEADER, PEOPLE[0], [], [" ", "\u3000", ""], PEOPLE[1]]))
    assert cells(table, "row_number", "name") == [(2, "李娜"), (5, "岩温")]
    assert table.report.sheets[0].blank_rows == 2


def test_blank_text_is_no_value(tmp_path: Path) -> None:
    table = roster(xlsx_file(tmp_path / "a.xlsx", [HEADER, ("李娜", " \u200b\u3000", "")]))
    assert cells(table, "id_number", "union_name") == [(None, None)]


def household(*members: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """A household whose particulars stand in its first row alone."""
    first, *others = members
    return [first, *((None, None, *row[2:4], None, row[5]) for row in others)]


TWO_HOUSEHOLDS = [
    HOUSEHOLDS,
    *household(("J1", "城市低保", "李娜", NUMBERS[0], "昆明", "户主"), ("J1", "", "李强", NUMBERS[1], "", "子")),
    *household(("J2", "农村低保", "岩温", NUMBERS[2], None, "户主"), ("J2", "", "玉香", None, "", "配偶")),
]


def merged(field_columns: tuple[int, ...]) -> list[Merge]:
    return [Merge(top, column, top + 1, column) for top in (1, 3) for column in field_columns]


@pytest.mark.parametrize("merges", [(), (0, 1, 4), (0, 4)], ids=["plain", "merged", "some merged"])
def test_household_cells_reach_every_member_and_no_other_household(tmp_path: Path, merges: tuple[int, ...]) -> None:
    table = civil(xlsx_file(tmp_path / "a.xlsx", TWO_HOUSEHOLDS, merges=merged(merges)))
    assert cells(table, "household_ref", "relief_category", "name", "address") == [
        ("J1", "城市低保", "李娜", "昆明"),
        ("J1", "城市低保", "李强", "昆明"),
        ("J2", "农村低保", "岩温", None),
        ("J2", "农村低保", "玉香", None),
    ]
    assert table.report.sheets[0].filled_cells == 5


def test_only_declared_columns_are_filled(tmp_path: Path) -> None:
    """A spouse must not inherit the head's identity number, whatever the sender merged."""
    merges = [Merge(3, 3, 4, 3), Merge(3, 2, 4, 2)]
    rows = [list(row) for row in TWO_HOUSEHOLDS]
    rows[4][2] = None
    table = civil(xlsx_file(tmp_path / "a.xlsx", rows, merges=merges))
    assert cells(table, "household_ref", "name", "id_number")[3] == ("J2", None, None)


def test_a_merged_identifier_is_not_filled_beyond_its_merge(tmp_path: Path) -> None:
    """A person below the merge is of no known household; filling would put them into a stranger's."""
    stranger = (None, "城市低保", "外人", NUMBERS[3], None, "户主")
    rows = [*TWO_HOUSEHOLDS[:3], stranger]
    table = civil(xlsx_file(tmp_path / "a.xlsx", rows, merges=[Merge(1, 0, 2, 0)]))
    assert cells(table, "household_ref", "address") == [("J1", "昆明"), ("J1", "昆明"), (None, None)]


def test_a_merge_is_filled_across_a_footer_only_within_its_rows(tmp_path: Path) -> None:
    rows = [*TWO_HOUSEHOLDS[:3], ("小计", None, None, None, None, None), *TWO_HOUSEHOLDS[3:]]
    merges = [Merge(1, 0, 2, 0), Merge(4, 0, 5, 0)]
    table = civil(xlsx_file(tmp_path / "a.xlsx", rows, merges=merges))
    assert [ref for (ref,) in cells(table, "household_ref")] == ["J1", "J1", "J2", "J2"]
    assert (table.report.sheets[0].blank_rows, table.report.sheets[0].filled_cells) == (1, 5)


def test_a_text_file_has_no_merges_and_groups_all_the_same(tmp_path: Path) -> None:
    table = civil(csv_file(tmp_path / "a.csv", TWO_HOUSEHOLDS))
    assert [ref for (ref,) in cells(table, "household_ref")] == ["J1", "J1", "J2", "J2"]


def test_without_households_a_mostly_empty_column_is_a_grouped_one(tmp_path: Path) -> None:
    rows = [HEADER, ("甲", "1", "一厂工会"), ("乙", "2", None), ("丙", "3", None), ("丁", "4", "二厂工会")]
    assert [union for (union,) in cells(roster(xlsx_file(tmp_path / "a.xlsx", rows)), "union_name")] == [
        "一厂工会", "一厂工会", "一厂工会", "二厂工会",
    ]  # fmt: skip


def test_without_households_a_gap_in_a_full_column_stays_a_gap(tmp_path: Path) -> None:
    """A clerk forgot a cell: the member is not of the union above for that."""
    rows = [HEADER, ("甲", "1", "一厂工会"), ("乙", "2", None), ("丙", "3", "二厂工会"), ("丁", "4", "二厂工会")]
    assert cells(roster(xlsx_file(tmp_path / "a.xlsx", rows)), "union_name")[1] == (None,)


def test_members_side_by_side_become_rows_with_what_belongs_to_the_household(tmp_path: Path) -> None:
    header = (
        "职工编号",
        "困难类别",
        "姓名",
        "身份证号",
        "手机号码",
        "家庭住址",
        "成员1姓名",
        "成员1关系",
        "成员1身份证号",
        "成员2姓名",
        "成员2关系",
    )
    rows = [
        header,
        ("D1", "深度困难", "李娜", NUMBERS[0], "13800001111", "昆明", "李强", "子", NUMBERS[1], "王芳", "母"),
        ("D2", "相对困难", "岩温", NUMBERS[2], None, None, None, "配偶", None, None, None),
    ]  # fmt: skip
    table = archive(xlsx_file(tmp_path / "a.xlsx", rows))
    assert cells(table, "row_number", "member", "household_ref", "name", "relation", "id_number") == [
        (2, 0, "D1", "李娜", "0", NUMBERS[0]),
        (2 + MEMBER_STRIDE, 1, "D1", "李强", "子", NUMBERS[1]),
        (2 + 2 * MEMBER_STRIDE, 2, "D1", "王芳", "母", None),
        (3, 0, "D2", "岩温", "0", NUMBERS[2]),
    ]
    assert cells(table, "phone", "person_ref", "hardship_kind", "address")[1] == (None, None, "深度困难", "昆明")


def test_a_member_of_whom_only_the_relation_has_a_column_is_nobody(tmp_path: Path) -> None:
    """Found by fuzzing: the header of the member's name was damaged, and reading ended with an exception."""
    rows = [("职工编号", "姓名", "成员1关系", "成员2姓名"), ("D1", "李娜", "子", "")]
    table = archive(csv_file(tmp_path / "a.csv", rows))
    assert cells(table, "member", "name", "relation") == [(0, "李娜", "0")]


def test_the_account_of_a_sheet(tmp_path: Path) -> None:
    rows = [
        ["花名册"],
        [*HEADER, "银行卡号*", "工资", "党费", "工资"],
        [*PEOPLE[0], "6222", "1", "2", "3"],
        ["合计", None, None, None, "1"],
    ]
    report = roster(xlsx_file(tmp_path / "a.xlsx", {"一车间": rows})).report.sheets[0]
    assert (report.name, report.header_row, report.header_height, report.rows) == ("一车间", 2, 1, 1)
    assert report.columns == {"name": "姓名", "id_number": "身份证号", "union_name": "所属基层工会名称"}
    assert report.forbidden == ("银行卡号*",)
    assert report.unlisted == ("工资", "党费")
    assert "phone" in report.missing
    assert "name" not in report.missing
