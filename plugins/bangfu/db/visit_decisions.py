"""Outcomes of visits as screening reads them (核查结论): who was decided about, when, and on what evidence.

A decision is superseded by a later one, never changed.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import BigInteger, CheckConstraint, Connection, Identity, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from bangfu.db.models import Base

__all__ = ["Decision", "VisitDecision", "keep_decisions", "list_decisions"]


class VisitDecision(Base):
    """One decision; the person is named by the opaque id of the clue."""

    __tablename__ = "visit_decision"
    __table_args__ = (CheckConstraint("evidence_digest ~ '^[0-9a-f]{64}$'", name="evidence_digest_form"),)

    decision_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    candidate_id: Mapped[str] = mapped_column(index=True)
    outcome: Mapped[str]
    decided_on: Mapped[dt.date]
    evidence: Mapped[str | None]
    evidence_digest: Mapped[str | None]
    referral_consent: Mapped[bool | None]
    recorded_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))


@dataclass(frozen=True)
class Decision:
    """A decision.

    Attributes:
        candidate_id: Of the clue.
        outcome: Code of `schemas.outcomes`.
        decided_on: The day.
        evidence, evidence_digest: `state` and `digest` of the clue's evidence.
        referral_consent: Whether the person agreed to be referred (转介); None is no agreement.
    """

    candidate_id: str
    outcome: str
    decided_on: dt.date
    evidence: str | None = None
    evidence_digest: str | None = None
    referral_consent: bool | None = None


def keep_decisions(connection: Connection, decisions: Iterable[Decision]) -> None:
    """Add decisions, in the order in which they were made."""
    rows = [asdict(item) for item in decisions]
    if rows:
        connection.execute(insert(VisitDecision), rows)


def list_decisions(connection: Connection) -> list[Decision]:
    """All decisions, the first recorded first."""
    columns = [VisitDecision.__table__.c[name] for name in Decision.__dataclass_fields__]
    query = select(*columns).order_by(VisitDecision.decision_id)
    return [Decision(**row) for row in connection.execute(query).mappings()]
