"""Builders: profiles with exactly the counts a test is about, and profiles of small extracts that were standardised."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from bangfu.profiling import About, FieldProfile, Profile, Profiler, Reading
from matching.standardise import standardise_frame
from schemas.sources import SOURCES

RECEIVED = dt.date(2026, 7, 2)
SHEET = {
    "name": "Sheet1",
    "header_row": 1,
    "header_height": 1,
    "columns": {},
    "forbidden": [],
    "unlisted": [],
    "duplicated": [],
    "missing": [],
    "rows": 0,
    "persons": 0,
    "blank_rows": 0,
    "footer_rows": 0,
    "filled_cells": 0,
    "error_cells": 0,
    "formulas_without_value": 0,
}


def report(rows: int, columns: Mapping[str, str], **sheet: Any) -> dict[str, Any]:
    """A reader's account of a workbook with one sheet."""
    return {
        "kind": "xlsx",
        "sheets": [{**SHEET, "columns": dict(columns), "rows": rows, "persons": rows, **sheet}],
        "ignored_sheets": [],
        "private_use_characters": 0,
        "control_characters": 0,
        "rows": rows,
        "persons": rows,
        "encoding": None,
        "ends_cleanly": None,
        "container": None,
    }


def profiled(source: str, rows: Sequence[Mapping[str, str | None]], *, batch: int = 1_000, **sheet: Any) -> Profile:
    """The profile of raw rows, standardised batch by batch; every field is headed by its Chinese name."""
    declared = SOURCES[source]
    profiler = Profiler(declared)
    names = list(dict.fromkeys(name for row in rows for name in row))
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        cells = {name: pl.Series(name, [row.get(name) for row in part], pl.String) for name in names}
        numbers = pl.Series("row_number", range(start + 2, start + 2 + len(part)))
        standard = standardise_frame(pl.DataFrame({"row_number": numbers, **cells}), declared, "x")
        profiler.add(standard.accepted, standard.rejected, standard.defects)
    headers = {name: next(column.aliases[0] for column in declared.columns if column.field == name) for name in names}
    return profiler.profile(report(len(rows), headers, **sheet), RECEIVED)


def field(name: str, filled: int, **values: Any) -> FieldProfile:
    """A field that a column of the extract fills, unless said otherwise."""
    given = {"given": True, "header": None, "unreadable": 0, **values}
    return FieldProfile(name=name, filled=filled, **given)


def counted(accepted: int, *fields: FieldProfile, rejected: int = 0, **reading: Any) -> Profile:
    """A profile with exactly these counts."""
    return Profile(
        source="civil_affairs",
        received_on=RECEIVED,
        accepted=accepted,
        rejected=rejected,
        rejects={"name_missing": rejected} if rejected else {},
        rejects_at={"name_missing/name": rejected} if rejected else {},
        fields=fields,
        reading=Reading(kind="xlsx", **{"rows": accepted + rejected, "sheets": 1, **reading}),
    )


def about(source: str = "civil_affairs", **values: Any) -> About:
    """Which extract a report is about."""
    standing = {
        "extract_id": "ex-2026-06",
        "delivery_id": "dl-530100-2026-06-r1",
        "source": source,
        "sender": "昆明市民政局",
        "period": "2026-06",
        "revision": 1,
        "received_at": dt.datetime(2026, 7, 1, 17, 30, tzinfo=dt.UTC),
        "status": "received",
    }
    return About(**{**standing, **values})
