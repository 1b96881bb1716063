"""Reading cases: an officer's inbox page by page, one case, counts.

Row-level security decides what the portal role sees; the area given here narrows the same way, so that the owner role
reads the same cases and an index serves them. In which part of the inbox a case is follows from four moments that are
kept with it, so that the database alone sorts a hundred thousand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from bangfu.db.case_models import ReviewCase
from bangfu.db.plain_text import storable
from bangfu.review.inbox import Bucket

__all__ = [
    "CaseFilter",
    "CaseRow",
    "CaseSort",
    "Neighbour",
    "Page",
    "PageRequest",
    "bucket_of",
    "count_buckets",
    "first_cases",
    "get",
    "neighbours",
    "page",
]


@dataclass(frozen=True)
class CaseRow:
    """A case as it stands; the columns of a clue mean what `bangfu.db.candidates.NewCandidate` says.

    Attributes:
        case_id: Opaque.
        flow, state: Codes of `schemas.flows`.
        subject: Opaque id of the person or file.
        county_code: County it is with.
        owner_union: Union it belongs to, of either tree; None where no list says.
        asked_county: County that is asked to take it over.
        version: Number of its last event.
        urgent: Whether hours count.
        assignee: Account that works on it.
        held_by, held_until: Who has it open to work on, and until when.
        opened_at, changed_at: First and last event.
        due_at, soon_at: End of the limit, and from when on it is due soon.
        waits_until: Until when nothing can be done.
        seen_at: When the desk first opened it in this state.
        ended_at: When it ended.
        outcome: Code of `schemas.outcomes`.
        list_version: Newest list it stands on.
        follows: Case out of whose end it was opened.
        about: Case that an appeal is about.
        files: Numbers of archive files it is about.
        reduced_at: When what was written in it went, after it had been kept long enough.
    """

    case_id: str
    flow: str
    subject: str
    county_code: str
    owner_union: str | None
    asked_county: str | None
    state: str
    version: int
    urgent: bool
    assignee: str | None
    held_by: str | None
    held_until: datetime | None
    opened_at: datetime
    changed_at: datetime
    due_at: datetime | None
    soon_at: datetime | None
    waits_until: datetime | None
    seen_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    follows: str | None
    about: str | None
    list_version: int | None
    union_name: str | None
    name: str | None
    sex: str | None
    birth_year: int | None
    ethnic_group: str | None
    id_number: str | None
    phone: str | None
    address: str | None
    employer: str | None
    files: Sequence[str]
    reasons: Sequence[Mapping[str, Any]]
    evidence: Mapping[str, Any]
    match: Sequence[Mapping[str, Any]]
    strength: float | None
    match_probability: float | None
    reduced_at: datetime | None = None


class CaseSort(StrEnum):
    """Order of an inbox; ties are broken by id, so that pages never overlap."""

    DUE = "due"
    STRENGTH = "strength"
    NEWEST = "newest"
    NAME = "name"


@dataclass(frozen=True)
class CaseFilter:
    """What to show of an area; None means everything.

    Attributes:
        bucket: Part of the inbox.
        flow: Code of a flow.
        state: Code of a state.
        states: Codes of states.
        assignee: Account.
        reason: Cases with a reason of this code.
        name: Cases whose name contains this text.
    """

    bucket: Bucket | None = None
    flow: str | None = None
    state: str | None = None
    assignee: str | None = None
    reason: str | None = None
    name: str | None = None
    states: Sequence[str] | None = None


EVERYTHING = CaseFilter()


@dataclass(frozen=True)
class PageRequest:
    """Which page: order, rows to skip, rows on it."""

    sort: CaseSort = CaseSort.DUE
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True)
class Page:
    """One page; `total` counts the cases on all of them."""

    rows: Sequence[CaseRow]
    total: int


@dataclass(frozen=True)
class Neighbour:
    """A case next to another; `place` counts from 0 through all pages."""

    case_id: str
    place: int


def page(connection: Connection, area: str, now: datetime, filters: CaseFilter, request: PageRequest) -> Page:
    """One page of the cases of an area.

    Args:
        connection: From `portal_session_scope`, or an owner connection.
        area: Division code, 2, 4 or 6 digits.
        now: Now.
        filters: What to show.
        request: Order and page; the limit is held to 500.
    """
    return _page(connection, area, now, filters, replace(request, limit=min(max(request.limit, 1), 500)))


def first_cases(connection: Connection, area: str, now: datetime, filters: CaseFilter, most: int) -> Page:
    """The cases of an area that are due first, so many at most; arguments as for `page`."""
    return _page(connection, area, now, filters, PageRequest(limit=most))


def _page(connection: Connection, area: str, now: datetime, filters: CaseFilter, request: PageRequest) -> Page:
    conditions = [_within(area), *_conditions(filters, now)]
    total = connection.scalar(select(func.count()).select_from(ReviewCase).where(*conditions)) or 0
    query = (
        _CASES.where(*conditions).order_by(*_ORDER[request.sort]).offset(max(request.offset, 0)).limit(request.limit)
    )
    return Page([CaseRow(**row._mapping) for row in connection.execute(query)], total)


def get(connection: Connection, case_id: str) -> CaseRow | None:
    """A case; None where there is none that this connection may see."""
    row = connection.execute(_CASES.where(ReviewCase.case_id == storable(case_id))).one_or_none()
    return None if row is None else CaseRow(**row._mapping)


def neighbours(
    connection: Connection, area: str, now: datetime, filters: CaseFilter, request: PageRequest, case_id: str
) -> tuple[Neighbour | None, Neighbour | None]:
    """The cases before and after one in the list it was opened from; after one that has left the list, the page's first.

    Arguments as for `page`.
    """
    start = max(request.offset - 1, 0)
    query = (
        select(ReviewCase.case_id)
        .where(_within(area), *_conditions(filters, now))
        .order_by(*_ORDER[request.sort])
        .offset(start)
        .limit(request.limit + 2)
    )
    listed = [Neighbour(found, place) for place, found in enumerate(connection.scalars(query), start)]
    here = next((item.place for item in listed if item.case_id == case_id), None)
    if here is None:
        return None, next((item for item in listed if item.place >= request.offset), None)
    around = {item.place: item for item in listed}
    return around.get(here - 1), around.get(here + 1)


def count_buckets(
    connection: Connection, area: str, now: datetime, filters: CaseFilter = EVERYTHING
) -> dict[Bucket, int]:
    """How many cases of an area are in each part of the inbox."""
    part = bucket_of(now)
    query = select(part.label("part"), func.count()).where(_within(area), *_conditions(filters, now)).group_by("part")
    found = {Bucket(code): int(number) for code, number in connection.execute(query)}
    return {code: found.get(code, 0) for code in Bucket}


def bucket_of(now: datetime) -> ColumnElement[str]:
    """The part of the inbox a case is in, as `bangfu.review.inbox.bucket` says."""
    return case(
        (ReviewCase.ended_at.is_not(None), literal(str(Bucket.DONE))),
        (ReviewCase.due_at <= now, literal(str(Bucket.OVERDUE))),
        (
            or_(
                ReviewCase.waits_until > now,
                and_(ReviewCase.waits_until.is_(None), ReviewCase.due_at.is_(None)),
            ),
            literal(str(Bucket.WAITING)),
        ),
        (ReviewCase.soon_at <= now, literal(str(Bucket.DUE_SOON))),
        (ReviewCase.seen_at.is_(None), literal(str(Bucket.NEW))),
        else_=literal(str(Bucket.IN_HAND)),
    )


def _within(area: str) -> ColumnElement[bool]:
    """The area as a range, which the index serves; a case that another county is asked to take is in both inboxes."""
    first, last = area.ljust(6, "0"), area.ljust(6, "9")
    return or_(ReviewCase.county_code.between(first, last), ReviewCase.asked_county.between(first, last))


def _conditions(filters: CaseFilter, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.bucket is Bucket.DONE:
        conditions.append(ReviewCase.ended_at.is_not(None))
    elif filters.bucket is not None:
        conditions += [ReviewCase.ended_at.is_(None), bucket_of(now) == str(filters.bucket)]
    for column, value in (
        (ReviewCase.flow, filters.flow),
        (ReviewCase.state, filters.state),
        (ReviewCase.assignee, filters.assignee),
    ):
        if value is not None:
            conditions.append(column == storable(value))
    if filters.states is not None:
        conditions.append(ReviewCase.state.in_(filters.states))
    if filters.reason is not None:
        conditions.append(ReviewCase.reasons.contains([{"code": storable(filters.reason)}]))
    if filters.name:
        name = storable(filters.name)
        letters = func.string_to_array(ReviewCase.name, None, type_=ARRAY(Text))
        conditions += [
            letters.contains(cast(list(dict.fromkeys(name)), ARRAY(Text))),
            ReviewCase.name.contains(name, autoescape=True),
        ]
    return conditions


_CASES: Select[Any] = select(*[ReviewCase.__table__.c[name] for name in CaseRow.__dataclass_fields__])

_ORDER: Mapping[CaseSort, Sequence[ColumnElement[Any]]] = {
    CaseSort.DUE: (ReviewCase.due_at.asc().nulls_last(), ReviewCase.case_id.expression),
    CaseSort.STRENGTH: (ReviewCase.strength.desc().nulls_last(), ReviewCase.case_id.expression),
    CaseSort.NEWEST: (ReviewCase.changed_at.desc(), ReviewCase.case_id.expression),
    CaseSort.NAME: (ReviewCase.name.asc().nulls_last(), ReviewCase.case_id.expression),
}
