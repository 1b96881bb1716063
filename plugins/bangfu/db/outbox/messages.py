"""Messages on their way (待发消息): claimed one at a time under a lease, and closed by what came of it.

A claim counts as an attempt before anything is sent, so that a message that kills its dispatcher is given up in the end
as any other. A lease that ran out lets another dispatcher try: the receiver then may get the same message id again.
"""

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from bangfu.db.outbox.circuits import THRESHOLD
from bangfu.db.outbox.models import MessageStatus, NoticeAttempt, NoticeMessage, NoticeRow
from bangfu.db.outbox.notices import notice_of
from bangfu.errors import BangfuError
from schemas.notices import Channel, Notice

__all__ = ["ATTEMPTS", "Claimed", "bury", "claim", "close_failed", "close_sent", "dead_messages", "requeue"]

ATTEMPTS = 12
"""Attempts after which a message is given up (死信)."""


@dataclass(frozen=True)
class Claimed:
    """A message that this dispatcher alone may send, until its lease runs out.

    Attributes:
        message_id: The id that the receiver sees.
        lease: Whose claim it is.
        number: Of the attempt, counting from 1.
        channel: E-mail or webhook.
        address: Where it goes; None where the channel was taken away meanwhile.
        server: What is down when it cannot be reached.
        secret_versions: Versions of the secrets that sign it, the present one first.
        notice: What is told.
    """

    message_id: str
    lease: str
    number: int
    channel: Channel
    address: str | None
    server: str | None
    secret_versions: tuple[int, ...]
    notice: Notice


_DUE = """
    SELECT message.message_id
    FROM notice_message AS message
    JOIN notice USING (notice_id)
    LEFT JOIN union_channel AS way ON way.union_code = notice.union_code AND way.channel = message.channel
    LEFT JOIN channel_circuit AS circuit ON circuit.server = way.server
    WHERE message.status = 'waiting' AND message.due_at <= now() AND message.attempts < :attempts
      AND (message.leased_until IS NULL OR message.leased_until <= now())
      AND (circuit.open_until IS NULL OR circuit.open_until <= now())
      AND message.channel = ANY(:channels)
    ORDER BY message.due_at, message.message_id
    LIMIT 1
    FOR UPDATE OF message SKIP LOCKED
"""

_CLAIM = text(
    f"""
    UPDATE notice_message SET attempts = attempts + 1, lease = :lease, leased_until = now() + :duration
    WHERE message_id = ({_DUE})
    RETURNING message_id, notice_id, channel, attempts
    """  # noqa: S608  (own text)
)

_WAY = text(
    """
    SELECT address, server, secret_version, former_until > now() AS former
    FROM union_channel WHERE union_code = :union_code AND channel = :channel
    """
)

_TRIAL = text(
    "UPDATE channel_circuit SET open_until = now() + :duration WHERE server = :server AND failures >= :threshold"
)


def claim(connection: Connection, channels: Sequence[Channel], duration: dt.timedelta) -> Claimed | None:
    """Claim the message that has been due longest; None where nothing is due.

    Where its server was down, the claim is a trial, and others of that server wait for what becomes of it.

    Args:
        connection: Owner connection; the claim counts when it commits.
        channels: Which can be sent by.
        duration: Of the lease; longer than any attempt can take.
    """
    lease = secrets.token_hex(8)
    values = {"attempts": ATTEMPTS, "lease": lease, "duration": duration, "channels": [str(item) for item in channels]}
    found = connection.execute(_CLAIM, values).one_or_none()
    if found is None:
        return None
    query = select(NoticeRow.__table__).where(NoticeRow.notice_id == found.notice_id)
    notice = notice_of(dict(connection.execute(query).mappings().one()))
    way = connection.execute(_WAY, {"union_code": notice.union_code, "channel": found.channel}).one_or_none()
    if way is not None:
        connection.execute(_TRIAL, {"server": way.server, "duration": duration, "threshold": THRESHOLD})
    address, server, version, former = way or (None, None, 1, False)
    versions = (version, version - 1) if former else (version,)
    channel = Channel(found.channel)
    return Claimed(found.message_id, lease, found.attempts, channel, address, server, versions, notice)


def close_sent(connection: Connection, message: Claimed, milliseconds: int) -> None:
    """Record that a message was taken; whoever holds its lease by now finds it sent."""
    _record(connection, message, "sent", milliseconds)
    connection.execute(
        update(NoticeMessage)
        .where(NoticeMessage.message_id == message.message_id, NoticeMessage.status == MessageStatus.WAITING)
        .values(status=MessageStatus.SENT, sent_at=func.now(), leased_until=None, lease=None, last_code="sent")
    )


def close_failed(
    connection: Connection, message: Claimed, code: str, milliseconds: int, *, status: MessageStatus, wait: dt.timedelta
) -> None:
    """Record that a message was not taken; nothing else changes where the lease is another's by now.

    Args:
        connection: Owner connection.
        message: The message.
        code: Why.
        milliseconds: What the attempt took.
        status: `WAITING` to be tried again, else how it ends.
        wait: Until it is tried again.
    """
    _record(connection, message, code, milliseconds)
    connection.execute(
        update(NoticeMessage)
        .where(
            NoticeMessage.message_id == message.message_id,
            NoticeMessage.status == MessageStatus.WAITING,
            NoticeMessage.lease == message.lease,
        )
        .values(status=status, due_at=func.now() + wait, leased_until=None, lease=None, last_code=code)
    )


def bury(connection: Connection) -> int:
    """Give up messages whose last attempt never came to an end; returns how many."""
    return connection.execute(
        update(NoticeMessage)
        .where(
            NoticeMessage.status == MessageStatus.WAITING,
            NoticeMessage.attempts >= ATTEMPTS,
            NoticeMessage.leased_until <= func.now(),
        )
        .values(status=MessageStatus.DEAD, leased_until=None, lease=None, last_code="interrupted")
    ).rowcount


def dead_messages(connection: Connection) -> list[Mapping[str, Any]]:
    """The messages that were given up: `message_id, union, channel, kind, list_version, attempts, code`."""
    query = (
        select(
            NoticeMessage.message_id,
            NoticeRow.union_code.label("union"),
            NoticeMessage.channel,
            NoticeRow.kind,
            NoticeRow.list_version,
            NoticeMessage.attempts,
            NoticeMessage.last_code.label("code"),
        )
        .join_from(NoticeMessage, NoticeRow)
        .where(NoticeMessage.status == MessageStatus.DEAD)
        .order_by(NoticeRow.position, NoticeMessage.message_id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def requeue(connection: Connection, message_id: str) -> None:
    """Let a message that was given up be tried again at once, under its id.

    Raises:
        BangfuError: No such message was given up.
    """
    changed = connection.execute(
        update(NoticeMessage)
        .where(NoticeMessage.message_id == message_id, NoticeMessage.status == MessageStatus.DEAD)
        .values(status=MessageStatus.WAITING, attempts=0, due_at=func.now(), leased_until=None, lease=None)
    )
    if changed.rowcount != 1:
        raise BangfuError(f"There is no dead message {message_id}: `bangfu dispatch --dead` lists them.")


def _record(connection: Connection, message: Claimed, code: str, milliseconds: int) -> None:
    values = {"message_id": message.message_id, "number": message.number, "code": code, "milliseconds": milliseconds}
    connection.execute(insert(NoticeAttempt).values(**values))
