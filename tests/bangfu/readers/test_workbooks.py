"""Workbooks to grids, and what a hostile one can do: nothing but be refused."""

import datetime as dt
import os
import random
import struct
from pathlib import Path

import openpyxl
import pytest

from bangfu.errors import Refused
from bangfu.readers.grids import Merge
from bangfu.readers.safety import Limits
from bangfu.readers.workbooks import exact_numbers, read_workbook
from tests.bangfu.readers.extracts import (
    HEADER,
    NUMBERS,
    PEOPLE,
    assert_clear,
    cells,
    changed_package,
    crafted_sheet,
    roster,
    xls_file,
    xlsx_file,
)


def refusal(path: Path, *, package: bool = True, limits: Limits | None = None) -> str:
    with pytest.raises(Refused) as refused:
        read_workbook(path, package=package, limits=limits or Limits())
    assert_clear(refused.value)
    return refused.value.code


def test_both_formats_hold_the_same(tmp_path: Path) -> None:
    rows = [HEADER, ("李娜", NUMBERS[0], None), ("岩温", 3.5, True)]
    new = read_workbook(xlsx_file(tmp_path / "a.xlsx", rows), package=True)[0]
    old = read_workbook(xls_file(tmp_path / "a.xls", rows), package=False)[0]
    assert new.cells == old.cells == [list(HEADER), ["李娜", NUMBERS[0], ""], ["岩温", 3.5, True]]


def test_cells_count_from_a1_even_where_the_first_rows_and_columns_are_empty(tmp_path: Path) -> None:
    """Merged ranges and row numbers are the sheet's; a grid that began at the first filled cell would shift them."""
    grid = read_workbook(xlsx_file(tmp_path / "a.xlsx", [[], [], [None, "姓名"], [None, "李娜"]]), package=True)[0]
    assert grid.row(2) == ["", "姓名"]
    assert [series.to_list() for series in grid.columns([1], 3)] == [["李娜"]]


def test_sheets_merges_and_hidden_ones(tmp_path: Path) -> None:
    path = xlsx_file(
        tmp_path / "a.xlsx", {"一车间": [["甲"]], "说明": [["乙"]]}, merges=[Merge(1, 0, 3, 2)], hidden=["说明"]
    )
    first, second = read_workbook(path, package=True)
    assert (first.name, first.hidden, first.merges) == ("一车间", False, (Merge(1, 0, 3, 2),))
    assert (second.name, second.hidden, second.merges) == ("说明", True, ())


def test_dates_stay_dates(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append([dt.date(1990, 3, 7)])
    book.save(tmp_path / "a.xlsx")
    assert read_workbook(tmp_path / "a.xlsx", package=True)[0].row(0) == ["1990-03-07"]


@pytest.mark.parametrize("cell", ['<c r="%s"><v>%s</v></c>', '<c r="%s" s="4" t="n"><v>%s</v></c>'])
@pytest.mark.parametrize("column", ["A", "Z", "AB"])
def test_an_eighteen_digit_number_in_a_numeric_cell_is_read_exactly(tmp_path: Path, cell: str, column: str) -> None:
    """As a binary number it loses its last digits, and with them sex, order and check digit of the person."""
    people = "".join(
        f'<row r="{row}">{cell % (f"{column}{row}", number)}<c r="AC{row}" t="inlineStr"><is><t>李娜</t></is></c></row>'
        for row, number in enumerate(NUMBERS, 3)
    )
    heads = (
        f'<c r="{column}2" t="inlineStr"><is><t>身份证号</t></is></c><c r="AC2" t="inlineStr"><is><t>姓名</t></is></c>'
    )
    path = crafted_sheet(tmp_path / "a.xlsx", f'<row r="2">{heads}</row>{people}')
    assert [number for (number,) in cells(roster(path), "id_number")] == list(NUMBERS)


def test_a_number_that_the_sender_s_program_rounded_keeps_fifteen_digits(tmp_path: Path) -> None:
    """openpyxl and Excel write no more themselves: what is gone is gone."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["姓名", "身份证号"])
    book.active.append(["李娜", int(NUMBERS[0])])
    book.save(tmp_path / "a.xlsx")
    assert cells(roster(tmp_path / "a.xlsx"), "id_number") == [("5.39210199003070e+17",)]


def test_exact_digits_by_row_and_nothing_else(tmp_path: Path) -> None:
    path = crafted_sheet(
        tmp_path / "a.xlsx",
        f'<row r="2"><c r="B2" s="1"><v>{NUMBERS[0]}</v></c><c r="C2"><v>{NUMBERS[1]}</v></c></row>'
        '<row r="4"><c r="B4"><v>5.3921E+17</v></c></row>',
    )
    assert exact_numbers(path, "Sheet1", 1) == {1: NUMBERS[0]}
    assert exact_numbers(path, "no such sheet", 1) == {}


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_a_package_without_its_directory_has_no_exact_digits(tmp_path: Path, part: str) -> None:
    """The parser forgives a misspelt part; digits then stay lost, and the file is still read."""
    path = crafted_sheet(tmp_path / "a.xlsx", f'<row r="1"><c r="A1"><v>{NUMBERS[0]}</v></c></row>')
    assert exact_numbers(changed_package(path, {part: b"<a>&undeclared;</a>"}), "Sheet1", 0) == {}
    assert exact_numbers(changed_package(path, {}, without=[part]), "Sheet1", 0) == {}


@pytest.mark.parametrize(
    "rows",
    [
        '<row r = "1"><c r = "A1"><v>1</v></c><c r = "XFD1048576"><v>2</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="xfd1048576"><v>2</v></c></row>',
    ],
    ids=["spaced", "lower case"],
)
def test_a_workbook_that_ends_its_parser_does_not_end_this_process(tmp_path: Path, rows: str) -> None:
    """What the look beforehand does not see aborts the parser, which therefore has a process of its own."""
    path = crafted_sheet(tmp_path / "a.xlsx", rows)
    assert refusal(path) == "oversized_workbook"
    assert cells(roster(xlsx_file(tmp_path / "b.xlsx", [HEADER, *PEOPLE])), "name") == [("李娜",), ("岩温",)]


def test_an_old_workbook_with_a_cell_at_the_end_of_the_world(tmp_path: Path) -> None:
    """A cell record has sixteen bits for the column, of which an honest program uses eight."""
    path = xls_file(tmp_path / "a.xls", [["a", 7.5]])
    content = bytearray(path.read_bytes())
    record = content.index(struct.pack("<HHHH", 0x027E, 10, 0, 1))  # RK, its length, row 0, column 1
    struct.pack_into("<HH", content, record + 4, 65535, 65535)
    path.write_bytes(content)
    assert refusal(path, package=False, limits=Limits(parser_bytes=1 << 30)) == "oversized_workbook"


def test_a_parser_that_gets_too_little_memory(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path / "a.xlsx", [["x"] * 2, *[[]] * 500_000, ["x"] * 2])
    assert refusal(path, limits=Limits(parser_bytes=64 << 20, parser_seconds=3)) == "oversized_workbook"


def test_a_parser_that_hangs_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short of memory the parser was seen to wait for a lock that it holds itself: no limit of its own ends that."""
    (tmp_path / "hanging.py").write_text("import time; time.sleep(60)")
    monkeypatch.setattr("bangfu.readers.workbooks._PARSER", str(tmp_path / "hanging.py"))
    path = xlsx_file(tmp_path / "a.xlsx", [HEADER])
    assert refusal(path, limits=Limits(parser_seconds=1)) == "oversized_workbook"


def test_the_parser_sees_no_secret_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It works on the least trusted bytes there are; the address of the database is none of its business."""
    import subprocess

    given: list[dict[str, str]] = []
    start = subprocess.Popen.__init__

    def watched(self: object, *arguments: object, **options: object) -> None:
        given.append(options["env"])  # type: ignore[arg-type]
        start(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setenv("BANGFU_DATABASE_URL", "postgresql://owner:secret@localhost/bangfu")
    monkeypatch.setattr(subprocess.Popen, "__init__", watched)
    read_workbook(xlsx_file(tmp_path / "a.xlsx", [HEADER]), package=True)
    assert len(given) == 1
    assert "BANGFU_DATABASE_URL" not in given[0]


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """Thousands of enterprises send workbooks: an open pipe for each would end the receiving process."""
    path = xlsx_file(tmp_path / "a.xlsx", [HEADER, *PEOPLE])
    bad = crafted_sheet(tmp_path / "b.xlsx", "<row><c>")
    read_workbook(path, package=True)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        read_workbook(path, package=True)
        refusal(bad)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("package", [True, False], ids=["xlsx", "xls"])
def test_a_damaged_workbook_is_refused_or_read_but_never_raises_anything_else(tmp_path: Path, package: bool) -> None:
    write = xlsx_file if package else xls_file
    whole = write(tmp_path / "whole", [HEADER, *PEOPLE]).read_bytes()
    path, rng = tmp_path / "damaged", random.Random(7)
    refusals = 0
    for _ in range(25):
        damaged = bytearray(whole[: rng.randrange(len(whole) // 2, len(whole) + 1)])
        for _ in range(rng.randrange(1, 30)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        path.write_bytes(damaged)
        try:
            read_workbook(path, package=package, limits=Limits(parser_bytes=1 << 30, parser_seconds=5))
        except Refused as refused:
            assert_clear(refused)
            refusals += 1
    assert refusals > 5
