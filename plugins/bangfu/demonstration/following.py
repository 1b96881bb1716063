"""Watching Airflow send the extracts through the chain, told line by line."""

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

from bangfu.demonstration.approving import approve_list
from bangfu.demonstration.standing import Standing, standing
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.services.airflow_api import FINAL, AirflowApi, DagRun
from bangfu.services.http import LocalRequestError
from bangfu.services.supervisor import RunningInstallation

__all__ = ["follow"]

Say = Callable[[str], None]

IDLE_SECONDS = 40
"""After this long with work outstanding and no run under way, the DAG that is due is started by hand: a
former demonstration may have been stopped between two stages."""

PATIENCE = 3 * 3600
"""Seconds until the chain is given up."""


def follow(installation: RunningInstallation, context: Context, since: datetime, say: Say) -> None:
    """Wait until everything that was dropped is published.

    Args:
        installation: What runs.
        context: Our own database and store, which say what is still to do.
        since: Runs before this moment are not looked at.
        say: Takes a line for each run that ends.

    Raises:
        BangfuError: A run failed (the message names the task and its log), a service ended, or
            nothing moves any more.
    """
    api = AirflowApi(installation.settings)
    begun = time.monotonic()
    told: set[tuple[str, str]] = set()
    busy_at = begun
    with _spinner() as show:
        while True:
            installation.check()
            now = time.monotonic()
            runs = _runs(api, since)
            for run in runs:
                if run.state in FINAL and (run.dag_id, run.run_id) not in told:
                    told.add((run.dag_id, run.run_id))
                    _tell(api, context, run, now - begun, say)
            # An approval waits for a person, perhaps for days; nothing that is sent here needs one.
            for run in runs:
                if run.dag_id == "publish" and run.state == "running":
                    approve_list(installation.settings, context, run, say)
            active = [run for run in runs if run.state not in FINAL and not run.dag_id.startswith("approve_")]
            stand = standing(context)
            if stand.done and not active:
                return
            busy_at = now if active else busy_at
            if not active and now - busy_at > IDLE_SECONDS:
                _start(api, stand, say)
                busy_at = now
            if now - begun > PATIENCE:
                raise BangfuError(f"The chain is not done after {PATIENCE // 60} minutes; see `bangfu status`.")
            show(_present(active, stand))
            time.sleep(1.0)


def _runs(api: AirflowApi, since: datetime) -> list[DagRun]:
    try:
        return api.runs(since)
    except LocalRequestError:
        return []  # a busy server; the next look asks again


def _tell(api: AirflowApi, context: Context, run: DagRun, elapsed: float, say: Say) -> None:
    if run.state == "failed":
        logs = context.settings.home / "logs" / "tasks" / f"dag_id={run.dag_id}" / f"run_id={run.run_id}"
        tasks = ", ".join(f"{task.task_id} (attempt {task.attempt})" for task in api.failed_tasks(run)) or "no task"
        raise BangfuError(f"The Airflow run {run.dag_id} failed: {tasks}; its log is under {logs}.")
    took = (run.ended_at - run.started_at).total_seconds() if run.ended_at and run.started_at else 0.0
    say(f"  [{elapsed:4.0f} s] {run.dag_id:<34} done in {took:5.1f} s")


def _start(api: AirflowApi, stand: Standing, say: Say) -> None:
    for dag_id in stand.outstanding:
        say(f"  {dag_id} is due and was not woken: starting it")
        api.trigger(dag_id)


def _present(active: list[DagRun], stand: Standing) -> str:
    names = [f"{run.dag_id}{'' if run.state == 'running' else ' (queued)'}" for run in active]
    return ", ".join(names) or ("waiting for " + ", ".join(stand.outstanding) if stand.outstanding else "finishing")


def _spinner() -> AbstractContextManager[Callable[[str], Any]]:
    """What runs now, on one line that is overwritten; nothing where nobody is watching."""
    if not sys.stdout.isatty():
        return nullcontext(lambda _text: None)
    from rich.console import Console

    class Spinner(AbstractContextManager[Callable[[str], Any]]):
        def __init__(self) -> None:
            self.status = Console().status("")

        def __enter__(self) -> Callable[[str], Any]:
            self.status.start()
            return self.status.update

        def __exit__(self, *_: object) -> None:
            self.status.stop()

    return Spinner()
