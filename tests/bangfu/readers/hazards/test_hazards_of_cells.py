"""Hazards of cells: formulas, errors, numbers that programs rounded, dates and amounts.

One test per hazard, from the bytes to the exact standardised value; the names are the published table of what is handled.
"""

import datetime as dt
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.bangfu.readers.extracts import HEADER, PEOPLE, changed_package, read, xls_file, xlsx_file
from tests.bangfu.readers.hazards.standardised import BORN, ID, number, one, standard, values
from tests.bangfu.readers.test_numbers import numeric_roster


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
