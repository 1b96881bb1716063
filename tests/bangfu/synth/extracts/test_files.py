"""The files of a province as a whole: every custom of the departments is there, and the reader understands each file."""

from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from bangfu.readers.headers import header_key
from schemas.sources import SOURCES

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
BANDS = {"基本信息", "联系方式", "单位信息", "工会信息", "其他"}


def header_of(province: Any, path: Path) -> list[str]:
    """The header row of the first sheet: the one above its first data row."""
    name, rows = next(iter(province.sheets(path).items()))
    records = province.truth("records").filter(
        (pl.col("file") == path.name) & pl.col("sheet").is_in([name or "Sheet1", ""])
    )
    first = records["row"].min() if records.height else 2
    return [str(cell) for cell in rows[first - 2]]


def all_rows(province: Any, source: str) -> list[list[list[Any]]]:
    """Every sheet of every workbook of a source."""
    return [rows for path in province.files(source) if path.suffix != ".csv" for rows in province.sheets(path).values()]


@pytest.mark.parametrize("source", SOURCES)
def test_every_required_column_is_under_a_name_the_declaration_knows(province: Any, source: str) -> None:
    declared = SOURCES[source]
    for path in province.files(source):
        header = {header_key(name) for name in header_of(province, path)}
        for column in declared.columns:
            known = {header_key(alias) for alias in column.aliases}
            if column.required:
                assert header & known, (path.name, column.field)


@pytest.mark.parametrize("source", SOURCES)
def test_every_declared_column_is_sent_by_somebody(province: Any, source: str) -> None:
    """A field that no synthetic file carries is a field that is never tried out."""
    sent = {header_key(name) for path in province.files(source) for name in header_of(province, path)}
    unsent = [
        column.field for column in SOURCES[source].columns if not sent & {header_key(alias) for alias in column.aliases}
    ]
    assert unsent == []


@pytest.mark.parametrize("source", SOURCES)
def test_columns_that_may_not_be_kept_are_sent_all_the_same(province: Any, source: str) -> None:
    """Bank accounts and diagnoses do arrive; dropping them on landing can only be tried if they are there."""
    sent = {header_key(name) for path in province.files(source) for name in header_of(province, path)}
    assert sent & {header_key(name) for name in SOURCES[source].forbidden}


@pytest.mark.parametrize("source", ["union_roster", "civil_affairs", "disaster_relief"])
def test_workbooks_come_in_both_formats_and_are_what_they_say(province: Any, source: str) -> None:
    new, old = province.files(source, ".xlsx"), province.files(source, ".xls")
    assert new
    assert old
    assert all(path.read_bytes().startswith(b"PK\x03\x04") for path in new)
    assert all(path.read_bytes().startswith(OLE) for path in old)


@pytest.mark.parametrize("source", ["union_roster", "medical_settlement"])
def test_csv_files_are_gb18030_and_nothing_else(province: Any, source: str) -> None:
    paths = province.files(source, ".csv")
    assert paths
    for path in paths:
        data = path.read_bytes()
        assert "姓名" in data.decode("gb18030") or "psn_name" in data.decode("gb18030")
        with pytest.raises(UnicodeDecodeError):
            data.decode("utf-8")
        assert data.endswith(b"\r\n")


def test_rosters_have_titles_reporting_lines_and_footers(province: Any) -> None:
    sheets = all_rows(province, "union_roster")
    titles = [str(rows[0][0]) for rows in sheets]
    assert sum(title.endswith("工会会员花名册") for title in titles) > 0.6 * len(sheets)
    assert any(str(rows[1][0]).startswith("填报单位：") for rows in sheets)
    ends = {str(rows[-1][0]) for rows in sheets}
    assert {"合计", "制表人："} <= ends
    totals = [rows for rows in sheets if "合计" in {str(row[0]) for row in rows[-2:]}]
    assert 0.5 * len(sheets) < len(totals) < len(sheets)


def test_some_rosters_have_two_header_rows(province: Any) -> None:
    sheets = all_rows(province, "union_roster")
    two = [
        rows
        for rows in sheets
        if any(set(map(str, row)) & BANDS and not set(map(str, row)) & {"姓名"} for row in rows[:3])
    ]
    assert 0.1 * len(sheets) < len(two) < 0.6 * len(sheets)
    assert all(
        {str(cell) for cell in row} <= BANDS | {""} for rows in two for row in rows[:3] if str(row[0]) == "基本信息"
    )


@pytest.mark.parametrize(("source", "least"), [("union_roster", 5), ("civil_affairs", 1)])
def test_data_cells_are_merged(province: Any, source: str, least: int) -> None:
    merged = 0
    for path in province.files(source, ".xlsx"):
        book = openpyxl.load_workbook(path)
        first = province.truth("records").filter(pl.col("file") == path.name)["row"].min()
        areas = [area for page in book.worksheets for area in page.merged_cells.ranges if area.min_row >= first]
        merged += any(area.max_row > area.min_row for area in areas)
    assert merged >= least


def test_some_rosters_have_a_sheet_for_each_workshop(province: Any) -> None:
    counts = [len(province.sheets(path)) for path in province.files("union_roster") if path.suffix != ".csv"]
    assert max(counts) > 3
    assert min(counts) == 1


def test_numbers_in_scientific_notation_are_real_floats(province: Any) -> None:
    """Text that looks like a float would be too easy: a spreadsheet has really lost the digits."""
    records = province.records("union_roster").filter(
        pl.col("errors").str.contains("id_scientific") & ~pl.col("file").str.ends_with(".csv")
    )
    assert records.height > 20
    for file, sheet, row, true in records.select("file", "sheet", "row", "id_number").iter_rows():
        floats = [
            cell for cell in province.row("union_roster", file, sheet, row) if isinstance(cell, float) and cell > 1e17
        ]
        assert len(floats) == 1
        assert abs(floats[0] - float(true)) < 1_000


def test_no_file_is_too_large_for_the_people_who_open_it(province: Any) -> None:
    for source in SOURCES:
        for path in province.files(source, ".xls"):
            assert all(len(rows) < 65_536 for rows in province.sheets(path).values())
