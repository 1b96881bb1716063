"""Publishing, run as Airflow runs it: the question is asked with counts, a second person answers, the approved list appears."""

from pathlib import Path

import pytest
from hand_built import Database, opened

from bangfu.airflow.publishing import REASON, AskToPublish
from bangfu.db.approvals import Asked, approvals
from bangfu.pipeline.context import Context
from tests.approving import APPROVES, ASKS, approve_latest, two_persons
from tests.bangfu.pipeline.review.test_publish import screened, visible
from tests.dags.running import run_dag

YES, NO = AskToPublish.APPROVE, AskToPublish.REJECT


@pytest.fixture
def context(database: Database) -> Context:
    context = opened(database)
    screened(context, "a", "b")
    with context.engine.begin() as connection:
        two_persons(connection)
    return context


def questions(context: Context) -> list[Asked]:
    with context.engine.connect() as connection:
        return approvals(connection)


def test_a_second_person_says_yes_and_is_recorded(context: Context, database: Database, tmp_path: Path) -> None:
    """Neither Airflow's administrator nor an officer counts: the question is asked until an approver answers."""
    ended = run_dag("publish", database, tmp_path, (YES, {}, "admin"), (YES, {}, ASKS), (YES, {}, APPROVES))
    assert ended == {"run": "success", "tasks": {"prepare": "success", "ask": "success", "publish": "success"}}
    assert visible(context) == ["a", "b"]
    [asked] = questions(context)
    assert (asked.decided_by, asked.way, asked.used_as) == (APPROVES, "airflow", "list 1")
    assert asked.asked_by is None, "the schedule asked"


def test_a_no_needs_a_reason_and_ends_without_publishing(context: Context, database: Database, tmp_path: Path) -> None:
    ended = run_dag(
        "publish", database, tmp_path, (NO, {REASON: " "}, APPROVES), (NO, {REASON: "昆明市增加过多"}, APPROVES)
    )
    assert ended == {"run": "success", "tasks": {"prepare": "success", "ask": "success", "publish": "skipped"}}
    assert visible(context) == []
    [asked] = questions(context)
    assert (asked.approved, asked.reason, asked.decided_by) == (False, "昆明市增加过多", APPROVES)


def test_what_was_approved_elsewhere_is_not_asked_about(context: Context, database: Database, tmp_path: Path) -> None:
    approve_latest(context)
    ended = run_dag("publish", database, tmp_path)
    assert ended == {"run": "success", "tasks": {"prepare": "success", "ask": "success", "publish": "success"}}
    assert visible(context) == ["a", "b"]
