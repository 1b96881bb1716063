"""Tables of accounts' second step, of proposals about accounts, and of the audit; see `bangfu.db.models`."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from bangfu.db.models import Base, one_of

__all__ = ["AccountChange", "AuditCheck", "ChangeKind", "ClientAttempt", "ExportRecord", "RecoveryCode", "SecondFactor"]


class ChangeKind(enum.StrEnum):
    """What a proposal about an account asks for."""

    CREATE = "create"
    CHANGE = "change"
    LINK = "link"
    RESET_SECOND_FACTOR = "reset_second_factor"


class AccountChange(Base):
    """A proposal about an account (账号变更): one administrator proposes, another decides; `target` holds no secret."""

    __tablename__ = "account_change"
    __table_args__ = (
        one_of("kind", ChangeKind),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_persons"),
        CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL) AND (approved IS NULL) = (decided_at IS NULL)", name="decided"
        ),
        Index("uq_account_change_waiting", "username", unique=True, postgresql_where=text("decided_at IS NULL")),
    )

    change_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str]
    username: Mapped[str]
    area_code: Mapped[str]
    target: Mapped[dict[str, Any]]
    password_hash: Mapped[str | None]
    proposed_by: Mapped[str] = mapped_column(ForeignKey("app_user.username"))
    proposed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("app_user.username"))
    decided_at: Mapped[datetime | None]
    approved: Mapped[bool | None]


class SecondFactor(Base):
    """The key of an account's one-time codes, encrypted; counted failures lock it."""

    __tablename__ = "second_factor"

    username: Mapped[str] = mapped_column(ForeignKey("app_user.username"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    locked_until: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code for the day the telephone is lost; only its keyed digest is kept."""

    __tablename__ = "recovery_code"

    username: Mapped[str] = mapped_column(ForeignKey("app_user.username"), primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None]


class ClientAttempt(Base):
    """Attempts to log in from one client address, as a leaking bucket."""

    __tablename__ = "client_attempt"

    client: Mapped[str] = mapped_column(primary_key=True)
    attempts: Mapped[float]
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class ExportRecord(Base):
    """What left the service: who, what for, what, how much, how protected, approved by whom, to whom."""

    __tablename__ = "export_record"
    __table_args__ = (
        CheckConstraint("approved_by IS NULL OR approved_by <> username", name="two_persons"),
        CheckConstraint("purpose <> '' AND recipient <> '' AND setting <> ''", name="stated"),
        Index(None, "at"),
    )

    export_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    username: Mapped[str]
    area_code: Mapped[str]
    recipient: Mapped[str]
    purpose: Mapped[str]
    setting: Mapped[str]
    columns: Mapped[list[str]]
    rows: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    approved_by: Mapped[str | None]


class AuditCheck(Base):
    """One verification of the access log: what was counted and found."""

    __tablename__ = "audit_check"

    check_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    checked_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    sealed: Mapped[int] = mapped_column(BigInteger)
    unsealed: Mapped[int] = mapped_column(BigInteger)
    heads: Mapped[int]
    findings: Mapped[list[str]]
