"""Identity numbers in numeric cells, digit by digit where the file has every digit."""

from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.readers.numbers import _could_be_binary, exact_numbers, sheet_parts
from tests.bangfu.readers.extracts import (
    NUMBERS,
    cells,
    changed_package,
    crafted_sheet,
    roster,
    xls_file,
    xlsx_file,
)

PART = "xl/worksheets/sheet1.xml"


def numeric_roster(path: Path, *values: str, cell: str = '<c r="A%d"><v>%s</v></c>') -> Path:
    """A workbook whose numeric cells hold exactly these texts."""
    people = "".join(
        f'<row r="{row}">{cell % (row, value)}<c r="B{row}" t="inlineStr"><is><t>李娜</t></is></c></row>'
        for row, value in enumerate(values, 2)
    )
    heads = '<c r="A1" t="inlineStr"><is><t>身份证号</t></is></c><c r="B1" t="inlineStr"><is><t>姓名</t></is></c>'
    return crafted_sheet(path, f'<row r="1">{heads}</row>{people}')


def numbers(path: Path) -> list[str]:
    return [number for (number,) in cells(roster(path), "id_number")]


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A%d"><v>%s</v></c>',
        '<c r="A%d" s="4" t="n"><v>%s</v></c>',
        '<c s="4" r="A%d" ><v>%s</v></c>',
        '<c r="A%d"><f>B1*1</f><v>%s</v></c>',
        '<c r="A%d"><v>%s.0</v></c>',
    ],
    ids=["bare", "styled", "attributes elsewhere", "formula", "trailing .0"],
)
def test_every_digit_in_the_file_is_kept(tmp_path: Path, cell: str) -> None:
    """As a binary number it loses its last digits, and with them sex, order and check digit of the person."""
    assert numbers(numeric_roster(tmp_path / "a.xlsx", *NUMBERS, cell=cell)) == list(NUMBERS)


def test_every_digit_of_a_scientific_number_is_kept(tmp_path: Path) -> None:
    """Java writes a BigDecimal so."""
    values = [f"{number[0]}.{number[1:]}E+17" for number in NUMBERS]
    assert numbers(numeric_roster(tmp_path / "a.xlsx", *values)) == list(NUMBERS)


@pytest.mark.parametrize(
    "printed",
    [
        lambda number: f"{float(number):.0f}",
        lambda number: f"{float(number):.16G}",
        lambda number: repr(float(number)),
        lambda number: f"{float(number):.17g}",
        lambda number: str(int(number) // 1000 * 1000),
    ],
    ids=["C %.0f", "xlsxwriter", "Python repr", "17 digits", "Excel, 15 digits"],
)
def test_digits_that_a_binary_number_made_up_are_not_believed(tmp_path: Path, printed: object) -> None:
    """What looks like eighteen digits may be a rounded number printed in full: somebody else's identity."""
    path = numeric_roster(tmp_path / "a.xlsx", *(printed(number) for number in NUMBERS))  # type: ignore[operator]
    assert numbers(path) == [f"{float(number):.14e}" for number in NUMBERS]


def test_one_genuine_number_shows_that_the_column_is_exact(tmp_path: Path) -> None:
    """Every sixty-fourth number happens to be a binary one."""
    binary = next(str(n) for n in range(539210199003070000, 539210199003070200) if int(float(n)) == n)
    assert numbers(numeric_roster(tmp_path / "a.xlsx", binary, NUMBERS[0])) == [binary, NUMBERS[0]]
    assert numbers(numeric_roster(tmp_path / "b.xlsx", binary)) == [f"{float(binary):.14e}"]


@given(st.integers(10**17, 10**18 - 1))
def test_whatever_a_program_prints_of_a_binary_number_is_seen_through(number: int) -> None:
    binary = float(number)
    assert _could_be_binary(f"{binary:.0f}")
    assert _could_be_binary(f"{Decimal(repr(binary)):f}")


def test_what_openpyxl_wrote_keeps_fifteen_digits(tmp_path: Path) -> None:
    """openpyxl and Excel write no more themselves: what is gone is gone."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["姓名", "身份证号"])
    book.active.append(["李娜", int(NUMBERS[0])])
    book.save(tmp_path / "a.xlsx")
    assert numbers(tmp_path / "a.xlsx") == ["5.39210199003070e+17"]


def test_an_old_workbook_keeps_fifteen_digits(tmp_path: Path) -> None:
    path = xls_file(tmp_path / "a.xls", [("姓名", "身份证号"), ("李娜", float(NUMBERS[0]))])
    assert numbers(path) == ["5.39210199003070e+17"]


def test_digits_by_row_and_nothing_else(tmp_path: Path) -> None:
    path = crafted_sheet(
        tmp_path / "a.xlsx",
        f'<row r="2"><c r="B2" s="1"><v>{NUMBERS[0]}</v></c><c r="C2"><v>{NUMBERS[1]}</v></c></row>'
        '<row r="4"><c r="B4"><v>5.3921E+17</v></c></row>',
    )
    assert exact_numbers(path, PART, 1) == {1: NUMBERS[0]}
    assert sheet_parts(path) == {"Sheet1": PART}


@pytest.mark.parametrize("column", ["A", "Z", "AB"])
def test_columns_of_one_and_two_letters(tmp_path: Path, column: str) -> None:
    path = crafted_sheet(tmp_path / "a.xlsx", f'<row r="1"><c r="{column}1"><v>{NUMBERS[0]}</v></c></row>')
    position = {"A": 0, "Z": 25, "AB": 27}[column]
    assert exact_numbers(path, PART, position) == {0: NUMBERS[0]}


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_a_package_without_its_directory_has_no_exact_digits(tmp_path: Path, part: str) -> None:
    """The parser forgives a misspelt part; digits then stay lost, and the file is still read."""
    path = xlsx_file(tmp_path / "a.xlsx", [("a",)])
    assert sheet_parts(changed_package(path, {part: b"<a>&undeclared;</a>"})) == {}
    assert sheet_parts(changed_package(path, {}, without=[part])) == {}
