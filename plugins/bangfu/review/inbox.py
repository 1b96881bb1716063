"""How the inbox shows a case, who is told when it does not move, and when a list is brought to mind (分栏、逾期升级、催签)."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from bangfu.china_time import CHINA
from bangfu.review.cases import Case, desk
from bangfu.review.deadlines import Calendar, Due, due, end_of_waiting
from bangfu.review.freezes import Freeze, freezes_of
from bangfu.review.working_days import working_days_between
from schemas.code_list import Code, CodeList
from schemas.flow import ESCALATION, LADDER, REMINDERS, SOON, URGENT_ESCALATION, Role, Unit

__all__ = ["BUCKETS", "Bucket", "bucket", "reminder", "told"]


class Bucket(StrEnum):
    """Where the inbox shows a case; every case is in exactly one."""

    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    NEW = "new"
    IN_HAND = "in_hand"
    WAITING = "waiting"
    DONE = "done"


BUCKETS = CodeList(
    "bucket",
    (
        Code(Bucket.OVERDUE, "已逾期", "overdue"),
        Code(Bucket.DUE_SOON, "即将到期", "due soon"),
        Code(Bucket.NEW, "新到", "new"),
        Code(Bucket.IN_HAND, "办理中", "in hand"),
        Code(Bucket.WAITING, "等待中", "waiting"),
        Code(Bucket.DONE, "已办结", "done"),
    ),
)


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


def _left(end: Due, now: datetime, case: Case, calendar: Calendar) -> float:
    """Working days, or hours, until the end; negative past it."""
    if end.unit is Unit.HOURS:
        return (end.moment - now) / timedelta(hours=1)
    return working_days_between(_day(now), end.day, freezes_of(desk(case), calendar.freezes))


def _day(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()
