"""Every format hazard that departments' files are known for, from the bytes to the exact standardised value.

One test per hazard; their names are the published table of what is handled.
"""

import datetime as dt
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from bangfu.errors import Refused
from bangfu.readers import RawTable
from bangfu.readers.sheets import Merge
from matching.standardise import standardise_frame
from schemas.sources import SOURCES
from tests.bangfu.readers.extracts import HEADER, NUMBERS, PEOPLE, changed_package, csv_file, read, xls_file, xlsx_file
from tests.bangfu.readers.test_archives import zipped
from tests.bangfu.readers.test_numbers import numeric_roster
from tests.bangfu.readers.test_passwords import PASSWORD, locked_xls, locked_xlsx

ID = NUMBERS[0]
BORN = dt.date(1990, 3, 7)


def standard(table: RawTable, source: str = "union_roster") -> pl.DataFrame:
    """The accepted rows of what was read; none is refused."""
    done = standardise_frame(table.frame, SOURCES[source], "x")
    assert done.rejected.rows() == []
    return done.accepted


def values(path: Path, *fields: str, source: str = "union_roster") -> list[tuple[Any, ...]]:
    return standard(read(path, source), source).select(fields).rows()


def one(path: Path, header: tuple[str, ...], row: tuple[Any, ...], *fields: str) -> tuple[Any, ...]:
    """The standardised values of a roster of one person, in CSV."""
    return values(csv_file(path / "a.csv", [header, row]), *fields)[0]


def number(path: Path, text: str) -> tuple[Any, ...]:
    return one(path, ("姓名", "身份证号"), ("李娜", text), "id_number", "id_form")


# Encodings


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "gb2312", "utf-8", "utf-8-sig", "utf-16"])
def test_encoding_of_a_csv(tmp_path: Path, encoding: str) -> None:
    path = csv_file(tmp_path / "a.csv", [HEADER, *PEOPLE], encoding=encoding)
    assert values(path, "name", "id_number") == [("李娜", NUMBERS[0]), ("岩温", NUMBERS[1])]


def test_four_byte_character_of_gb18030(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [HEADER, ("王𠮷", ID, "")], encoding="gb18030")
    assert values(path, "name") == [("王𠮷",)]


def test_private_use_character_of_gbk(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("姓名,身份证号\n王".encode("gb18030") + b"\xfe\x59" + f",{ID}\n".encode())
    assert values(path, "name") == [("王龴",)]


def test_private_use_character_of_an_old_font(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path / "a.xlsx", [HEADER, ("刘\ue863", ID, "")])
    assert values(path, "name") == [("刘䶮",)]


def test_character_that_only_the_senders_font_knows(tmp_path: Path) -> None:
    table = read(csv_file(tmp_path / "a.csv", [HEADER, ("刘\uf123", ID, "")]))
    assert table.report.private_use_characters == 1
    assert standard(table)["id_number"].to_list() == [ID]


def test_byte_order_mark_before_the_header(tmp_path: Path) -> None:
    assert values(csv_file(tmp_path / "a.csv", [HEADER, *PEOPLE], encoding="utf-8-sig"), "name")[0] == ("李娜",)


def test_byte_order_mark_in_the_middle_of_joined_files(tmp_path: Path) -> None:
    part = "\ufeff姓名,身份证号\r\n李娜," + ID + "\r\n"
    path = tmp_path / "a.csv"
    path.write_bytes((part + part.replace("李娜", "岩温")).encode())
    assert values(path, "name") == [("李娜",), ("岩温",)]


def test_nul_in_a_cell(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [HEADER, ("李\0娜", ID, ""), PEOPLE[1]], encoding="gb18030")
    table = read(path)
    assert standard(table)["name"].to_list() == ["李娜", "岩温"]
    assert table.report.control_characters == 1


def test_nul_in_a_workbook_cell(tmp_path: Path) -> None:
    """Excel writes control characters as _x0000_; PostgreSQL refuses the real one."""
    path = xlsx_file(tmp_path / "a.xlsx", [HEADER, ("李PLACE娜", ID, "")])
    strings = zipfile.ZipFile(path).read("xl/sharedStrings.xml").replace(b"PLACE", b"_x0000_")
    changed_package(path, {"xl/sharedStrings.xml": strings})
    assert values(path, "name") == [("李娜",)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path: Path, end: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(end.join(",".join(row) for row in (HEADER, *PEOPLE)).encode())
    assert values(path, "name", "union_name")[1] == ("岩温", "一厂工会")


def test_quoted_line_break_in_an_address(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        f'姓名,身份证号,家庭住址\n李娜,{ID},"昆明市官渡区\n关上街道1号"\n岩温,{NUMBERS[1]},\n', encoding="utf-8"
    )
    assert values(path, "name") == [("李娜",), ("岩温",)]


# Formats


def test_old_workbook(tmp_path: Path) -> None:
    assert values(xls_file(tmp_path / "a.xls", [HEADER, *PEOPLE]), "name", "id_number")[0] == ("李娜", ID)


def test_wps_table(tmp_path: Path) -> None:
    """An .et file of WPS is an OLE workbook; content decides, not the name."""
    assert values(xls_file(tmp_path / "花名册.et", [HEADER, *PEOPLE]), "name", "id_number")[0] == ("李娜", ID)


def test_workbook_named_csv(tmp_path: Path) -> None:
    assert values(xlsx_file(tmp_path / "花名册.csv", [HEADER, *PEOPLE]), "name")[0] == ("李娜",)


def test_tab_separated_text_named_xls(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "花名册.xls", [HEADER, *PEOPLE], encoding="gb18030", delimiter="\t")
    assert values(path, "name")[0] == ("李娜",)


def test_web_page_named_xls(tmp_path: Path) -> None:
    path = tmp_path / "花名册.xls"
    path.write_text("<html><table><tr><td>姓名</td></tr></table>", encoding="utf-8")
    with pytest.raises(Refused) as refused:
        read(path)
    assert refused.value.code == "markup_file"
    assert "另存为 xlsx" in refused.value.zh


def test_zipped_csv(tmp_path: Path) -> None:
    content = csv_file(tmp_path / "a.csv", [HEADER, *PEOPLE], encoding="gb18030").read_bytes()
    assert values(zipped(tmp_path / "a.zip", {"花名册.csv": content}), "name")[1] == ("岩温",)


@pytest.mark.parametrize("lock", [locked_xlsx, locked_xls], ids=["xlsx", "xls"])
def test_workbook_with_an_agreed_password(tmp_path: Path, lock: Any) -> None:
    table = read(lock(tmp_path / "a.xlsx"), passwords=(PASSWORD,))
    assert standard(table)["id_number"].to_list() == list(NUMBERS[:2])


# Layout


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


def test_formula_cells_give_their_value(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(xlsx_file(tmp_path / "a.xlsx", [HEADER, *PEOPLE]))
    path = tmp_path / "a.xlsx"
    sheet = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
    formula = '<c r="C2" t="str"><f>B9&amp;"x"</f><v>三厂工会</v></c>'
    start = sheet.index('<c r="C2"')
    changed_package(
        path, {"xl/worksheets/sheet1.xml": (sheet[:start] + formula + sheet[sheet.index("</c>", start) + 4 :]).encode()}
    )
    assert values(path, "union_name")[0] == ("三厂工会",)
    assert book.active is not None


def test_formula_never_calculated_is_reported(tmp_path: Path) -> None:
    """A program wrote formulas that no Excel has seen: the cells are empty, and the sender is told."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (HEADER, ("李娜", ID, "=A2")):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    table = read(tmp_path / "a.xlsx")
    assert standard(table)["union_name"].to_list() == [None]
    assert table.report.sheets[0].formulas_without_value == 1


def test_error_cells_are_empty_and_reported(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path / "a.xlsx", [HEADER, PEOPLE[0]])
    sheet = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
    start = sheet.index('<c r="C2"')
    error = '<c r="C2" t="e"><v>#REF!</v></c>'
    changed_package(
        path, {"xl/worksheets/sheet1.xml": (sheet[:start] + error + sheet[sheet.index("</c>", start) + 4 :]).encode()}
    )
    table = read(path)
    assert standard(table)["union_name"].to_list() == [None]
    assert table.report.sheets[0].error_cells == 1


# Numbers


def test_number_cell_with_every_digit_in_the_file(tmp_path: Path) -> None:
    assert values(numeric_roster(tmp_path / "a.xlsx", ID), "id_number", "id_form") == [(ID, "full")]


def test_number_cell_of_excel(tmp_path: Path) -> None:
    """539210199003070036 typed into a number cell is kept as 5.39210199003070E+17: three digits are gone."""
    path = numeric_roster(tmp_path / "a.xlsx", "5.3921019900307E+17")
    assert values(path, "id_number", "id_form") == [("539210199003070***", "prefix15")]


def test_number_cell_of_an_old_workbook(tmp_path: Path) -> None:
    path = xls_file(tmp_path / "a.xls", [("姓名", "身份证号"), ("李娜", float(ID))])
    assert values(path, "id_number", "id_form") == [("539210199003070***", "prefix15")]


def test_number_in_scientific_notation_in_a_csv(tmp_path: Path) -> None:
    assert number(tmp_path, "5.39210199003070e+17") == ("539210199003070***", "prefix15")
    assert number(tmp_path, "5.39210199003070E+17") == ("539210199003070***", "prefix15")


def test_number_with_a_trailing_zero_decimal(tmp_path: Path) -> None:
    assert number(tmp_path, f"{ID}.0") == (ID, "full")


def test_number_with_a_trailing_zero_decimal_that_a_program_rounded(tmp_path: Path) -> None:
    """Printed in full, a binary number looks like eighteen good digits: the last three are made up."""
    assert number(tmp_path, f"{float(ID):.1f}") == ("539210199003070***", "prefix15")


@pytest.mark.parametrize(
    "written",
    [
        f"'{ID}",
        f"`{ID}",
        f'="{ID}"',
        f" {ID[:6]} {ID[6:14]} {ID[14:]} ",
        "５３９２１０１９９００３０７００３６",
        f"\u200b{ID}\ufeff",
    ],
)
def test_noise_around_an_identity_number(tmp_path: Path, written: str) -> None:
    path = xlsx_file(tmp_path / "a.xlsx", [("姓名", "身份证号"), ("李娜", written)])
    assert values(path, "id_number", "id_form") == [(ID, "full")]


def test_small_x_at_the_end_of_an_identity_number(tmp_path: Path) -> None:
    assert number(tmp_path, "53921019900307006x")[0] == "53921019900307006X"


def test_fifteen_digit_number(tmp_path: Path) -> None:
    assert number(tmp_path, "539210900307003") == (ID, "expanded15")


def test_masked_number(tmp_path: Path) -> None:
    assert number(tmp_path, "539210********0036") == ("539210********0036", "masked")


@pytest.mark.parametrize(
    ("written", "born", "precision"),
    [
        ("19900307", BORN, "day"),
        ("1990/3/7", BORN, "day"),
        ("1990-3-7", BORN, "day"),
        ("1990年3月7日", BORN, "day"),
        ("1990.03", dt.date(1990, 3, 1), "month"),
        ("1990年3月", dt.date(1990, 3, 1), "month"),
        ("32939", BORN, "day"),
    ],
)
def test_birth_dates(tmp_path: Path, written: str, born: dt.date, precision: str) -> None:
    found = one(tmp_path, ("姓名", "出生日期"), ("李娜", written), "birth_date", "birth_precision")
    assert found == (born, precision)


def test_date_cell_of_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["姓名", "出生日期"])
    book.active.append(["李娜", BORN])
    book.save(tmp_path / "a.xlsx")
    assert values(tmp_path / "a.xlsx", "birth_date") == [(BORN,)]


@pytest.mark.parametrize(
    ("written", "amount"),
    [("１２，３４５.６0元", "12345.60"), ("1.2万元", "12000.00"), ("/", None), ("无", None), ("叁佰元整", "300.00")],
)
def test_amounts(tmp_path: Path, written: str, amount: str | None) -> None:
    rows = [("救助证号", "救助类别", "姓名", "身份证号", "月保障金额"), ("J1", "城市低保", "李娜", ID, written)]
    found = values(xlsx_file(tmp_path / "a.xlsx", rows), "monthly_amount", source="civil_affairs")
    assert found == [(Decimal(amount) if amount else None,)]


# Names and phones


@pytest.mark.parametrize(
    ("written", "name", "former"),
    [
        ("李 娜", "李娜", None),
        ("李娜（户主）", "李娜", None),
        ("李娜(曾用名：李小娜)", "李娜", "李小娜"),
        ("阿依•古丽", "阿依·古丽", None),
        ("阿依・古丽", "阿依·古丽", None),
        ("阿依‧古丽", "阿依·古丽", None),
    ],
)
def test_names(tmp_path: Path, written: str, name: str, former: str | None) -> None:
    path = xlsx_file(tmp_path / "a.xlsx", [("姓名", "身份证号"), (written, ID)])
    assert values(path, "name", "former_name") == [(name, former)]


@pytest.mark.parametrize("written", ["王?", "王□", "王X", "王yan", "王火日升"])
def test_rare_character_replaced_by_the_sender(tmp_path: Path, written: str) -> None:
    """It stays as it was sent: linkage compares it as a gap, and a guess would be another person's name."""
    assert values(csv_file(tmp_path / "a.csv", [HEADER, (written, ID, "")]), "name") == [(written,)]


@pytest.mark.parametrize("written", ["138 0000 1111", "+86-13800001111", "１３８００００１１１１", "13800001111.0"])
def test_phones(tmp_path: Path, written: str) -> None:
    assert one(tmp_path, ("姓名", "手机号码"), ("李娜", written), "phone") == ("13800001111",)


def test_the_same_row_twice(tmp_path: Path) -> None:
    """The reader gives both; the second is refused by name, so that the sender's count still comes out."""
    table = read(csv_file(tmp_path / "a.csv", [HEADER, PEOPLE[0], PEOPLE[0]]))
    done = standardise_frame(table.frame, SOURCES["union_roster"], "x")
    assert done.accepted["row_number"].to_list() == [2]
    assert done.rejected.select("row_number", "code").rows() == [(3, "duplicate_row")]
