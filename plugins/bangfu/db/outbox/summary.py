"""Where the outbox stands (发件箱概况): counts by channel, servers that are down, unions that have not acknowledged."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, text

from bangfu.db.outbox.acknowledged import acknowledged_at
from bangfu.db.outbox.models import NoticeRow
from schemas.notices import NoticeKind

__all__ = ["ChannelSummary", "DownServer", "by_channel", "servers_down", "unacknowledged"]


@dataclass(frozen=True)
class ChannelSummary:
    """Messages of one channel.

    Attributes:
        channel: The channel.
        waiting, sent, dead, cancelled: How many stand so.
        oldest: Since when the oldest that waits has waited; None where none waits.
    """

    channel: str
    waiting: int
    sent: int
    dead: int
    cancelled: int
    oldest: datetime | None


@dataclass(frozen=True)
class DownServer:
    """A server that could not be reached.

    Attributes:
        server: Its name and port, or `smtp`.
        failures: In a row.
        until: Until when it is left alone.
    """

    server: str
    failures: int
    until: datetime


def by_channel(connection: Connection) -> list[ChannelSummary]:
    """Messages by channel; a channel without any is left out."""
    query = text(
        """
        SELECT channel, count(*) FILTER (WHERE status = 'waiting') AS waiting,
               count(*) FILTER (WHERE status = 'sent') AS sent, count(*) FILTER (WHERE status = 'dead') AS dead,
               count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
               min(created_at) FILTER (WHERE status = 'waiting') AS oldest
        FROM notice_message JOIN notice USING (notice_id) GROUP BY channel ORDER BY channel
        """
    )
    return [ChannelSummary(**row) for row in connection.execute(query).mappings()]


def servers_down(connection: Connection) -> list[DownServer]:
    """The servers at which nothing is tried at the moment, or only a trial."""
    query = text(
        "SELECT server, failures, open_until AS until FROM channel_circuit WHERE open_until IS NOT NULL ORDER BY 1"
    )
    return [DownServer(**row) for row in connection.execute(query).mappings()]


def unacknowledged(connection: Connection) -> int:
    """How many lists and retractions nobody has acknowledged whose day to do so is over."""
    query = select(func.count()).where(
        NoticeRow.kind.in_([NoticeKind.LIST, NoticeKind.RETRACTION]),
        NoticeRow.acknowledge_by < text("(now() AT TIME ZONE 'Asia/Shanghai')::date"),
        acknowledged_at().is_(None),
    )
    return connection.scalar(query) or 0
