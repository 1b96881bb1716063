"""The lists beside the clues, and the entitlement gaps, as files for operators: ids and figures, no particulars."""

import csv
from collections.abc import Mapping
from pathlib import Path

import polars as pl
from sqlalchemy import Connection, select

from bangfu.db.list_entries import count_entries, entries_of
from bangfu.db.models import CandidateList
from bangfu.db.runs import get_run
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.review.stated import OPERATOR, Stated, write_recorded
from schemas.reference import divisions
from schemas.screening_lists import SCREENING_LISTS

__all__ = ["ENTRY", "list_counts", "write_gaps", "write_list"]

ENTRY: Mapping[str, pl.DataType] = {
    "subject": pl.String(),
    "county_code": pl.String(),
    "roster_record_id": pl.String(),
    "files": pl.List(pl.String),
    "codes": pl.List(pl.String),
    "zh": pl.List(pl.String),
    "en": pl.List(pl.String),
}
"""Columns of a list: `subject` is the opaque id of the member or file, `codes`, `zh`, `en` the reasons."""


def list_counts(context: Context) -> dict[str, int]:
    """Entries of every list of the latest screening, those without any too.

    Raises:
        BangfuError: Nothing has been screened.
    """
    with context.engine.connect() as connection:
        counted = count_entries(connection, _newest(connection))
    return {code: counted.get(code, 0) for code in SCREENING_LISTS}


def write_list(context: Context, code: str, out: Path, stated: Stated = OPERATOR) -> int:
    """Write a list of the latest screening as Parquet.

    Args:
        context: The installation.
        code: Code of `schemas.screening_lists`.
        out: File to write; replaced when it exists.
        stated: Who takes it, what for and to whom; recorded.

    Returns:
        Number of entries.

    Raises:
        BangfuError: There is no such list, nothing has been screened, or the directory does not exist.
        Refused: `needs_approval`: it is long, and no second person has approved of it.
    """
    if code not in SCREENING_LISTS:
        raise BangfuError(f"There is no list {code!r}: give one of {', '.join(SCREENING_LISTS)}.")
    _check_directory(out)
    with context.engine.connect() as connection:
        entries = entries_of(connection, _newest(connection), code)
    rows = [
        {
            "subject": entry.subject,
            "county_code": entry.county_code,
            "roster_record_id": entry.roster_record_id,
            "files": list(entry.files),
            **{
                f"{name}s" if name == "code" else name: [r[name] for r in entry.reasons]
                for name in ("code", "zh", "en")
            },
        }
        for entry in entries
    ]
    write_recorded(context, pl.DataFrame(rows, schema=dict(ENTRY)), out, stated, f"list:{code}")
    return len(rows)


def write_gaps(context: Context, out: Path) -> int:
    """Write the entitlement gaps of the latest screening as CSV, one line an area; small numbers are hidden.

    Args:
        context: The installation.
        out: File to write; replaced when it exists.

    Returns:
        Number of lines.

    Raises:
        BangfuError: There are none: nothing has been screened, or no civil-affairs list was received.
    """
    _check_directory(out)
    with context.engine.connect() as connection:
        run = get_run(connection, _newest(connection))
    summary = run.summary if run else {}
    if not summary.get("gaps"):
        raise BangfuError("There are no entitlement gaps to tell: receive a civil-affairs list, and screen again.")
    names = divisions()
    with out.open("w", encoding="utf-8-sig", newline="") as file:  # spreadsheets tell UTF-8 by its mark
        writer = csv.writer(file)
        writer.writerow(("area_code", "area", "unlisted", "listed", "matched", "as_of"))
        for row in summary["gaps"]:
            name = names[row["area"].ljust(6, "0")].name
            writer.writerow((row["area"], name, row["unlisted"], row["listed"], row["matched"], summary["as_of"]))
    return len(summary["gaps"])


def _newest(connection: Connection) -> str:
    """The latest screening whose list is kept."""
    newest = connection.scalar(select(CandidateList.run_id).order_by(CandidateList.run_id.desc()).limit(1))
    if newest is None:
        raise BangfuError("There is no screened list: run `bangfu screen` first.")
    return str(newest)


def _check_directory(out: Path) -> None:
    if not out.absolute().parent.is_dir():
        raise BangfuError(f"The directory {out.absolute().parent} does not exist: make it first.")
