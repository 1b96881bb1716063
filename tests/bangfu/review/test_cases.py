"""Cases are the fold of their events: replayed they are the same, and nothing that happened is lost."""

import json
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import assume, given

from bangfu.review.cases import UNDO, after, desk, effective, hands, opened, replay
from bangfu.review.steps import steps_open, undone
from schemas.flow import STAY
from schemas.flows import FLOWS
from tests.bangfu.review.walking import (
    BEGIN,
    COUNTY,
    OTHER,
    SYSTEM,
    TO_FILE,
    TO_VISIT,
    begun,
    chances,
    everywhere,
    legal,
    somebody,
    walked,
    wandered,
)


def test_every_state_is_reached_by_steps_that_are_taken() -> None:
    """Not on paper only: with persons, details, outcomes and days to wait."""
    assert set(everywhere()) == {(flow.code, state) for flow in FLOWS.values() for state in flow.states}


@given(chances)
def test_what_is_open_is_shown_to_who_may_take_it(chance: Random) -> None:
    case = wandered(chance)
    for step in legal(case):
        assert all(step in steps_open(case, somebody(case, step, role=role)) for role in step.roles)


@given(chances)
def test_any_sequence_of_legal_steps_replays_to_the_same_case(chance: Random) -> None:
    case = wandered(chance)
    assert replay(case.history) == case
    assert replay(reversed(case.history)) == case
    assert case.version == len(case.history)
    assert case.state in case.rules.states


@given(chances)
def test_events_are_kept_as_text_and_come_back(chance: Random) -> None:
    case = wandered(chance)
    kept = [replace(event, details=json.loads(json.dumps(event.details))) for event in case.history]
    assert replay(kept) == case


@given(chances)
def test_taking_a_step_back_leaves_the_case_as_it_was(chance: Random) -> None:
    case = wandered(chance)
    assume(case.version > 1)
    before, last = replay(case.history[:-1]), case.history[-1]
    assume(not case.rules.steps[last.step].opens)
    back = undone(case, last.actor, last.at + timedelta(minutes=5), version=case.version)
    again = after(case, back)
    assert replace(again, version=before.version, history=before.history) == before
    assert again.version == case.version + 1
    assert again.history == (*case.history, back)
    assert again == replay((*case.history, back))


@given(chances)
def test_no_walk_reaches_a_visit_before_consent_or_a_file_without_a_second_person(chance: Random) -> None:
    case = wandered(chance)
    steps = [event.step for event in case.history]
    if case.flow == "candidate" and "visit" in steps:
        assert steps.index("ask") < steps.index("authorise") < steps.index("visit")
    if case.state in {"filed", "exited"}:
        assert not hands(case, "approve") & (hands(case, "visit") | hands(case, "verify") | hands(case, "confirm"))


@given(chances)
def test_time_goes_on(chance: Random) -> None:
    case = wandered(chance)
    moments = [event.at for event in case.history]
    assert moments == sorted(moments)
    assert all(moment <= moments[-1] for moment in case.entered.values())


def test_a_case_is_walked_to_the_archive() -> None:
    case = walked(begun(), *TO_FILE)
    assert case.state == "on_notice"
    noticed = walked(case, "end_notice", hours=24 * 14)
    filed = walked(noticed, "approve", "file")
    assert (filed.state, filed.stands.ended, filed.facts["outcome"]) == ("filed", True, "03")


def test_events_come_in_any_order_but_without_a_gap() -> None:
    events = walked(begun(), "send", "receive").history
    assert replay(reversed(events)).state == "received"
    with pytest.raises(ValueError, match="without a gap"):
        replay([events[0], events[2]])
    with pytest.raises(ValueError, match="without a gap"):
        replay([])


def test_a_case_begins_where_its_flow_says() -> None:
    assert begun().state == "raised"
    assert begun("candidate", "assigned").state == "assigned"
    with pytest.raises(ValueError, match="does not begin in filed"):
        opened("c1", "candidate", COUNTY, SYSTEM, BEGIN, state="filed")


def test_staying_moves_no_clock() -> None:
    case = walked(begun(), "send", "receive", "assign")
    later = walked(case, "attempt", hours=48)
    assert case.rules.steps["attempt"].to == STAY
    assert (later.state, later.entered, later.version) == (case.state, case.entered, case.version + 1)


def test_the_clock_stands_still_while_a_case_is_put_off() -> None:
    case = walked(begun(), *TO_VISIT[:5])
    away = walked(case, "settle:90")
    again = walked(away, "resume", hours=24 * 20)
    assert (away.state, again.state) == ("put_off", "agreed")
    assert again.entered["assigned"] - case.entered["assigned"] == timedelta(20)


def test_a_transfer_that_is_declined_does_not_stop_the_clock() -> None:
    """Else a clue could be kept from its deadline by asking around."""
    case = walked(begun(), *TO_VISIT[:3])
    again = walked(walked(case, "transfer"), "decline", hours=72)
    assert (again.state, again.entered["assigned"]) == ("assigned", case.entered["assigned"])


def test_a_transfer_is_with_the_county_that_is_asked_until_it_answers() -> None:
    asked = walked(begun(), *TO_VISIT[:3], "transfer")
    assert (desk(asked), asked.county) == (OTHER, COUNTY)
    accepted, declined = walked(asked, "accept"), walked(asked, "decline")
    assert (desk(accepted), accepted.state) == (OTHER, "received")
    assert (desk(declined), declined.state) == (COUNTY, "assigned")


def test_hands_are_who_recorded_and_who_visited() -> None:
    case = walked(begun(), *TO_VISIT)
    assert hands(case, "visit") == {"officer7", "visitor1", "visitor2"}
    assert hands(begun("appeal", involved=["a", "b"]), "original") == {"a", "b"}


def test_what_is_taken_back_does_not_count_but_is_kept() -> None:
    case = walked(begun(), "send", "receive")
    back = after(case, undone(case, case.history[-1].actor, case.history[-1].at, version=3))
    assert [event.step for event in back.history] == ["open", "send", "receive", UNDO]
    assert [event.step for event in effective(back.history)] == ["open", "send"]
    assert back.state == "sent"
    assert walked(back, "receive").state == "received"


def test_urgent_is_said_when_a_case_is_opened() -> None:
    assert begun(urgent=True).urgent
    assert not begun().urgent
