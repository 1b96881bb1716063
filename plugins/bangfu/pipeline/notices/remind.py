"""Reminding (催办、督促): a union that has not acknowledged is reminded, then the federations above it are told."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from bangfu.china_time import CHINA
from bangfu.db.outbox.channels import above
from bangfu.db.outbox.notices import NewNotice, write_notices
from bangfu.db.outbox.reminders import OpenNotice, alone, open_notices, take_steps
from bangfu.pipeline.context import Context
from bangfu.pipeline.notices.announce import ACKNOWLEDGE_WITHIN, today
from bangfu.review.working_days import add_working_days
from schemas.notices import Notice, NoticeKind

__all__ = ["STEPS", "Step", "remind"]


@dataclass(frozen=True)
class Step:
    """One step of reminding.

    Attributes:
        code: Its name.
        days: Working days after the notice from which on it is due.
        levels: How far up it is told: 0 the union itself, 1 the federation above it, 2 the one above that.
    """

    code: str
    days: int
    levels: int


STEPS = (Step("first", 3, 0), Step("second", 7, 0), Step("above", 7, 1), Step("top", 10, 2))
"""In the order in which they are due: T+3, T+7 with the prefecture, T+10 with the province."""

Owed = dict[tuple[str, str, int], set[str]]
"""Unions by whom is told, step and list."""


def remind(context: Context, day: dt.date | None = None) -> int:
    """Write the reminders and escalations that are due; each step is taken once, however often this runs.

    Args:
        context: The installation.
        day: The day in China; today where absent.

    Returns:
        Number of notices written.
    """
    now = day or today()
    owed: Owed = defaultdict(set)
    reminders = []
    with context.engine.begin() as connection:
        alone(connection)
        for item in open_notices(connection, len(STEPS)):
            due = _due(item, now)
            if not due:
                continue
            take_steps(connection, item.notice.notice_id, [step.code for step in due])
            own = [step for step in due if step.levels == 0]
            if own:
                reminders.append(_reminder(item.notice, own[-1]))
            for step in due:
                told = _upwards(connection, item.notice.union_code, step.levels) if step.levels else None
                if told is not None:
                    owed[told, step.code, item.notice.list_version].add(item.notice.union_code)
        return write_notices(connection, [*reminders, *_escalations(owed, now)])


def _due(item: OpenNotice, day: dt.date) -> list[Step]:
    since = item.notice.created_at.astimezone(CHINA).date()
    return [step for step in STEPS if step.code not in item.taken and day >= add_working_days(since, step.days)]


def _reminder(notice: Notice, step: Step) -> NewNotice:
    return NewNotice(
        notice.union_code,
        NoticeKind.REMINDER,
        notice.list_version,
        notice.counts,
        notice.acknowledge_by,
        notice.due_on,
        about=notice.notice_id,
        step=f"{step.code}:{notice.kind}",
        due_at=notice.due_at,
    )


def _escalations(owed: Owed, day: dt.date) -> Iterator[NewNotice]:
    """One notice for each federation, step and list, however many unions it is about."""
    for (union_code, step, list_version), unions in sorted(owed.items()):
        counts = {"unions": len(unions)}
        acknowledge_by = add_working_days(day, ACKNOWLEDGE_WITHIN)
        yield NewNotice(union_code, NoticeKind.ESCALATION, list_version, counts, acknowledge_by, step=f"{step}:{day}")


def _upwards(connection: Connection, union_code: str, levels: int) -> str | None:
    """The federation so many levels up; None where there is none."""
    found: str | None = union_code
    for _ in range(levels):
        found = above(connection, found) if found else None
    return found
