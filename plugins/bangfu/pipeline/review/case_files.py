"""Cases counted, and what they teach as files for operators (反馈文件): ids and codes, no particulars of a person."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from bangfu.db.case_queries import CaseFilter, count_buckets
from bangfu.db.case_results import Label, Ticket, rows_of
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.review.stated import OPERATOR, Stated, write_recorded
from schemas.flows import FLOWS

__all__ = ["case_counts", "count_rows", "write_labels", "write_tickets"]

KINDS: Mapping[str, type[Label] | type[Ticket]] = {"labels": Label, "tickets": Ticket}
"""By the code of the file."""

_LABELS = {
    "case_id": pl.String, "record_id": pl.String, "source": pl.String, "roster_record_id": pl.String, "same": pl.Boolean,
    "basis": pl.String,
}  # fmt: skip
_TICKETS = {"case_id": pl.String, "source": pl.String, "record_ids": pl.List(pl.String), "outcome": pl.String}


def case_counts(context: Context) -> dict[str, dict[str, int]]:
    """Cases of the province by flow and part of the inbox; flows without any are left out."""
    now = datetime.now(UTC)
    with context.engine.connect() as connection:
        counted = {flow: count_buckets(connection, "53", now, CaseFilter(flow=flow)) for flow in FLOWS}
    return {flow: {str(part): n for part, n in parts.items()} for flow, parts in counted.items() if any(parts.values())}


def write_labels(context: Context, out: Path, stated: Stated = OPERATOR) -> int:
    """Write judged links as Parquet, recorded as an export; returns how many.

    Raises:
        BangfuError: The directory does not exist.
    """
    return _write(context, Label, _LABELS, out, stated)


def write_tickets(context: Context, out: Path, stated: Stated = OPERATOR) -> int:
    """Write requests to departments as Parquet, recorded as an export; returns how many.

    Raises:
        BangfuError: The directory does not exist.
    """
    return _write(context, Ticket, _TICKETS, out, stated)


def count_rows(context: Context, what: str) -> int:
    """How many labels or tickets there are."""
    with context.engine.connect() as connection:
        return len(rows_of(connection, KINDS[what]))


def _write(context: Context, kind: type[Label] | type[Ticket], schema: Any, out: Path, stated: Stated) -> int:
    if not out.absolute().parent.is_dir():
        raise BangfuError(f"The directory {out.absolute().parent} does not exist: make it first.")
    with context.engine.connect() as connection:
        rows = rows_of(connection, kind)
    what = next(name for name, known in KINDS.items() if known is kind)
    write_recorded(context, pl.DataFrame(rows, schema=schema), out, stated, what)
    return len(rows)
