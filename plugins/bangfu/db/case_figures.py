"""Figures of cases (核查统计): one count of an area's cases by all that a dashboard tells apart.

Counting a county takes milliseconds, a province of a million cases a second, which is why the counts of all counties are
kept: with every list that is published, and every hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, DateTime, Select, bindparam, case, delete, func, insert, literal, select, text
from sqlalchemy.types import Text

from bangfu.db.case_lists import bucket_of
from bangfu.db.case_models import CaseTally, ReviewCase
from bangfu.review.figures import LATE, Tally

__all__ = ["FEW", "KEPT", "Counted", "keep_tallies", "kept_tallies", "tallies"]

FEW = 100_000
"""Fewer cases are always counted anew."""

KEPT = timedelta(hours=3)
"""Counts that are older are not shown: what should renew them every hour has stopped."""


@dataclass(frozen=True)
class Counted:
    """Counts, and of which moment they are."""

    tallies: Sequence[Tally]
    at: datetime


def tallies(connection: Connection, area: str, now: datetime) -> Sequence[Tally]:
    """Count the cases that are with the counties of an area; one that another county is asked for counts where it is.

    Args:
        connection: From `portal_session_scope`, or an owner connection.
        area: Division code of 2, 4 or 6 digits.
        now: Now.
    """
    values = {"first": area.ljust(6, "0"), "last": area.ljust(6, "9"), **_moments(now)}
    return [Tally(*row) for row in connection.execute(_counting(), values)]


def keep_tallies(connection: Connection, now: datetime) -> None:
    """Count the cases of all counties and keep that in place of the counts before (owner connection)."""
    connection.execute(text("LOCK TABLE case_tally IN SHARE ROW EXCLUSIVE MODE"))
    counts = tallies(connection, "", now)
    connection.execute(delete(CaseTally))
    if counts:
        connection.execute(insert(CaseTally).inline(), [{**vars(count), "counted_at": now} for count in counts])


def kept_tallies(connection: Connection, area: str, now: datetime) -> Counted | None:
    """The counts that are kept of an area; None where there are none, they are of few cases, or too old.

    An account that sees one union's cases alone sees none of them.
    """
    values = {"first": area.ljust(6, "0"), "last": area.ljust(6, "9"), "since": now - KEPT}
    rows = connection.execute(_KEPT, values).all()
    if sum(row.cases for row in rows) < FEW:
        return None
    return Counted([Tally(*row[:-1]) for row in rows], rows[0].counted_at)


_AREA = (bindparam("first", type_=Text), bindparam("last", type_=Text))
_NAMES = tuple(Tally.__dataclass_fields__)

_KEPT = select(*(CaseTally.__table__.c[name] for name in (*_NAMES, "counted_at"))).where(
    CaseTally.county_code.between(*_AREA), CaseTally.counted_at >= bindparam("since", type_=DateTime(timezone=True))
)


def _moments(now: datetime) -> dict[str, datetime]:
    """Now, and before when a case was due that is past each of `LATE`."""
    return {"now": now, **{f"due_{number}": now - length for number, length in enumerate(LATE, 1)}}


@cache
def _counting() -> Select[Any]:
    moment = DateTime(timezone=True)
    past = [
        (ReviewCase.due_at <= bindparam(f"due_{number}", type_=moment), literal(number))
        for number in range(len(LATE), 0, -1)
    ]
    late = case((ReviewCase.ended_at.is_not(None), literal(0)), *past, else_=literal(0))
    return (
        select(
            ReviewCase.county_code,
            ReviewCase.flow,
            ReviewCase.state,
            ReviewCase.outcome,
            bucket_of(bindparam("now", type_=moment)).label("bucket"),
            late.label("late"),
            func.count().label("cases"),
        )
        .where(ReviewCase.county_code.between(*_AREA))
        .group_by(ReviewCase.county_code, ReviewCase.flow, ReviewCase.state, ReviewCase.outcome, "bucket", "late")
    )
