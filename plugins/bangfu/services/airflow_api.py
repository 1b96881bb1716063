"""The few questions that are asked of Airflow's REST API (version 2)."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from bangfu.services.airflow_settings import ADMINISTRATOR, airflow_password
from bangfu.services.http import LocalRequestError, request
from bangfu.settings import Settings

__all__ = ["AirflowApi", "DagRun", "FailedTask", "OpenQuestion", "is_healthy"]

FINAL = frozenset({"success", "failed"})
_COMPONENTS = ("scheduler", "triggerer", "dag_processor")
_STEP = 100  # rows of one answer


@dataclass(frozen=True)
class DagRun:
    """One run of one DAG.

    Attributes:
        dag_id: DAG.
        run_id: Run.
        state: `queued`, `running`, `success` or `failed`.
        started_at: When it started; None while it waits.
        ended_at: When it ended; None before.
    """

    dag_id: str
    run_id: str
    state: str
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class FailedTask:
    """A task that gave up."""

    dag_id: str
    run_id: str
    task_id: str
    attempt: int


@dataclass(frozen=True)
class OpenQuestion:
    """A question that waits for a person, and the answers it may get."""

    run: DagRun
    task_id: str
    map_index: int
    options: tuple[str, ...]
    asked_at: datetime


def is_healthy(port: int, since: datetime) -> bool:
    """Return whether every component is alive and has reported after a moment.

    The moment matters: for half a minute Airflow believes what a component reported that has gone since.
    """
    try:
        health = request(port, "/api/v2/monitor/health", timeout=5.0)
    except LocalRequestError:
        return False
    if not isinstance(health, dict) or health.get("metadatabase", {}).get("status") != "healthy":
        return False
    for name in _COMPONENTS:
        component = health.get(name) or {}
        reported = component.get(f"latest_{name}_heartbeat")
        if component.get("status") != "healthy" or not reported or datetime.fromisoformat(reported) < since:
            return False
    return True


@dataclass
class AirflowApi:
    """Airflow's REST API of one installation, as its administrator or as another account of its user interface."""

    settings: Settings
    username: str = ADMINISTRATOR
    _token: str = field(default="", repr=False)
    _renew_at: float = 0.0

    def dag_ids(self) -> set[str]:
        """Return the DAGs that are parsed and not paused."""
        rows = self._rows("/api/v2/dags", "dags", paused="false")
        return {row["dag_id"] for row in rows}

    def runs(self, since: datetime) -> list[DagRun]:
        """Return the runs of all DAGs that came into being after a moment, oldest first."""
        moment = since.astimezone(UTC).isoformat().replace("+00:00", "Z")
        rows = self._rows("/api/v2/dags/~/dagRuns", "dag_runs", run_after_gte=moment, order_by="run_after")
        return [
            DagRun(row["dag_id"], row["dag_run_id"], row["state"], _moment(row["start_date"]), _moment(row["end_date"]))
            for row in rows
        ]

    def failed_tasks(self, run: DagRun) -> list[FailedTask]:
        """Return the tasks that made a run fail."""
        path = f"/api/v2/dags/{run.dag_id}/dagRuns/{quote(run.run_id, safe='')}/taskInstances"
        rows = self._rows(path, "task_instances", state="failed")
        return [FailedTask(run.dag_id, run.run_id, row["task_id"], row["try_number"]) for row in rows]

    def trigger(self, dag_id: str) -> None:
        """Start a run of a DAG by hand."""
        self._call(f"/api/v2/dags/{dag_id}/dagRuns", body={"logical_date": None})

    def open_questions(self, run: DagRun) -> list[OpenQuestion]:
        """Return the questions of a run that nobody has answered."""
        path = f"/api/v2/dags/{run.dag_id}/dagRuns/{quote(run.run_id, safe='')}/hitlDetails"
        rows = self._rows(path, "hitl_details", response_received="false", state="awaiting_input")
        return [
            OpenQuestion(
                run,
                row["task_instance"]["task_id"],
                row["task_instance"]["map_index"],
                tuple(row["options"]),
                datetime.fromisoformat(row["created_at"]),
            )
            for row in rows
        ]

    def answer(self, question: OpenQuestion, option: str) -> None:
        """Answer a question as this account."""
        run = question.run
        where = f"/api/v2/dags/{run.dag_id}/dagRuns/{quote(run.run_id, safe='')}"
        path = f"{where}/taskInstances/{question.task_id}/{question.map_index}/hitlDetails"
        self._call(path, body={"chosen_options": [option], "params_input": {}}, method="PATCH")

    def _rows(self, path: str, name: str, **parameters: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while True:
            page = self._get(path, {**parameters, "limit": str(_STEP), "offset": str(len(rows))})
            rows += page[name]
            if not page[name] or len(rows) >= page["total_entries"]:
                return rows

    def _get(self, path: str, parameters: dict[str, str]) -> Any:
        return self._call(f"{path}?{urlencode(parameters)}")

    def _call(self, path: str, *, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
        port = self.settings.airflow_port
        if time.monotonic() >= self._renew_at:
            log_in = {"username": self.username, "password": airflow_password(self.settings, self.username)}
            self._token = request(port, "/auth/token", body=log_in)["access_token"]
            self._renew_at = time.monotonic() + 600
        return request(
            port, path, body=body, method=method, headers={"Authorization": f"Bearer {self._token}"}, timeout=30.0
        )


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
