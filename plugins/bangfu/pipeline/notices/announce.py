"""Telling unions of a published list (发通知), in the transaction that publishes it."""

import datetime as dt
from collections.abc import Iterator

from sqlalchemy import Connection

from bangfu.china_time import CHINA
from bangfu.db.outbox.notices import NewNotice, is_announced, write_notices
from bangfu.db.outbox.owners import OwnerCounts, UrgentCounts, counts_by_owner, urgent_by_owner
from bangfu.review.working_days import add_working_days
from schemas.notices import NoticeKind

__all__ = ["ACKNOWLEDGE_WITHIN", "VISIT_WITHIN", "announce", "today"]

ACKNOWLEDGE_WITHIN = 2
"""Working days until a county acknowledges a list (签收)."""

VISIT_WITHIN = 15
"""Working days until the visits are reported (入户调查)."""


def today() -> dt.date:
    """The day in China."""
    return dt.datetime.now(CHINA).date()


def announce(connection: Connection, list_version: int, opened_at: dt.datetime | None = None) -> int:
    """Write a notice to every union whose clues the list changes; nothing where the list was announced before.

    Clues that cannot wait (抢先) are told of in a notice of their own, with the hour by which somebody must be contacted.

    Args:
        connection: Owner connection in which the list is published: both commit together, or neither.
        list_version: The list.
        opened_at: When the cases of the list were opened; None where none were.

    Returns:
        Number of notices written.
    """
    if is_announced(connection, list_version):
        return 0
    day = today()
    owners = counts_by_owner(connection, list_version)
    hurried = urgent_by_owner(connection, list_version, opened_at) if opened_at else []
    told = [notice for owner in owners for notice in _notices(owner, list_version, day)]
    last = [_urgent(owner, list_version) for owner in hurried]  # so that pages, the newest first, begin with it
    return write_notices(connection, [*told, *last])


def _urgent(owner: UrgentCounts, list_version: int) -> NewNotice:
    by = owner.due_at.astimezone(CHINA).date()
    counts = {"urgent": owner.urgent}
    return NewNotice(owner.union_code, NoticeKind.URGENT, list_version, counts, by, due_at=owner.due_at)


def _notices(owner: OwnerCounts, list_version: int, day: dt.date) -> Iterator[NewNotice]:
    acknowledge_by = add_working_days(day, ACKNOWLEDGE_WITHIN)
    if owner.new or owner.withdrawn:
        counts = {"new": owner.new, "continuing": owner.continuing, "withdrawn": owner.withdrawn}
        due_on = add_working_days(day, VISIT_WITHIN) if owner.new else None
        yield NewNotice(owner.union_code, NoticeKind.LIST, list_version, counts, acknowledge_by, due_on)
    if owner.retracted:
        counts = {"retracted": owner.retracted}
        yield NewNotice(owner.union_code, NoticeKind.RETRACTION, list_version, counts, acknowledge_by)
