"""Flows are whole: every state is reached, has a way out, an owner and a deadline or a reason, and says so in two languages."""

import re
from itertools import chain

import pytest

from bangfu.screening.rules.shipped import shipped_screens
from schemas.flow import BACK, RENEW, ROLES, STAY, Choice, Flow, Need, Role, Step, Unit
from schemas.flows import FLOW_OF_LIST, FLOWS
from schemas.flows.appeal import DECISIONS
from schemas.flows.candidate import CANDIDATE, URGENT_REASONS
from schemas.flows.outcome_choice import FOUND_BY_VISIT
from schemas.outcomes import OUTCOMES, Closing, Says
from schemas.screening_lists import SCREENING_LISTS

every_flow = pytest.mark.parametrize("flow", FLOWS.values(), ids=list(FLOWS))
HAN = re.compile(r"[\u4e00-\u9fff]")


def leads(flow: Flow, state: str, without: frozenset[str]) -> set[str]:
    """States one step away; going back leads to nothing that was not reached before."""
    steps = [step for step in flow.steps.values() if state in step.after and step.code not in without]
    return set(chain.from_iterable(step.targets for step in steps)) - {STAY, BACK}


def reached(flow: Flow, start: str, *, without: frozenset[str] = frozenset()) -> set[str]:
    found, fresh = {start}, {start}
    while fresh:
        fresh = set().union(*(leads(flow, state, without) for state in fresh)) - found
        found |= fresh
    return found


def needs(step: Step) -> list[Need]:
    more = step.to.needs.values() if isinstance(step.to, Choice) else ()
    return [*step.needs, *chain.from_iterable(more)]


@every_flow
def test_steps_name_states_of_their_flow(flow: Flow) -> None:
    for step in flow.steps.values():
        assert set(step.after) <= set(flow.states), step.code
        assert step.targets - {STAY, BACK} <= set(flow.states), step.code
        assert step.roles
        if isinstance(step.to, Choice):
            assert set(step.to.to) <= {item.code for item in step.to.labels.codes}, step.code


@every_flow
def test_every_state_is_reached(flow: Flow) -> None:
    assert set().union(*(reached(flow, entry) for entry in flow.entries)) == set(flow.states)


@every_flow
def test_every_state_has_a_way_to_an_end_and_ends_have_none(flow: Flow) -> None:
    """A case nobody can close stays in an inbox for ever."""
    for state in flow.states.values():
        if state.ended:
            assert not [step.code for step in flow.steps.values() if state.code in step.after]
        else:
            assert any(flow.states[code].ended for code in reached(flow, state.code)), state.code


@every_flow
def test_the_owner_of_a_state_can_move_it_on(flow: Flow) -> None:
    for state in flow.states.values():
        steps = [step for step in flow.steps.values() if state.code in step.after and step.to != STAY]
        assert state.ended or any(state.owner in step.roles and step.asked == state.asked for step in steps), state.code


@every_flow
def test_every_open_state_has_a_deadline_or_a_reason_why_not(flow: Flow) -> None:
    for state in flow.states.values():
        assert state.ended == (state.limit is None and state.no_limit is None), state.code
        assert not (state.ended and (state.waits or state.urgent))
        if state.no_limit:
            assert all(state.no_limit)


@every_flow
def test_limits_count_from_states_there_are(flow: Flow) -> None:
    details = {need.what for step in flow.steps.values() for need in needs(step)}
    for state in flow.states.values():
        for limit in (state.limit, state.urgent, state.waits):
            if limit is not None and limit.since:
                assert limit.since in (details if limit.unit is Unit.STATED_DAY else flow.states)
            if limit is not None:
                assert limit.most == 0 or limit.least <= limit.count <= limit.most


@every_flow
def test_every_name_is_said_in_chinese_and_english_and_is_unlike_others(flow: Flow) -> None:
    for items in (flow.states.values(), flow.steps.values()):
        assert all(HAN.search(item.zh) and item.en and not HAN.search(item.en) for item in items)
    assert len({item.zh for item in flow.states.values()}) == len(flow.states)
    assert len({item.zh for item in flow.steps.values()}) == len(flow.steps)


def test_every_need_says_what_to_do_in_both_languages() -> None:
    """One sentence each; the same sentence never stands for two different needs."""
    said: dict[str, Need] = {}
    for need in (need for flow in FLOWS.values() for step in flow.steps.values() for need in needs(step)):
        assert need.zh.endswith("。")
        assert need.en.endswith(".")
        assert not HAN.search(need.en)
        assert said.setdefault(need.zh, need) == need


def test_every_role_has_a_name() -> None:
    assert [code.code for code in ROLES.codes] == list(Role)


def test_cases_that_follow_begin_where_their_flow_begins() -> None:
    follows = [state.opens for flow in FLOWS.values() for state in flow.states.values() if state.opens]
    assert len(follows) == 9
    for code, state in (*follows, *FLOW_OF_LIST.values()):
        assert state in FLOWS[code].entries
    assert set(SCREENING_LISTS) - set(FLOW_OF_LIST) == {"suppressed", "audit_reserve"}, (
        "who is left out is accounted for and not visited; who stands in is visited when somebody is not reached"
    )


@pytest.mark.parametrize("listing", ["tier_drift", "household_changes", "referrals"])
def test_what_is_seen_to_without_a_visit_takes_four_steps_at_most(listing: str) -> None:
    steps = FLOWS[FLOW_OF_LIST[listing][0]].steps
    assert len([code for code in steps if code != RENEW]) <= 4
    assert "visit" not in steps


def test_an_objection_is_resolved_by_an_appeal_and_by_nobody_s_hand() -> None:
    """Else who confirmed a case could dismiss what is said against it."""
    for code in ("candidate", "exit"):
        steps = FLOWS[code].steps
        assert steps["object"].opens == "appeal"
        assert steps["resolve"].roles == (Role.SYSTEM,)
        leave = [step for step in steps.values() if "disputed" in step.after and step.to != STAY]
        assert {step.code for step in leave} <= {"resolve", "give_up", "withdraw"}
        assert isinstance(steps["resolve"].to, Choice)
        assert set(steps["resolve"].to.to) == set(DECISIONS.values())
    assert {state.code for state in FLOWS["appeal"].states.values() if state.ended} == set(DECISIONS)


def test_a_tier_stays_or_changes_by_two_people_and_a_referral_goes_with_consent() -> None:
    assert "changed" not in reached(FLOWS["tier_drift"], "drifted", without=frozenset({"confirm"}))
    assert "stays" not in reached(FLOWS["tier_drift"], "drifted", without=frozenset({"confirm"}))
    assert "referral_consent" in {need.what for need in FLOWS["referral"].steps["refer"].needs}


@pytest.mark.parametrize("step", ["ask", "authorise"])
def test_nobody_is_visited_without_consent(step: str) -> None:
    """Without the person's consent, and without the signed authorisation, no path leads to a visit."""
    assert "visited" not in reached(CANDIDATE, "raised", without=frozenset({step}))
    assert "visited" not in reached(CANDIDATE, "assigned", without=frozenset({step}))


@pytest.mark.parametrize("step", ["visit", "verify", "deliberate", "publish_notice", "end_notice", "approve", "file"])
def test_nobody_is_filed_without_every_step(step: str) -> None:
    assert "filed" not in reached(CANDIDATE, "raised", without=frozenset({step}))


@pytest.mark.parametrize("step", ["visit", "confirm", "publish_notice", "approve"])
def test_nobody_leaves_the_archive_without_the_four_steps(step: str) -> None:
    assert "exited" not in reached(FLOWS["exit"], "proposed", without=frozenset({step}))


def test_the_system_decides_nothing_about_a_household() -> None:
    """What the system may do alone: send a list, withdraw what has lost its ground, and what time itself brings about; and pass on what people have ruled."""
    alone = {
        (flow.code, step.code) for flow in FLOWS.values() for step in flow.steps.values() if Role.SYSTEM in step.roles
    }
    assert {code for _, code in alone} == {
        "send", "resume", "renew", "withdraw", "resolve", "end_notice", "signal", "finish", "settle", "compare",
        "review_anew",
    }  # fmt: skip
    assert ("candidate", "settle") not in alone


def test_every_outcome_can_be_given_and_only_a_visit_tells_of_hardship() -> None:
    steps = {code: step.to.to for code, step in CANDIDATE.steps.items() if isinstance(step.to, Choice) and step.to.detail == "outcome"}  # fmt: skip
    assert set().union(*steps.values()) == set(OUTCOMES)
    assert set(steps["settle"]) == set(OUTCOMES) - FOUND_BY_VISIT
    assert {code for code in OUTCOMES if OUTCOMES[code].says is Says.CONFIRMED} < FOUND_BY_VISIT
    assert {steps["verify"][code] for code in ("01", "02", "03", "04")} == {"verified"}
    assert not set(steps["sift"]) & FOUND_BY_VISIT


def test_outcomes_after_which_a_case_goes_on_keep_no_clue_from_the_lists() -> None:
    """Moved and put off go on elsewhere or later; a death is new evidence about the rest of the household."""
    verify = CANDIDATE.steps["verify"].to
    assert isinstance(verify, Choice)
    on = {code for code, state in verify.to.items() if state in {"transferring", "put_off"}}
    assert on == {"32", "90"}
    assert verify.to["50"] == "household_goes_on"
    assert {OUTCOMES[code].closing for code in on} == {Closing.OPEN}


def test_urgent_reasons_are_bands_of_shipped_screens() -> None:
    bands = {(screen.code, band.code) for screen in shipped_screens().values() for band in screen.bands}
    assert bands >= URGENT_REASONS
