"""Households and members beside a person are recognised in a sample, by its headers and by how its cells are grouped."""

import subprocess
import sys
from pathlib import Path

import pytest

from bangfu.pipeline.sources.families import member_blocks
from bangfu.pipeline.sources.new import NewSource, Scaffolded, new_source
from bangfu.readers import read
from bangfu.readers.sheets import Merge
from schemas.source import Column
from tests.bangfu.pipeline.sources.test_new import assert_sound, loaded
from tests.bangfu.readers.extracts import NUMBERS, Rows, xlsx_file

PROJECT = Path(__file__).parents[4]
LIST: Rows = [
    ("某县住房补贴名单",),
    (
        "户编码",
        "户主姓名",
        "家庭住址",
        "补贴档次",
        "补贴金额",
        "家庭成员姓名",
        "身份证号",
        "与户主关系",
        "性别",
        "备注",
    ),
    ("H1", "李娜", "某乡一村", "一档", "300", "李娜", NUMBERS[0], "户主", "女", None),
    (None, None, None, None, None, "岩叫", NUMBERS[1], "儿子", "男", "在校"),
    ("H2", "岩温", "某街二号", "二档", "500", "岩温", NUMBERS[2], "户主", "男", None),
    (None, None, None, None, None, "岩香", NUMBERS[3], "妻子", "女", "在校"),
]
NUMBERED: Rows = [
    ("档案编号", "姓名", "身份证号", "成员1姓名", "成员1身份证号", "成员1与本人关系", "成员1工资", "成员2姓名", "成员2身份证号", "成员2与本人关系", "成员2工资"),
    ("A1", "李娜", NUMBERS[0], "岩叫", NUMBERS[1], "儿子", "0", "岩香", NUMBERS[3], "妻子", "900"),
    ("A2", "岩温", NUMBERS[2], None, None, None, None, None, None, None, None),
]  # fmt: skip


def drafted(tmp_path: Path, rows: Rows, *, merges: list[Merge] = []) -> Scaffolded:  # noqa: B006
    sample = xlsx_file(tmp_path / "样表.xlsx", rows, merges=merges)
    done = new_source(NewSource("housing_aid", sample, "住房补贴名单", "住房保障部门", tmp_path))
    for command in (["format", "--check", "--diff"], ["check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--config", str(PROJECT / "pyproject.toml"), str(done.path)]
        checked = subprocess.run(ruff, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr
    assert_sound(loaded(done.path))
    return done


def test_cells_that_stand_once_for_a_household_become_household_columns(tmp_path: Path) -> None:
    done = drafted(tmp_path, LIST)
    source = loaded(done.path)
    assert source.household_columns == ("household_ref", "address")
    assert done.household == source.household_columns
    assert done.fields["家庭成员姓名"] == "name", "the head beside each member is not the person of the row"
    assert {item.header: item.household for item in done.proposals} == {
        "户主姓名": True, "补贴档次": True, "补贴金额": True, "备注": False,
    }  # fmt: skip
    text = done.path.read_text("utf-8")
    assert "# 待核对：样表中这些列每户只填一次" in text
    assert '# Column("待定", ("补贴金额",)),  取值：3 位数字 100%；户内只填一次或相同' in text


def test_what_the_draft_says_reads_the_sample(tmp_path: Path) -> None:
    """With a legal basis filled in, the members have the cells of their household."""
    source = loaded(drafted(tmp_path, LIST).path)
    found = read(tmp_path / "样表.xlsx", source).frame.select("household_ref", "address", "name")
    assert found.rows() == [
        ("H1", "某乡一村", "李娜"), ("H1", "某乡一村", "岩叫"), ("H2", "某街二号", "岩温"), ("H2", "某街二号", "岩香"),
    ]  # fmt: skip


def test_merged_and_repeated_cells_are_recognised_as_well(tmp_path: Path) -> None:
    above = (*LIST[:2],)
    merged = [Merge(row, column, row + 1, column) for row in (2, 4) for column in range(5)]
    repeated = [LIST[2], (*LIST[2][:5], *LIST[3][5:]), LIST[4], (*LIST[4][:5], *LIST[5][5:])]
    for place, (rows, merges) in enumerate([(LIST, merged), ([*above, *repeated], [])]):
        folder = tmp_path / str(place)
        folder.mkdir()
        assert drafted(folder, rows, merges=merges).household == ("household_ref", "address")


def test_a_list_of_persons_has_no_household_columns(tmp_path: Path) -> None:
    """A column that is often empty, or the same for everybody, is no household's."""
    rows: Rows = [
        ("姓名", "身份证号", "单位名称", "家庭住址", "停发时间"),
        ("李娜", NUMBERS[0], "一厂", "某街二号", "2026-01"),
        ("岩温", NUMBERS[1], "一厂", "某街三号", None),
        ("岩叫", NUMBERS[2], "一厂", "某街三号", None),
        ("岩香", NUMBERS[3], "一厂", "某街五号", None),
    ]
    done = drafted(tmp_path, rows)
    assert done.household == ()
    assert "# 户内合并单元格须向下填充的列，写入 household_columns" in done.path.read_text("utf-8")


def test_members_side_by_side_become_member_blocks(tmp_path: Path) -> None:
    done = drafted(tmp_path, NUMBERED)
    blocks = loaded(done.path).member_blocks
    assert blocks is not None
    assert (blocks.count, done.members) == (2, 2)
    assert blocks.columns == (
        Column("name", ("成员{n}姓名",)),
        Column("id_number", ("成员{n}身份证号",)),
        Column("relation", ("成员{n}与本人关系",)),
    )
    assert [item.header for item in done.proposals] == ["成员{n}工资"]
    text = done.path.read_text("utf-8")
    assert "# 待核对：每行并排的家庭成员，{n} 为序号" in text
    assert '# Column("待定", ("成员{n}工资",))' in text
    found = read(tmp_path / "样表.xlsx", loaded(done.path)).frame.select("name", "relation", "member")
    assert found.rows() == [("李娜", "0", 0), ("岩叫", "儿子", 1), ("岩香", "妻子", 2), ("岩温", "0", 0)]


def test_no_value_of_a_family_is_in_the_module(tmp_path: Path) -> None:
    for place, rows in enumerate((LIST, NUMBERED)):
        folder = tmp_path / str(place)
        folder.mkdir()
        text = drafted(folder, rows).path.read_text("utf-8")
        assert not [canary for canary in ("李娜", "岩", NUMBERS[0], "某乡", "一档", "儿子") if canary in text]


@pytest.mark.parametrize(
    ("headers", "count", "templates"),
    [
        (["姓名", "成员1姓名", "成员1关系", "成员2姓名", "成员2关系"], 2, {"成员{n}姓名": "name", "成员{n}关系": "relation"}),
        (["姓名1", "证件号码1", "姓名2", "证件号码2"], 2, {"姓名{n}": "name", "证件号码{n}": "id_number"}),
        (["姓名", "家庭成员1/姓名", "家庭成员2/姓名"], 2, {"家庭成员{n}姓名": "name"}),
        (["姓名", "成员1.姓名", "成员1.性别"], 1, {"成员{n}.姓名": "name", "成员{n}.性别": "sex"}),
        (["姓名", "电话1", "电话2"], 0, {}),
        (["姓名", "2025年收入", "2026年收入"], 0, {}),
        (["姓名", "成员2姓名", "成员3姓名"], 0, {}),
        (["姓名", "家庭成员姓名", "与户主关系"], 0, {}),
        (["姓名", "成员一姓名", "成员二姓名"], 0, {}),
    ],
)  # fmt: skip
def test_what_numbered_headers_are_members(headers: list[str], count: int, templates: dict[str, str]) -> None:
    found = member_blocks(headers)
    assert (found.count if found else 0) == count
    assert (dict(found.fields) if found else {}) == templates


def test_repeated_headers_side_by_side_cannot_be_told_apart_and_the_draft_says_so(tmp_path: Path) -> None:
    rows: Rows = [
        ("档案编号", "姓名", "身份证号", "关系", "姓名", "身份证号", "关系"),
        ("A1", "李娜", NUMBERS[0], "本人", "岩叫", NUMBERS[1], "儿子"),
    ]
    text = drafted(tmp_path, rows).path.read_text("utf-8")
    assert (
        "# 待核对：样表中重复的表头只读最左一列（姓名、身份证号、关系）；并排的家庭成员，请报送单位在表头加序号" in text
    )


def test_two_lists_in_two_sheets_are_recognised_and_read(tmp_path: Path) -> None:
    households: Rows = [
        ("户编号", "户主姓名", "家庭住址", "档次"),
        ("H1", "李娜", "某乡一村", "一档"),
        ("H2", "岩温", "某街", "二档"),
    ]
    members: Rows = [
        ("户编号", "成员姓名", "身份证号", "与户主关系"),
        *(("H1", "李娜", NUMBERS[0], "户主"), ("H2", "岩温", NUMBERS[2], "户主")),
    ]
    for place, sheets in enumerate(({"户": households, "人": members}, {"人": members, "户": households})):
        sample = xlsx_file(tmp_path / f"{place}.xlsx", sheets)
        source = loaded(new_source(NewSource(f"housing_{place}", sample, folder=tmp_path)).path)
        assert source.household_columns == ("household_ref", "address")
        assert source.person_key == ("household_ref", "id_number", "name", "relation")
        assert [column.aliases[0] for column in source.columns if column.field == "name"] == ["成员姓名"]


def test_a_slash_in_a_header_of_one_row_is_the_header_s_own(tmp_path: Path) -> None:
    rows: Rows = [("姓名", "身份证号", "脱困/注销日期"), ("李娜", NUMBERS[0], "2026-01-01")]
    columns = {column.field: column.aliases[0] for column in loaded(drafted(tmp_path, rows).path).columns}
    assert columns["exited_on"] == "脱困/注销日期"
