"""The tables, as SQLAlchemy models; the migrations under `migrations/versions` make them.

Row-level security, grants and the log-in functions live in the migrations alone, since models
cannot say them. No table holds an object's content: rows of extracts and scored pairs are Parquet in
the object store, registered here.
"""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from schemas.rights import Role

__all__ = [
    "AccessLog",
    "AppUser",
    "Base",
    "Candidate",
    "CandidateList",
    "CandidateStatus",
    "LinkSet",
    "PipelineRun",
    "PortalSession",
    "Role",
    "RunStatus",
    "SessionState",
    "one_of",
]


class RunStatus(enum.StrEnum):
    """How a pipeline run stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class CandidateStatus(enum.StrEnum):
    """Whether officers see a candidate (候选线索)."""

    SCREENED = "screened"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class SessionState(enum.StrEnum):
    """How far a log-in has come."""

    SECOND_FACTOR = "second_factor"
    OPEN = "open"


def one_of(column: str, values: type[enum.StrEnum]) -> CheckConstraint:
    """A constraint that a column holds one of these codes."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


class Base(DeclarativeBase):
    """Base of the models; constraint names follow from their columns."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy reads it from the class)
        str: Text,
        datetime: DateTime(timezone=True),
        float: Double,
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
        list[str]: ARRAY(Text),
    }


class PipelineRun(Base):
    """One run of one stage; its summary holds counts, never persons."""

    __tablename__ = "pipeline_run"
    __table_args__ = (one_of("status", RunStatus), Index(None, "stage", "run_id"))

    run_id: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'running'"))
    started_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    finished_at: Mapped[datetime | None]
    input_hash: Mapped[str | None]
    summary: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))


class LinkSet(Base):
    """The scored pairs between the roster and one source, made by one run."""

    __tablename__ = "link_set"

    run_id: Mapped[str] = mapped_column(ForeignKey("pipeline_run.run_id"), primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    pairs_key: Mapped[str]
    model_key: Mapped[str | None]
    left_rows: Mapped[int] = mapped_column(BigInteger)
    right_rows: Mapped[int] = mapped_column(BigInteger)
    pairs_scored: Mapped[int] = mapped_column(BigInteger)
    pairs_accepted: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class CandidateList(Base):
    """One screened list; it gets its version when it is published."""

    __tablename__ = "candidate_list"

    run_id: Mapped[str] = mapped_column(ForeignKey("pipeline_run.run_id"), primary_key=True)
    candidates: Mapped[int]
    screened_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    list_version: Mapped[int | None] = mapped_column(Integer, unique=True)
    published_at: Mapped[datetime | None]


class Candidate(Base):
    """One clue (线索): a member with evidence of hardship and without a registered archive.

    A person has one row for each list they were on; at most one of them is published.
    """

    __tablename__ = "candidate"
    __table_args__ = (
        one_of("status", CandidateStatus),
        CheckConstraint("county_code ~ '^[0-9]{6}$'", name="county_code_form"),
        CheckConstraint("strength BETWEEN 0 AND 1", name="strength_range"),
        CheckConstraint("match_probability BETWEEN 0 AND 1", name="match_probability_range"),
        CheckConstraint("(status = 'screened') = (list_version IS NULL)", name="version_when_published"),
        Index("uq_candidate_published", "candidate_id", unique=True, postgresql_where=text("status = 'published'")),
        Index(None, "status", "county_code", text("strength DESC"), "candidate_id"),
        Index(
            "ix_candidate_owner_union",
            "owner_union",
            text("strength DESC"),
            "candidate_id",
            postgresql_where=text("status = 'published'"),
        ),
    )

    candidate_id: Mapped[str] = mapped_column(primary_key=True)
    screened_run_id: Mapped[str] = mapped_column(ForeignKey("candidate_list.run_id"), primary_key=True)
    status: Mapped[str] = mapped_column(server_default=text("'screened'"))
    list_version: Mapped[int | None] = mapped_column(Integer)
    published_at: Mapped[datetime | None]
    county_code: Mapped[str]
    prefecture_code: Mapped[str]
    union_name: Mapped[str | None]
    roster_record_id: Mapped[str]
    roster_person_id: Mapped[str | None]
    name: Mapped[str | None]
    sex: Mapped[str | None]
    birth_year: Mapped[int | None] = mapped_column(SmallInteger)
    ethnic_group: Mapped[str | None]
    id_number: Mapped[str | None]
    phone: Mapped[str | None]
    address: Mapped[str | None]
    employer: Mapped[str | None]
    reasons: Mapped[list[dict[str, Any]]]
    evidence: Mapped[dict[str, Any]]
    match: Mapped[list[dict[str, Any]]]
    strength: Mapped[float]
    match_probability: Mapped[float | None]
    owner_union: Mapped[str | None] = mapped_column(
        Computed("(evidence -> 'owner'::text) ->> 'union'::text", persisted=True)
    )


class AppUser(Base):
    """A portal account (账号); `area_code` of a department is the code under which it sends.

    A trigger ends its sessions when its role, area, union, sources, password or state change.
    """

    __tablename__ = "app_user"
    __table_args__ = (
        one_of("role", Role),
        CheckConstraint(
            "area_code ~ '^[0-9]{2}([0-9]{2}){0,2}$'"
            " OR (role = 'department' AND area_code ~ '^[0-9A-HJ-NPQRTUWXY]{18}$')",
            name="area_code_form",
        ),
        CheckConstraint("(role = 'department') = (cardinality(sources) > 0)", name="sources_of_departments"),
        CheckConstraint("union_name IS NULL OR role IN ('county_officer', 'approver')", name="union_of_officers"),
        Index(None, "area_code"),
    )

    username: Mapped[str] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[str]
    area_code: Mapped[str]
    sources: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    union_name: Mapped[str | None]
    oidc_subject: Mapped[str | None] = mapped_column(unique=True)
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    failed_logins: Mapped[int] = mapped_column(server_default=text("0"))
    locked_until: Mapped[datetime | None]


class PortalSession(Base):
    """A browser session; only the sha256 of its token is kept. It is open once every step of the log-in is done."""

    __tablename__ = "portal_session"
    __table_args__ = (one_of("state", SessionState),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(ForeignKey("app_user.username"), index=True)
    csrf_token: Mapped[str]
    session_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    client: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AccessLog(Base):
    """Who read what (访问日志); the portal role adds to it, and shows it to the auditor alone.

    `position` and `hash` are the entry's place in the chain; an entry without them is not sealed yet.
    """

    __tablename__ = "access_log"
    __table_args__ = (
        CheckConstraint("(position IS NULL) = (hash IS NULL)", name="sealed"),
        Index(None, "candidate_id", "at"),
        Index(None, "username", "at"),
        Index(None, "at"),
        Index(None, "shown", postgresql_using="gin"),
        Index("ix_access_log_unsealed", "entry_id", postgresql_where=text("position IS NULL")),
    )

    entry_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    username: Mapped[str | None]
    action: Mapped[str]
    candidate_id: Mapped[str | None]
    area_code: Mapped[str | None]
    request_id: Mapped[str | None]
    role: Mapped[str | None]
    subject: Mapped[str | None]
    client: Mapped[str | None]
    shown: Mapped[list[str] | None]
    position: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    hash: Mapped[bytes | None] = mapped_column(LargeBinary)
