"""What a reader gives."""

import dataclasses
import json
from pathlib import Path

import polars as pl
import pytest

from bangfu.readers.declared import Declaration
from bangfu.readers.raw import MEMBER_STRIDE, SHEET_STRIDE, ReadReport, raw_schema
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


@pytest.mark.parametrize("source", SOURCES)
def test_the_schema_has_every_field_that_a_column_or_a_member_may_fill(source: str) -> None:
    declared = SOURCES[source]
    columns = [*declared.columns, *(declared.member_blocks.columns if declared.member_blocks else ())]
    schema = raw_schema(declared)
    assert list(schema)[:4] == ["row_number", "sheet", "sheet_row", "member"]
    assert list(schema)[4:] == [f.name for f in declared.fields if f.name in {c.field for c in columns}]
    assert [schema[name] for name in ("row_number", "sheet", "sheet_row", "member")] == [
        pl.Int64(), pl.String(), pl.Int64(), pl.Int64(),
    ]  # fmt: skip


def test_a_report_survives_json(tmp_path: Path) -> None:
    """It is stored beside the extract and read again for the receipt."""
    report = roster(xlsx_file(tmp_path / "a.xlsx", {"名册": [HEADER, *PEOPLE], "说明": [["请按月报送"]]})).report
    assert ReadReport.from_json(json.loads(json.dumps(report.to_json()))) == report


@pytest.mark.parametrize("source", SOURCES)
def test_a_declaration_survives_json(source: str) -> None:
    """It goes to the parser's process as JSON: what got lost there would be read wrongly."""
    declaration = Declaration.of(SOURCES[source])
    assert Declaration.from_json(json.loads(json.dumps(declaration.to_json()))) == declaration
    assert declaration.required == SOURCES[source].required
