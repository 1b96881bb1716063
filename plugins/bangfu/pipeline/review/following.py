"""What follows from the end of a case (后续案件): the next case is opened, or an appeal's decision passed on, each once.

Each ended case is seen to in a transaction of its own, which also notes that it was: a run that is killed, repeated or
doubled opens nothing twice. Nothing follows before the last step can no longer be taken back.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bangfu.db.case_following import claim, ended_in, mark_followed, open_following, works_at
from bangfu.db.case_queries import CaseRow
from bangfu.db.cases import events_of
from bangfu.db.second_reviews import first_case_of, resume_first
from bangfu.errors import Refused
from bangfu.pipeline.context import Context
from bangfu.pipeline.review.acting import act
from bangfu.pipeline.review.calendar import review_calendar
from bangfu.pipeline.review.openings import SYSTEM
from bangfu.review.appeals import decision_on, waits_for_decision
from bangfu.review.cases import Case, opened, replay, who_visited
from bangfu.review.deadlines import Calendar
from bangfu.review.standing import standing
from schemas.flow import UNDO_MINUTES
from schemas.flows import FLOWS
from schemas.flows.appeal import APPEAL

__all__ = ["Followed", "follow"]

_ENDS = frozenset(
    (flow.code, state.code)
    for flow in FLOWS.values()
    for state in flow.states.values()
    if state.opens or (flow is APPEAL and state.ended)
)
"""Flow and state of the ends from which something may follow."""

_BY_OTHERS = frozenset({"appeal", "second_review"})
"""Flows after which it is for the approver to say who goes on: what was found before is in question."""


_RULED = "盲审裁定以复核结论为准 The second outcome stands"


@dataclass(frozen=True)
class Followed:
    """What followed from ended cases.

    Attributes:
        opened: Cases that were opened.
        passed: Decisions of appeals that were passed to the case that waited for them, and rulings on second reviews to a case that
            is still open.
    """

    opened: int = 0
    passed: int = 0


def follow(context: Context, now: datetime | None = None) -> Followed:
    """See to what follows from every case that has ended since.

    Args:
        context: The installation.
        now: Now; None takes the clock.

    Raises:
        Exception: Of the first case that could not be seen to, after all others were.
    """
    moment = now or datetime.now(UTC)
    calendar = review_calendar(context.settings)
    with context.engine.connect() as connection:
        waiting = ended_in(connection, _ENDS, moment - timedelta(minutes=UNDO_MINUTES))
    total, broken = Followed(), []
    for case_id in waiting:
        try:
            with context.engine.begin() as connection:
                done = _seen_to(connection, case_id, moment, calendar)
        except Refused:
            continue  # somebody acted on the case meanwhile: next time
        except Exception as error:  # one case that cannot be seen to must not hold up the others
            broken.append(error)
            continue
        total = Followed(total.opened + done.opened, total.passed + done.passed)
    if broken:
        raise broken[0]
    return total


def _seen_to(connection: Connection, case_id: str, now: datetime, calendar: Calendar) -> Followed:
    row = claim(connection, case_id)
    if row is None:
        return Followed()
    case = replay(events_of(connection, case_id))
    done = Followed()
    if case.flow == APPEAL.code and row.about is not None and (waits := _waits(connection, row.about)) is not None:
        details = decision_on(case)
        act(connection, row.about, "resolve", SYSTEM, now, details, version=waits.version, calendar=calendar)
        done = Followed(passed=1)
    elif case.state == "second_stands" and _goes_on_itself(connection, case_id, now, calendar):
        done = Followed(passed=1)
    elif case.stands.opens is not None:
        done = Followed(opened=int(_opened(connection, row, case, now, calendar)))
    mark_followed(connection, case_id, now)
    return done


def _waits(connection: Connection, case_id: str) -> Case | None:
    """The case an appeal is about, where it waits for the decision."""
    events = events_of(connection, case_id)
    case = replay(events) if events else None
    return case if case is not None and waits_for_decision(case) else None


def _goes_on_itself(connection: Connection, case_id: str, now: datetime, calendar: Calendar) -> bool:
    """Whether the case that a second review was ruled against is still open: then it is visited once more itself.

    Raises:
        Refused: An objection to it is under review, which is decided first.
    """
    first = first_case_of(connection, case_id)
    case = replay(events_of(connection, first))
    if case.stands.ended:
        return False
    if case.state == "disputed" or case.state in case.rules.steps["review_anew"].after:
        act(connection, first, "review_anew", SYSTEM, now, {"reason": _RULED}, version=case.version, calendar=calendar)
    resume_first(connection, case_id)
    return True


def _opened(connection: Connection, row: CaseRow, case: Case, now: datetime, calendar: Calendar) -> bool:
    assert case.stands.opens is not None
    flow, state = case.stands.opens
    known = {"urgent": row.urgent, "follows": row.case_id}
    if (account := _goes_on(connection, row, case)) is not None:
        known["assignee"] = account
    event = opened(secrets.token_hex(12), flow, row.county_code, SYSTEM, now, state=state, **known)
    return open_following(connection, event, standing(replay([event]), calendar), row)


def _goes_on(connection: Connection, row: CaseRow, case: Case) -> str | None:
    """Who works on the next case: who worked on this one, or visited; nobody yet where they are no longer of the desk."""
    if case.flow in _BY_OTHERS:
        return None
    known = [row.assignee, *who_visited(case)]
    return next((name for name in known if name and works_at(connection, name, row.county_code, row.owner_union)), None)
