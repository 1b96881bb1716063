"""Reading what has been standardised: all extracts of a source that count, as one table."""

from collections.abc import Sequence

import polars as pl

from bangfu.db.models import ExtractStatus
from bangfu.db.registry import ExtractRow, list_extracts
from bangfu.pipeline.context import Context

__all__ = ["active_extracts", "read_standard"]


def active_extracts(context: Context) -> list[ExtractRow]:
    """The standardised extracts that are not retracted, oldest period first.

    The order follows from what the extracts are, not from when they arrived.
    """
    with context.engine.connect() as connection:
        found = list_extracts(connection, status=ExtractStatus.STANDARDISED)
    return sorted(found, key=lambda row: (row.source, row.period or "", row.revision, row.extract_id))


def read_standard(context: Context, extracts: Sequence[ExtractRow], columns: Sequence[str]) -> pl.DataFrame:
    """Read the rows of some extracts of one source, in the order given.

    Args:
        context: The installation.
        extracts: Standardised extracts of one source.
        columns: Columns to read.
    """
    frames = [
        pl.read_parquet(context.store.get_file(row.standard_key), columns=list(columns))
        for row in extracts
        if row.standard_key is not None and row.rows_accepted
    ]
    return (
        pl.concat(frames, how="vertical_relaxed") if frames else pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    )
