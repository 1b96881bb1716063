"""Households and their members in two lists (户信息, 成员信息): two sheets of one workbook are read as one list."""

from pathlib import Path

import polars as pl
import pytest

from bangfu.errors import Refused
from bangfu.readers import read
from bangfu.readers.raw import RawTable
from matching.standardise import standardise_frame
from schemas.sources import SOURCES
from tests.bangfu.readers.extracts import NUMBERS, Rows, csv_file, xls_file, xlsx_file

CIVIL = SOURCES["civil_affairs"]
HOUSEHOLDS: Rows = [
    ("某县低保户信息",),
    ("低保证号", "户主姓名", "户主身份证号", "救助类别", "家庭住址", "月保障金额", "开户银行"),
    ("J1", "李娜", NUMBERS[0], "农村低保", "某乡一村", 500, "某行"),
    ("J2", "岩温", NUMBERS[2], "城市低保", "某街二号", 600, "某行"),
    ("合计", "2户", None, None, None, 1100, None),
]
MEMBERS: Rows = [
    ("低保证号", "成员姓名", "成员身份证号", "与户主关系", "联系电话"),
    ("J1", "李娜", NUMBERS[0], "户主", "13800001111"),
    (None, "岩叫", NUMBERS[1], "儿子", None),
    (" J2", "岩温", NUMBERS[2], "户主", None),
]


def workbook(tmp_path: Path, households: Rows = HOUSEHOLDS, members: Rows = MEMBERS) -> RawTable:
    return read(xlsx_file(tmp_path / "名单.xlsx", {"户信息": households, "成员信息": members}), CIVIL)


def cells(found: RawTable, *names: str) -> list[tuple[object, ...]]:
    return found.frame.select(names).rows()


def test_members_have_the_columns_of_their_household(tmp_path: Path) -> None:
    found = workbook(tmp_path)
    assert cells(found, "sheet", "sheet_row", "household_ref", "name", "relief_category", "address", "monthly_amount") == [
        ("成员信息", 2, "J1", "李娜", "农村低保", "某乡一村", "500"),
        ("成员信息", 3, "J1", "岩叫", "农村低保", "某乡一村", "500"),
        ("成员信息", 4, "J2", "岩温", "城市低保", "某街二号", "600"),
    ]  # fmt: skip
    assert cells(found, "phone") == [("13800001111",), ("13800001111",), (None,)]
    assert found.frame["row_number"].n_unique() == 3
    households, members = found.report.sheets
    assert (households.name, households.households, households.rows, households.persons) == ("户信息", True, 2, 0)
    assert dict(households.columns) == {
        "household_ref": "低保证号", "relief_category": "救助类别", "address": "家庭住址", "monthly_amount": "月保障金额",
    }  # fmt: skip
    assert (households.forbidden, households.footer_rows) == (("开户银行",), 1)
    assert set(households.unlisted) == {"户主姓名", "户主身份证号"}
    assert "relief_category" not in members.missing
    assert (found.report.rows, found.report.persons) == (3, 3), "the sender counts the members"


def test_the_lists_may_stand_in_either_order_and_in_an_old_workbook(tmp_path: Path) -> None:
    wanted = cells(workbook(tmp_path), "name", "relief_category")
    for path in (
        xlsx_file(tmp_path / "a.xlsx", {"成员信息": MEMBERS, "户信息": HOUSEHOLDS, "说明": [("填表说明",)]}),
        xls_file(tmp_path / "a.xls", {"成员信息": MEMBERS, "户信息": HOUSEHOLDS}),
    ):
        assert cells(read(path, CIVIL), "name", "relief_category") == wanted


def test_members_that_lack_nothing_required_are_joined_too(tmp_path: Path) -> None:
    members = [(*MEMBERS[0], "救助类别"), *((*row, "临时救助") for row in MEMBERS[1:])]
    found = cells(workbook(tmp_path, members=members), "relief_category", "monthly_amount")
    assert found == [("临时救助", "500"), ("临时救助", "500"), ("临时救助", "600")]
    whole = read(xlsx_file(tmp_path / "b.xlsx", {"甲": members, "乙": members}), CIVIL)
    assert (whole.rows, [sheet.households for sheet in whole.report.sheets]) == (6, [False, False])


def test_what_the_member_s_own_row_says_comes_first(tmp_path: Path) -> None:
    members = [(*MEMBERS[0], "家庭住址"), (*MEMBERS[1], "某乡三村"), (*MEMBERS[2], None), (*MEMBERS[3], None)]
    assert cells(workbook(tmp_path, members=members), "address") == [("某乡三村",), ("某乡三村",), ("某街二号",)]


def test_nobody_is_lost_where_the_lists_do_not_agree(tmp_path: Path) -> None:
    """A household without members and a member without a household are rows with a reason, told in the receipt."""
    found = workbook(tmp_path, members=[*MEMBERS[:3], ("J9", "李雷", NUMBERS[3], "户主", None)])
    assert cells(found, "sheet", "sheet_row", "household_ref", "name", "relief_category") == [
        ("成员信息", 2, "J1", "李娜", "农村低保"),
        ("成员信息", 3, "J1", "岩叫", "农村低保"),
        ("成员信息", 4, "J9", "李雷", None),
        ("户信息", 4, "J2", None, "城市低保"),
    ]
    rejected = standardise_frame(found.frame, CIVIL, "x").rejected
    assert sorted(rejected.select("code", "field").rows()) == [
        ("name_missing", "name"), ("required_missing", "relief_category"),
    ]  # fmt: skip
    assert (found.report.rows, found.report.persons) == (3, 4)


def test_a_household_without_a_number_is_a_row_with_a_reason_too(tmp_path: Path) -> None:
    found = workbook(
        tmp_path, households=[*HOUSEHOLDS[:2], (None, "李雷", None, "农村低保", "某乡", None, None), *HOUSEHOLDS[2:]]
    )
    assert cells(found, "sheet", "sheet_row", "household_ref", "address")[3:] == [("户信息", 3, None, "某乡")]


def test_a_household_that_stands_twice_with_different_values_is_refused(tmp_path: Path) -> None:
    assert workbook(tmp_path, households=[*HOUSEHOLDS, HOUSEHOLDS[2]]).rows == 3, "twice the same is one"
    twice = [*HOUSEHOLDS[:4], ("J1", "李娜", NUMBERS[0], "城市低保", "某乡一村", 500, "某行")]
    with pytest.raises(Refused) as refused:
        workbook(tmp_path, households=twice)
    assert refused.value.code == "household_repeated"
    assert "“户信息”第 5 行" in refused.value.zh
    assert "J1" not in refused.value.zh + refused.value.en


@pytest.mark.parametrize(
    ("rows", "lacks"), [(MEMBERS, "成员名单，缺少户的列：救助类别"), (HOUSEHOLDS, "户名单，没有成员的列：姓名")]
)
def test_one_list_alone_is_refused_with_what_to_do(rows: Rows, lacks: str, tmp_path: Path) -> None:
    """As two files of a delivery, or one of them only."""
    width = max(map(len, rows))
    files = [
        xlsx_file(tmp_path / "a.xlsx", rows),
        csv_file(tmp_path / "a.csv", [(*row, *[None] * (width - len(row))) for row in rows]),
    ]
    for path in files:
        with pytest.raises(Refused) as refused:
            read(path, CIVIL)
        assert refused.value.code == "lists_apart"
        assert lacks in refused.value.zh
        assert "放在同一个工作簿的两个工作表" in refused.value.zh
        assert "每人一行，户的各列逐行重复" in refused.value.zh


def test_a_list_of_other_columns_is_refused_as_before(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read(xlsx_file(tmp_path / "a.xlsx", [("成员姓名", "性别"), ("李娜", "女")]), CIVIL)
    assert refused.value.code == "required_column_missing"
    roster = [("所属基层工会名称", "工作单位", "性别"), ("一厂工会", "一厂", "女")]
    with pytest.raises(Refused) as refused:
        read(xlsx_file(tmp_path / "b.xlsx", roster), SOURCES["union_roster"])
    assert refused.value.code == "required_column_missing", "its rows are not grouped by a household"


def test_many_members_are_joined_batch_by_batch(tmp_path: Path) -> None:
    members = [
        ("低保证号", "成员姓名", "成员身份证号"),
        *((f"J{n // 3}", "岩温", f"53921{n:013}") for n in range(3_000)),
    ]
    households = [("低保证号", "救助类别"), *((f"J{n}", "农村低保" if n % 2 else "城市低保") for n in range(1_000))]
    found = workbook(tmp_path, households, members)
    counted = dict(found.frame["relief_category"].value_counts().iter_rows())
    assert counted == {"城市低保": 1_500, "农村低保": 1_500}
    assert found.frame["household_ref"].equals(pl.Series("household_ref", [f"J{n // 3}" for n in range(3_000)]))
