"""From the bytes of an extract to the standardised values of its people."""

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl

from bangfu.readers import RawTable
from matching.standardise import standardise_frame
from schemas.sources import SOURCES
from tests.bangfu.readers.extracts import NUMBERS, csv_file, read

ID = NUMBERS[0]
BORN = dt.date(1990, 3, 7)


def standard(table: RawTable, source: str = "union_roster") -> pl.DataFrame:
    """The accepted rows of what was read; none is refused."""
    done = standardise_frame(table.frame, SOURCES[source], "x")
    assert done.rejected.rows() == []
    return done.accepted


def values(path: Path, *fields: str, source: str = "union_roster") -> list[tuple[Any, ...]]:
    return standard(read(path, source), source).select(fields).rows()


def one(path: Path, header: tuple[str, ...], row: tuple[Any, ...], *fields: str) -> tuple[Any, ...]:
    """The standardised values of a roster of one person, in CSV."""
    return values(csv_file(path / "a.csv", [header, row]), *fields)[0]


def number(path: Path, text: str) -> tuple[Any, ...]:
    return one(path, ("姓名", "身份证号"), ("李娜", text), "id_number", "id_form")
