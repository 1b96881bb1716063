"""The tables of intake (接收登记), as SQLAlchemy models: deliveries, extracts, keys, exchange and deletion logs.

A *delivery* (投递) is a sender's statement: these files, for this period, in this revision. An *extract* (数据批次) is
the content of one file, named by its digest, whoever sends it and however often. So a file that comes again within
another statement is read once and counts where it is stated.
"""

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from bangfu.db.models import Base, one_of

__all__ = [
    "Announcement",
    "DataKey",
    "Deletion",
    "Delivery",
    "DeliveryFile",
    "DeliveryStatus",
    "Direction",
    "Exchange",
    "Extract",
    "ExtractStatus",
    "TakenObject",
]


class Announcement(enum.StrEnum):
    """How a delivery says that it is complete."""

    MANIFEST = "manifest"  # 清单: sizes, digests and row counts are stated and checked
    MARKER = "marker"  # _SUCCESS alone
    NONE = "none"  # a bare file
    OPERATOR = "operator"  # received by a command of the data engineer


class DeliveryStatus(enum.StrEnum):
    """Where a delivery stands."""

    RECEIVED = "received"  # landed and registered, not in use yet
    HELD = "held"  # waits for a person's approval
    ACCEPTED = "accepted"  # in use, unless a later revision is
    REJECTED = "rejected"
    RETRACTED = "retracted"


class ExtractStatus(enum.StrEnum):
    """Where an extract stands."""

    RECEIVED = "received"
    STANDARDISED = "standardised"
    REJECTED = "rejected"
    EXPIRED = "expired"  # deleted at the end of its retention


class Direction(enum.StrEnum):
    """Which way personal data went."""

    IN = "in"
    OUT = "out"


class Extract(Base):
    """The content of one file of one source, as received (数据批次)."""

    __tablename__ = "extract"
    __table_args__ = (one_of("status", ExtractStatus), Index(None, "source", "status"))

    extract_id: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    sha256: Mapped[str]
    byte_size: Mapped[int] = mapped_column(BigInteger)
    data_rows: Mapped[int | None] = mapped_column(BigInteger)
    landing_key: Mapped[str | None]
    received_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    status: Mapped[str] = mapped_column(server_default=text("'received'"))
    rows_in: Mapped[int | None] = mapped_column(BigInteger)
    rows_accepted: Mapped[int | None] = mapped_column(BigInteger)
    rows_rejected: Mapped[int | None] = mapped_column(BigInteger)
    reject_counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    defects: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    standard_key: Mapped[str | None]
    quarantine_key: Mapped[str | None]
    standardised_at: Mapped[datetime | None]
    schema_version: Mapped[str | None]


class Delivery(Base):
    """One delivery (投递) of one sender.

    `slot` is what a revision replaces: sender and period, or, for files without a manifest, the content itself.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        one_of("announced", Announcement),
        one_of("status", DeliveryStatus),
        CheckConstraint("(status = 'retracted') = (retracted_at IS NOT NULL)", name="retracted_at"),
        CheckConstraint("status <> 'accepted' OR accepted_at IS NOT NULL", name="accepted_at"),
        Index(
            "uq_delivery_revision",
            "source",
            "slot",
            "revision",
            unique=True,
            postgresql_where=text("status <> 'rejected'"),
        ),
        Index(None, "source", "received_at"),
    )

    delivery_id: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    slot: Mapped[str]
    sender: Mapped[str | None]
    period: Mapped[str | None]
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    announced: Mapped[str]
    status: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    accepted_at: Mapped[datetime | None]
    retracted_at: Mapped[datetime | None]
    code: Mapped[str | None]
    reason: Mapped[str | None]
    decided_by: Mapped[str | None]
    profile_key: Mapped[str | None]
    receipt_key: Mapped[str | None]


class DeliveryFile(Base):
    """One file of a delivery; its extract is absent where the delivery was rejected before landing."""

    __tablename__ = "delivery_file"

    delivery_id: Mapped[str] = mapped_column(ForeignKey("delivery.delivery_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    sha256: Mapped[str]
    byte_size: Mapped[int] = mapped_column(BigInteger)
    rows_stated: Mapped[int | None] = mapped_column(BigInteger)
    extract_id: Mapped[str | None] = mapped_column(ForeignKey("extract.extract_id"), index=True)


class TakenObject(Base):
    """An object of the drop area about which was decided (已处理的投递对象), from that moment until it is gone from there.

    `mark` is a digest of its key, size and time of change: a sender's file name is not kept here.
    """

    __tablename__ = "taken_object"

    mark: Mapped[str] = mapped_column(primary_key=True)
    delivery_id: Mapped[str] = mapped_column(ForeignKey("delivery.delivery_id", ondelete="CASCADE"), index=True)


class DataKey(Base):
    """The wrapped data key (数据密钥) of one extract or run; without it the objects cannot be read by anybody."""

    __tablename__ = "data_key"
    __table_args__ = (CheckConstraint("(wrapped IS NULL) = (destroyed_at IS NOT NULL)", name="destroyed"),)

    owner_id: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str]
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    destroyed_at: Mapped[datetime | None]


class Exchange(Base):
    """What personal data was taken in or given out (数据交换记录), on which basis; entries are only ever added."""

    __tablename__ = "exchange"
    __table_args__ = (one_of("direction", Direction), Index(None, "source", "at"))

    entry_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    direction: Mapped[str]
    source: Mapped[str]
    delivery_id: Mapped[str | None]
    counterpart: Mapped[str]
    purpose: Mapped[str]
    legal_basis: Mapped[str]
    columns: Mapped[list[str]]
    rows: Mapped[int] = mapped_column(BigInteger)
    byte_size: Mapped[int] = mapped_column(BigInteger)


class Deletion(Base):
    """What was deleted at the end of its retention (销毁记录); entries are only ever added."""

    __tablename__ = "deletion"
    __table_args__ = (Index(None, "run_id"),)

    entry_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    run_id: Mapped[str] = mapped_column(ForeignKey("pipeline_run.run_id"))
    owner_id: Mapped[str]
    zone: Mapped[str]
    object_key: Mapped[str | None]
    rows: Mapped[int | None] = mapped_column(BigInteger)
    byte_size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    reason: Mapped[str]
    due_on: Mapped[date | None]
    key_destroyed: Mapped[bool] = mapped_column(server_default=text("false"))
