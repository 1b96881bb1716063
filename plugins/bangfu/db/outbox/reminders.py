"""Notices that wait for acknowledgement (待签收), and which steps of reminding were taken about them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, exists, func, insert, select, text

from bangfu.db.outbox.acknowledged import acknowledged_at
from bangfu.db.outbox.models import NoticeReminder, NoticeRow, UnionChannel
from bangfu.db.outbox.notices import notice_of
from schemas.notices import Channel, Notice, NoticeKind

__all__ = ["OpenNotice", "alone", "open_notices", "take_steps"]


@dataclass(frozen=True)
class OpenNotice:
    """A notice nobody has acknowledged.

    Attributes:
        notice: The notice.
        taken: Steps that were taken about it.
    """

    notice: Notice
    taken: frozenset[str]


def alone(connection: Connection) -> None:
    """Wait until nobody else reminds, and keep others waiting until the commit."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('bangfu/reminders', 0))"))


def open_notices(connection: Connection, steps: int) -> list[OpenNotice]:
    """The notices that are not acknowledged and about which some step is left, the oldest first.

    Unions that are not told at all are not reminded.

    Args:
        connection: Owner connection.
        steps: Number of all steps.
    """
    taken = (
        select(func.coalesce(func.array_agg(NoticeReminder.step), text("'{}'::text[]")))
        .where(NoticeReminder.notice_id == NoticeRow.notice_id)
        .scalar_subquery()
    )
    untold = exists().where(UnionChannel.union_code == NoticeRow.union_code, UnionChannel.channel == Channel.NONE)
    query = (
        select(*NoticeRow.__table__.c, taken.label("taken"))
        .where(
            NoticeRow.kind.in_([NoticeKind.LIST, NoticeKind.RETRACTION]),
            acknowledged_at().is_(None),
            ~untold,
            func.cardinality(taken) < steps,
        )
        .order_by(NoticeRow.position)
    )
    rows = connection.execute(query).mappings()
    return [OpenNotice(notice_of(dict(row)), frozenset(row["taken"])) for row in rows]


def take_steps(connection: Connection, notice_id: str, steps: Sequence[str]) -> None:
    """Record steps, so that they are not taken again."""
    connection.execute(insert(NoticeReminder), [{"notice_id": notice_id, "step": step} for step in steps])
