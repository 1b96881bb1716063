"""By when a case must move (时限).

Limits are counted in working days of China, in hours for urgent clues, from the moments the case itself keeps. Whoever keeps due
dates in a table reckons them again when a year's calendar is published or a freeze is set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from bangfu.china_time import CHINA
from bangfu.errors import Refused
from bangfu.review.cases import Case, desk
from bangfu.review.freezes import Freeze, freezes_of
from bangfu.review.working_days import add_working_days, end_of, months_later, provisional
from schemas.flow import Limit, Unit
from schemas.flows import FLOWS

__all__ = ["Calendar", "Due", "calendar_of", "due", "end_of_limit", "end_of_waiting"]


@dataclass(frozen=True)
class Calendar:
    """What an installation sets.

    Attributes:
        freezes: All of them.
        counts: Limits that differ from the declared ones, by flow and state.
    """

    freezes: tuple[Freeze, ...] = ()
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Due:
    """The end of a limit.

    Attributes:
        moment: From then on it is past.
        day: The last day within it, in China.
        unit: What the limit counts.
        provisional: Whether a year between is not published yet.
    """

    moment: datetime
    day: date
    unit: Unit
    provisional: bool


def calendar_of(freezes: tuple[Freeze, ...], counts: Mapping[tuple[str, str], int]) -> Calendar:
    """A calendar whose changed limits lie where the flows allow it.

    Raises:
        Refused: A limit that may not be set so.

    >>> calendar_of((), {("candidate", "on_notice"): 7}).counts[("candidate", "on_notice")]
    7
    """
    for (flow, state), count in counts.items():
        limit = FLOWS[flow].states[state].waits if flow in FLOWS and state in FLOWS[flow].states else None
        least, most = (limit.least, limit.most) if limit and limit.most else (0, -1)
        if not least <= count <= most:
            raise Refused(
                "limit_not_allowed",
                f"{flow}.{state} 的时限不能设为 {count}。"
                + (f"只能设为 {least} 至 {most}。" if most > 0 else "该时限不可更改。"),
                f"The limit of {flow}.{state} cannot be {count}; "
                + (f"set {least} to {most}." if most > 0 else "it may not be changed."),
            )
    return Calendar(freezes, counts)


def due(case: Case, calendar: Calendar) -> Due | None:
    """By when the case must have left its state; None where there is no limit, or it has ended."""
    state = case.stands
    limit = (state.urgent if case.urgent else None) or state.limit
    if limit is None:
        return None
    waited = end_of_waiting(case, calendar)
    start = datetime.combine(waited.day, time(), CHINA) if waited else _start(case, limit)
    return _end(limit, start, case, calendar)


def end_of_waiting(case: Case, calendar: Calendar) -> Due | None:
    """When the waiting of the state is over; None where nothing is waited for."""
    waits = case.stands.waits
    if waits is None:
        return None
    count = calendar.counts.get((case.flow, case.state), waits.count)
    return end_of_limit(case, replace(waits, count=count), calendar)


def end_of_limit(case: Case, limit: Limit, calendar: Calendar) -> Due:
    """When a limit of a case is over."""
    return _end(limit, _start(case, limit), case, calendar)


def _end(limit: Limit, start: datetime, case: Case, calendar: Calendar) -> Due:
    first = _day(start)
    match limit.unit:
        case Unit.HOURS:
            moment = start + timedelta(hours=limit.count)
            return Due(moment, _day(moment), limit.unit, provisional=False)
        case Unit.WORKING_DAYS:
            last = add_working_days(first, limit.count, freezes_of(desk(case), calendar.freezes))
            return Due(end_of(last), last, limit.unit, provisional(first, last))
        case Unit.MONTHS:
            last = months_later(first, limit.count)
            return Due(end_of(last), last, limit.unit, provisional=False)
        case Unit.STATED_DAY:
            last = date.fromisoformat(str(case.facts[limit.since]))
            return Due(end_of(last), last, limit.unit, provisional=False)


def _start(case: Case, limit: Limit) -> datetime:
    """A case that began later in its flow was never in some states; its clock starts when it was opened."""
    return case.entered.get(limit.since or case.state, case.entered["opened"])


def _day(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()
