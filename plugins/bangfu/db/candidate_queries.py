"""Reading published candidates: pages, one by id, counts by county.

Row-level security decides what the portal role sees; the `area` given here narrows the same way, so
that the owner role (exports, command line) reads the same lists and an index can serve them.
"""

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from bangfu.db.models import Candidate, CandidateStatus
from bangfu.db.plain_text import storable

__all__ = ["CandidateFilter", "CandidateRow", "CandidateSort", "Page", "counts_by_county", "each", "get", "page"]


@dataclass(frozen=True)
class CandidateRow:
    """A published candidate; the columns mean what `NewCandidate` says."""

    candidate_id: str
    screened_run_id: str
    list_version: int
    published_at: datetime
    county_code: str
    prefecture_code: str
    union_name: str | None
    roster_record_id: str
    roster_person_id: str | None
    name: str | None
    sex: str | None
    birth_year: int | None
    ethnic_group: str | None
    id_number: str | None
    phone: str | None
    address: str | None
    employer: str | None
    reasons: Sequence[Mapping[str, Any]]
    evidence: Mapping[str, Any]
    match: Sequence[Mapping[str, Any]]
    strength: float
    match_probability: float | None


class CandidateSort(enum.StrEnum):
    """Order of a list; ties are broken by candidate id, so that pages never overlap."""

    STRENGTH = "strength"
    COUNTY = "county"
    NAME = "name"


@dataclass(frozen=True)
class CandidateFilter:
    """What to show of an area; None means everything.

    Attributes:
        county_code: One county, 6 digits.
        reason_code: Candidates that have a reason with this code.
        source: Candidates that have a reason from this source.
        name: Candidates whose name contains this text.
        minimum_strength: Candidates at least this strong, 0 to 1.
        owner_union: Candidates of one union; given for an account of such a union, so that an index serves it.
    """

    county_code: str | None = None
    reason_code: str | None = None
    source: str | None = None
    name: str | None = None
    minimum_strength: float | None = None
    owner_union: str | None = None


EVERYTHING = CandidateFilter()


@dataclass(frozen=True)
class Page:
    """One page of a list.

    Attributes:
        rows: The candidates of this page.
        total: Candidates on all pages.
    """

    rows: Sequence[CandidateRow]
    total: int


@dataclass(frozen=True)
class PageRequest:
    """Which page: order, number of rows to skip, rows per page."""

    sort: CandidateSort = CandidateSort.STRENGTH
    offset: int = 0
    limit: int = 50


FIRST_PAGE = PageRequest()


def page(
    connection: Connection,
    area: str,
    filters: CandidateFilter = EVERYTHING,
    request: PageRequest = FIRST_PAGE,
) -> Page:
    """Return one page of the published candidates of an area.

    Args:
        connection: From `portal_session_scope`, or an owner connection.
        area: Division code, 2, 4 or 6 digits.
        filters: What to show.
        request: Order and page; the limit is held to 500.
    """
    conditions = _conditions(area, filters)
    total = connection.scalar(select(func.count()).select_from(Candidate).where(*conditions)) or 0
    query = (
        _PUBLISHED.where(*conditions)
        .order_by(*_ORDER[request.sort])
        .offset(max(request.offset, 0))
        .limit(min(max(request.limit, 1), 500))
    )
    return Page(rows=[_row(row) for row in connection.execute(query)], total=total)


def each(connection: Connection, area: str, filters: CandidateFilter = EVERYTHING) -> Iterator[CandidateRow]:
    """Yield all published candidates of an area by county and id, in bounded memory (exports)."""
    query = _PUBLISHED.where(*_conditions(area, filters)).order_by(Candidate.county_code, Candidate.candidate_id)
    with connection.execute(query, execution_options={"yield_per": 1000}) as result:
        for row in result:
            yield _row(row)


def get(connection: Connection, candidate_id: str) -> CandidateRow | None:
    """Return a published candidate; None when there is none that this connection may see."""
    rows = connection.execute(
        _PUBLISHED.where(
            Candidate.status == CandidateStatus.PUBLISHED, Candidate.candidate_id == storable(candidate_id)
        )
    ).all()
    return _row(rows[0]) if rows else None


def counts_by_county(connection: Connection, area: str, filters: CandidateFilter = EVERYTHING) -> dict[str, int]:
    """Return the number of published candidates of each county of an area that has any."""
    rows = connection.execute(
        select(Candidate.county_code, func.count())
        .where(*_conditions(area, filters))
        .group_by(Candidate.county_code)
        .order_by(Candidate.county_code)
    )
    return {row[0]: row[1] for row in rows}


_PUBLISHED: Select[Any] = select(*[Candidate.__table__.c[name] for name in CandidateRow.__dataclass_fields__])

_ORDER: Mapping[CandidateSort, Sequence[ColumnElement[Any]]] = {
    CandidateSort.STRENGTH: (Candidate.strength.desc(), Candidate.candidate_id.expression),
    CandidateSort.COUNTY: (
        Candidate.county_code.expression,
        Candidate.strength.desc(),
        Candidate.candidate_id.expression,
    ),
    CandidateSort.NAME: (Candidate.name.asc().nulls_last(), Candidate.candidate_id.expression),
}


def _conditions(area: str, filters: CandidateFilter) -> list[ColumnElement[bool]]:
    """Conditions of a list; the area as a range, which the county index serves."""
    conditions: list[ColumnElement[bool]] = [
        Candidate.status == CandidateStatus.PUBLISHED,
        Candidate.county_code.between(area.ljust(6, "0"), area.ljust(6, "9")),
    ]
    if filters.county_code is not None:
        conditions.append(Candidate.county_code == storable(filters.county_code))
    if filters.reason_code is not None:
        conditions.append(Candidate.reasons.contains([{"code": storable(filters.reason_code)}]))
    if filters.source is not None:
        conditions.append(Candidate.reasons.contains([{"source": storable(filters.source)}]))
    if filters.name:
        conditions.append(Candidate.name.contains(storable(filters.name), autoescape=True))
    if filters.minimum_strength is not None:
        conditions.append(Candidate.strength >= filters.minimum_strength)
    if filters.owner_union is not None:
        conditions.append(Candidate.owner_union == storable(filters.owner_union))
    return conditions


def _row(row: Any) -> CandidateRow:
    return CandidateRow(**row._mapping)
