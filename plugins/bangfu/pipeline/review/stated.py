"""What an operator states about a file that is taken out, the question to a second person, and the record (导出登记)."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from bangfu.db.approvals import PROVINCE, Asked, account_asking, ask_export
from bangfu.db.exports import Export, record_export
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.storage.port import digest_file

__all__ = ["OPERATOR", "Stated", "ask_for_file", "record_file", "write_recorded"]


@dataclass(frozen=True)
class Stated:
    """Who takes a file out, what for, and to whom; what is not said is recorded as not said."""

    by: str = "operator"
    purpose: str = "not stated"
    recipient: str = "operator of this installation"


OPERATOR = Stated()
"""Nothing was said."""


def record_file(context: Context, file: Path, stated: Stated, what: str, columns: Sequence[str], rows: int) -> str:
    """Record a finished file before it gets its name; return the number of the export.

    Args:
        context: The installation.
        file: The file, under a name for work.
        stated: Who takes it, what for and to whom.
        what: Code of what is in it.
        columns: What of each person.
        rows: How many persons or lines.

    Raises:
        Refused: `needs_approval`: more than BANGFU_EXPORT_ROWS, and no second person has approved of it.
    """
    export = Export(
        username=stated.by,
        area_code=PROVINCE,
        recipient=stated.recipient,
        purpose=stated.purpose,
        setting="file on the server of this installation",
        columns=columns,
        rows=rows,
        sha256=digest_file(file),
    )
    with context.engine.begin() as connection:
        return record_export(connection, export, most=context.settings.export_rows, subject=_subject(what))


def write_recorded(context: Context, table: pl.DataFrame, out: Path, stated: Stated, what: str) -> None:
    """Write rows as Parquet; the file gets its name once the export is recorded, and is nowhere where it may not leave."""
    unfinished = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        table.write_parquet(unfinished)
        record_file(context, unfinished, stated, what, tuple(table.columns), len(table))
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)


def ask_for_file(context: Context, stated: Stated, what: str, rows: int) -> Asked:
    """Ask a second person whether a file may be taken out.

    Raises:
        BangfuError: The account is not of the province or may not export, or no purpose is stated.
    """
    if stated.purpose == OPERATOR.purpose:
        raise BangfuError("Say with --purpose what the file is for: who approves reads it.")
    with context.engine.begin() as connection:
        who = account_asking(connection, stated.by)
        return ask_export(connection, who, _subject(what), rows, stated.purpose, stated.recipient)


def _subject(what: str) -> str:
    return f"file:{what}"
