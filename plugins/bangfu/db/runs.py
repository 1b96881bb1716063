"""Pipeline runs and the link sets they made."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bangfu.db.models import LinkSet, PipelineRun, RunStatus
from bangfu.db.plain_text import storable
from bangfu.errors import BangfuError

__all__ = [
    "LinkSetRow",
    "Run",
    "add_link_set",
    "finish_run",
    "get_run",
    "latest_run",
    "link_sets",
    "list_runs",
    "new_run_id",
    "start_run",
]


@dataclass(frozen=True)
class Run:
    """One run of one stage, as registered."""

    run_id: str
    stage: str
    status: RunStatus
    started_at: datetime
    finished_at: datetime | None
    input_hash: str | None
    summary: Mapping[str, Any]


@dataclass(frozen=True)
class LinkSetRow:
    """The pairs between the roster and one source: where they are and how many.

    Attributes:
        run_id: Linkage run.
        source: Source code of the right side.
        pairs_key: Object key of the pairs (Parquet).
        model_key: Object key of the model (JSON).
        left_rows: Roster records compared.
        right_rows: Records of the source compared.
        pairs_scored: Candidate pairs scored.
        pairs_accepted: Pairs accepted.
    """

    run_id: str
    source: str
    pairs_key: str
    model_key: str | None
    left_rows: int
    right_rows: int
    pairs_scored: int
    pairs_accepted: int


def new_run_id(now: datetime | None = None) -> str:
    """Return a run id that sorts by time and is safe in object keys.

    >>> new_run_id(datetime(2026, 11, 24, 4, 5, 6, 789000, tzinfo=UTC))[:18]
    '20261124T040506789'
    """
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    return f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}-{secrets.token_hex(4)}"


def start_run(connection: Connection, stage: str, *, input_hash: str | None = None) -> str:
    """Register a run that begins now and return its id.

    Args:
        connection: Owner connection; commit before the work starts, so that the run is seen.
        stage: Stage name, such as `standardise` or `link`.
        input_hash: Digest of what the run reads, to find a run that did the same work.
    """
    run_id = new_run_id()
    connection.execute(insert(PipelineRun).values(run_id=run_id, stage=stage, input_hash=input_hash))
    return run_id


def finish_run(
    connection: Connection, run_id: str, summary: Mapping[str, Any], *, status: RunStatus = RunStatus.DONE
) -> None:
    """Close a run with its counts.

    Args:
        connection: Owner connection.
        run_id: Run that is still running.
        summary: Counts only, JSON.
        status: `DONE` or `FAILED`.

    Raises:
        BangfuError: No such run is running.
    """
    closed = connection.execute(
        update(PipelineRun)
        .where(PipelineRun.run_id == run_id, PipelineRun.status == RunStatus.RUNNING)
        .values(status=status, finished_at=datetime.now(UTC), summary=storable(dict(summary)))
    )
    if closed.rowcount != 1:
        raise BangfuError(f"Run {run_id} is not running, so it cannot be closed as {status}.")


def get_run(connection: Connection, run_id: str) -> Run | None:
    """Return a run, or None."""
    rows = connection.execute(_RUNS.where(PipelineRun.run_id == run_id)).all()
    return _run(rows[0]) if rows else None


def latest_run(connection: Connection, stage: str, *, input_hash: str | None = None) -> Run | None:
    """Return the newest finished run of a stage, of the same input where one is given."""
    query = _RUNS.where(PipelineRun.stage == stage, PipelineRun.status == RunStatus.DONE)
    if input_hash is not None:
        query = query.where(PipelineRun.input_hash == input_hash)
    rows = connection.execute(query.order_by(PipelineRun.run_id.desc()).limit(1)).all()
    return _run(rows[0]) if rows else None


def list_runs(connection: Connection, *, stage: str | None = None, limit: int = 50) -> list[Run]:
    """Return runs, newest first."""
    query = _RUNS if stage is None else _RUNS.where(PipelineRun.stage == stage)
    rows = connection.execute(query.order_by(PipelineRun.run_id.desc()).limit(limit))
    return [_run(row) for row in rows]


def add_link_set(connection: Connection, link_set: LinkSetRow) -> None:
    """Register the pairs of one source."""
    connection.execute(insert(LinkSet).values(**vars(link_set)))


def link_sets(connection: Connection, run_id: str) -> list[LinkSetRow]:
    """Return the link sets of a run, by source."""
    columns = [LinkSet.__table__.c[name] for name in LinkSetRow.__dataclass_fields__]
    rows = connection.execute(select(*columns).where(LinkSet.run_id == run_id).order_by(LinkSet.source))
    return [LinkSetRow(**row._mapping) for row in rows]


_RUNS = select(*[PipelineRun.__table__.c[name] for name in Run.__dataclass_fields__])


def _run(row: Any) -> Run:
    return Run(**{**row._mapping, "status": RunStatus(row.status)})
