"""Cases counted, and what they teach as files for operators (反馈文件): ids and codes, no particulars of a person."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from bangfu.db.case_queries import CaseFilter, count_buckets
from bangfu.db.case_results import Label, Ticket, rows_of
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from schemas.flows import FLOWS

__all__ = ["case_counts", "write_labels", "write_tickets"]

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


def write_labels(context: Context, out: Path) -> int:
    """Write judged links as Parquet; returns how many.

    Raises:
        BangfuError: The directory does not exist.
    """
    return _write(context, Label, _LABELS, out)


def write_tickets(context: Context, out: Path) -> int:
    """Write requests to departments as Parquet; returns how many.

    Raises:
        BangfuError: The directory does not exist.
    """
    return _write(context, Ticket, _TICKETS, out)


def _write(context: Context, kind: type[Label] | type[Ticket], schema: Any, out: Path) -> int:
    if not out.absolute().parent.is_dir():
        raise BangfuError(f"The directory {out.absolute().parent} does not exist: make it first.")
    with context.engine.connect() as connection:
        rows = rows_of(connection, kind)
    pl.DataFrame(rows, schema=schema).write_parquet(out)
    return len(rows)
