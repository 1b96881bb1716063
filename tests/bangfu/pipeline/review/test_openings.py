"""Cases of a published list: one for each clue, kept through later lists, withdrawn when nothing is left of the clue."""

import datetime as dt
from hashlib import sha256
from typing import Any

import pytest
from hand_built import Database, opened
from sqlalchemy import select, text

from bangfu.china_time import CHINA
from bangfu.db import candidates, runs
from bangfu.db.candidates import NewCandidate
from bangfu.db.case_models import ReviewCase
from bangfu.db.case_queries import CaseRow, get
from bangfu.db.cases import events_of
from bangfu.db.list_entries import NewEntry, replace_entries
from bangfu.pipeline.context import Context
from bangfu.pipeline.review.acting import act, case_now
from bangfu.review.cases import Actor
from bangfu.review.deadlines import Calendar
from bangfu.review.standing import standing
from schemas.flow import Role
from tests.approving import publish

OFFICER = Actor("li", Role.OFFICER, "530102")
HEAVY, RUINED = {"code": "S1", "band": "50000+"}, {"code": "S4", "band": "collapsed"}


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def clue(person: str, *reasons: dict[str, str], county: str = "530102", **evidence: Any) -> NewCandidate:
    told = list(reasons) or [HEAVY]
    hits = [{**reason, "count": 1, "period": "2026Q1"} for reason in told]
    return NewCandidate(
        person,
        county,
        f"roster:{person}",
        told,
        0.5,
        evidence={"digest": sha256(f"{told}".encode()).hexdigest(), "hits": hits, **evidence},
    )


def screened_list(context: Context, *clues: NewCandidate, entries: tuple[NewEntry, ...] = ()) -> None:
    """A finished screening of these clues."""
    with context.engine.begin() as connection:
        run = runs.start_run(connection, "screen")
        candidates.replace_screened(connection, run, clues)
        replace_entries(connection, run, entries)
        runs.finish_run(connection, run, {})


def listed(context: Context, *clues: NewCandidate, entries: tuple[NewEntry, ...] = ()) -> None:
    """A screening of these clues, published."""
    screened_list(context, *clues, entries=entries)
    publish(context)


def cases(context: Context) -> dict[str, CaseRow]:
    with context.engine.connect() as connection:
        found = [get(connection, case_id) for case_id in connection.scalars(select(ReviewCase.case_id))]
    return {f"{row.subject}@{row.flow}" if row.flow != "candidate" else row.subject: row for row in found if row}


def steps(context: Context, case_id: str) -> list[str]:
    with context.engine.connect() as connection:
        return [event.step for event in events_of(connection, case_id)]


def worked(context: Context, case_id: str, *named: str, **details: Any) -> None:
    for step in named:
        given = details if step == named[-1] else {}
        with context.engine.begin() as connection:
            version = case_now(connection, case_id).version
            now = dt.datetime.now(dt.UTC)
            act(connection, case_id, step, OFFICER, now, given, version=version, calendar=Calendar())


def today() -> str:
    return dt.datetime.now(CHINA).date().isoformat()


def test_every_clue_gets_a_case_that_its_county_must_receive(context: Context) -> None:
    listed(context, clue("a"), clue("b", RUINED, county="533102"))
    found = cases(context)
    assert {name: (row.state, row.county_code, row.urgent) for name, row in found.items()} == {
        "a": ("sent", "530102", False),
        "b": ("sent", "533102", True),
    }
    assert steps(context, found["a"].case_id) == ["open", "send"]
    late = found["b"].due_at
    assert late is not None
    assert late - found["b"].opened_at == dt.timedelta(hours=24), "a house in ruins cannot wait"


def test_the_row_of_a_case_is_what_its_events_add_up_to(context: Context) -> None:
    listed(context, clue("a"), clue("b", RUINED))
    worked(context, cases(context)["a"].case_id, "receive", "assign", assignee="li")
    for row in cases(context).values():
        with context.engine.connect() as connection:
            stands = standing(case_now(connection, row.case_id), Calendar(), row.seen_at)
        assert {name: getattr(row, name) for name in vars(stands)} == vars(stands)


def test_a_clue_belongs_to_its_union_of_either_tree(context: Context) -> None:
    owner = {"tree": "industry", "union": "云南省教育工会"}
    listed(context, clue("a", owner=owner), clue("b", owner={"tree": "territorial", "union": "五华区总工会"}))
    assert {name: row.owner_union for name, row in cases(context).items()} == {
        "a": "云南省教育工会",
        "b": "五华区总工会",
    }


def test_the_same_evidence_changes_nothing(context: Context) -> None:
    listed(context, clue("a"))
    before = cases(context)["a"]
    listed(context, clue("a"))
    after = cases(context)["a"]
    assert (after.case_id, after.version, after.list_version) == (before.case_id, before.version, 2)


def test_new_evidence_is_told_in_the_case_and_the_case_is_new_again(context: Context) -> None:
    listed(context, clue("a"))
    case_id = cases(context)["a"].case_id
    worked(context, case_id, "receive", "assign", assignee="li")
    listed(context, clue("a", HEAVY, RUINED))
    row = cases(context)["a"]
    assert (row.case_id, row.state, row.seen_at) == (case_id, "assigned", None)
    assert [reason["code"] for reason in row.reasons] == ["S1", "S4"]
    with context.engine.connect() as connection:
        told = events_of(connection, case_id)[-1]
    assert (told.step, told.actor.role) == ("renew", Role.SYSTEM)
    assert [hit["code"] for hit in told.details["after"]] == ["S1", "S4"]


def test_what_the_list_no_longer_has_is_withdrawn_before_the_visit(context: Context) -> None:
    listed(context, clue("a"), clue("b"))
    why = {"code": "dead", "zh": "死亡火化登记显示本人已去世", "en": "has died"}
    listed(context, clue("b"), entries=(NewEntry("suppressed", "a", "530102", (why,)),))
    row = cases(context)["a"]
    assert (row.state, row.due_at) == ("withdrawn", None)
    assert row.ended_at is not None
    with context.engine.connect() as connection:
        assert events_of(connection, row.case_id)[-1].details == {"reason": why["zh"]}
    assert cases(context)["b"].ended_at is None


def test_who_has_visited_is_told_that_the_evidence_is_gone_and_goes_on(context: Context) -> None:
    listed(context, clue("a"))
    case_id = cases(context)["a"].case_id
    worked(context, case_id, "receive", "assign", assignee="li")
    worked(context, case_id, "contact", on=today())
    worked(context, case_id, "ask", informed="是", agreed_on=today())
    worked(context, case_id, "authorise", authorisation="授2026-1")
    worked(context, case_id, "visit", visitors=["li", "wang"], visited_on=today(), form="R1")
    for _ in range(2):
        listed(context)
    row = cases(context)["a"]
    assert (row.state, row.ended_at) == ("visited", None)
    assert steps(context, case_id)[-2:] == ["visit", "renew"], "told once"
    listed(context, clue("a"))
    assert "gone" not in cases(context)["a"].evidence
    assert steps(context, case_id)[-1] == "renew", "and told when it is back"


def test_a_clue_that_only_waits_for_the_countys_capacity_stays(context: Context) -> None:
    listed(context, clue("a"))
    why = {"code": "capacity", "zh": "留待以后各期", "en": "waits"}
    listed(context, entries=(NewEntry("suppressed", "a", "530102", (why,)),))
    assert cases(context)["a"].state == "sent"


def test_who_was_decided_about_after_the_screening_is_not_opened_again(context: Context) -> None:
    listed(context, clue("a"))
    screened_list(context, clue("a", HEAVY, RUINED))
    worked(context, cases(context)["a"].case_id, "receive")
    worked(context, cases(context)["a"].case_id, "settle", outcome="05")
    publish(context)
    assert [row.state for row in cases(context).values()] == ["closed"]


def test_who_returns_after_a_decision_gets_a_case_of_their_own(context: Context) -> None:
    listed(context, clue("a"))
    worked(context, cases(context)["a"].case_id, "receive")
    worked(context, cases(context)["a"].case_id, "settle", outcome="05")
    listed(context, clue("a", HEAVY, RUINED))
    with context.engine.connect() as connection:
        states = connection.execute(select(ReviewCase.subject, ReviewCase.state).order_by(ReviewCase.opened_at)).all()
    assert states == [("a", "closed"), ("a", "sent")]


def test_entries_of_other_lists_are_cases_of_their_own_flows(context: Context) -> None:
    why = {"code": "above_line", "zh": "连续12个月高于标准", "en": "above the standard for 12 months"}
    entries = (
        NewEntry("exit_suggestions", "p1", "530102", (why,), files=("DA1",)),
        NewEntry("returns", "p2", "533102", (why,), files=("DA2",)),
        NewEntry("duplicates", "f1", "530102", (why,), files=("DA3", "DA4")),
        NewEntry("duplicates", "f1", "533102", (why,), files=("DA3", "DA4")),
    )
    listed(context, entries=entries)
    listed(context, entries=entries)
    with context.engine.connect() as connection:
        query = select(ReviewCase.flow, ReviewCase.subject, ReviewCase.county_code, ReviewCase.state)
        assert sorted(connection.execute(query).all()) == [
            ("duplicate", "f1", "530102", "found"),
            ("duplicate", "f1", "533102", "found"),
            ("exit", "p1", "530102", "proposed"),
            ("monitor", "p2", "533102", "signalled"),
        ]


def test_a_failure_leaves_neither_list_nor_cases(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any, **__: Any) -> None:
        raise RuntimeError("the server went away")

    monkeypatch.setattr("bangfu.pipeline.review.openings.renew_clues", failing)
    with pytest.raises(RuntimeError):
        listed(context, clue("a"))
    monkeypatch.undo()
    with context.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM review_case")) == 0
        assert connection.scalar(text("SELECT count(*) FROM candidate WHERE status = 'published'")) == 0
    assert publish(context).cases is not None


OTHER = {"code": "member_died", "zh": "会员已于2026Q3去世", "en": "the member died in 2026Q3"}
DRIFT = {"code": "T2", "zh": "在档为第3层级，建议复核为第2层级", "en": "filed as tier 3, tier 2 is suggested"}


def test_every_list_but_who_is_left_out_makes_cases(context: Context) -> None:
    listings = ("household_changes", "tier_drift", "referrals", "suppressed")
    listed(context, entries=tuple(NewEntry(listing, "p1", "530102", (OTHER,)) for listing in listings))
    assert {(row.flow, row.state) for row in cases(context).values()} == {
        ("household_change", "told"),
        ("tier_drift", "drifted"),
        ("referral", "consented"),
    }


def ended_since(context: Context, days: int) -> None:
    with context.engine.begin() as connection:
        connection.execute(
            text("UPDATE review_case SET ended_at = now() - make_interval(days => :days) WHERE ended_at IS NOT NULL"),
            {"days": days},
        )


@pytest.mark.parametrize(
    ("days", "why", "opened_again"), [(1, DRIFT, 0), (300, DRIFT, 0), (370, DRIFT, 1), (1, OTHER, 1)]
)
def test_what_was_settled_for_the_same_reasons_is_not_asked_again_within_a_year(
    context: Context, days: int, why: dict[str, str], opened_again: int
) -> None:
    listed(context, entries=(NewEntry("household_changes", "p1", "530102", (DRIFT,)),))
    (row,) = cases(context).values()
    worked(context, row.case_id, "verify", finding="alive", note="已向登记部门反馈")
    ended_since(context, days)
    listed(context, entries=(NewEntry("household_changes", "p1", "530102", (why,)),))
    with context.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM review_case")) == 1 + opened_again


def test_what_a_list_no_longer_has_is_withdrawn_as_long_as_nobody_has_begun(context: Context) -> None:
    """And asked again when it is back: the source may only have been away."""
    entries = tuple(NewEntry("tier_drift", name, "530102", (DRIFT,)) for name in ("begun", "untouched", "listed"))
    listed(context, entries=entries)
    worked(context, cases(context)["begun@tier_drift"].case_id, "look", tier="2", reason="医疗支出属实")
    listed(context, entries=entries[2:])
    found = cases(context)
    assert {name.partition("@")[0]: row.state for name, row in found.items()} == {
        "begun": "looked",
        "untouched": "withdrawn",
        "listed": "drifted",
    }
    assert steps(context, found["untouched@tier_drift"].case_id) == ["open", "withdraw"]
    case_id = found["untouched@tier_drift"].case_id
    with context.engine.connect() as connection:
        case = case_now(connection, case_id)
        assert case.stands.ended
        stands = standing(case, Calendar())
    assert {name: getattr(found["untouched@tier_drift"], name) for name in vars(stands)} == vars(stands)
    listed(context, entries=entries)
    with context.engine.connect() as connection:
        query = select(ReviewCase.state).where(ReviewCase.subject == "untouched").order_by(ReviewCase.opened_at)
        assert connection.scalars(query).all() == ["withdrawn", "drifted"]


def test_an_exit_that_is_no_longer_suggested_stays_to_be_looked_at(context: Context) -> None:
    """Its withdrawal would be a decision that the household stays; that is a person's."""
    listed(context, entries=(NewEntry("exit_suggestions", "p1", "530102", (DRIFT,)),))
    listed(context)
    assert [row.state for row in cases(context).values()] == ["proposed"]
