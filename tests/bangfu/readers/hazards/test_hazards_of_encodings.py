"""Hazards of encodings and characters: what a byte means.

One test per hazard, from the bytes to the exact standardised value; the names are the published table of what is handled.
"""

import zipfile
from pathlib import Path

import pytest

from tests.bangfu.readers.extracts import HEADER, NUMBERS, PEOPLE, changed_package, csv_file, read, xlsx_file
from tests.bangfu.readers.hazards.standardised import ID, standard, values


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
