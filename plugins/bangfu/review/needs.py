"""What a step needs, checked: one plain function for each kind of need."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from bangfu.china_time import CHINA
from bangfu.review.cases import Actor, Case, effective, hands
from bangfu.review.deadlines import Calendar, end_of_limit, end_of_waiting
from schemas.flow import Choice, Need, NeedKind, Step
from schemas.reference import divisions

__all__ = ["Attempt", "details_of", "missing", "needs_of"]

_DETAILS = frozenset({NeedKind.GIVEN, NeedKind.DAY, NeedKind.FUTURE_DAY, NeedKind.COUNTY, NeedKind.PERSONS})
"""Needs that a detail meets; the others ask what happened before."""

_LONGEST_PUT_OFF = timedelta(183)


@dataclass(frozen=True)
class Attempt:
    """A step about to be taken.

    Attributes:
        case: The case.
        step: The step.
        actor: Who.
        at: When.
        details: What was given.
        calendar: Freezes and limits of the installation.
    """

    case: Case
    step: Step
    actor: Actor
    at: datetime
    details: Mapping[str, Any]
    calendar: Calendar


def missing(attempt: Attempt) -> tuple[Need, ...]:
    """What is still lacking, in the order in which it is declared."""
    return tuple(need for need in needs_of(attempt.step, attempt.details) if not _MET[need.kind](attempt, need))


def needs_of(step: Step, details: Mapping[str, Any]) -> tuple[Need, ...]:
    """What a step needs with these details; an outcome may need more than the step itself."""
    chosen = str(details.get(step.to.detail)) if isinstance(step.to, Choice) else ""
    return (*step.needs, *_choice_needs(step).get(chosen, ()))


def details_of(step: Step) -> frozenset[str]:
    """Details that may be given with a step: those its needs and its choice name, and a note.

    Anything else would become a fact of the case without having been asked for.
    """
    needs = [*step.needs, *(need for more in _choice_needs(step).values() for need in more)]
    choice = {step.to.detail} if isinstance(step.to, Choice) and not step.to.recorded else set()
    return frozenset({"note", *choice, *(need.what for need in needs if need.kind in _DETAILS)})


def _choice_needs(step: Step) -> Mapping[str, tuple[Need, ...]]:
    return step.to.needs if isinstance(step.to, Choice) else {}


def _given(attempt: Attempt, need: Need) -> bool:
    return _said(attempt.details.get(need.what))


def _recorded(attempt: Attempt, need: Need) -> bool:
    return _said(attempt.case.facts.get(need.what))


def _day(attempt: Attempt, need: Need) -> bool:
    day = _as_day(attempt.details.get(need.what))
    return day is not None and day <= _today(attempt)


def _not_before(attempt: Attempt, need: Need) -> bool:
    day, earlier = _as_day(attempt.details.get(need.what)), _as_day(attempt.case.facts.get(need.than))
    return day is None or earlier is None or earlier <= day


def _future_day(attempt: Attempt, need: Need) -> bool:
    day = _as_day(attempt.details.get(need.what))
    return day is not None and timedelta() < day - _today(attempt) <= _LONGEST_PUT_OFF


def _county(attempt: Attempt, need: Need) -> bool:
    division = divisions().get(str(attempt.details.get(need.what)))
    return division is not None and division.level == "county" and division.code != attempt.case.county


def _persons(attempt: Attempt, need: Need) -> bool:
    given = attempt.details.get(need.what)
    named = {name.strip() for name in given if _said(name)} if isinstance(given, list | tuple) else set()
    return len(named) >= need.at_least


def _days_taken(attempt: Attempt, need: Need) -> bool:
    taken = [event for event in effective(attempt.case.history) if event.step == need.what]
    return len({event.details.get("on") for event in taken}) >= need.at_least


def _another(attempt: Attempt, need: Need) -> bool:
    return attempt.actor.account not in hands(attempt.case, need.what)


def _others(attempt: Attempt, need: Need) -> bool:
    given = attempt.details.get(need.what)
    named = {str(name).strip() for name in ([given] if isinstance(given, str) else given or ())}
    return not named & hands(attempt.case, need.than)


def _assigned(attempt: Attempt, _: Need) -> bool:
    return attempt.actor.account == attempt.case.facts.get("assignee")


def _waited(attempt: Attempt, need: Need) -> bool:
    if need.limit is not None:
        return attempt.at >= end_of_limit(attempt.case, need.limit, attempt.calendar).moment
    end = end_of_waiting(attempt.case, attempt.calendar)
    return end is None or attempt.at >= end.moment


_MET: Mapping[NeedKind, Callable[[Attempt, Need], bool]] = {
    NeedKind.GIVEN: _given,
    NeedKind.DAY: _day,
    NeedKind.FUTURE_DAY: _future_day,
    NeedKind.COUNTY: _county,
    NeedKind.PERSONS: _persons,
    NeedKind.RECORDED: _recorded,
    NeedKind.NOT_BEFORE: _not_before,
    NeedKind.DAYS_TAKEN: _days_taken,
    NeedKind.ANOTHER: _another,
    NeedKind.OTHERS: _others,
    NeedKind.ASSIGNED: _assigned,
    NeedKind.WAITED: _waited,
}


def _said(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else bool(value)


def _as_day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _today(attempt: Attempt) -> date:
    return attempt.at.astimezone(CHINA).date()
