"""Audit visits: worked on with consent, counted for what is missed, and no teacher of any rule."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hand_built import Database, opened
from sqlalchemy import text

from bangfu.cli import main
from bangfu.db import candidates, runs
from bangfu.db.case_results import results
from bangfu.db.list_entries import NewEntry, replace_entries
from bangfu.db.samples import keep_draw
from bangfu.db.visit_decisions import list_decisions
from bangfu.errors import Refused
from bangfu.pipeline.context import Context
from bangfu.pipeline.review.acting import act, case_now
from bangfu.pipeline.review.assessing import missed_report
from bangfu.pipeline.review.collecting import Collected, collect
from bangfu.pipeline.screening.audit_sample import REASON
from bangfu.review.cases import Actor
from bangfu.review.deadlines import Calendar
from bangfu.review.drawing import record
from bangfu.review.steps import taken
from schemas.flow import Role
from tests.approving import publish
from tests.bangfu.pipeline.review.test_openings import cases, clue, today

LI, ZHAO = Actor("li", Role.OFFICER, "530102"), Actor("zhao", Role.APPROVER, "530102")
FRAMES = {"5301": 1000, "5303": 400}
GIVEN: dict[str, dict[str, Any]] = {
    "contact": {"on": today()},
    "attempt": {"on": today()},
    "ask": {"informed": "是", "agreed_on": today()},
    "visit": {"visitors": ["li", "wang"], "visited_on": today(), "form": "R1"},
}


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def pushed(context: Context, reserve: Mapping[str, str] | None = None, **counties: str) -> None:
    """A list of one clue, with an audit visit of each person in these counties, who stands in, and the record of its draws."""
    reserve = reserve or {}
    with context.engine.begin() as connection:
        run = runs.start_run(connection, "screen")
        candidates.replace_screened(connection, run, [clue("known")])
        sample = [NewEntry("audit_sample", person, county, (REASON,)) for person, county in counties.items()]
        sample += [NewEntry("audit_reserve", person, county, (REASON,)) for person, county in reserve.items()]
        replace_entries(connection, run, sample)
        for area, frame in FRAMES.items():
            drawn = sum(county.startswith(area) for county in counties.values())
            kept = sum(county.startswith(area) for county in reserve.values())
            draw = record("key", f"audit:{area}", "1", [f"{area}-{number}" for number in range(frame)], drawn, kept)
            keep_draw(connection, draw, area, run_id=run)
        runs.finish_run(connection, run, {})
    publish(context)


def did(context: Context, person: str, *named: str) -> None:
    """Steps of an audit visit; a step may name its outcome, as in `verify:10`."""
    row = cases(context)[f"{person}@audit"]
    for step in named:
        code, _, outcome = step.partition(":")
        actor = replace(ZHAO if code == "verify" else LI, area=row.county_code)
        details = GIVEN.get(code, {}) | ({"outcome": outcome} if outcome else {})
        if code == "attempt":
            details = {"on": (dt.date.fromisoformat(today()) - dt.timedelta(int(outcome))).isoformat()}
        with context.engine.begin() as connection:
            version, now = case_now(connection, row.case_id).version, dt.datetime.now(dt.UTC)
            act(connection, row.case_id, code, actor, now, details, version=version, calendar=Calendar())


def later(minutes: int = 30) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)


def test_nobody_is_visited_without_consent(context: Context) -> None:
    pushed(context, a="530102")
    did(context, "a", "contact")
    with pytest.raises(Refused) as raised:
        did(context, "a", "visit")
    assert raised.value.code == "not_in_this_state"
    with pytest.raises(Refused):
        did(context, "a", "settle:03")
    did(context, "a", "ask", "visit", "verify:10")
    row = cases(context)["a@audit"]
    assert (row.state, row.outcome) == ("closed", "10")


def test_who_visited_does_not_confirm(context: Context) -> None:
    pushed(context, a="530102")
    did(context, "a", "contact", "ask", "visit")
    case_id = cases(context)["a@audit"].case_id
    with context.engine.connect() as connection:
        case = case_now(connection, case_id)
    with pytest.raises(Refused) as raised:
        taken(case, "verify", LI, later(), {"outcome": "10"}, version=case.version)
    assert "由另一人办理" in raised.value.zh


def test_a_household_in_hardship_goes_on_as_a_clue(context: Context) -> None:
    pushed(context, a="530102")
    did(context, "a", "contact", "ask", "visit", "verify:03")
    with context.engine.connect() as connection:
        case = case_now(connection, cases(context)["a@audit"].case_id)
    assert (case.state, case.stands.opens) == ("in_hardship", ("candidate", "assigned"))


def test_audit_visits_teach_no_rule_and_draw_no_second_review(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal is heeded all the same: who said no is not asked again for a while."""
    monkeypatch.setattr("bangfu.pipeline.review.second_reviews.SECOND_REVIEW_SHARE", 1.0)
    pushed(context, a="530102", b="530302", c="530302")
    did(context, "a", "contact", "ask", "visit", "verify:03")
    did(context, "b", "contact", "settle:40")
    assert collect(context, later()) == Collected(cases=2, decisions=2, audits=2)
    assert collect(context, later()) == Collected()
    with context.engine.connect() as connection:
        assert results(connection) == []
        told = {(item.candidate_id, item.outcome, item.evidence, item.evidence_digest) for item in list_decisions(connection)}  # fmt: skip
    assert told == {("a", "03", None, None), ("b", "40", None, None)}
    assert [name for name in cases(context) if name.endswith("@second_review")] == []


def test_the_next_list_takes_no_visit_back(context: Context) -> None:
    """Its sample is another one; a visit that nobody has begun is still owed to the list it was drawn with."""
    pushed(context, a="530102")
    pushed(context, b="530102")
    assert {name: row.state for name, row in cases(context).items() if row.flow == "audit"} == {
        "a@audit": "drawn",
        "b@audit": "drawn",
    }


def test_a_visit_that_is_called_off_tells_nothing(context: Context) -> None:
    pushed(context, a="530102")
    case_id = cases(context)["a@audit"].case_id
    with context.engine.begin() as connection:
        act(connection, case_id, "withdraw", Actor("sheng", Role.PROVINCE, "53"), dt.datetime.now(dt.UTC),
            {"reason": "名单撤回"}, version=1, calendar=Calendar())  # fmt: skip
    assert collect(context, later()) == Collected(cases=1, audits=1)
    with context.engine.connect() as connection:
        figures = missed_report(connection, "5301").whole.figures
    assert (figures.answered, figures.untold, figures.open) == (0, 1, 0)


def test_a_collection_that_is_killed_counts_each_visit_once(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    pushed(context, a="530102")
    did(context, "a", "contact", "settle:40")

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("bangfu.pipeline.review.collecting.keep_results", killed)
        with pytest.raises(KeyboardInterrupt):
            collect(context, later())
    assert collect(context, later()).audits == 1
    with context.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM audit_result")) == 1


NOT_REACHED = ("attempt:2", "attempt:1", "attempt:0", "settle:31")


def test_the_next_in_the_order_stands_in_for_who_is_not_reached(context: Context) -> None:
    """Of the same prefecture, one for one, as long as there is somebody; whoever says no is not replaced."""
    pushed(context, {"q": "530302", "m": "530103", "n": "530102"}, a="530102", b="530102")
    did(context, "a", *NOT_REACHED)
    did(context, "b", "contact", "settle:40")
    assert collect(context, later()) == Collected(cases=2, decisions=2, audits=2, stand_ins=1)
    row = cases(context)["m@audit"]
    assert (row.state, row.county_code, row.list_version, row.reasons) == ("drawn", "530103", 1, [REASON])
    assert "q@audit" not in cases(context)
    did(context, "m", *NOT_REACHED)
    assert [collect(context, later(60)).stand_ins for _ in range(2)] == [1, 0]
    did(context, "n", *NOT_REACHED)
    assert collect(context, later(90)).stand_ins == 0, "nobody is left"
    with context.engine.connect() as connection:
        figures = missed_report(connection, "5301").whole.figures
    assert (figures.drawn, figures.stand_ins, figures.not_reached, figures.untold, figures.open) == (4, 2, 3, 4, 0)


def test_a_stand_in_is_sent_for_once_though_the_collection_is_killed(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed(context, {"m": "530102", "n": "530102"}, a="530102")
    did(context, "a", *NOT_REACHED)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("bangfu.pipeline.review.collecting.keep_results", killed)
        with pytest.raises(KeyboardInterrupt):
            collect(context, later())
    assert "m@audit" not in cases(context)
    assert collect(context, later()).stand_ins == 1
    assert "n@audit" not in cases(context)


def test_what_is_missed_is_estimated_by_list_and_prefecture(
    context: Context, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """1,000 and 400 households; 1 of 2 answers in hardship, and 0 of 1: 500 missed."""
    monkeypatch.setattr("bangfu.pipeline.context.open_context", lambda *_: context)
    assert main(["cases", "missed", "--json"]) == 1
    assert "还没有随名单抽取核查样本" in capsys.readouterr().err
    pushed(context, a="530102", b="530103", c="530302", d="530302")
    did(context, "a", "contact", "ask", "visit", "verify:04")
    did(context, "b", "settle:33")
    collect(context, later())
    assert main(["cases", "missed", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    whole, kunming, qujing = told["areas"]
    assert (told["list_version"], whole["area_code"], whole["total"]) == (1, "53", None)
    assert whole["lacking"]["code"] == "not_estimable"
    assert "曲靖" in whole["lacking"]["zh"]
    assert (kunming["area"], kunming["frame"], kunming["answered"], kunming["found"]) == ("昆明市", 1000, 2, 1)
    assert (kunming["total"], kunming["lacking"]) == (500, None)
    assert (qujing["open"], qujing["total"]) == (2, None)
    did(context, "c", "contact", "ask", "visit", "verify:11")
    collect(context, later())
    assert main(["cases", "missed", "--list", "1", "--json"]) == 0
    (whole, *_) = json.loads(capsys.readouterr().out)["areas"]
    assert (whole["total"], whole["drawn"], whole["answered"], whole["open"], whole["found"]) == (500, 4, 3, 1, 1)
    assert whole["low"] < 500 < whole["high"] <= 1400
    assert main(["cases", "missed", "--list", "2"]) == 1
    assert "List 2 has no audit sample" in capsys.readouterr().err
    assert main(["cases", "missed"]) == 0
    assert "昆明市 5301" in capsys.readouterr().out


def test_each_list_is_told_apart(context: Context) -> None:
    pushed(context, a="530102", c="530302")
    did(context, "a", "settle:05")
    did(context, "c", "settle:05")
    pushed(context, b="530102", d="530302")
    collect(context, later())
    with context.engine.connect() as connection:
        newest, former = missed_report(connection), missed_report(connection, version=1)
    assert (newest.list_version, newest.versions) == (2, (2, 1))
    assert (newest.whole.figures.answered, former.whole.figures.answered) == (0, 2)
    assert former.whole.figures.estimate is not None
    assert former.whole.figures.estimate.total == 0


def test_agreement_on_the_command_line(
    context: Context, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bangfu.pipeline.context.open_context", lambda *_: context)
    assert main(["cases", "agreement", "--json"]) == 0
    (whole,) = json.loads(capsys.readouterr().out)["areas"]
    assert (whole["compared"], whole["share"], whole["kappa"], whole["lacking"]["code"]) == (0, None, None, "not_comparable")  # fmt: skip
    rows = [("530102", "10", "10"), ("530102", "03", "03"), ("530103", "03", "10"), ("532901", "10", "11")]
    with context.engine.begin() as connection:
        for number, (county, first, second) in enumerate(rows):
            insert = text(
                "INSERT INTO second_review (case_id, first_case_id, county_code, involved, first_outcome, second_outcome, drawn_at) "
                "VALUES (:id, 'f' || :id, :county, '{}', :first, :second, now())"
            )
            connection.execute(insert, {"id": str(number), "county": county, "first": first, "second": second})
    assert main(["cases", "agreement", "--json"]) == 0
    areas = json.loads(capsys.readouterr().out)["areas"]
    assert [(item["area_code"], item["compared"], item["same"], item["share"], item["kappa"]) for item in areas] == [
        ("53", 4, 3, 0.75, 0.5),
        ("5301", 3, 2, pytest.approx(2 / 3), pytest.approx(0.4)),
        ("5329", 1, 1, 1.0, None),
    ]
    assert main(["cases", "agreement", "--area", "5301"]) == 0
    assert "五华区 530102" in capsys.readouterr().out
    assert main(["cases", "agreement", "--area", "9"]) == 1
