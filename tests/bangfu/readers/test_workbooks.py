"""Workbooks to sheets."""

import datetime as dt
import random
from pathlib import Path

import openpyxl
import pytest

from bangfu.errors import Refused
from bangfu.readers.safety import Limits, inspect_package
from bangfu.readers.sheets import HEAD_ROWS, Merge
from bangfu.readers.workbooks import WorkbookSheet, read_workbook
from tests.bangfu.readers.extracts import HEADER, NUMBERS, PEOPLE, assert_clear, read_here, xls_file, xlsx_file


def sheets(path: Path) -> list[WorkbookSheet]:
    return list(read_workbook(path, inspect_package(path)))


def test_both_formats_hold_the_same(tmp_path: Path) -> None:
    rows = [HEADER, ("李娜", NUMBERS[0], None), ("岩温", 3.5, True)]
    new = sheets(xlsx_file(tmp_path / "a.xlsx", rows))[0]
    old = next(iter(read_workbook(xls_file(tmp_path / "a.xls", rows), None)))
    assert new.head == old.head == [list(HEADER), ["李娜", NUMBERS[0], ""], ["岩温", "3.5", "1"]]


def test_cells_count_from_a1_even_where_the_first_rows_and_columns_are_empty(tmp_path: Path) -> None:
    """Merged ranges and row numbers are the sheet's; a grid that began at the first filled cell would shift them."""
    sheet = sheets(xlsx_file(tmp_path / "a.xlsx", [[], [], [None, "姓名"], [None, "李娜"]]))[0]
    assert sheet.head[2] == ["", "姓名"]
    (block,) = sheet.blocks([1], 3, 2)
    assert (block.start, block.columns[0].to_list(), block.row(0)) == (3, ["李娜"], ["", "李娜"])


def test_rows_come_in_blocks_from_the_row_asked_for(tmp_path: Path) -> None:
    rows = [[f"r{row}", row] for row in range(45_000)]
    sheet = sheets(xlsx_file(tmp_path / "a.xlsx", rows))[0]
    assert len(sheet.head) == HEAD_ROWS
    blocks = list(sheet.blocks([1, 0], 2, 2))
    assert [(block.start, block.columns[0].len()) for block in blocks] == [
        (2, 20_000),
        (20_002, 20_000),
        (40_002, 4_998),
    ]
    assert blocks[1].columns[0][0] == "20002"
    assert blocks[1].row(1) == ["r20003", "20003"]


def test_sheets_merges_and_hidden_ones(tmp_path: Path) -> None:
    path = xlsx_file(
        tmp_path / "a.xlsx", {"一车间": [["甲"]], "说明": [["乙"]]}, merges=[Merge(1, 0, 3, 2)], hidden=["说明"]
    )
    first, second = sheets(path)
    assert (first.name, first.hidden, first.merges) == ("一车间", False, (Merge(1, 0, 3, 2),))
    assert (second.name, second.hidden, second.merges) == ("说明", True, ())


def test_a_sheet_without_a_cell(tmp_path: Path) -> None:
    (sheet,) = sheets(xlsx_file(tmp_path / "a.xlsx", []))
    assert sheet.head == []
    assert list(sheet.blocks([0], 0, 1)) == []


def test_dates_stay_dates(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append([dt.date(1990, 3, 7)])
    book.save(tmp_path / "a.xlsx")
    assert sheets(tmp_path / "a.xlsx")[0].head == [["1990-03-07"]]


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
            read_here(path, limits=Limits(seconds=5))
        except Refused as refused:
            assert_clear(refused)
            refusals += 1
    assert refusals > 5
