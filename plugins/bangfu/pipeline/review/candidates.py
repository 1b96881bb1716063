"""The list as a file (导出线索), for operators: ids and figures, no particulars of the person."""

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, func, select

from bangfu.db.models import Candidate, CandidateList, CandidateStatus
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.review.stated import OPERATOR, Stated, record_file

__all__ = ["EXPORT", "WHAT", "count_candidates", "export_candidates", "read_candidates"]

WHAT = "candidates"
"""Code of this file, where a second person is asked."""

EXPORT = pa.schema(
    [
        pa.field("candidate_id", pa.string(), nullable=False),
        pa.field("roster_person_id", pa.string()),
        pa.field("county_code", pa.string(), nullable=False),
        pa.field("reasons", pa.list_(pa.string()), nullable=False),
        pa.field("strength", pa.float64(), nullable=False),
        pa.field("match_probability", pa.float64()),
    ]
)
"""Columns of the export: `roster_person_id` as the roster gave it, `reasons` the codes of the screens."""

_BATCH = 10_000


def export_candidates(context: Context, out: Path, stated: Stated = OPERATOR) -> int:
    """Write the published list, or the latest screened one where nothing is published, as Parquet.

    Rows are sorted by strength, the strongest first. The file appears whole or not at all.

    Args:
        context: The installation.
        out: File to write; replaced when it exists.
        stated: Who takes it, what for and to whom; recorded.

    Returns:
        Number of candidates.

    Raises:
        BangfuError: There is no list, or the directory does not exist.
        Refused: `needs_approval`: it is long, and no second person has approved of it.
    """
    if not out.absolute().parent.is_dir():
        raise BangfuError(f"The directory {out.absolute().parent} does not exist: make it first.")
    unfinished = out.with_name(f".{out.name}.{os.getpid()}")
    count = 0
    try:
        with context.engine.connect() as connection, pq.ParquetWriter(unfinished, EXPORT, compression="zstd") as writer:
            for batch in _batches(connection):
                writer.write_table(batch)
                count += len(batch)
        record_file(context, unfinished, stated, WHAT, EXPORT.names, count)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def count_candidates(context: Context) -> int:
    """How many persons the file would hold."""
    with context.engine.connect() as connection:
        query = select(func.count()).select_from(Candidate).where(Candidate.status == _shown(connection))
        return connection.scalar(query) or 0


def read_candidates(context: Context) -> pa.Table:
    """The same rows in memory, for a measurement that leaves nothing behind."""
    with context.engine.connect() as connection:
        return pa.concat_tables([EXPORT.empty_table(), *_batches(connection)])


def _batches(connection: Connection) -> Iterator[pa.Table]:
    columns = [Candidate.__table__.c[name] for name in EXPORT.names]
    query = select(*columns).where(Candidate.status == _shown(connection))
    query = query.order_by(Candidate.strength.desc(), Candidate.candidate_id)
    with connection.execution_options(yield_per=_BATCH).execute(query) as rows:
        for batch in rows.mappings().partitions():
            listed = [{**row, "reasons": [reason["code"] for reason in row["reasons"]]} for row in batch]
            yield pa.Table.from_pylist(listed, schema=EXPORT)


def _shown(connection: Connection) -> CandidateStatus:
    """The rows of the published list, or of the screened one where nothing is published."""
    if connection.scalar(select(CandidateList.run_id).where(CandidateList.list_version.is_not(None)).limit(1)):
        return CandidateStatus.PUBLISHED
    if connection.scalar(select(CandidateList.run_id).limit(1)) is None:
        raise BangfuError("There is no list to export: run `bangfu screen` first.")
    return CandidateStatus.SCREENED
