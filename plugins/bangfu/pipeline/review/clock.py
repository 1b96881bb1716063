"""Steps that only time is needed for (到期自动办理): waiting that is over, second outcomes that stand, counts that are kept."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from bangfu.db.case_figures import keep_tallies
from bangfu.db.case_models import ReviewCase
from bangfu.db.cases import events_of
from bangfu.errors import Refused
from bangfu.pipeline.context import Context
from bangfu.pipeline.review.acting import act
from bangfu.pipeline.review.calendar import review_calendar
from bangfu.pipeline.review.openings import SYSTEM
from bangfu.pipeline.review.second_reviews import compare
from bangfu.review.cases import replay
from bangfu.review.deadlines import Calendar
from bangfu.review.steps import steps_open

__all__ = ["Advanced", "advance"]

_BY_TIME = frozenset({"resume", "end_notice", "settle", "finish"})
"""Steps of the system that are due when the waiting of their state is over."""


@dataclass(frozen=True)
class Advanced:
    """How many steps were taken because their time had come."""

    steps: int


def advance(context: Context, now: datetime | None = None) -> Advanced:
    """Take the steps whose time has come; each in a transaction of its own, so that a kill between them loses nothing.

    Then the cases of all counties are counted, for the dashboard of the province.

    Args:
        context: The installation.
        now: Now; None takes the clock.
    """
    moment = now or datetime.now(UTC)
    calendar = review_calendar(context.settings)
    with context.engine.connect() as connection:
        due = select(ReviewCase.case_id).where(ReviewCase.ended_at.is_(None), ReviewCase.waits_until <= moment)
        waiting = list(connection.scalars(due.order_by(ReviewCase.waits_until)))
    steps = 0
    for case_id in waiting:
        try:
            with context.engine.begin() as connection:
                steps += _advanced(connection, case_id, moment, calendar)
        except Refused:
            continue  # somebody acted meanwhile, or a freeze was set: next time
    steps += compare(context, moment, calendar)
    with context.engine.begin() as connection:
        keep_tallies(connection, moment)
    return Advanced(steps)


def _advanced(connection: Connection, case_id: str, now: datetime, calendar: Calendar) -> int:
    case = replay(events_of(connection, case_id))
    step = next((step.code for step in steps_open(case, SYSTEM) if step.code in _BY_TIME), None)
    if step is None:
        return 0
    act(connection, case_id, step, SYSTEM, now, {}, version=case.version, calendar=calendar)
    return 1
