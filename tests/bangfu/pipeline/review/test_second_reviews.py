"""Blind second reviews: who is drawn and when, by whom it is done, what it compares with, and what a ruling changes."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hand_built import Database, opened
from sqlalchemy import insert, text

from bangfu.db.case_queries import CaseRow
from bangfu.db.case_results import results
from bangfu.db.models import AppUser
from bangfu.db.second_reviews import reviewed_pairs
from bangfu.db.visit_decisions import list_decisions
from bangfu.errors import Refused
from bangfu.pipeline.context import Context
from bangfu.pipeline.review import second_reviews
from bangfu.pipeline.review.acting import act, case_now
from bangfu.pipeline.review.clock import advance
from bangfu.pipeline.review.collecting import Collected, collect
from bangfu.pipeline.review.following import follow
from bangfu.review.cases import Actor
from bangfu.review.deadlines import Calendar
from bangfu.review.drawing import drawn
from schemas.flow import Role
from tests.bangfu.pipeline.review.test_openings import HEAVY, cases, clue, listed, today

LI, ZHAO = Actor("li", Role.OFFICER, "530102"), Actor("zhao", Role.APPROVER, "530102")
CHIEF = Actor("qian", Role.APPROVER, "530102")
OTHER, PREFECTURE = Actor("ma", Role.OFFICER, "530102"), Actor("kunming", Role.PREFECTURE, "5301")
SECOND = {"visitors": ["ma", "he"], "form": "R2", "informed": "是"}


@pytest.fixture
def context(database: Database) -> Context:
    """An installation whose desk has two officers that can review, and an approver."""
    with database.owner.begin() as connection:
        for name, role in (
            ("ma", "county_officer"),
            ("li", "county_officer"),
            ("zhao", "approver"),
            ("yang", "county_officer"),
        ):
            where = "530103" if name == "yang" else "530102"
            row = {"username": name, "display_name": name, "role": role, "area_code": where, "password_hash": "-"}
            connection.execute(insert(AppUser).values(**row))
    return opened(database)


@pytest.fixture
def everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each case is drawn."""
    monkeypatch.setattr(second_reviews, "SECOND_REVIEW_SHARE", 1.0)


def later(minutes: int = 30) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)


def did(context: Context, case_id: str, step: str, actor: Actor = LI, at: dt.datetime | None = None, **details: Any) -> None:  # fmt: skip
    with context.engine.begin() as connection:
        version, now = case_now(connection, case_id).version, at or dt.datetime.now(dt.UTC)
        act(connection, case_id, step, actor, now, details, version=version, calendar=Calendar())


def visited(context: Context, *people: str, outcome: str = "10") -> None:
    """Clues that were visited and ended with an outcome."""
    listed(context, *(replace(clue(person, HEAVY, state="{}"), name=f"{person}某") for person in people))
    found = cases(context)
    for person in people:
        case_id = found[person].case_id
        for step in ("receive", "assign", "contact", "ask", "authorise", "visit"):
            given = {
                "assign": {"assignee": "li"}, "contact": {"on": today()}, "ask": {"informed": "是", "agreed_on": today()},
                "authorise": {"authorisation": "授1"}, "visit": {"visitors": ["li", "wang"], "visited_on": today(), "form": "R1"},
            }.get(step, {})  # fmt: skip
            did(context, case_id, step, **given)
        did(context, case_id, "verify", ZHAO, outcome=outcome, **({"check": "民1"} if outcome == "03" else {}))


def second(context: Context, person: str = "a") -> CaseRow:
    return cases(context)[f"{person}@second_review"]


def answered(context: Context, outcome: str, minutes: int = 60) -> str:
    """The second review of `a` with this outcome, compared; returns its case."""
    case_id = second(context).case_id
    did(context, case_id, "answer", OTHER, later(minutes), outcome=outcome, visited_on=today(), **SECOND)
    advance(context, later(minutes + 30))
    return case_id


def blind(context: Context) -> dict[str, bool]:
    query = text(
        "SELECT subject, bool_or(blind) AS hidden FROM review_case GROUP BY subject HAVING bool_and(blind) = bool_or(blind)"
    )
    with context.engine.connect() as connection:
        return {row.subject: row.hidden for row in connection.execute(query)}


def draws(context: Context) -> list[Any]:
    query = text("SELECT purpose, frame, sample, share FROM random_draw ORDER BY draw_id")
    with context.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_who_is_drawn_is_what_the_key_says_and_recorded(context: Context) -> None:
    """Neither more nor fewer, however many are collected at once; the frame of the draw is kept beside it."""
    people = [f"p{number}" for number in range(40)]
    visited(context, *people)
    key, found = context.settings.secret("draw-key"), cases(context)
    expected = {person for person in people if drawn(key, "second_review", found[person].case_id, 0.1)}
    assert collect(context, later()).second_reviews == len(expected)
    assert {name.partition("@")[0] for name in cases(context) if name.endswith("@second_review")} == expected
    assert draws(context) == [("second_review", 40, len(expected), 0.1)]
    assert blind(context) == {person: person in expected for person in people}


@pytest.mark.usefixtures("everybody")
def test_a_second_review_knows_the_evidence_and_nothing_of_the_finding(context: Context) -> None:
    visited(context, "a")
    first = cases(context)["a"]
    assert collect(context, later()) == Collected(cases=1, decisions=1, second_reviews=1)
    row = second(context)
    assert (row.state, row.county_code, row.name, row.reasons) == ("drawn", "530102", "a某", first.reasons)
    assert row.due_at is not None
    with context.engine.connect() as connection:
        (event,) = case_now(connection, row.case_id).history
    assert set(event.details) == {"flow", "county", "state", "involved", "assignee"}
    assert event.details["involved"] == ["li", "wang", "zhao"]
    assert (event.details["assignee"], row.assignee) == ("ma", "ma"), (
        "of the desk, an officer, and without a hand in it"
    )
    told = str(vars(row)) + str(event)
    assert first.case_id not in told
    assert "outcome='10'" not in told


@pytest.mark.usefixtures("everybody")
def test_only_who_was_visited_and_can_be_asked_again_is_drawn(context: Context) -> None:
    visited(context, "refused", outcome="40")
    visited(context, "b")
    listed(context, clue("b"), clue("unseen"))
    did(context, cases(context)["unseen"].case_id, "receive")
    did(context, cases(context)["unseen"].case_id, "settle", outcome="05")
    collect(context, later())
    assert {name for name in cases(context) if "@" in name} == {"b@second_review"}


@pytest.mark.usefixtures("everybody")
@pytest.mark.parametrize(
    ("actor", "visitors", "says"),
    [(LI, ["ma", "he"], "由另一人办理"), (ZHAO, ["ma", "he"], "由另一人办理"), (OTHER, ["ma", "wang"], "另派两人")],
)
def test_who_had_a_hand_in_the_first_neither_answers_nor_visits(
    context: Context, actor: Actor, visitors: list[str], says: str
) -> None:
    visited(context, "a")
    collect(context, later())
    given = {**SECOND, "visitors": visitors, "visited_on": today(), "outcome": "10"}
    with pytest.raises(Refused) as raised:
        did(context, second(context).case_id, "answer", actor, later(), **given)
    assert says in raised.value.zh


@pytest.mark.usefixtures("everybody")
def test_the_first_visitors_cannot_drop_the_second_and_the_prefecture_can(context: Context) -> None:
    visited(context, "a")
    collect(context, later())
    case_id = second(context).case_id
    with pytest.raises(Refused):
        did(context, case_id, "give_up", LI, later(), reason="不必")
    did(context, case_id, "give_up", PREFECTURE, later(), reason="本县无人可派")
    assert blind(context) == {"a": True}, "as long as that may be taken back"
    collect(context, later(90))
    assert blind(context) == {"a": False}
    with context.engine.connect() as connection:
        (pair,) = reviewed_pairs(connection, "53")
    assert (pair.second, pair.held) == (None, False)


@pytest.mark.usefixtures("everybody")
@pytest.mark.parametrize(("outcome", "state"), [("11", "agreed"), ("03", "disputed"), ("30", "disputed")])
def test_outcomes_are_compared_when_the_second_stands(context: Context, outcome: str, state: str) -> None:
    visited(context, "a")
    collect(context, later())
    case_id = second(context).case_id
    did(context, case_id, "answer", OTHER, later(60), outcome=outcome, visited_on=today(), **SECOND)
    assert advance(context, later(65)).steps == 0, "it may still be taken back"
    assert blind(context) == {"a": True}
    assert [advance(context, later(90)).steps for _ in range(2)] == [1, 0]
    assert second(context).state == state
    assert blind(context) == {"a": False}


@pytest.mark.usefixtures("everybody")
def test_a_ruling_for_the_second_supersedes_what_was_collected(context: Context) -> None:
    """Nothing is changed: the first decision stays, the next one counts; the rules learn the second outcome alone."""
    visited(context, "a")
    first = cases(context)["a"].case_id
    collect(context, later())
    case_id = answered(context, "03")
    did(context, case_id, "rule", PREFECTURE, later(120), ruling="second", reason="复核有票据")
    assert collect(context, later(125)).cases == 0, "the ruling may still be taken back"
    before = later(130)
    assert collect(context, later(150)) == Collected(cases=1, decisions=1)
    with context.engine.connect() as connection:
        decisions, learnt = list_decisions(connection), results(connection)
        earlier = results(connection, before)
    assert [(item.candidate_id, item.outcome) for item in decisions] == [("a", "10"), ("a", "03")]
    assert [item.evidence_digest for item in decisions] == [decisions[0].evidence_digest] * 2
    assert [(item.case_id, item.code, item.outcome) for item in learnt] == [(case_id, "S1", "03")]
    assert [(item.case_id, item.outcome) for item in earlier] == [(first, "10")], "as it was known then"


@pytest.mark.usefixtures("everybody")
def test_a_ruling_for_the_first_changes_nothing(context: Context) -> None:
    visited(context, "a")
    collect(context, later())
    did(context, answered(context, "03"), "rule", PREFECTURE, later(120), ruling="first", reason="原结论有据")
    assert collect(context, later(150)) == Collected(cases=1)
    with context.engine.connect() as connection:
        assert [item.outcome for item in list_decisions(connection)] == ["10"]
        assert [item.outcome for item in results(connection)] == ["10"]
        (pair,) = reviewed_pairs(connection, "530102")
    assert (pair.first, pair.second, pair.ruling, pair.held) == ("10", "03", "first", True)


@pytest.mark.usefixtures("everybody")
@pytest.mark.parametrize("name", ["keep_draw", "open_second_review", "mark_sampled"])
def test_a_draw_that_is_killed_is_made_once(context: Context, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    visited(context, "a")

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(second_reviews, name, killed)
        with pytest.raises(KeyboardInterrupt):
            collect(context, later())
    assert (list(cases(context)), draws(context), blind(context)) == (["a"], [], {"a": False})
    collect(context, later())
    collect(context, later())
    assert sorted(cases(context)) == ["a", "a@second_review"]
    assert draws(context) == [("second_review", 1, 1, 1.0)]


@pytest.mark.usefixtures("everybody")
def test_the_draw_comes_before_anything_is_public_and_the_case_goes_on(context: Context) -> None:
    """Drawn when the confirmation stands, once; the notice waits for that, and not for the second outcome."""
    visited(context, "a", outcome="03")
    case_id = cases(context)["a"].case_id
    did(context, case_id, "deliberate", at=later(1), deliberation="agreed", minutes="议1")
    notice = {"notice": "村务栏", "notice_consent": "同1"}
    with pytest.raises(Refused) as raised:
        did(context, case_id, "publish_notice", at=later(2), **notice)
    assert raised.value.code == "lot_not_drawn"
    assert collect(context, later(5)).second_reviews == 0, "it may still be taken back"
    assert collect(context, later(15)) == Collected(second_reviews=1)
    assert second(context).state == "drawn"
    did(context, case_id, "publish_notice", at=later(20), **notice)
    assert collect(context, later(40)) == Collected()


@pytest.mark.usefixtures("everybody")
def test_the_last_confirmation_counts(context: Context) -> None:
    """One that was sent back and confirmed anew may be taken back as long as any other."""
    visited(context, "a", outcome="03")
    case_id = cases(context)["a"].case_id
    did(context, case_id, "visit_again", ZHAO, later(5), reason="再看一次")
    did(context, case_id, "visit", LI, later(60), visitors=["li", "wang"], visited_on=today(), form="R3")
    did(context, case_id, "verify", ZHAO, later(70), outcome="03", check="民1")
    assert collect(context, later(75)).second_reviews == 0
    assert collect(context, later(85)).second_reviews == 1


@pytest.mark.usefixtures("everybody")
def test_who_has_seen_the_finding_is_not_named(context: Context) -> None:
    visited(context, "a")
    with context.engine.begin() as connection:
        read = text(
            "INSERT INTO case_reading SELECT 'ma', case_id, version, now(), version, now() FROM review_case WHERE subject = 'a'"
        )
        connection.execute(read)
    collect(context, later())
    assert second(context).assignee is None
    given = {**SECOND, "visited_on": today(), "outcome": "10"}
    with pytest.raises(Refused, match="named reviewer"):
        did(context, second(context).case_id, "answer", OTHER, later(), **given)
    with pytest.raises(Refused, match="choose another"):
        did(context, second(context).case_id, "name", CHIEF, later(), assignee="li")
    did(context, second(context).case_id, "name", CHIEF, later(), assignee="yang")
    assert second(context).assignee == "yang"


@pytest.mark.usefixtures("everybody")
def test_a_ruling_for_the_second_sends_an_open_case_to_another_visit(context: Context) -> None:
    """No second clue is opened beside it, and what it ends with at last is what the rules learn of it."""
    visited(context, "a", outcome="03")
    first = cases(context)["a"].case_id
    collect(context, later())
    case_id = answered(context, "10")
    did(context, case_id, "rule", PREFECTURE, later(120), ruling="second", reason="收入超标")
    assert follow(context, later(150)).passed == 1
    assert follow(context, later(150)).passed == 0
    assert cases(context)["a"].state == "to_revisit"
    did(context, first, "visit", LI, later(160), visitors=["li", "wang"], visited_on=today(), form="R3")
    did(context, first, "verify", ZHAO, later(170), outcome="11")
    collect(context, later(300))
    with context.engine.connect() as connection:
        assert {(item.case_id, item.outcome) for item in results(connection)} == {(case_id, "10"), (first, "11")}
    assert sorted(cases(context)) == ["a", "a@second_review"]


@pytest.mark.usefixtures("everybody")
def test_a_comparison_that_is_killed_is_done_again_whole(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    visited(context, "a")
    collect(context, later())

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(second_reviews, "keep_comparison", killed)
        with pytest.raises(KeyboardInterrupt):
            answered(context, "03")
    assert (second(context).state, blind(context)) == ("answered", {"a": True})
    assert advance(context, later(120)).steps == 1
    assert second(context).state == "disputed"


@pytest.mark.usefixtures("everybody")
def test_who_is_under_review_is_not_drawn_a_second_time(context: Context) -> None:
    visited(context, "a")
    collect(context, later())
    visited(context, "a")
    assert collect(context, later(60)).second_reviews == 0
