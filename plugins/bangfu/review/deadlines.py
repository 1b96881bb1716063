"""By when a case must move, how its inbox shows it, and who is told when it does not (时限、分栏、逾期升级).

Limits are counted in working days of China, in hours for urgent clues, from the moments the case itself keeps. Whoever keeps due
dates in a table reckons them again when a year's calendar is published or a freeze is set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from bangfu.china_time import CHINA
from bangfu.errors import Refused
from bangfu.review.cases import Case, desk
from bangfu.review.freezes import Freeze, freezes_of
from bangfu.review.working_days import add_working_days, end_of, months_later, provisional, working_days_between
from schemas.flow import ESCALATION, LADDER, REMINDERS, SOON, URGENT_ESCALATION, Limit, Role, Unit
from schemas.flows import FLOWS

__all__ = [
    "Bucket", "Calendar", "Due", "bucket", "calendar_of", "due", "end_of_limit", "end_of_waiting", "reminder", "told",
]  # fmt: skip


class Bucket(StrEnum):
    """Where the inbox shows a case; every case is in exactly one."""

    OVERDUE = "overdue"  # 已逾期
    DUE_SOON = "due_soon"  # 即将到期
    NEW = "new"  # 新到
    IN_HAND = "in_hand"  # 办理中
    WAITING = "waiting"  # 等待中
    DONE = "done"  # 已办结


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


def bucket(case: Case, now: datetime, calendar: Calendar, seen: datetime | None = None) -> Bucket:
    """Where the inbox shows a case.

    Args:
        case: The case.
        now: Now.
        calendar: Freezes and limits.
        seen: When the desk last opened it.
    """
    if case.stands.ended:
        return Bucket.DONE
    end = due(case, calendar)
    if end is not None and now >= end.moment:
        return Bucket.OVERDUE
    waited = end_of_waiting(case, calendar)
    if (waited is not None and now < waited.moment) or (waited is None and end is None):
        return Bucket.WAITING
    if end is not None and _left(end, now, case, calendar) <= SOON.get(end.unit, SOON[Unit.WORKING_DAYS]):
        return Bucket.DUE_SOON
    return Bucket.NEW if seen is None or seen < case.entered[case.state] else Bucket.IN_HAND


def told(case: Case, now: datetime, calendar: Calendar) -> tuple[Role, ...]:
    """Who above the owner is told that a case is overdue, the nearest first; nobody while it is not."""
    owner, end = case.stands.owner, due(case, calendar)
    if owner is None or end is None or now < end.moment:
        return ()
    steps = URGENT_ESCALATION if end.unit is Unit.HOURS else ESCALATION
    above = LADDER[LADDER.index(owner) + 1 :]
    return tuple(role for late, role in steps if role in above and -_left(end, now, case, calendar) >= late)


def reminder(sent: datetime, now: datetime, *, acknowledged: bool, freezes: tuple[Freeze, ...] = ()) -> int | None:
    """Which reminder of a list is due: the greatest of `REMINDERS` that has come, or None.

    Args:
        sent: When the list was delivered.
        now: Now.
        acknowledged: Whether the union has received it.
        freezes: Those of the county.

    >>> from datetime import UTC
    >>> reminder(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 4, tzinfo=UTC), acknowledged=False)
    3
    """
    passed = working_days_between(_day(sent), _day(now), freezes)
    return None if acknowledged else max((days for days in REMINDERS if days <= passed), default=None)


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


def _left(end: Due, now: datetime, case: Case, calendar: Calendar) -> float:
    """Working days, or hours, until the end; negative past it."""
    if end.unit is Unit.HOURS:
        return (end.moment - now) / timedelta(hours=1)
    return working_days_between(_day(now), end.day, freezes_of(desk(case), calendar.freezes))


def _day(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()
