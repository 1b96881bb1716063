"""The notices of one union, in the order in which they were committed (通知流), and their acknowledgement (签收).

A cursor is a position. Positions are drawn under a lock that is held until the commit (see the migration), so whoever
has read up to a position has read everything before it: nothing is committed later behind a cursor.
"""

import base64
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Select, select, text
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from bangfu.db.outbox.acknowledged import acknowledged_at
from bangfu.db.outbox.models import NoticeAcknowledgement, NoticeRow
from bangfu.db.outbox.notices import get_notice, notice_of
from schemas.notices import Channel, Notice

__all__ = ["CURSOR", "FeedRow", "acknowledge", "cursor_of", "page", "position_of", "recent", "union_scope"]

_VERSION = b"\x01"
CURSOR = r"^A[Q-X][A-Za-z0-9_-]{10}$"
"""How a cursor looks: the version and a position that is not negative, in base64 for addresses."""

_FEED = select(*NoticeRow.__table__.c, acknowledged_at().label("acknowledged_at"))


@dataclass(frozen=True)
class FeedRow:
    """A notice in the feed.

    Attributes:
        position: Where it stands.
        notice: The notice.
        acknowledged_at: From when on it counts as acknowledged.
    """

    position: int
    notice: Notice
    acknowledged_at: dt.datetime | None


@contextmanager
def union_scope(engine: Engine, union_code: str) -> Iterator[Connection]:
    """A transaction in which the portal role sees the notices of one union, and nothing of any other."""
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('bangfu.union', :union_code, true)"), {"union_code": union_code})
        yield connection


def page(connection: Connection, after: int, limit: int) -> Sequence[FeedRow]:
    """The notices after a position.

    Args:
        connection: From `union_scope` or `portal_session_scope`.
        after: Position read last; 0 from the beginning.
        limit: Most rows.
    """
    return _rows(connection, _FEED.where(NoticeRow.position > after).order_by(NoticeRow.position).limit(limit))


def recent(connection: Connection, before: int | None, limit: int) -> Sequence[FeedRow]:
    """The newest notices, or those before a position, the newest first; otherwise as `page`."""
    query = _FEED if before is None else _FEED.where(NoticeRow.position < before)
    return _rows(connection, query.order_by(NoticeRow.position.desc()).limit(limit))


def acknowledge(connection: Connection, notice_id: str, channel: Channel | str, by: str) -> dt.datetime | None:
    """Acknowledge a notice by a channel; again changes nothing.

    Args:
        connection: From `union_scope` for the channel `api`; from `portal_session_scope` for `inbox`, where the
            notice must be that of the area's own federation.
        notice_id: The notice.
        channel: `inbox` or `api`.
        by: User name, or id of the token.

    Returns:
        When it was acknowledged by this channel; None where there is no such notice for this union.
    """
    if get_notice(connection, notice_id) is None:
        return None
    values = {"notice_id": notice_id, "channel": str(channel), "by": by}
    connection.execute(insert_unless_there(NoticeAcknowledgement).values(**values).on_conflict_do_nothing())
    return connection.scalar(
        select(NoticeAcknowledgement.at).where(
            NoticeAcknowledgement.notice_id == notice_id, NoticeAcknowledgement.channel == str(channel)
        )
    )


def cursor_of(position: int) -> str:
    """A position as readers keep it.

    >>> cursor_of(258), position_of("AQAAAAAAAAEC")
    ('AQAAAAAAAAEC', 258)
    """
    return base64.urlsafe_b64encode(_VERSION + position.to_bytes(8, "big")).decode()


def position_of(cursor: str) -> int:
    """The position of a cursor.

    Raises:
        ValueError: It is none.
    """
    if not re.fullmatch(CURSOR, cursor):
        raise ValueError("This is no cursor.")
    return int.from_bytes(base64.urlsafe_b64decode(cursor)[1:], "big")


def _rows(connection: Connection, query: Select[Any]) -> list[FeedRow]:
    rows = connection.execute(query).mappings()
    return [FeedRow(row["position"], notice_of(dict(row)), row["acknowledged_at"]) for row in rows]
