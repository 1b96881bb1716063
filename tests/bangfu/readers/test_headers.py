"""Finding the header of a sheet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.readers.declared import Declaration
from bangfu.readers.headers import Header, find_header, header_key
from bangfu.readers.sheets import Merge
from schemas.sources import SOURCES

ROSTER = Declaration.of(SOURCES["union_roster"])


def found(rows: list[list[str]], merges: tuple[Merge, ...] = (), source: str = "union_roster") -> Header:
    header = find_header(rows, merges, Declaration.of(SOURCES[source]))
    assert header is not None
    return header


@pytest.mark.parametrize(
    "written",
    ["身份证号码", " 身 份 证 号 码 ", "*身份证号码", "身份证号码*\n（必填）", "5、身份证号码", "身份证号码：", "身份证号码【18位】"],
)  # fmt: skip
def test_marks_spacing_and_remarks_do_not_count(written: str) -> None:
    assert header_key(written) == "身份证号码"


@given(st.text(max_size=20))
def test_a_key_is_its_own_key_in_width_and_case(text: str) -> None:
    key = header_key(text)
    assert key == key.casefold()
    assert not any(character.isspace() or character in "*＊:：" for character in key)


def test_title_rows_above_the_header_are_passed_over() -> None:
    header = found([["某公司工会会员花名册", "", ""], ["填报单位：某公司", "", ""], ["序号", "姓名", "身份证号"]])
    assert (header.top, header.height, header.body) == (2, 1, 3)
    assert header.columns == {("name", 0): 1, ("id_number", 0): 2}


def test_a_two_row_header_joins_the_group_s_name_with_the_column_s() -> None:
    rows = [["姓名", "工会", "", "证件"], ["", "名称", "信用代码", "身份证号"], ["李娜", "一厂工会", "81", "5"]]
    header = found(rows, (Merge(0, 1, 0, 2), Merge(0, 0, 1, 0)))
    assert header.height == 2
    assert header.columns[("union_name", 0)] == 1
    assert header.columns[("union_code", 0)] == 2
    assert header.names == ("姓名", "工会/名称", "工会/信用代码", "证件/身份证号")


def test_without_merges_a_group_s_name_reaches_to_the_next_one() -> None:
    header = found([["姓名", "工会", "", "证件"], ["", "名称", "信用代码", "身份证号"]])
    assert header.columns[("union_code", 0)] == 2


def test_one_row_wins_where_two_would_say_no_more() -> None:
    """A data row taken for the second header row would lose a person."""
    header = found([["姓名", "身份证号"], ["李娜", "539210199003070036"]])
    assert header.height == 1


def test_of_two_columns_for_a_field_the_better_alias_wins_then_the_left_one() -> None:
    assert found([["电话", "手机号码", "姓名"]]).columns[("phone", 0)] == 1
    assert found([["电话", "姓名", "电话"]]).columns[("phone", 0)] == 0


def test_the_row_with_the_required_columns_wins_over_a_longer_one() -> None:
    header = found([["性别", "民族", "手机号码"], ["男", "汉族", ""], ["姓名", "身份证号", ""]])
    assert (header.top, header.missing) == (2, ())


def test_a_lone_match_is_no_header() -> None:
    assert find_header([["姓名"], ["李娜"]], (), ROSTER) is None
    assert find_header([["天气", "心情"], ["晴", "好"]], (), ROSTER) is None
    assert find_header([], (), ROSTER) is None


def test_what_is_missing_is_named() -> None:
    assert found([["性别", "民族"]]).missing == ("name",)


def test_member_blocks_are_numbered() -> None:
    header = found(
        [["职工编号", "姓名", "成员1姓名", "成员1关系", "成员2姓名", "成员6姓名"]], source="hardship_archive"
    )
    assert header.columns[("name", 1)] == 2
    assert header.columns[("name", 2)] == 4
    assert max(block for _, block in header.columns) == 2


def test_a_message_to_the_sender_repeats_no_cell_that_looks_like_data() -> None:
    """What is taken for a header may be a person's row; the message goes into logs and receipts."""
    header = Header(0, 1, {}, ("姓名", "539210199003070036", "电话13800001111", "很" * 21, "姓名"), ())
    assert header.seen() == "姓名"


def test_a_forbidden_header_in_the_lower_row_is_seen() -> None:
    """The sender must hear that a bank card was sent, also where no wanted column needs the lower row."""
    header = found([["姓名", "身份证号", "发放信息", ""], ["", "", "银行卡号", "开户行"], ["李娜", "5", "6", "7"]])
    assert (header.height, header.body) == (2, 2)
    assert header.forbidden == {2, 3}
    assert header.columns == {("name", 0): 0, ("id_number", 0): 1}


def test_a_column_under_a_forbidden_group_heading_fills_nothing() -> None:
    header = found([["姓名", "身份证号", "银行卡号", ""], ["", "", "户名", "手机号码"]])
    assert header.forbidden == {2, 3}
    assert ("phone", 0) not in header.columns


def test_a_header_that_stands_twice_is_read_once_and_named() -> None:
    header = found([["姓名", "身份证号", "姓名", "备注", "备注"]])
    assert header.columns == {("name", 0): 0, ("id_number", 0): 1}
    assert header.duplicated == ("姓名",)


def test_a_report_shows_no_header_that_looks_like_data() -> None:
    assert found([["姓名", "身份证号", "539210199003070036"]]).shown == ("姓名", "身份证号", "第3列")


@pytest.mark.parametrize("source", SOURCES)
def test_no_alias_is_wanted_and_forbidden_at_once(source: str) -> None:
    """Forbidden wins, and the wanted column would be empty for ever."""
    declared = SOURCES[source]
    wanted = {header_key(alias) for column in declared.columns for alias in column.aliases}
    assert not wanted & {header_key(name) for name in declared.forbidden}
