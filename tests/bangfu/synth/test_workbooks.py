"""Files as departments send them: real formats, title rows, two-row headers, merged cells, the same bytes each time."""

import datetime as dt
import time
from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from bangfu.synth.workbooks import Merge, Sheet, write

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
SHEET = Sheet(
    name="一车间",
    header=["序号", "姓名", "证件号码", "入会时间"],
    rows=[
        [1, "岩温", "539001199003070039", dt.date(2020, 1, 5)],
        [2, "玉香", None, None],
        [3, None, 5.39e17, "2020.1"],
    ],
    title=["云南某某公司工会会员花名册", "填报单位：某某"],
    bands=[("基本信息", 3), ("工会信息", 1)],
    merges=[Merge(1, 1, 2), Merge(0, 0, 0)],
    footer=[["合计", "3人"]],
)


@pytest.mark.parametrize(("suffix", "magic"), [(".xlsx", b"PK\x03\x04"), (".xls", OLE)])
def test_format_is_what_the_suffix_says(tmp_path: Path, suffix: str, magic: bytes) -> None:
    write(tmp_path / f"a{suffix}", [SHEET])
    assert (tmp_path / f"a{suffix}").read_bytes().startswith(magic)


@pytest.mark.parametrize("suffix", [".xlsx", ".xls"])
def test_workbook_reads_back(tmp_path: Path, suffix: str) -> None:
    write(tmp_path / f"a{suffix}", [SHEET, Sheet("空", ["姓名"], [])])
    book = CalamineWorkbook.from_path(tmp_path / f"a{suffix}")
    rows = book.get_sheet_by_name("一车间").to_python()
    assert book.sheet_names == ["一车间", "空"]
    assert [row[0] for row in rows] == [
        "云南某某公司工会会员花名册",
        "填报单位：某某",
        "基本信息",
        "序号",
        1,
        2,
        3,
        "合计",
    ]
    assert rows[2] == ["基本信息", "", "", "工会信息"]
    assert rows[SHEET.first_data_row - 1] == [1, "岩温", "539001199003070039", dt.date(2020, 1, 5)]
    assert rows[SHEET.first_data_row + 1] == [3, "", 5.39e17, "2020.1"]


def test_merged_cells_are_merged(tmp_path: Path) -> None:
    write(tmp_path / "a.xlsx", [SHEET])
    merged = {str(area) for area in openpyxl.load_workbook(tmp_path / "a.xlsx").active.merged_cells.ranges}
    assert merged == {"A1:D1", "A2:D2", "A3:C3", "B6:B7"}


def test_csv_is_gb18030_with_the_line_ends_of_windows(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", [Sheet("", ["姓名", "入会时间"], [["䶮昕", dt.date(2020, 1, 5)], [None, 3]])])
    assert (tmp_path / "a.csv").read_bytes().decode("gb18030") == "姓名,入会时间\r\n䶮昕,2020/1/5\r\n,3\r\n"


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".csv"])
def test_same_content_same_bytes_at_another_time(tmp_path: Path, suffix: str) -> None:
    """Writers like to put the clock into their files; the province would differ from run to run."""
    write(tmp_path / f"a{suffix}", [SHEET])
    time.sleep(1.1)
    write(tmp_path / f"b{suffix}", [SHEET])
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()
