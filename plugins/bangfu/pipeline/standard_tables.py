"""Reading what has been standardised: all extracts of a source that count, as one table."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from bangfu.db.deliveries import StandingExtract, standing_extracts
from bangfu.pipeline.context import Context
from bangfu.pipeline.sealed import read_sealed

__all__ = ["active_extracts", "read_standard"]


def active_extracts(context: Context, at: datetime | None = None) -> list[StandingExtract]:
    """The extracts that count: of every sender and period the latest revision in use, oldest period first.

    Args:
        context: The installation.
        at: As of this time; now when absent.
    """
    with context.engine.connect() as connection:
        return standing_extracts(connection, at=at)


def read_standard(context: Context, extracts: Sequence[StandingExtract], columns: Sequence[str]) -> pl.DataFrame:
    """Read the rows of some extracts of one source, in the order given.

    Args:
        context: The installation.
        extracts: Standardised extracts of one source.
        columns: Columns to read.
    """
    frames = [read_sealed(context, row.standard_key, row.extract_id, columns) for row in extracts if row.rows_accepted]
    return (
        pl.concat(frames, how="vertical_relaxed") if frames else pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    )
