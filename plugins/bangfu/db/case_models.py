"""The tables of review (核查): cases and what happened to them.

A case is one matter a union works on: a clue, or an entry of another list. Its events are the record, and are never
changed; the row of the case is what they add up to, kept so that an inbox of a hundred thousand is one query. What an
officer sees of a person stands in the case itself: a later list does not take it away in the middle of the work.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from bangfu.db.models import Base

__all__ = [
    "CaseAttachment",
    "CaseEvent",
    "CaseReading",
    "CaseTally",
    "DataTicket",
    "MatchLabel",
    "ReviewCase",
    "VisitResult",
]

_OPEN = text("ended_at IS NULL")

_LISTED = (
    "asked_county", "owner_union", "version", "blind", "flow", "state", "assignee", "outcome", "ended_at", "soon_at",
    "waits_until", "seen_at", "changed_at", "strength", "name",
)  # fmt: skip
"""What a list is narrowed, counted and sorted by, and what row policies ask: lists are read from an index that holds it all."""


class ReviewCase(Base):
    """One case (核查事项); `version` counts its events, so that two who work on it cannot undo each other's.

    `follows` is the case out of whose end it was opened, `about` the case that an appeal is about; `followed_at` is when what follows
    from its own end was seen to. `sampled_at` is when the lot was drawn whether it is looked at a second time; `blind`: it is, or is
    that second look, and the two who judge do not see each other's case meanwhile.
    """

    __tablename__ = "review_case"
    __table_args__ = (
        CheckConstraint("case_id ~ '^[0-9a-f]{24}$'", name="case_id_form"),
        CheckConstraint("county_code ~ '^[0-9]{6}$'", name="county_code_form"),
        CheckConstraint("asked_county ~ '^[0-9]{6}$'", name="asked_county_form"),
        CheckConstraint("strength BETWEEN 0 AND 1", name="strength_range"),
        Index("uq_review_case_open", "flow", "subject", "county_code", unique=True, postgresql_where=_OPEN),
        Index(None, "subject"),
        Index("ix_review_case_lists", "county_code", "due_at", "case_id", postgresql_include=_LISTED),
        Index(
            "ix_review_case_done", "county_code", text("ended_at DESC"), postgresql_where=text("ended_at IS NOT NULL")
        ),
        Index("ix_review_case_asked", "asked_county", postgresql_where=text("asked_county IS NOT NULL")),
        Index("ix_review_case_owner", "owner_union", "due_at", postgresql_where=text("owner_union IS NOT NULL")),
        Index(
            "ix_review_case_to_collect",
            "ended_at",
            postgresql_where=text("ended_at IS NOT NULL AND collected_at IS NULL"),
        ),
        Index(
            "ix_review_case_to_reduce",
            "ended_at",
            postgresql_where=text("collected_at IS NOT NULL AND reduced_at IS NULL"),
        ),
        Index(
            "ix_review_case_to_draw",
            "changed_at",
            postgresql_where=text(
                "flow = 'candidate' AND sampled_at IS NULL AND (ended_at IS NOT NULL "
                "OR state IN ('verified', 'deliberated', 'on_notice', 'noticed', 'approved'))"
            ),
        ),
        Index("ix_review_case_waiting", "waits_until", postgresql_where=_OPEN),
        Index("uq_review_case_follows", "follows", unique=True),
        Index(
            "uq_review_case_appeal",
            "about",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND flow = 'appeal'"),
        ),
        Index(None, "about"),
        Index(
            "ix_review_case_to_follow",
            "flow",
            "state",
            postgresql_where=text("ended_at IS NOT NULL AND followed_at IS NULL"),
        ),
        Index("ix_review_case_characters", text("string_to_array(name, NULL)"), postgresql_using="gin"),
    )

    case_id: Mapped[str] = mapped_column(primary_key=True)
    flow: Mapped[str]
    subject: Mapped[str]
    county_code: Mapped[str]
    owner_union: Mapped[str | None]
    asked_county: Mapped[str | None]
    state: Mapped[str]
    version: Mapped[int]
    urgent: Mapped[bool]
    assignee: Mapped[str | None]
    held_by: Mapped[str | None]
    held_until: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    soon_at: Mapped[datetime | None]
    waits_until: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    collected_at: Mapped[datetime | None]
    reduced_at: Mapped[datetime | None]
    sampled_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    follows: Mapped[str | None] = mapped_column(ForeignKey("review_case.case_id", ondelete="SET NULL"))
    about: Mapped[str | None] = mapped_column(ForeignKey("review_case.case_id", ondelete="SET NULL"))
    followed_at: Mapped[datetime | None]
    list_version: Mapped[int | None]
    union_name: Mapped[str | None]
    name: Mapped[str | None]
    sex: Mapped[str | None]
    birth_year: Mapped[int | None] = mapped_column(SmallInteger)
    ethnic_group: Mapped[str | None]
    id_number: Mapped[str | None]
    phone: Mapped[str | None]
    address: Mapped[str | None]
    employer: Mapped[str | None]
    files: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    reasons: Mapped[list[dict[str, Any]]]
    evidence: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    match: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))
    strength: Mapped[float | None]
    match_probability: Mapped[float | None]
    blind: Mapped[bool] = mapped_column(server_default=text("false"))


class CaseEvent(Base):
    """One thing that happened to a case (办理记录); nobody changes or removes it while the case is kept."""

    __tablename__ = "case_event"
    __table_args__ = (Index("uq_case_event_version", "case_id", "version", unique=True), Index(None, "at"))

    event_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("review_case.case_id", ondelete="CASCADE"))
    version: Mapped[int]
    at: Mapped[datetime]
    username: Mapped[str]
    role: Mapped[str]
    area_code: Mapped[str]
    step: Mapped[str]
    detail: Mapped[dict[str, Any]]
    key: Mapped[str | None]


class CaseReading(Base):
    """What an account has read of a case (阅案): up to which event now, and up to which before this sitting."""

    __tablename__ = "case_reading"
    __table_args__ = (Index(None, "case_id"),)

    username: Mapped[str] = mapped_column(ForeignKey("app_user.username", ondelete="CASCADE"), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("review_case.case_id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int]
    read_at: Mapped[datetime]
    former_version: Mapped[int]
    former_at: Mapped[datetime]


class CaseTally(Base):
    """How many cases were alike when they were counted last (案件统计); the columns are those of `bangfu.review.figures.Tally`."""

    __tablename__ = "case_tally"

    tally_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    county_code: Mapped[str]
    flow: Mapped[str]
    state: Mapped[str]
    outcome: Mapped[str | None]
    bucket: Mapped[str]
    late: Mapped[int] = mapped_column(SmallInteger)
    cases: Mapped[int]
    counted_at: Mapped[datetime]


class CaseAttachment(Base):
    """A paper kept with a case (附件), encrypted under a key the database does not have."""

    __tablename__ = "case_attachment"
    __table_args__ = (
        CheckConstraint("attachment_id ~ '^[0-9a-f]{32}$'", name="attachment_id_form"),
        Index(None, "case_id"),
    )

    attachment_id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("review_case.case_id", ondelete="CASCADE"))
    kind: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    username: Mapped[str]
    added_at: Mapped[datetime]
    digest: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class VisitResult(Base):
    """One reason a visited clue was listed for, with the outcome (核查结果): what the screening rules learn from.

    `visit_decision` has outcomes as well, by person and for whatever was collected, refusals and audit visits too: what lists heed until
    a later one supersedes it. Here they stand by case and reason, and count no longer once they are corrected or ruled against.
    """

    __tablename__ = "visit_result"

    case_id: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    band: Mapped[str]
    match_probability: Mapped[float]
    outcome: Mapped[str]
    collected_at: Mapped[datetime]


class MatchLabel(Base):
    """Whether a record of a source and a roster person are the same, as an officer found (匹配标注)."""

    __tablename__ = "match_label"

    case_id: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    roster_record_id: Mapped[str | None]
    same: Mapped[bool]
    basis: Mapped[str]
    collected_at: Mapped[datetime]


class DataTicket(Base):
    """What a department is asked to check in its data (校核纠错): the record and what kind of thing, nothing of the person."""

    __tablename__ = "data_ticket"

    case_id: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    record_ids: Mapped[list[str]]
    outcome: Mapped[str]
    opened_at: Mapped[datetime]
