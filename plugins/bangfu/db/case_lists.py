"""The statements behind the lists of cases (案件清单): which cases, in which part, in which order.

A case that a county is asked to take over is in two inboxes, so a list is those with the counties of an area and those it
is asked for. Each half is served by an index of its own; of the first it is `ix_review_case_lists`, which holds
all that is counted, sorted and searched by, so that no more rows are fetched than a page shows. Statements are put together once
for each kind of list: that takes longer than running one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text

from bangfu.db.case_models import ReviewCase
from bangfu.db.plain_text import storable
from bangfu.review.inbox import Bucket

__all__ = ["CaseFilter", "CaseSort", "bucket_of", "counted", "identified", "picked", "values_of"]


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


@dataclass(frozen=True)
class _Kind:
    """What the statement of a list depends on.

    Attributes:
        county: Whether it is one county's.
        bucket: Part of the inbox.
        given: Names of the filters that narrow it, in order.
    """

    county: bool
    bucket: Bucket | None
    given: tuple[str, ...]


def counted(area: str, filters: CaseFilter) -> Select[Any]:
    """How many cases are in each part of the inbox; parts without any are left out."""
    return _counted(_kind_of(area, filters))


def identified(area: str, filters: CaseFilter, sort: CaseSort) -> Select[Any]:
    """Ids of a piece of a list, in order."""
    return _identified(_kind_of(area, filters), sort)


def picked(area: str, filters: CaseFilter, sort: CaseSort, columns: tuple[str, ...]) -> Select[Any]:
    """Columns of a piece of a list, in order."""
    return _picked(_kind_of(area, filters), sort, columns)


def values_of(area: str, now: datetime, filters: CaseFilter, offset: int = 0, limit: int = 0) -> dict[str, Any]:
    """What these statements are run with.

    Args:
        area: Division code, 2, 4 or 6 digits.
        now: Now.
        filters: What the statement was made for.
        offset, limit: Cases to skip, cases in the piece.
    """
    values: dict[str, Any] = {
        "first": area.ljust(6, "0"), "last": area.ljust(6, "9"), "now": now,
        "offset": offset, "limit": limit, "until": offset + limit,
    }  # fmt: skip
    for name in ("flow", "state", "assignee"):
        values[name] = storable(getattr(filters, name))
    if filters.states is not None:
        values["states"] = list(filters.states)
    if filters.reason is not None:
        values["reason"] = [{"code": storable(filters.reason)}]
    if filters.name:
        name = storable(filters.name)
        values["letters"] = list(dict.fromkeys(name))
        values["name"] = "%" + name.replace("/", "//").replace("%", "/%").replace("_", "/_") + "%"
    return values


def bucket_of(now: datetime | BindParameter[datetime]) -> ColumnElement[str]:
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


_NOW = bindparam("now", type_=DateTime(timezone=True))

_ORDER: Mapping[CaseSort, str] = {
    CaseSort.DUE: "due_at",
    CaseSort.STRENGTH: "strength",
    CaseSort.NEWEST: "changed_at",
    CaseSort.NAME: "name",
}
"""Columns by which lists are sorted; then comes the id."""


def _kind_of(area: str, filters: CaseFilter) -> _Kind:
    given = [name for name in ("flow", "state", "assignee", "states", "reason") if getattr(filters, name) is not None]
    return _Kind(len(area) == 6, filters.bucket, (*given, *(["name"] if filters.name else [])))


@lru_cache(256)
def _counted(kind: _Kind) -> Select[Any]:
    part = bucket_of(_NOW).label("part")
    found = union_all(*(select(part).where(*half) for half in _halves(kind))).subquery()
    return select(found.c.part, func.count().label("cases")).group_by(found.c.part)


@lru_cache(256)
def _identified(kind: _Kind, sort: CaseSort) -> Select[Any]:
    """Each half is sorted and cut before they come together, which the index of the first does at once."""
    halves = [
        select(ReviewCase.case_id, getattr(ReviewCase, _ORDER[sort]).label("place"))
        .where(*half)
        .order_by(*_ordered(getattr(ReviewCase, _ORDER[sort]), ReviewCase.case_id, sort))
        .limit(bindparam("until", type_=Integer))
        .subquery()
        for half in _halves(kind)
    ]
    both = union_all(*(select(half.c.case_id, half.c.place) for half in halves)).subquery()
    cut = select(both.c.case_id).order_by(*_ordered(both.c.place, both.c.case_id, sort))
    return cut.offset(bindparam("offset", type_=Integer)).limit(bindparam("limit", type_=Integer))


@lru_cache(256)
def _picked(kind: _Kind, sort: CaseSort, columns: tuple[str, ...]) -> Select[Any]:
    cases: FromClause = ReviewCase.__table__
    piece = _identified(kind, sort).subquery()
    return (
        select(*(cases.c[name] for name in columns))
        .join_from(cases, piece, cases.c.case_id == piece.c.case_id)
        .order_by(*_ordered(cases.c[_ORDER[sort]], cases.c.case_id, sort))
    )


def _ordered(column: Any, case_id: Any, sort: CaseSort) -> Sequence[ColumnElement[Any]]:
    """Ties are broken by id; where a value is missing the case comes last."""
    if sort in {CaseSort.STRENGTH, CaseSort.NEWEST}:
        return column.desc().nulls_last(), case_id.asc()
    return column.asc().nulls_last(), case_id.asc()


def _halves(kind: _Kind) -> list[list[ColumnElement[bool]]]:
    """Cases with the counties of an area, and those that such a county is asked to take over from elsewhere."""
    conditions = _conditions(kind)
    own, asked = (_within(kind, column) for column in (ReviewCase.county_code, ReviewCase.asked_county))
    return [[own, *conditions], [asked, not_(own), *conditions]]


def _within(kind: _Kind, county: Any) -> ColumnElement[bool]:
    """One county as an equal code, so that the index says the order too; a larger area as a range, which it serves."""
    first, last = bindparam("first", type_=Text), bindparam("last", type_=Text)
    return county == first if kind.county else county.between(first, last)  # type: ignore[no-any-return]


def _conditions(kind: _Kind) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if kind.bucket is Bucket.DONE:
        conditions.append(ReviewCase.ended_at.is_not(None))
    elif kind.bucket is not None:
        conditions += [ReviewCase.ended_at.is_(None), bucket_of(_NOW) == str(kind.bucket)]
    told: dict[str, list[ColumnElement[bool]]] = {
        "flow": [ReviewCase.flow == bindparam("flow", type_=Text)],
        "state": [ReviewCase.state == bindparam("state", type_=Text)],
        "assignee": [ReviewCase.assignee == bindparam("assignee", type_=Text)],
        "states": [ReviewCase.state == func.any(bindparam("states", type_=ARRAY(Text)))],
        "reason": [ReviewCase.reasons.contains(bindparam("reason", type_=JSONB))],
        "name": [
            func.string_to_array(ReviewCase.name, None, type_=ARRAY(Text)).contains(
                bindparam("letters", type_=ARRAY(Text))
            ),
            ReviewCase.name.like(bindparam("name", type_=Text), escape="/"),
        ],
    }
    return [*conditions, *(condition for name in kind.given for condition in told[name])]
