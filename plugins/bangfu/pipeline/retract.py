"""Retracting (撤回): an extract is no longer read; what was made of it goes with the next linkage and screening."""

import logging
from dataclasses import dataclass

from bangfu.db.models import ExtractStatus
from bangfu.db.registry import get_extract, retract_extract
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context

__all__ = ["Retracted", "retract"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Retracted:
    """A retracted extract; `rows` were in use until now."""

    extract_id: str
    source: str
    rows: int


def retract(context: Context, extract_id: str, reason: str) -> Retracted:
    """Mark an extract as retracted. Its bytes stay until retention; the same bytes are not taken again.

    The published list stands until `bangfu run`, or the next runs of Airflow, have made a new one without it.

    Args:
        context: The installation.
        extract_id: Which.
        reason: Why, for the register; no particulars of a person.

    Raises:
        BangfuError: No such extract, it is retracted already, or no reason is given.
    """
    if not reason.strip():
        raise BangfuError("Say why the extract is retracted; the register keeps the reason.")
    with context.engine.begin() as connection:
        known = get_extract(connection, extract_id)
        if known is None:
            raise BangfuError(f"No extract {extract_id} is registered; `bangfu status --source SOURCE` lists them.")
        if known.status is ExtractStatus.RETRACTED:
            raise BangfuError(f"Extract {extract_id} is retracted already.")
        retract_extract(connection, extract_id, reason.strip())
    _log.info("extract %s retracted", extract_id)
    return Retracted(extract_id, known.source, known.rows_accepted or 0)
