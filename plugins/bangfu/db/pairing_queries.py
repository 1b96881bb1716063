"""Reading households and who looks after them: page by page, one household, coverage by county.

Row-level security decides what the portal role sees; the area given here narrows the same way, so that the owner role
reads the same households and an index serves them. What is asked of the record is what `bangfu.review.pairing` says of it,
so that the database alone finds those without a responsible person and those out of touch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    FromClause,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased
from sqlalchemy.types import Text

from bangfu.db.case_models import ReviewCase
from bangfu.db.household_models import HelpedHousehold, PairingEntry
from bangfu.db.plain_text import storable
from bangfu.masking import mask_name
from bangfu.review.pairing import Coverage
from bangfu.review.working_days import months_later
from schemas.pairing import MONTHS_BETWEEN

__all__ = ["CountyCoverage", "HouseholdFilter", "HouseholdPage", "HouseholdRow", "Part", "count_confirmed", "count_parts", "coverage_of", "get_household", "household_of_case", "page_of"]  # fmt: skip


class Part(StrEnum):
    """Parts of the list; a household may be in several."""

    UNPAIRED = "unpaired"
    CONFIRMED = "confirmed"  # an unpaired one that is known by its clue and not by the archive yet
    OUT_OF_TOUCH = "out_of_touch"
    MINE = "mine"


@dataclass(frozen=True)
class HouseholdRow:
    """A household with what its record adds up to on a day.

    Attributes:
        household: Opaque id.
        subject: Opaque id of the person of its clue; None where it is known by the archive alone.
        file: Number of its file in the national system.
        case_id: Case of its clue.
        county_code, owner_union, union_name: Where it belongs.
        name: Who heads it, masked; None where the archive has not come yet.
        case_name: The same of its clue, not masked.
        filed_on: When it was filed, if the archive says.
        since: Day from which on somebody should be responsible.
        left_on, left_because: When and why it left (`schemas.pairing.ENDS`).
        number: Of the last entry of its record; 0 where there is none.
        account, named: The responsible person; None where there is nobody.
        first: First day of that person.
        visited_on, heard_on: Last visit, last contact of any kind.
    """

    household: str
    subject: str | None
    file: str | None
    case_id: str | None
    county_code: str
    owner_union: str | None
    union_name: str | None
    name: str | None
    case_name: str | None
    filed_on: date | None
    since: date
    left_on: date | None
    left_because: str | None
    number: int
    account: str | None
    named: str | None
    first: date | None
    visited_on: date | None
    heard_on: date | None

    @property
    def paired(self) -> bool:
        """Whether somebody is responsible."""
        return bool(self.account or self.named)


@dataclass(frozen=True)
class HouseholdFilter:
    """What to show of an area; None means everything.

    Attributes:
        part: Part of the list.
        mine: Account whose households are `Part.MINE`.
        words: Whose name, file, union or responsible person is or contains this.
        accounts: Accounts whose display names contain the words.
    """

    part: Part | None = None
    mine: str = ""
    words: str | None = None
    accounts: Sequence[str] = ()


@dataclass(frozen=True)
class HouseholdPage:
    """One page; `total` counts the households on all of them."""

    rows: Sequence[HouseholdRow]
    total: int


@dataclass(frozen=True)
class CountyCoverage:
    """A county: its coverage, and of those without anybody how many are confirmed clues that the archive does not have yet."""

    county: str
    coverage: Coverage
    confirmed_unpaired: int


def page_of(
    connection: Connection, area: str, today: date, filters: HouseholdFilter, *, offset: int = 0, limit: int = 50
) -> HouseholdPage:
    """One page of the households of an area that are helped.

    Args:
        connection: From `portal_session_scope`, or an owner connection.
        area: Division code, 2, 4 or 6 digits.
        today: Today in China.
        filters: What to show.
        offset, limit: Rows to skip, rows on it, 500 at most.
    """
    seen, asked = _seen(), _asked(area, today)
    conditions = [*_helped(), *_conditions(seen, filters)]
    query = seen.rows(func.count().over().label("total")).where(*conditions)
    ordered = query.order_by(*_order(seen, filters.part), HelpedHousehold.household)
    found = connection.execute(ordered.offset(max(offset, 0)).limit(min(max(limit, 1), 500)), asked).mappings().all()
    if not found and offset > 0:
        return HouseholdPage([], connection.scalar(seen.select(func.count()).where(*conditions), asked) or 0)
    rows = [HouseholdRow(**{name: row[name] for name in HouseholdRow.__dataclass_fields__}) for row in found]
    return HouseholdPage(rows, found[0]["total"] if found else 0)


def get_household(connection: Connection, household: str, today: date) -> HouseholdRow | None:
    """A household, also one that has left; None where there is none that this connection may see."""
    query = _seen().rows().where(HelpedHousehold.household == storable(household))
    row = connection.execute(query, _days(today)).mappings().one_or_none()
    return None if row is None else HouseholdRow(**row)


def household_of_case(connection: Connection, case_id: str, today: date) -> HouseholdRow | None:
    """The household of a clue whose hardship is confirmed, while it is helped."""
    row = connection.execute(_of_case(), {"of_case": case_id, **_days(today)}).mappings().first()
    return None if row is None else HouseholdRow(**row)


def count_parts(connection: Connection, area: str, today: date, filters: HouseholdFilter) -> dict[Part | None, int]:
    """How many households of an area are in each part, and in all; the filter's own part is left aside."""
    seen = _seen()
    counts = [
        func.count().filter(seen.part(part, filters.mine)).label(str(part)) if part else func.count().label("all")
        for part in (*Part, None)
    ]
    words = HouseholdFilter(words=filters.words, accounts=filters.accounts)
    query = seen.select(*counts).where(*_helped(), *_conditions(seen, words))
    row = connection.execute(query, _asked(area, today)).one()
    return dict(zip((*Part, None), row, strict=True))


def count_confirmed(connection: Connection, area: str, today: date) -> int:
    """How many households of an area are in `Part.CONFIRMED`: few are looked at."""
    return connection.scalar(_confirmed(), _asked(area, today)) or 0


def coverage_of(connection: Connection, area: str, today: date) -> list[CountyCoverage]:
    """Coverage (结对帮扶覆盖率) of the counties of an area that have a household, by code; see `bangfu.review.pairing.coverage`."""
    seen = _seen()
    query = (
        seen.select(
            HelpedHousehold.county_code,
            func.count(),
            func.count().filter(seen.paired),
            func.count().filter(~seen.out_of_touch),
            func.count().filter(seen.part(Part.CONFIRMED)),
        )
        .where(*_helped())
        .group_by(HelpedHousehold.county_code)
        .order_by(HelpedHousehold.county_code)
    )
    return [
        CountyCoverage(code, Coverage(households, paired, in_touch), confirmed)
        for code, households, paired, in_touch, confirmed in connection.execute(query, _asked(area, today))
    ]


_CONTACTED = literal_column("'contacted'", Text)
_ABOUT_PERSONS = (literal_column("'paired'", Text), literal_column("'released'", Text))
"""Written into the statement, so that the indexes of these kinds serve it."""


_TODAY = bindparam("today", type_=Date)
_EARLIEST = {way: bindparam(f"earliest_{way}", type_=Date) for way in MONTHS_BETWEEN}
"""Days that a query is asked for, as `_days` gives them."""


def _asked(area: str, today: date) -> dict[str, Any]:
    return {
        "first": area.ljust(6, "0"),
        "last": area.ljust(6, "9"),
        **_days(today),
    }


def _days(today: date) -> dict[str, date]:
    return {
        "today": today,
        **{f"earliest_{way}": months_later(today, -months) for way, months in MONTHS_BETWEEN.items()},
    }


class _Seen:
    """Households joined with who is responsible on a day, and with when they were heard of."""

    def __init__(self) -> None:
        self.standing = _standing()
        self.visited, self.heard = _last_contact("visited", "visit"), _last_contact("heard", None)
        self.paired: ColumnElement[bool] = func.coalesce(self.standing.c.kind == "paired", false())
        self.out_of_touch: ColumnElement[bool] = or_(
            *(
                func.greatest(last, HelpedHousehold.since) < _EARLIEST[way]
                for last, way in ((self.visited.c.day, "visit"), (self.heard.c.day, "any"))
            )
        )

    def part(self, part: Part, mine: str = "") -> ColumnElement[bool]:
        """Whether a household is in a part."""
        return {
            Part.UNPAIRED: ~self.paired,
            Part.CONFIRMED: and_(~self.paired, HelpedHousehold.list_version.is_(None)),
            Part.OUT_OF_TOUCH: self.out_of_touch,
            Part.MINE: func.coalesce(self.standing.c.account == mine, false()),
        }[part]

    def select(self, *columns: Any) -> Select[Any]:
        """A query of households."""
        return (
            select(*columns)
            .select_from(HelpedHousehold)
            .outerjoin(self.standing, true())
            .outerjoin(self.visited, true())
            .outerjoin(self.heard, true())
            .outerjoin(ReviewCase, ReviewCase.case_id == HelpedHousehold.case_id)
        )

    def rows(self, *more: ColumnElement[Any]) -> Select[Any]:
        """A query of the columns of `HouseholdRow`, and of more."""
        latest = select(func.coalesce(func.max(PairingEntry.number), 0)).where(
            PairingEntry.household == HelpedHousehold.household
        )
        made: Mapping[str, Any] = {
            "case_name": ReviewCase.name,
            "number": latest.scalar_subquery(),
            "account": self.standing.c.account,
            "named": self.standing.c.named,
            "first": self.standing.c.day,
            "visited_on": self.visited.c.day,
            "heard_on": self.heard.c.day,
        }
        own = HelpedHousehold.__table__.c
        return self.select(
            *(made[name].label(name) if name in made else own[name] for name in HouseholdRow.__dataclass_fields__),
            *more,
        )


@cache
def _seen() -> _Seen:
    """Made once: putting these joins together takes longer than asking for a household."""
    return _Seen()


@cache
def _confirmed() -> Select[Any]:
    return _seen().select(func.count()).where(*_helped(), _seen().part(Part.CONFIRMED))


@cache
def _of_case() -> Select[Any]:
    return _seen().rows().where(HelpedHousehold.case_id == bindparam("of_case"), HelpedHousehold.left_on.is_(None))


def _counts(entry: Any) -> ColumnElement[bool]:
    """Whether an entry was not taken back."""
    back = aliased(PairingEntry)
    return ~exists().where(back.household == entry.household, back.takes_back == entry.number)


def _standing() -> FromClause:
    """Of each household the last entry about who is responsible, of those that have begun."""
    entry = aliased(PairingEntry)
    query = (
        select(entry.kind, entry.account, entry.named, entry.day)
        .where(
            entry.household == HelpedHousehold.household,
            entry.kind.in_(_ABOUT_PERSONS),
            entry.day <= _TODAY,
            _counts(entry),
        )
        .order_by(entry.number.desc())
        .limit(1)
    )
    return query.lateral("standing")


def _last_contact(name: str, way: str | None) -> FromClause:
    """Of each household the day it was heard of last, in a way or in any."""
    entry = aliased(PairingEntry)
    query = select(entry.day).where(
        entry.household == HelpedHousehold.household, entry.kind == _CONTACTED, entry.day <= _TODAY, _counts(entry)
    )
    if way is not None:
        query = query.where(entry.way == way)
    return query.order_by(entry.day.desc()).limit(1).lateral(name)


def _helped() -> list[ColumnElement[bool]]:
    return [
        HelpedHousehold.county_code.between(bindparam("first", type_=Text), bindparam("last", type_=Text)),
        HelpedHousehold.left_on.is_(None),
        HelpedHousehold.since <= _TODAY,
    ]


def _conditions(seen: _Seen, filters: HouseholdFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.part is not None:
        conditions.append(seen.part(filters.part, filters.mine))
    if filters.words:
        words = storable(filters.words)
        conditions.append(
            or_(
                HelpedHousehold.name == mask_name(words),
                ReviewCase.name.contains(words, autoescape=True),
                HelpedHousehold.file.contains(words, autoescape=True),
                HelpedHousehold.union_name.contains(words, autoescape=True),
                seen.standing.c.named.contains(words, autoescape=True),
                seen.standing.c.account.in_(filters.accounts),
            )
        )
    return conditions


def _order(seen: _Seen, part: Part | None) -> Sequence[ColumnElement[Any]]:
    """Without anybody the longest first, out of touch the longest first; else union by union."""
    if part in {Part.UNPAIRED, Part.CONFIRMED}:
        return (func.coalesce(HelpedHousehold.filed_on, HelpedHousehold.since),)
    if part in {Part.OUT_OF_TOUCH, Part.MINE}:
        return (func.greatest(seen.heard.c.day, HelpedHousehold.since),)
    return (HelpedHousehold.county_code.expression, HelpedHousehold.union_name.asc().nulls_last())
