"""Reading cases: an officer's inbox page by page, one case, counts.

Row-level security decides what the portal role sees; the area given here narrows the same way, so that the owner role
reads the same cases and an index serves them. In which part of the inbox a case is follows from four moments that are
kept with it, so that the database alone sorts a hundred thousand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from bangfu.db.case_lists import CaseFilter, CaseSort, bucket_of, counted, identified, picked, values_of
from bangfu.db.case_models import ReviewCase
from bangfu.db.plain_text import storable
from bangfu.review.inbox import Bucket

__all__ = [
    "CaseFilter",
    "CaseRow",
    "CaseSort",
    "ListedCase",
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
class ListedCase:
    """A case as a list tells of it; the columns of a clue mean what `bangfu.db.candidates.NewCandidate` says.

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
    strength: float | None
    match_probability: float | None
    reduced_at: datetime | None


@dataclass(frozen=True)
class CaseRow(ListedCase):
    """A case as it stands: also its evidence, and how the records behind it match."""

    evidence: Mapping[str, Any]
    match: Sequence[Mapping[str, Any]]


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

    rows: Sequence[ListedCase]
    total: int


@dataclass(frozen=True)
class Neighbour:
    """A case next to another; `place` counts from 0 through all pages."""

    case_id: str
    place: int


@dataclass(frozen=True)
class FirstCases:
    """The first cases of a list, whole; `total` counts all of it."""

    rows: Sequence[CaseRow]
    total: int


def page(
    connection: Connection,
    area: str,
    now: datetime,
    filters: CaseFilter,
    request: PageRequest,
    total: int | None = None,
) -> Page:
    """One page of the cases of an area.

    Args:
        connection: From `portal_session_scope`, or an owner connection.
        area: Division code, 2, 4 or 6 digits.
        now: Now.
        filters: What to show.
        request: Order and page; the limit is held to 500.
        total: How many there are, where `count_buckets` has counted them; they are counted here otherwise.
    """
    if total is None:
        total = sum(count_buckets(connection, area, now, filters).values())
    held = replace(request, limit=min(max(request.limit, 1), 500))
    return Page([ListedCase(*row) for row in _picked(connection, area, now, filters, held, ListedCase)], total)


def first_cases(connection: Connection, area: str, now: datetime, filters: CaseFilter, most: int) -> FirstCases:
    """The cases of an area that are due first, so many at most; arguments as for `page`."""
    rows = _picked(connection, area, now, filters, PageRequest(limit=most), CaseRow)
    total = sum(count_buckets(connection, area, now, filters).values())
    return FirstCases([CaseRow(*row) for row in rows], total)


def get(connection: Connection, case_id: str) -> CaseRow | None:
    """A case; None where there is none that this connection may see."""
    row = connection.execute(_CASE, {"case_id": storable(case_id)}).one_or_none()
    return None if row is None else CaseRow(*row)


def neighbours(
    connection: Connection, area: str, now: datetime, filters: CaseFilter, request: PageRequest, case_id: str
) -> tuple[Neighbour | None, Neighbour | None]:
    """The cases before and after one in the list it was opened from; after one that has left the list, the page's first.

    Arguments as for `page`.
    """
    start = max(request.offset - 1, 0)
    values = values_of(area, now, filters, start, request.limit + 2)
    found = connection.scalars(identified(area, filters, request.sort), values)
    listed = [Neighbour(found, place) for place, found in enumerate(found, start)]
    here = next((item.place for item in listed if item.case_id == case_id), None)
    if here is None:
        return None, next((item for item in listed if item.place >= request.offset), None)
    around = {item.place: item for item in listed}
    return around.get(here - 1), around.get(here + 1)


def count_buckets(
    connection: Connection, area: str, now: datetime, filters: CaseFilter = EVERYTHING
) -> dict[Bucket, int]:
    """How many cases of an area are in each part of the inbox."""
    rows = connection.execute(counted(area, filters), values_of(area, now, filters))
    found: dict[str, int] = {row.part: row.cases for row in rows}
    return {code: found.get(str(code), 0) for code in Bucket}


def _picked(
    connection: Connection, area: str, now: datetime, filters: CaseFilter, request: PageRequest, kind: type[ListedCase]
) -> Sequence[Any]:
    values = values_of(area, now, filters, max(request.offset, 0), request.limit)
    return connection.execute(picked(area, filters, request.sort, tuple(kind.__dataclass_fields__)), values).all()


_CASE: Select[Any] = select(*[ReviewCase.__table__.c[name] for name in CaseRow.__dataclass_fields__]).where(
    ReviewCase.case_id == bindparam("case_id")
)
