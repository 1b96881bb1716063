"""What ended cases teach (反馈): outcomes for the rules, labels for the linkage, tickets for the sources' departments."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, insert, not_, select, update
from sqlalchemy.orm import aliased

from bangfu.db.case_models import DataTicket, MatchLabel, ReviewCase, VisitResult
from bangfu.db.sampling_models import SecondReview
from schemas.flows.appeal import APPEAL

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

    An outcome against which an appeal had success teaches nothing: the case that was opened anew tells instead. Where a second
    review was ruled for, its outcome takes the place of the first.
    """
    columns = [VisitResult.__table__.c[name] for name in Result.__dataclass_fields__]
    query = select(*columns).where(~_corrected(VisitResult, before), ~_ruled_out(VisitResult, before))
    if before is not None:
        query = query.where(VisitResult.collected_at < before)
    query = query.order_by(VisitResult.collected_at, VisitResult.case_id, VisitResult.code)
    return [Result(**row) for row in connection.execute(query).mappings()]


def rows_of(connection: Connection, kind: type[Label] | type[Ticket]) -> list[dict[str, Any]]:
    """All labels or tickets as mappings, by case: not those of an outcome that a second review has superseded, and no label of a
    case against which an appeal had success."""
    table = MatchLabel if kind is Label else DataTicket
    query = select(*[table.__table__.c[name] for name in kind.__dataclass_fields__]).order_by(table.case_id)
    ruled_out = _ruled_out(table, None)
    if kind is Label:
        ruled_out = and_(ruled_out, MatchLabel.basis == "outcome")
        query = query.where(~_corrected(MatchLabel, None))
    return [dict(row) for row in connection.execute(query.where(not_(ruled_out))).mappings()]


def _corrected(table: type[VisitResult] | type[MatchLabel], before: datetime | None) -> ColumnElement[bool]:
    """Whether an appeal against the case of a row had success, as far as was known at a moment."""
    appeal = aliased(ReviewCase)
    ended = appeal.ended_at.is_not(None) if before is None else appeal.ended_at < before
    return exists().where(
        appeal.about == table.case_id, appeal.flow == APPEAL.code, appeal.state.in_(("corrected", "revisit")), ended
    )


def _ruled_out(
    table: type[VisitResult] | type[MatchLabel] | type[DataTicket], before: datetime | None
) -> ColumnElement[bool]:
    """Whether a second review of the case of a row was ruled for, as far as was known at a moment.

    Where the case was still open then, it went on with another visit, and its row tells of that one.
    """
    ruled = select(SecondReview.first_case_id).where(SecondReview.ruling == "second", ~SecondReview.resumed)
    return table.case_id.in_(ruled if before is None else ruled.where(SecondReview.collected_at < before))
