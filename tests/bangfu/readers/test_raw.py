"""What a reader gives."""

import dataclasses
from pathlib import Path

from bangfu.readers.raw import MEMBER_STRIDE, SHEET_STRIDE
from schemas.sources import SOURCES
from tests.bangfu.readers.extracts import HEADER, PEOPLE, roster, xlsx_file


def test_its_representation_shows_no_person(tmp_path: Path) -> None:
    """Tracebacks and debuggers print it; the report beside it may be stored and shown."""
    table = roster(xlsx_file(tmp_path / "a.xlsx", [HEADER, *PEOPLE]))
    assert "李娜" not in repr(table)
    assert "李娜" not in repr(dataclasses.asdict(table.report))
    assert table.rows == 2


def test_row_numbers_of_sheets_and_members_cannot_meet() -> None:
    """An XLSX sheet ends at row 1,048,576; a thousand sheets fit below the first member block."""
    assert SHEET_STRIDE > 1_048_576
    assert SHEET_STRIDE * 1_000 <= MEMBER_STRIDE
    blocks = max(source.member_blocks.count for source in SOURCES.values() if source.member_blocks)
    assert MEMBER_STRIDE * (blocks + 1) < 2**63
