"""Following Airflow until everything is published; the server is scripted, the database is real."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bangfu.demonstration import following
from bangfu.demonstration.following import follow
from bangfu.demonstration.standing import Standing
from bangfu.errors import BangfuError
from bangfu.services.airflow_api import DagRun, FailedTask
from bangfu.services.http import LocalRequestError
from bangfu.services.supervisor import RunningInstallation
from bangfu.settings import Settings

SINCE = datetime(2026, 6, 30, 8, tzinfo=UTC)
DONE = Standing((), (), None)
DUE = Standing((), (), "link")


def run(dag_id: str, state: str, seconds: int = 7) -> DagRun:
    ended = SINCE + timedelta(seconds=seconds) if state in ("success", "failed") else None
    return DagRun(dag_id, f"run-{dag_id}", state, SINCE, ended)


class Airflow:
    """One look after the other: what the API says, and where the chain stands then; the last look repeats."""

    def __init__(self, *looks: tuple[list[DagRun] | Exception, Standing]) -> None:
        self.looks = list(looks)
        self.now = 0.0
        self.triggered: list[tuple[float, str]] = []
        self.asked_since: set[datetime] = set()

    def runs(self, since: datetime) -> list[DagRun]:
        self.asked_since.add(since)
        found = self.looks[0][0]
        if isinstance(found, Exception):
            raise found
        return found

    def failed_tasks(self, of: DagRun) -> list[FailedTask]:
        return [FailedTask(of.dag_id, of.run_id, "link", 3)]

    def trigger(self, dag_id: str) -> None:
        self.triggered.append((self.now, dag_id))
        self.looks = self.looks[1:] or self.looks

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if len(self.looks) > 1 and not (self.looks[0][0] == [] and self.looks[0][1] == DUE):
            self.looks.pop(0)  # a look with work due and nobody at it lasts until something is started


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a script in the place of the server and of the clock."""

    def use(*looks: tuple[list[DagRun] | Exception, Standing]) -> Airflow:
        airflow = Airflow(*looks)
        monkeypatch.setattr(following, "AirflowApi", lambda _settings: airflow)
        monkeypatch.setattr(following, "standing", lambda _context: airflow.looks[0][1])
        monkeypatch.setattr(following.time, "sleep", airflow.sleep)
        monkeypatch.setattr(following.time, "monotonic", lambda: airflow.now)
        return airflow

    return use


def followed(settings: Settings) -> list[str]:
    class Context:
        pass

    context: Any = Context()
    context.settings = settings
    said: list[str] = []
    follow(RunningInstallation(settings, ()), context, SINCE, said.append)
    return said


def test_each_run_is_told_once_with_what_it_took(scripted: Any, settings: Settings) -> None:
    roster, link = run("standardise_union_roster", "success"), run("link", "success", 65)
    airflow = scripted(
        ([run("standardise_union_roster", "running")], DUE), ([roster], DUE), ([roster, run("link", "running")], DUE),
        ([roster, link], DONE),
    )  # fmt: skip
    said = followed(settings)
    assert [line.split("]")[1].split() for line in said] == [
        ["standardise_union_roster", "done", "in", "7.0", "s"], ["link", "done", "in", "65.0", "s"],
    ]  # fmt: skip
    assert airflow.triggered == []
    assert airflow.asked_since == {SINCE}


def test_end_is_when_nothing_is_due_and_nothing_runs(scripted: Any, settings: Settings) -> None:
    airflow = scripted(([run("publish", "running")], DONE), ([run("publish", "success")], DONE))
    followed(settings)
    assert airflow.now == 1.0


def test_failed_run_names_task_attempt_and_log(scripted: Any, settings: Settings) -> None:
    scripted(([run("link", "failed")], DUE))
    with pytest.raises(BangfuError, match=r"run link failed: link \(attempt 3\).*dag_id=link/run_id=run-link"):
        followed(settings)


def test_stage_that_nobody_woke_is_started_by_hand(scripted: Any, settings: Settings) -> None:
    """A former demonstration may have been stopped between two stages: no asset event will come any more."""
    airflow = scripted(([], DUE), ([run("link", "success")], DONE))
    said = followed(settings)
    assert [dag_id for _, dag_id in airflow.triggered] == ["link"]
    assert following.IDLE_SECONDS < airflow.triggered[0][0] < following.IDLE_SECONDS + 5
    assert "link is due and was not woken" in said[0]


def test_all_sources_that_wait_are_started(scripted: Any, settings: Settings) -> None:
    waiting = Standing((), ("union_roster", "civil_affairs"), "link")
    airflow = scripted(*[([], waiting)] * 43, ([], DONE))
    followed(settings)
    assert [dag_id for _, dag_id in airflow.triggered] == ["standardise_union_roster", "standardise_civil_affairs"]


def test_busy_server_is_asked_again(scripted: Any, settings: Settings) -> None:
    scripted((LocalRequestError("busy"), DONE.__class__((), (), "publish")), ([run("publish", "success")], DONE))
    assert len(followed(settings)) == 1


def test_patience_ends(scripted: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PATIENCE", 120)
    airflow = scripted(([run("link", "running")], DUE))
    with pytest.raises(BangfuError, match="not done after 2 minutes"):
        followed(settings)
    assert airflow.now == pytest.approx(121, abs=2)


def test_ended_service_is_told_at_once(scripted: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(([run("link", "running")], DUE))

    def check(_installation: RunningInstallation) -> None:
        raise BangfuError("the scheduler ended with code 1")

    monkeypatch.setattr(RunningInstallation, "check", check)
    with pytest.raises(BangfuError, match="scheduler ended"):
        followed(settings)
