"""Hazards of layout: where a sheet's header, columns and people stand.

One test per hazard, from the bytes to the exact standardised value; the names are the published table of what is handled.
"""

from pathlib import Path

from bangfu.readers.sheets import Merge
from tests.bangfu.readers.extracts import HEADER, PEOPLE, csv_file, read, xlsx_file
from tests.bangfu.readers.hazards.standardised import ID, standard, values


def test_title_rows_above_the_header(tmp_path: Path) -> None:
    rows = [["某公司工会会员花名册"], ["填报单位：某公司", "", "2026年7月"], HEADER, *PEOPLE]
    assert values(xlsx_file(tmp_path / "a.xlsx", rows, merges=[Merge(0, 0, 0, 2)]), "name") == [("李娜",), ("岩温",)]


def test_header_of_two_rows(tmp_path: Path) -> None:
    rows = [
        ("姓名", "证件信息", "", "工会", ""),
        ("", "类型", "身份证号", "名称", "信用代码"),
        ("李娜", "身份证", ID, "一厂工会", ""),
    ]
    path = xlsx_file(tmp_path / "a.xlsx", rows, merges=[Merge(0, 1, 0, 2), Merge(0, 3, 0, 4)])
    assert values(path, "name", "id_number", "union_name") == [("李娜", ID, "一厂工会")]


def test_forbidden_header_in_the_lower_of_two_rows(tmp_path: Path) -> None:
    rows = [
        ("姓名", "身份证号", "发放信息", ""),
        ("", "", "银行卡号", "开户行"),
        ("李娜", ID, "6222021234567890123", "某行"),
    ]
    table = read(xlsx_file(tmp_path / "a.xlsx", rows))
    assert table.report.sheets[0].forbidden == ("发放信息/银行卡号", "发放信息/开户行")
    assert standard(table)["name"].to_list() == ["李娜"]
    assert "6222021234567890123" not in repr(table.frame.rows())


def test_full_width_header(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [("姓　名", "身份证号码（１８位）＊", "ＰＨＯＮＥ"), ("李娜", ID, "")])
    assert values(path, "name", "id_number") == [("李娜", ID)]


def test_blank_columns(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path / "a.xlsx", [[], ["", "姓名", "", "身份证号", ""], ["", "李娜", "", ID, ""]])
    assert values(path, "name", "id_number") == [("李娜", ID)]


def test_duplicated_headers(tmp_path: Path) -> None:
    """The left one is read, and the sender is told."""
    table = read(csv_file(tmp_path / "a.csv", [("姓名", "身份证号", "姓名"), ("李娜", ID, "王芳")]))
    assert standard(table)["name"].to_list() == ["李娜"]
    assert table.report.sheets[0].duplicated == ("姓名",)


def test_several_sheets(tmp_path: Path) -> None:
    sheets = {"一车间": [HEADER, PEOPLE[0]], "填表说明": [["请按月报送"]], "二车间": [HEADER, PEOPLE[1]]}
    table = read(xlsx_file(tmp_path / "a.xlsx", sheets))
    assert standard(table)["name"].to_list() == ["李娜", "岩温"]
    assert table.report.ignored_sheets == ("填表说明",)


def test_hidden_sheet_of_lists(tmp_path: Path) -> None:
    menus = [("性别", "民族", "学历"), ("男", "汉", "本科"), ("女", "彝", "专科")]
    path = xlsx_file(tmp_path / "a.xlsx", {"名册": [HEADER, *PEOPLE], "字典": menus}, hidden=["字典"])
    assert values(path, "name") == [("李娜",), ("岩温",)]
