"""What a second person approves of is this very list, and nothing else is published."""

import pytest
from hand_built import Database, opened
from sqlalchemy import text

from bangfu.db import candidates, runs
from bangfu.db.approvals import answer, approval
from bangfu.db.candidates import NewCandidate
from bangfu.errors import BangfuError, Refused
from bangfu.pipeline.context import Context
from bangfu.pipeline.review.publication import ask, question_of
from bangfu.pipeline.review.publish import publish
from bangfu.review.publication import publication_tables
from schemas.flows import FLOW_OF_LIST
from tests.approving import APPROVES, ASKS, approve_latest, two_persons
from tests.approving import publish as publish_approved
from tests.bangfu.db.conftest import build_candidate
from tests.bangfu.pipeline.review.test_publish import screened, visible


@pytest.fixture
def context(database: Database) -> Context:
    context = opened(database)
    with context.engine.begin() as connection:
        two_persons(connection)
    return context


def listed(context: Context, *rows: NewCandidate) -> str:
    with context.engine.begin() as connection:
        run = runs.start_run(connection, "screen")
        candidates.replace_screened(connection, run, rows)
        runs.finish_run(connection, run, {})
    return run


def clue(number: int, county: str = "530102", digest: str = "d1", **values: object) -> NewCandidate:
    return build_candidate(number, county, evidence={"digest": digest}, **values)


def refused_to_publish(context: Context) -> str:
    with pytest.raises(Refused) as refused:
        publish(context)
    assert refused.value.code == "not_approved"
    return str(refused.value)


def test_without_a_second_person_nothing_is_published(context: Context) -> None:
    screened(context, "a")
    assert "nobody has asked" in refused_to_publish(context)
    asked = ask(context, ASKS)
    assert asked is not None
    assert f"approval {asked.approval_id} is waiting" in refused_to_publish(context)
    with context.engine.begin() as connection:
        answer(connection, asked.approval_id, by=APPROVES, approve=False, reason="先核对昆明市")
    assert "is rejected" in refused_to_publish(context)
    assert visible(context) == []


def test_the_approval_is_used_up_by_the_list(context: Context) -> None:
    screened(context, "a")
    approve_latest(context)
    assert publish(context).list_version == 1
    assert (ask(context, ASKS), question_of(context)) == (None, None)
    with context.engine.connect() as connection:
        [used] = connection.execute(text("SELECT used_as, decided_by, asked_by FROM approval")).all()
    assert tuple(used) == ("list 1", APPROVES, ASKS)


def test_a_later_screening_needs_another_approval(context: Context) -> None:
    """Even one that finds the same persons: what it says of them may be another."""
    listed(context, clue(1))
    approve_latest(context)
    listed(context, clue(1))
    assert "nobody has asked" in refused_to_publish(context)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE candidate SET county_code = '530103'",
        "UPDATE candidate SET reasons = '[]'",
        "UPDATE candidate SET name = '李四'",
        "DELETE FROM candidate",
        "INSERT INTO list_entry (run_id, list_code, subject, county_code, files, reasons) "
        "SELECT run_id, 'exit_suggestions', 'f', '530102', '{}', '[]' FROM candidate_list",
    ],
)
def test_another_content_is_not_what_was_approved(context: Context, change: str) -> None:
    listed(context, clue(1))
    approve_latest(context)
    with context.engine.begin() as connection:
        connection.execute(text(change))
    refused_to_publish(context)


def test_entries_of_lists_that_open_no_case_are_no_part_of_it(context: Context) -> None:
    listed(context, clue(1))
    approve_latest(context)
    with context.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO list_entry (run_id, list_code, subject, county_code, files, reasons) "
                "SELECT run_id, 'suppressed', 'f', '530102', '{}', '[]' FROM candidate_list"
            )
        )
    assert publish(context).list_version == 1


def test_the_figures_say_what_changes_and_name_nobody(context: Context) -> None:
    listed(context, clue(1), clue(2), clue(3, "532901"), clue(4, "530103"))
    publish_approved(context)
    listed(context, clue(1), clue(2, digest="d2"), clue(3, "532901"), clue(5, "532901"), clue(6, "532901"))
    asked = ask(context, ASKS)
    assert asked is not None
    assert asked.figures == {
        "former": 1,
        "clues": {"new": 2, "renewed": 1, "unchanged": 2, "withdrawn": 1},
        "prefectures": [{"area": "5301", "now": 2, "before": 3}, {"area": "5329", "now": 3, "before": 1}],
        "counties": [{"area": "532901", "now": 3, "before": 1}, {"area": "530103", "now": 0, "before": 1}],
        "entries": dict.fromkeys(FLOW_OF_LIST, 0),
    }
    told = str(publication_tables(asked.figures))
    assert "('大理州', 3, 1, '+2')" in told
    assert "('盘龙区', 0, 1, '-1')" in told
    assert "张三" not in told + str(asked.figures)
    assert "c000005" not in told + str(asked.figures)


def test_the_first_list_is_all_new(context: Context) -> None:
    listed(context, clue(1))
    asked = ask(context)
    assert asked is not None
    assert (asked.figures["former"], asked.figures["clues"]["new"], asked.asked_by) == (None, 1, None)


def test_who_turned_it_down_is_not_asked_again_by_the_clock(context: Context) -> None:
    screened(context, "a")
    first = ask(context)
    assert first is not None
    with context.engine.begin() as connection:
        answer(connection, first.approval_id, by=APPROVES, approve=False, reason="先核对")
    known = ask(context, again=False)
    assert known is not None
    assert (known.approval_id, known.approved) == (first.approval_id, False)
    again = ask(context, ASKS)
    assert again is not None
    assert again.approval_id != first.approval_id


def test_an_unanswered_question_ends_and_is_asked_anew(context: Context) -> None:
    screened(context, "a")
    with context.engine.begin() as connection:
        connection.execute(text("ALTER TABLE approval ALTER expires_at SET DEFAULT clock_timestamp()"))
    first = ask(context)
    assert first is not None
    assert "is expired" in refused_to_publish(context)
    again = ask(context)
    assert again is not None
    assert again.approval_id != first.approval_id
    with context.engine.connect() as connection:
        assert approval(connection, first.approval_id) == first


def test_nothing_screened_is_told(context: Context) -> None:
    for work in (ask, question_of, publish):
        with pytest.raises(BangfuError, match="run `bangfu screen` first"):
            work(context)
