"""What ended cases teach: outcomes for lists and rules, labels for the linkage, tickets for departments; each case once."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hand_built import Database, opened

from bangfu.db.case_results import Label, Ticket, results, rows_of
from bangfu.db.visit_decisions import list_decisions
from bangfu.pipeline.context import Context
from bangfu.pipeline.review.collecting import Collected, collect
from tests.bangfu.pipeline.review.following_cases import after_end, lodged, walk
from tests.bangfu.pipeline.review.test_openings import HEAVY, RUINED, cases, clue, listed, worked

LATER = dt.timedelta(minutes=30)
LINKS = (
    {"source": "medical_settlement", "record_id": "m1", "via": None},
    {"source": "civil_affairs", "record_id": "c1", "via": "hardship_archive"},
)


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def ended(context: Context, outcome: str, *before: tuple[str, dict[str, Any]], **details: Any) -> str:
    """A clue that was settled without a visit; returns its case."""
    listed(context, _linked())
    case_id = cases(context)["a"].case_id
    worked(context, case_id, "receive")
    for step, given in before:
        worked(context, case_id, step, **given)
    worked(context, case_id, "settle", outcome=outcome, **details)
    return case_id


def _linked() -> Any:
    return replace(clue("a", HEAVY, RUINED, state="{}"), match=LINKS, match_probability=0.9)


def later() -> dt.datetime:
    return dt.datetime.now(dt.UTC) + LATER


def test_an_outcome_is_kept_with_its_evidence_when_it_can_no_longer_be_taken_back(context: Context) -> None:
    case_id = ended(context, "05")
    assert collect(context) == Collected(), "the last step may still be taken back"
    assert collect(context, later()) == Collected(cases=1, decisions=1)
    with context.engine.connect() as connection:
        [decision] = list_decisions(connection)
        assert (decision.candidate_id, decision.outcome, decision.evidence) == ("a", "05", "{}")
        assert [
            (row.case_id, row.code, row.band, row.match_probability, row.outcome) for row in results(connection)
        ] == [
            (case_id, "S1", "50000+", 0.9, "05"),
            (case_id, "S4", "collapsed", 0.9, "05"),
        ]


def test_no_case_is_collected_twice(context: Context) -> None:
    ended(context, "05")
    collect(context, later())
    assert collect(context, later()) == Collected()
    with context.engine.connect() as connection:
        assert len(list_decisions(connection)) == 1


def test_a_killed_collection_is_done_again_whole(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    ended(context, "20")

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("bangfu.pipeline.review.collecting.keep_results", killed)
        with pytest.raises(KeyboardInterrupt):
            collect(context, later())
    with context.engine.connect() as connection:
        assert list_decisions(connection) == []
    assert collect(context, later()).cases == 1


def test_a_wrong_match_labels_the_members_own_link_and_asks_the_departments(context: Context) -> None:
    case_id = ended(context, "20")
    assert collect(context, later()) == Collected(cases=1, decisions=1, labels=1, tickets=2)
    with context.engine.connect() as connection:
        assert rows_of(connection, Label) == [
            {"case_id": case_id, "record_id": "m1", "source": "medical_settlement", "roster_record_id": None,
             "same": False, "basis": "outcome"}
        ]  # fmt: skip
        assert {(row["source"], *row["record_ids"]) for row in rows_of(connection, Ticket)} == {
            ("medical_settlement", "m1"),
            ("civil_affairs", "c1"),
        }


def test_a_judgement_that_it_is_the_same_person_is_a_label(context: Context) -> None:
    ended(context, "05", ("judge", {"same_person": "yes"}))
    assert collect(context, later()).labels == 1
    with context.engine.connect() as connection:
        assert [(row["same"], row["basis"]) for row in rows_of(connection, Label)] == [(True, "judged")]


def test_being_unsure_and_a_refusal_teach_the_linkage_nothing(context: Context) -> None:
    today = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date().isoformat()
    before = [("judge", {"same_person": "unsure"}), ("assign", {"assignee": "li"}), ("contact", {"on": today})]
    ended(context, "40", *before)
    assert collect(context, later()) == Collected(cases=1, decisions=1)
    with context.engine.connect() as connection:
        assert {row.outcome for row in results(connection)} == {"40"}, "which says nothing of the rules"


def test_a_withdrawn_clue_teaches_nothing(context: Context) -> None:
    listed(context, clue("a"))
    listed(context)
    assert collect(context, later()) == Collected(cases=1)
    with context.engine.connect() as connection:
        assert (list_decisions(connection), results(connection)) == ([], [])


def test_an_outcome_that_an_appeal_corrected_teaches_nothing(context: Context, database: Database) -> None:
    """Nor does its judgement of the match; one that was upheld goes on teaching, and what was known before stays known."""
    judged = ("judge", {"same_person": "yes"})
    case_id, known = ended(context, "05", judged), later()
    collect(context, known)
    appeal = lodged(context, database, case_id)
    with context.engine.connect() as connection:
        assert (len(results(connection)), len(rows_of(connection, Label))) == (2, 1)
    walk(context, appeal, "take_up", "decide:corrected", "consent", hours=1)
    moment = after_end(context, appeal)
    with context.engine.connect() as connection:
        assert (results(connection), rows_of(connection, Label)) == ([], [])
        assert len(results(connection, known + dt.timedelta(seconds=1))) == 2, "as it was known then"
        assert results(connection, moment) == []


def test_an_outcome_that_was_upheld_goes_on_teaching(context: Context, database: Database) -> None:
    case_id = ended(context, "05")
    collect(context, later())
    appeal = lodged(context, database, case_id)
    walk(context, appeal, "take_up", "decide:upheld", "consent")
    with context.engine.connect() as connection:
        assert len(results(connection)) == 2
