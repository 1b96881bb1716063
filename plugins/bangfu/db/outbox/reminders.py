"""Notices that wait for acknowledgement (待签收), and which steps of reminding were taken about them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, text

from bangfu.db.outbox.models import NoticeReminder
from bangfu.db.outbox.notices import notice_of
from schemas.notices import Notice

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


_OPEN = text(
    """
    SELECT notice.*, ARRAY(SELECT step FROM notice_reminder AS r WHERE r.notice_id = notice.notice_id) AS taken
    FROM notice
    WHERE kind IN ('list', 'retraction')
      AND NOT EXISTS (
          SELECT FROM notice_acknowledgement JOIN notice AS told USING (notice_id)
          WHERE told.union_code = notice.union_code AND told.position >= notice.position
            AND (told.kind = notice.kind OR told.about = notice.notice_id))
      AND NOT EXISTS (
          SELECT FROM union_channel AS way WHERE way.union_code = notice.union_code AND way.channel = 'none')
      AND (SELECT count(*) FROM notice_reminder AS r WHERE r.notice_id = notice.notice_id) < :steps
    ORDER BY position
    """
)


def alone(connection: Connection) -> None:
    """Wait until nobody else reminds, and keep others waiting until the commit."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('bangfu/reminders', 0))"))


def open_notices(connection: Connection, steps: int) -> list[OpenNotice]:
    """The notices that are not acknowledged and about which some step is left, the oldest first.

    One is acknowledged as well by a later notice of its kind to the same union, or by a reminder of it. Unions that are
    not told at all are not reminded.

    Args:
        connection: Owner connection.
        steps: Number of all steps.
    """
    rows = connection.execute(_OPEN, {"steps": steps}).mappings()
    return [OpenNotice(notice_of(dict(row)), frozenset(row["taken"])) for row in rows]


def take_steps(connection: Connection, notice_id: str, steps: Sequence[str]) -> None:
    """Record steps, so that they are not taken again."""
    connection.execute(insert(NoticeReminder), [{"notice_id": notice_id, "step": step} for step in steps])
