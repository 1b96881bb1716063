"""Cases that are walked through their flow: for each step somebody who may take it, and whatever it asks for."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bangfu.china_time import CHINA
from bangfu.review.cases import Actor, Case, after, desk, opened, replay
from bangfu.review.needs import needs_of
from bangfu.review.steps import taken
from schemas.flow import AREA_DIGITS, Choice, NeedKind, Role, Step
from schemas.flows import FLOWS

COUNTY, OTHER = "530102", "533102"
BEGIN = datetime(2026, 6, 1, 2, tzinfo=UTC)  # a Monday, 10 o'clock in China
SYSTEM = Actor("screening", Role.SYSTEM, "53")


def begun(flow: str = "candidate", state: str = "", **known: Any) -> Case:
    """A fresh case."""
    return replay([opened("c1", flow, COUNTY, SYSTEM, BEGIN, state=state, **known)])


def somebody(case: Case, step: Step, number: int = 0, role: Role | None = None) -> Actor:
    """An account that may take a step; another one for another number."""
    chosen = role or step.roles[0]
    place = desk(case) if step.asked else case.county
    return Actor(f"{chosen}{number}", chosen, place[: AREA_DIGITS.get(chosen, 2)])


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


TO_VISIT = ("send", "receive", "assign", "contact", "ask", "authorise", "visit")
TO_FILE = (*TO_VISIT, "verify:03", "deliberate:agreed", "publish_notice")
