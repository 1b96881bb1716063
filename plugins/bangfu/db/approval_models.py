"""Tables of approvals by a second person, and of where the access log was shortened; see `bangfu.db.models`."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from bangfu.db.models import Base, one_of

__all__ = ["Approval", "ApprovalKind", "AuditAnchor"]


class ApprovalKind(enum.StrEnum):
    """What is asked for."""

    PUBLICATION = "publication"
    EXPORT = "export"


class Approval(Base):
    """A question to a second person (双人审批), and the answer; neither is ever changed, and what was approved is used once.

    `subject` is the run of the list to publish, with the digest of its content, or the code of what is exported. Nobody
    has asked where the schedule did.
    """

    __tablename__ = "approval"
    __table_args__ = (
        one_of("kind", ApprovalKind),
        CheckConstraint("decided_by <> asked_by", name="two_persons"),
        CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL) AND (approved IS NULL) = (decided_at IS NULL)", name="decided"
        ),
        CheckConstraint("approved OR reason IS NOT NULL", name="rejected_for_a_reason"),
        CheckConstraint("used_at IS NULL OR (approved AND used_as IS NOT NULL)", name="used"),
        CheckConstraint(
            "CASE kind WHEN 'publication' THEN digest IS NOT NULL ELSE asked_by IS NOT NULL AND purpose <> '' END",
            name="stated",
        ),
        Index(None, "kind", "subject"),
        Index(None, "asked_by", "asked_at"),
    )

    approval_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    digest: Mapped[str | None]
    rows: Mapped[int] = mapped_column(BigInteger)
    area_code: Mapped[str]
    union_name: Mapped[str | None]
    asked_by: Mapped[str | None] = mapped_column(ForeignKey("app_user.username"))
    asked_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    expires_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp() + interval '7 days'"))
    purpose: Mapped[str] = mapped_column(server_default=text("''"))
    recipient: Mapped[str] = mapped_column(server_default=text("''"))
    figures: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("app_user.username"))
    decided_at: Mapped[datetime | None]
    approved: Mapped[bool | None]
    reason: Mapped[str | None]
    way: Mapped[str | None]
    usable_until: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    used_as: Mapped[str | None]


class AuditAnchor(Base):
    """Up to where the access log was removed when its time was over: the head of the chain there, and how many entries."""

    __tablename__ = "audit_anchor"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]
    entries: Mapped[int] = mapped_column(BigInteger)
    removed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
