"""One run of one stage: registered before it starts, closed with its counts or as failed, one at a time."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, text

from bangfu.db.models import RunStatus
from bangfu.db.runs import finish_run, list_runs, start_run
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context

__all__ = ["alone", "digest_of", "registered_run"]


def digest_of(inputs: Any) -> str:
    """Digest of what a run reads, as 64 hexadecimal digits; the same inputs give the same digest.

    >>> digest_of({"a": 1, "b": [2]}) == digest_of({"b": [2], "a": 1})
    True
    """
    canonical = json.dumps(inputs, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@contextmanager
def alone(context: Context, stage: str) -> Iterator[None]:
    """Hold a stage for the length of a block; a killed process lets it go with its connection.

    A run of the stage that is still registered as running belonged to such a process: it is closed as failed.

    Raises:
        BangfuError: Somebody else is running the stage.
    """
    number = int.from_bytes(hashlib.sha256(f"bangfu/{stage}".encode()).digest()[:8], "big", signed=True)
    with context.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": number}):
            raise BangfuError(f"Another {stage} run is going on: wait for it, or look at `bangfu status`.")
        try:
            _close_interrupted(context, stage)
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": number})


@contextmanager
def registered_run(context: Context, stage: str, input_hash: str) -> Iterator[str]:
    """Register a run; it is closed as failed when the block raises, and by `finish_run` otherwise.

    Yields:
        The run id.
    """
    with context.engine.begin() as connection:
        run_id = start_run(connection, stage, input_hash=input_hash)
    try:
        yield run_id
    except BaseException as error:
        with context.engine.begin() as connection:
            _close(connection, run_id, error)
        raise


def _close_interrupted(context: Context, stage: str) -> None:
    with context.engine.begin() as connection:
        for run in list_runs(connection, stage=stage):
            if run.status is RunStatus.RUNNING:
                finish_run(connection, run.run_id, {"failure": "interrupted"}, status=RunStatus.FAILED)


def _close(connection: Connection, run_id: str, error: BaseException) -> None:
    """Record the kind of failure alone: its text may quote a value of a person."""
    finish_run(connection, run_id, {"failure": type(error).__name__}, status=RunStatus.FAILED)
