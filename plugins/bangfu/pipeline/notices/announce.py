"""Telling unions of a published list (发通知), in the transaction that publishes it."""

import datetime as dt
from collections.abc import Iterator

from sqlalchemy import Connection

from bangfu.china_time import CHINA
from bangfu.db.outbox.notices import NewNotice, is_announced, write_notices
from bangfu.db.outbox.owners import OwnerCounts, counts_by_owner
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


def announce(connection: Connection, list_version: int) -> int:
    """Write a notice to every union whose clues the list changes; nothing where the list was announced before.

    Args:
        connection: Owner connection in which the list is published: both commit together, or neither.
        list_version: The list.

    Returns:
        Number of notices written.
    """
    if is_announced(connection, list_version):
        return 0
    day = today()
    owners = counts_by_owner(connection, list_version)
    return write_notices(connection, (notice for owner in owners for notice in _notices(owner, list_version, day)))


def _notices(owner: OwnerCounts, list_version: int, day: dt.date) -> Iterator[NewNotice]:
    acknowledge_by = add_working_days(day, ACKNOWLEDGE_WITHIN)
    if owner.new or owner.withdrawn:
        counts = {"new": owner.new, "continuing": owner.continuing, "withdrawn": owner.withdrawn}
        due_on = add_working_days(day, VISIT_WITHIN) if owner.new else None
        yield NewNotice(owner.union_code, NoticeKind.LIST, list_version, counts, acknowledge_by, due_on)
    if owner.retracted:
        counts = {"retracted": owner.retracted}
        yield NewNotice(owner.union_code, NoticeKind.RETRACTION, list_version, counts, acknowledge_by)
