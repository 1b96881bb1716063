"""Cases that are walked through their flow: for each step somebody who may take it, and whatever it asks for."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from hypothesis import strategies as st

from bangfu.china_time import CHINA
from bangfu.errors import Refused
from bangfu.review.cases import Actor, Case, after, desk, opened, replay
from bangfu.review.needs import needs_of
from bangfu.review.steps import taken
from schemas.flow import AREA_DIGITS, Choice, NeedKind, Role, Step
from schemas.flows import FLOWS

COUNTY, OTHER = "530102", "533102"
BEGIN = datetime(2026, 6, 1, 2, tzinfo=UTC)  # a Monday, 10 o'clock in China
SYSTEM = Actor("screening", Role.SYSTEM, "53")


def begun(flow: str = "candidate", state: str = "", **known: Any) -> Case:
    """A fresh case; a second review has its reviewer."""
    if flow == "second_review":
        known = {"assignee": "reviewer", **known}
    return replay([opened("c1", flow, COUNTY, SYSTEM, BEGIN, state=state, **known)])


def somebody(case: Case, step: Step, number: int = 0, role: Role | None = None) -> Actor:
    """An account that may take a step; another one for another number."""
    chosen = role or step.roles[0]
    named = any(need.kind is NeedKind.ASSIGNED for need in step.needs)
    place = desk(case) if step.asked else case.county
    return Actor(case.facts["assignee"] if named else f"{chosen}{number}", chosen, place[: AREA_DIGITS.get(chosen, 2)])


def filled(case: Case, step: Step, at: datetime, choice: str = "") -> dict[str, Any]:
    """Everything that a step asks to be given."""
    today = at.astimezone(CHINA).date()
    values: Mapping[NeedKind, Any] = {
        NeedKind.GIVEN: "填写",
        NeedKind.DAY: today.isoformat(),
        NeedKind.FUTURE_DAY: (today + timedelta(20)).isoformat(),
        NeedKind.COUNTY: OTHER if case.county == COUNTY else COUNTY,
        NeedKind.PERSONS: ["visitor1", "visitor2"],
    }
    chosen = {}
    if isinstance(step.to, Choice) and not step.to.recorded:
        chosen = {step.to.detail: choice or next(iter(step.to.to))}
    return chosen | {need.what: values[need.kind] for need in needs_of(step, chosen) if need.kind in values}


def walked(case: Case, *codes: str, hours: float = 1, **details: Any) -> Case:
    """The case after these steps, each by an account of its own; a code may name its choice, as in `verify:03`."""
    for number, named in enumerate(codes, case.version):
        code, _, choice = named.partition(":")
        step = FLOWS[case.flow].steps[code]
        at = case.history[-1].at + timedelta(hours=hours)
        given = filled(case, step, at, choice) | details
        case = after(case, taken(case, code, somebody(case, step, number), at, given, version=case.version))
    return case


def ways(step: Step) -> list[str]:
    """What a step can choose; one empty choice where there is nothing to choose."""
    return list(step.to.to) if isinstance(step.to, Choice) and not step.to.recorded else [""]


def tried(case: Case, step: Step, choice: str, after_hours: float, number: int) -> Case | None:
    """The case after a legal step; None where something is lacking: a second person, days to wait, attempts."""
    at = case.history[-1].at + timedelta(hours=after_hours)
    try:
        event = taken(
            case, step.code, somebody(case, step, number), at, filled(case, step, at, choice), version=case.version
        )
    except Refused as refused:
        if refused.code != "lacking":
            raise
        return None
    return after(case, event)


def legal(case: Case) -> list[Step]:
    """Steps of the case's state."""
    return [step for step in case.rules.steps.values() if case.state in step.after]


@cache
def everywhere() -> dict[tuple[str, str], Case]:
    """A case in each state that can be reached at all, by one of the shortest ways."""
    fresh = [begun(flow.code, entry) for flow in FLOWS.values() for entry in flow.entries]
    found = {(case.flow, case.state): case for case in fresh}
    while fresh:
        tries = [(case, step, choice) for case in fresh for step in legal(case) for choice in ways(step)]
        moved = [tried(*one, 1, one[0].version) or tried(*one, 24 * 400, one[0].version) for one in tries]
        fresh = [case for case in moved if case is not None and (case.flow, case.state) not in found]
        found = {(case.flow, case.state): case for case in fresh} | found
    return found


chances = st.randoms(use_true_random=True)
"""Seeded by Hypothesis; drawn through it, walks would be too short and too much alike."""


def wandered(chance: Random, *, urgent: bool = False) -> Case:
    """A case that begins in any open state and takes up to twelve legal steps, seldom one that ends it; what is lacking something is passed over."""
    case = chance.choice([case for case in everywhere().values() if not case.stands.ended])
    if urgent:
        first, *later = case.history
        case = replay((replace(first, details={**first.details, "urgent": True}), *later))
    for number in range(case.version, case.version + 12):
        if steps := legal(case):
            step = chance.choice(steps)
            hours = 24 * chance.choice((0.01, 1, 20, 400))
            moved = tried(case, step, chance.choice(ways(step)), hours, number)
            if moved is not None and (not moved.stands.ended or chance.random() < 0.2):
                case = moved
    return case


TO_VISIT = ("send", "receive", "assign", "contact", "ask", "authorise", "visit")
TO_FILE = (*TO_VISIT, "verify:03", "deliberate:agreed", "publish_notice")
