"""What ended cases teach (反馈): outcomes for the rules, labels for the linkage, tickets for the sources' departments."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, not_, select, update

from bangfu.db.case_models import DataTicket, MatchLabel, ReviewCase, VisitResult
from bangfu.db.sampling_models import SecondReview

__all__ = ["Ended", "Label", "Result", "Ticket", "keep_results", "results", "rows_of", "to_collect"]


@dataclass(frozen=True)
class Ended:
    """An ended case that has not been collected; columns as in `bangfu.db.case_queries.CaseRow`."""

    case_id: str
    flow: str
    subject: str
    county_code: str
    state: str
    ended_at: datetime
    outcome: str | None
    list_version: int | None
    evidence: Mapping[str, Any]
    match: Sequence[Mapping[str, Any]]
    match_probability: float | None


@dataclass(frozen=True)
class Result:
    """One reason of a visited clue, in columns of `schemas.outcomes.VISIT`."""

    case_id: str
    code: str
    band: str
    match_probability: float
    outcome: str


@dataclass(frozen=True)
class Label:
    """One link that an officer judged: the source's record and whether it is the member's; `basis` says by what."""

    case_id: str
    record_id: str
    source: str
    roster_record_id: str | None
    same: bool
    basis: str


@dataclass(frozen=True)
class Ticket:
    """Records of a source that its department is asked to check."""

    case_id: str
    source: str
    record_ids: Sequence[str]
    outcome: str


def to_collect(connection: Connection, before: datetime, limit: int) -> list[Ended]:
    """Cases that ended before a moment and were not collected, the first ended first; locked until the transaction ends."""
    query = (
        select(*[ReviewCase.__table__.c[name] for name in Ended.__dataclass_fields__])
        .where(ReviewCase.ended_at < before, ReviewCase.collected_at.is_(None))
        .order_by(ReviewCase.ended_at, ReviewCase.case_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Ended(**row) for row in connection.execute(query).mappings()]


def keep_results(
    connection: Connection,
    cases: Iterable[str],
    found: Iterable[Result | Label | Ticket],
    now: datetime,
) -> None:
    """Keep what cases teach, and note that they are collected."""
    tables: dict[type, Any] = {Result: VisitResult, Label: MatchLabel, Ticket: DataTicket}
    rows: dict[type, list[dict[str, Any]]] = {kind: [] for kind in tables}
    for item in found:
        when = "opened_at" if isinstance(item, Ticket) else "collected_at"
        rows[type(item)].append({**asdict(item), when: now})
    for kind, made in rows.items():
        if made:
            connection.execute(insert(tables[kind]), made)
    connection.execute(update(ReviewCase).where(ReviewCase.case_id.in_(list(cases))).values(collected_at=now))


def results(connection: Connection, before: datetime | None = None) -> list[Result]:
    """Outcomes of visited clues, the first collected first; all, or those collected before a moment.

    Where a second review was ruled for, its outcome takes the place of the first.
    """
    columns = [VisitResult.__table__.c[name] for name in Result.__dataclass_fields__]
    superseded = select(SecondReview.first_case_id).where(SecondReview.ruling == "second")
    if before is not None:
        superseded = superseded.where(SecondReview.collected_at < before)
    query = select(*columns).where(VisitResult.case_id.not_in(superseded))
    if before is not None:
        query = query.where(VisitResult.collected_at < before)
    query = query.order_by(VisitResult.collected_at, VisitResult.case_id, VisitResult.code)
    return [Result(**row) for row in connection.execute(query).mappings()]


def rows_of(connection: Connection, kind: type[Label] | type[Ticket]) -> list[dict[str, Any]]:
    """All labels or tickets as mappings, by case; not those of an outcome that a second review has superseded."""
    table = MatchLabel if kind is Label else DataTicket
    query = select(*[table.__table__.c[name] for name in kind.__dataclass_fields__]).order_by(table.case_id)
    superseded = table.case_id.in_(select(SecondReview.first_case_id).where(SecondReview.ruling == "second"))
    told = and_(superseded, MatchLabel.basis == "outcome") if kind is Label else superseded
    return [dict(row) for row in connection.execute(query.where(not_(told))).mappings()]
