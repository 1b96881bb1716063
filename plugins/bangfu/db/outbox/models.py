"""Tables of the outbox. None of them has a column for a person; row-level security lies in the migration."""

import datetime as dt
import enum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bangfu.db.models import Base, one_of
from schemas.notices import Channel, NoticeKind

__all__ = [
    "ApiToken",
    "ChannelCircuit",
    "MessageStatus",
    "NoticeAcknowledgement",
    "NoticeAttempt",
    "NoticeMessage",
    "NoticeReminder",
    "NoticeRow",
    "UnionChannel",
    "UnionDesk",
]

UNION = "^([0-9]{2}([0-9]{2}){0,2}|[^0-9[:space:]]{4,60})$"
"""A division code, or a name without digits and blanks."""


def _union(column: str = "union_code") -> CheckConstraint:
    return CheckConstraint(f"{column} ~ '{UNION}'", name=f"{column}_form")


class MessageStatus(enum.StrEnum):
    """How a message stands."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    CANCELLED = "cancelled"


class UnionDesk(Base):
    """An industry, system or company union that has a desk of its own (自有经办)."""

    __tablename__ = "union_desk"
    __table_args__ = (_union(), CheckConstraint("above ~ '^[0-9]{2}([0-9]{2}){0,2}$'", name="above_form"))

    union_code: Mapped[str] = mapped_column(primary_key=True)
    above: Mapped[str]


class UnionChannel(Base):
    """One way in which a union is told; `server` is what is down when it cannot be reached."""

    __tablename__ = "union_channel"
    __table_args__ = (
        _union(),
        one_of("channel", Channel),
        CheckConstraint("(channel IN ('email', 'webhook')) = (address IS NOT NULL)", name="address_given"),
        CheckConstraint("(address IS NULL) = (server IS NULL)", name="server_given"),
    )

    union_code: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str | None]
    server: Mapped[str | None]
    secret_version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    former_until: Mapped[dt.datetime | None]
    set_by: Mapped[str]
    set_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))


class NoticeRow(Base):
    """One notice; `position` follows the order of the commits, see the migration."""

    __tablename__ = "notice"
    __table_args__ = (
        _union(),
        one_of("kind", NoticeKind),
        UniqueConstraint("union_code", "kind", "list_version", "step"),
        Index("uq_notice_position", "position", unique=True),
        Index(None, "union_code", "position"),
        Index(None, "list_version", "kind"),
    )

    notice_id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    union_code: Mapped[str]
    kind: Mapped[str]
    list_version: Mapped[int]
    step: Mapped[str] = mapped_column(server_default=text("''"))
    counts: Mapped[dict[str, Any]]
    acknowledge_by: Mapped[dt.date]
    due_on: Mapped[dt.date | None]
    about: Mapped[str | None] = mapped_column(ForeignKey("notice.notice_id"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    due_at: Mapped[dt.datetime | None]


class NoticeMessage(Base):
    """A notice on its way by one channel; its id is the idempotency id that the receiver sees."""

    __tablename__ = "notice_message"
    __table_args__ = (
        one_of("status", MessageStatus),
        one_of("channel", Channel),
        UniqueConstraint("notice_id", "channel"),
        Index("ix_notice_message_due", "due_at", "message_id", postgresql_where=text("status = 'waiting'")),
    )

    message_id: Mapped[str] = mapped_column(primary_key=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notice.notice_id"))
    channel: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    due_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    leased_until: Mapped[dt.datetime | None]
    lease: Mapped[str | None]
    sent_at: Mapped[dt.datetime | None]
    last_code: Mapped[str | None]


class NoticeAttempt(Base):
    """What one attempt to send a message came to; only ever added."""

    __tablename__ = "notice_attempt"
    __table_args__ = (CheckConstraint("code ~ '^[a-z0-9_]{1,40}$'", name="code_form"), Index(None, "message_id"))

    attempt_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("notice_message.message_id"))
    at: Mapped[dt.datetime] = mapped_column(server_default=text("clock_timestamp()"))
    number: Mapped[int]
    code: Mapped[str]
    milliseconds: Mapped[int]


class ChannelCircuit(Base):
    """A server that could not be reached lately: nothing is tried until `open_until`."""

    __tablename__ = "channel_circuit"

    server: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    open_until: Mapped[dt.datetime | None]


class NoticeAcknowledgement(Base):
    """A union acknowledged a notice (签收): once by each channel; only ever added."""

    __tablename__ = "notice_acknowledgement"
    __table_args__ = (CheckConstraint("channel IN ('inbox', 'api')", name="channel_known"),)

    notice_id: Mapped[str] = mapped_column(ForeignKey("notice.notice_id"), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    by: Mapped[str]
    at: Mapped[dt.datetime] = mapped_column(server_default=text("clock_timestamp()"))


class NoticeReminder(Base):
    """Which steps of reminding were taken about a notice; each is taken once."""

    __tablename__ = "notice_reminder"

    notice_id: Mapped[str] = mapped_column(ForeignKey("notice.notice_id"), primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))


class ApiToken(Base):
    """A token of a union's own system; only its sha256 is kept."""

    __tablename__ = "api_token"
    __table_args__ = (_union(), CheckConstraint("cardinality(scopes) > 0", name="scopes_given"))

    token_id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    union_code: Mapped[str]
    name: Mapped[str]
    scopes: Mapped[list[str]]
    created_by: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    last_used_at: Mapped[dt.datetime | None]
    window_started: Mapped[dt.datetime | None]
    window_requests: Mapped[int] = mapped_column(Integer, server_default=text("0"))
