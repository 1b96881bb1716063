"""Cases are the fold of their events: replayed they are the same, and nothing that happened is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bangfu.errors import Refused
from bangfu.review.cases import UNDO, Case, Event, after, desk, effective, hands, opened, replay
from bangfu.review.steps import steps_open, taken, undone
from schemas.flow import STAY, Choice, Step
from schemas.flows import FLOWS
from tests.bangfu.review.walking import BEGIN, COUNTY, OTHER, SYSTEM, TO_FILE, TO_VISIT, begun, filled, somebody, walked

flows = st.sampled_from([(flow.code, entry) for flow in FLOWS.values() for entry in flow.entries])
moves = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 24), st.integers(1, 60)), max_size=30)
"""Which step, which choice, after how many days."""


def legal(case: Case) -> list[Step]:
    return [step for step in case.rules.steps.values() if case.state in step.after]


def wander(case: Case, walk: list[tuple[int, int, int]]) -> list[Event]:
    """Legal steps only: what is refused (a second person, days to wait) is passed over."""
    events = list(case.history)
    for number, (pick, choice, days) in enumerate(walk):
        if not (steps := legal(case)):
            break
        step = steps[pick % len(steps)]
        at = case.history[-1].at + timedelta(days)
        chosen = sorted(step.to.to)[choice % len(step.to.to)] if isinstance(step.to, Choice) else ""
        actor = somebody(case, step, number)
        assert step in steps_open(case, actor)
        try:
            event = taken(case, step.code, actor, at, filled(case, step, at, chosen), version=case.version)
        except Refused as refused:
            if refused.code != "lacking":
                raise
            continue
        case = after(case, event)
        events.append(event)
    return events


@given(flows, moves)
def test_any_sequence_of_legal_steps_replays_to_the_same_case(
    begin: tuple[str, str], walk: list[tuple[int, int, int]]
) -> None:
    case = begun(*begin)
    events = wander(case, walk)
    folded = case
    for event in events[1:]:
        folded = after(folded, event)
    assert replay(events) == folded
    assert replay(reversed(events)) == folded
    assert folded.version == len(events)
    assert folded.state in folded.rules.states
    assert folded.history == tuple(events)


@given(flows, moves)
def test_taking_a_step_back_leaves_the_case_as_it_was(begin: tuple[str, str], walk: list[tuple[int, int, int]]) -> None:
    events = wander(begun(*begin), walk)
    assume(len(events) > 1)
    before, case = replay(events[:-1]), replay(events)
    last = events[-1]
    back = undone(case, last.actor, last.at + timedelta(minutes=5), version=case.version)
    again = after(case, back)
    assert replace(again, version=before.version, history=before.history) == before
    assert again.version == case.version + 1
    assert again.history == (*case.history, back)
    assert again == replay([*events, back])


@given(flows, moves)
def test_no_walk_reaches_a_visit_before_consent_or_a_file_without_a_second_person(
    begin: tuple[str, str], walk: list[tuple[int, int, int]]
) -> None:
    case = replay(wander(begun(*begin), walk))
    steps = [event.step for event in case.history]
    if case.flow == "candidate" and "visit" in steps:
        assert steps.index("ask") < steps.index("authorise") < steps.index("visit")
    if case.state in {"filed", "exited"}:
        assert not hands(case, "approve") & hands(case, "visit")


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
