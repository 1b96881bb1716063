"""Figures of cases (核查统计): one count of an area's cases by all that a dashboard tells apart."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, case, func, literal, select

from bangfu.db.case_models import ReviewCase
from bangfu.db.case_queries import bucket_of
from bangfu.review.figures import LATE, Tally

__all__ = ["tallies"]


def tallies(connection: Connection, area: str, now: datetime) -> Sequence[Tally]:
    """Count the cases that are with the counties of an area; one that another county is asked for counts where it is.

    Args:
        connection: From `portal_session_scope`, or an owner connection.
        area: Division code of 2, 4 or 6 digits.
        now: Now.
    """
    past = [
        (ReviewCase.due_at <= now - length, literal(number)) for number, length in reversed(list(enumerate(LATE, 1)))
    ]
    late = case((ReviewCase.ended_at.is_not(None), literal(0)), *past, else_=literal(0))
    query = (
        select(
            ReviewCase.county_code,
            ReviewCase.flow,
            ReviewCase.state,
            ReviewCase.outcome,
            bucket_of(now).label("bucket"),
            late.label("late"),
            func.count().label("cases"),
        )
        .where(ReviewCase.county_code.between(area.ljust(6, "0"), area.ljust(6, "9")))
        .group_by(ReviewCase.county_code, ReviewCase.flow, ReviewCase.state, ReviewCase.outcome, "bucket", "late")
    )
    return [Tally(**row) for row in connection.execute(query).mappings()]
