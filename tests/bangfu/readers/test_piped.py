"""Reading by pipes alone, as a department's PC does: the same rows, the same refusals, the same limits."""

import os
from pathlib import Path

import polars as pl
import pytest

from bangfu.errors import Refused
from bangfu.readers import Parser
from bangfu.readers.parser import read_whole
from bangfu.readers.piped import read_piped
from schemas.sources import SOURCES
from tests.bangfu.readers.extracts import HEADER, PEOPLE, assert_clear, csv_file, xlsx_file
from tests.bangfu.readers.hostile.corpus import CASES
from tests.bangfu.readers.test_parser import aborting

ROSTER = SOURCES["union_roster"]


def test_rows_and_report_are_those_of_the_service(tmp_path: Path) -> None:
    people = [(f"李{n}", None if n % 7 else "539210199003070036", "一厂工会") for n in range(25_000)]
    path = csv_file(tmp_path / "a.csv", [HEADER, *people], encoding="gb18030")
    batches: list[pl.DataFrame] = []
    report = read_piped(path, ROSTER, batches.append)
    with Parser() as parser:
        table = read_whole(parser, path, ROSTER)
    assert pl.concat(batches).equals(table.frame)
    assert report == table.report
    assert max(batch.height for batch in batches) <= 10_000


@pytest.mark.parametrize("name", sorted(CASES)[::6])
def test_a_hostile_file(tmp_path: Path, name: str) -> None:
    case, path = CASES[name], tmp_path / "花名册.xlsx"
    case.build(path)
    try:
        code, rows = None, read_piped(path, ROSTER, lambda _batch: None).persons
    except Refused as refused:
        assert_clear(refused)
        code, rows = refused.code, 0
    if case.codes:
        assert code in case.codes
    else:
        assert (code, rows) == (None, case.rows)
    assert os.listdir(tmp_path) == ["花名册.xlsx"]


def test_a_file_that_ends_its_reader_ends_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read_piped(aborting(tmp_path / "b.xlsx"), ROSTER, lambda _batch: None)
    assert refused.value.code == "oversized_workbook"
    assert read_piped(xlsx_file(tmp_path / "a.xlsx", [HEADER, *PEOPLE]), ROSTER, lambda _batch: None).rows == 2


def test_what_the_caller_raises_is_its_own(tmp_path: Path) -> None:
    """A failure of whoever takes the rows must not look like a file that cannot be read."""

    def fail(_batch: pl.DataFrame) -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        read_piped(csv_file(tmp_path / "a.csv", [HEADER, *PEOPLE]), ROSTER, fail)
