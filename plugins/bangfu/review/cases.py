"""A case (案件) is the fold of its events: nothing is overwritten, and any case can be had again from what happened.

An event is added, never changed; taking a step back adds an event that says so. The first event opens the case. Numbers
count from 1 without a gap, so two people who act on one version cannot both be first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any

from bangfu.review.working_days import begin_of
from schemas.flow import BACK, STAY, Choice, Flow, Role, State, Step
from schemas.flows import FLOWS

__all__ = [
    "OPEN",
    "UNDO",
    "Actor",
    "Case",
    "Event",
    "after",
    "desk",
    "effective",
    "hands",
    "involved_in",
    "next_state",
    "opened",
    "replay",
    "who_visited",
]

OPEN, UNDO = "open", "undo"
"""Steps that no flow declares: the case begins; the last step is taken back."""


@dataclass(frozen=True)
class Actor:
    """Who acts.

    Attributes:
        account: Log-in name, or the name of the task for the system.
        role: One of the account's roles.
        area: Division code of 2, 4 or 6 digits.
    """

    account: str
    role: Role
    area: str


@dataclass(frozen=True)
class Event:
    """Something that happened to a case.

    Attributes:
        case_id: Opaque.
        number: From 1 on.
        step: Code of the step; `OPEN` or `UNDO`.
        actor: Who.
        at: When it was recorded.
        details: What was given: of `OPEN` flow, state, county and whatever is known; of `UNDO` the number taken back.
    """

    case_id: str
    number: int
    step: str
    actor: Actor
    at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """How a case stands.

    Attributes:
        case_id: Opaque.
        flow: Code of its flow.
        county: Six-digit code of the county it is with.
        state: Code of its state.
        before: The state before this one; where it goes back to.
        version: Number of the last event.
        urgent: Whether hours count (抢先): a death, a collapsed house.
        entered: When each state began last, the time a case was put aside taken off; `opened` as well.
        facts: Every detail given so far, the latest of each name.
        history: Its events, those taken back included.
    """

    case_id: str
    flow: str
    county: str
    state: str
    before: str
    version: int
    urgent: bool
    entered: Mapping[str, datetime]
    facts: Mapping[str, Any]
    history: tuple[Event, ...]

    @property
    def rules(self) -> Flow:
        """The declaration of its flow."""
        return FLOWS[self.flow]

    @property
    def stands(self) -> State:
        """The declaration of its state."""
        return self.rules.states[self.state]


def opened(case_id: str, flow: str, county: str, actor: Actor, at: datetime, *, state: str = "", **known: Any) -> Event:
    """The event that opens a case.

    Args:
        case_id: Opaque.
        flow: Code of a flow.
        county: Six-digit code.
        actor: Who opens it; the system for a pushed list.
        at: When.
        state: One of the flow's entries; the first where none is given.
        **known: Details: `urgent`; `assignee`; of an appeal or a second review `involved`, the accounts that had a hand in
            the case it is about (`involved_in`); of an appeal what `schemas.flows.appeal.LODGE` asks for.
    """
    begins = state or FLOWS[flow].entries[0]
    if begins not in FLOWS[flow].entries:
        raise ValueError(f"A case of {flow} does not begin in {begins}.")
    return Event(case_id, 1, OPEN, actor, at, {"flow": flow, "county": county, "state": begins, **known})


def replay(events: Iterable[Event]) -> Case:
    """The case that its events make, in the order of their numbers."""
    history = tuple(sorted(events, key=lambda event: event.number))
    if not history or [event.number for event in history] != list(range(1, len(history) + 1)):
        raise ValueError("the events of a case are numbered from 1 without a gap")
    first, *later = effective(history)
    case = reduce(after, later, _begun(first))
    return replace(case, version=len(history), history=history)


def after(case: Case, event: Event) -> Case:
    """The case after one more event."""
    if event.step == UNDO:
        return replay((*case.history, event))
    step = case.rules.steps[event.step]
    facts = {**case.facts, **event.details}
    target = next_state(case, step, facts)
    moved = replace(
        case,
        county=facts["to_county"] if step.moves else case.county,
        version=event.number,
        facts=facts,
        history=(*case.history, event),
    )
    if target == STAY:
        return moved
    return replace(moved, state=target, before=case.state, entered=_entered(case, step, target, event.at))


def next_state(case: Case, step: Step, facts: Mapping[str, Any]) -> str:
    """Where a step leads, `STAY` where nowhere; the chosen value must be one the step has."""
    target = step.to.to[facts[step.to.detail]] if isinstance(step.to, Choice) else step.to
    return case.before if target == BACK else target


def effective(history: Iterable[Event]) -> tuple[Event, ...]:
    """Events that count: neither taken back nor the taking back itself."""
    events = tuple(history)
    undone = {event.details["number"] for event in events if event.step == UNDO}
    return tuple(event for event in events if event.step != UNDO and event.number not in undone)


def hands(case: Case, step: str) -> frozenset[str]:
    """Accounts that had a hand in a step: who recorded it and who is named as a visitor; `original` means the whole
    case that an appeal or a second review is about."""
    taken = [event for event in effective(case.history) if event.step == step]
    known = case.facts.get("involved", ()) if step == "original" else ()
    return frozenset(
        {*known, *(event.actor.account for event in taken), *(name for event in taken for name in _visitors(event))}
    )


def involved_in(case: Case) -> frozenset[str]:
    """Accounts that had a hand in a case: who took a step that counts, and who is named as a visitor.

    Recording what somebody says against it is no hand in it.
    """
    counted = [event for event in effective(case.history) if event.actor.role is not Role.SYSTEM]
    taken = [event for event in counted if event.step in case.rules.steps and not case.rules.steps[event.step].opens]
    named = {name for event in taken for name in _visitors(event)}
    return frozenset({*(event.actor.account for event in taken), *named, *case.facts.get("involved", ())})


def who_visited(case: Case) -> tuple[str, ...]:
    """Accounts of the last visit, who recorded it first; none where nobody visited."""
    visits = [event for event in effective(case.history) if event.step == "visit"]
    return (visits[-1].actor.account, *_visitors(visits[-1])) if visits else ()


def desk(case: Case) -> str:
    """The county in whose inbox a case is: the one asked, while it is asked."""
    return str(case.facts["to_county"]) if case.stands.asked else case.county


def _entered(case: Case, step: Step, target: str, at: datetime) -> dict[str, datetime]:
    """When each state began last; a case that comes back resumes its clocks, later by the time it was put aside."""
    if step.to != BACK:
        return {**case.entered, target: at}
    aside = at - case.entered[case.state] if case.stands.waits else timedelta()
    return {state: moment + aside for state, moment in case.entered.items()}


def _visitors(event: Event) -> Iterable[str]:
    named: Iterable[str] = event.details.get("visitors", ())
    return named


def _begun(event: Event) -> Case:
    facts = dict(event.details)
    state = facts["state"]
    begins = min(event.at, begin_of(date.fromisoformat(facts["lodged_on"]))) if "lodged_on" in facts else event.at
    return Case(
        event.case_id,
        facts["flow"],
        facts["county"],
        state,
        state,
        event.number,
        bool(facts.get("urgent", False)),
        {state: begins, "opened": event.at},
        facts,
        (event,),
    )
