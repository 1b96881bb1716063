"""Blind second reviews (盲审复核): drawn when a visited case is collected, compared when the second outcome is given."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bangfu.db.case_results import Ended
from bangfu.db.cases import events_of
from bangfu.db.samples import keep_draw
from bangfu.db.second_reviews import (
    first_outcome,
    is_under_review,
    keep_comparison,
    open_second_review,
    to_compare,
)
from bangfu.errors import Refused
from bangfu.pipeline.context import Context
from bangfu.pipeline.review.acting import act
from bangfu.pipeline.review.openings import SYSTEM
from bangfu.review.agreement import agree
from bangfu.review.cases import Case, effective, involved_in, opened, replay
from bangfu.review.deadlines import Calendar
from bangfu.review.drawing import SECOND_REVIEW_SHARE, drawn, record
from bangfu.review.standing import standing
from schemas.flow import UNDO_MINUTES, Role
from schemas.flows.second_review import NO_SECOND_VISIT

__all__ = ["compare", "draw_second_reviews", "reviewable"]

PURPOSE = "second_review"
_PROVINCE = "53"


def reviewable(case: Case, outcome: str | None) -> bool:
    """Whether an ended clue may be drawn: it was visited, and the household can be asked once more."""
    visited = any(event.step == "visit" for event in effective(case.history))
    return visited and outcome is not None and outcome not in NO_SECOND_VISIT


def draw_second_reviews(
    connection: Connection, key: str, cases: Sequence[tuple[Ended, Case]], at: datetime, calendar: Calendar
) -> int:
    """Draw from the clues that are collected together, and open a second review of each that is drawn.

    Each is drawn by itself, so that it does not matter how many are collected at once.

    Args:
        connection: Owner connection; the transaction that collects them.
        key: `settings.secret("draw-key")`.
        cases: Clues that ended, with their events.
        at: Now.
        calendar: Freezes and limits of the installation.

    Returns:
        Number of second reviews opened.
    """
    frame = {item.case_id: (item, case) for item, case in cases if reviewable(case, item.outcome)}
    chosen = [case_id for case_id in frame if drawn(key, PURPOSE, case_id, SECOND_REVIEW_SHARE)]
    if frame:
        keep_draw(connection, record(key, PURPOSE, "", frame, len(chosen)), _PROVINCE, share=SECOND_REVIEW_SHARE)
    return sum(_opened(connection, *frame[case_id], at, calendar) for case_id in chosen)


def compare(context: Context, now: datetime, calendar: Calendar) -> int:
    """Compare the second outcomes that can no longer be taken back with the first; returns how many were compared.

    Each in a transaction of its own, so that a kill between them loses nothing.

    Args:
        context: The installation.
        now: Now.
        calendar: Freezes and limits of the installation.
    """
    with context.engine.connect() as connection:
        waiting = to_compare(connection, now - timedelta(minutes=UNDO_MINUTES))
    compared = 0
    for case_id in waiting:
        try:
            with context.engine.begin() as connection:
                _compared(connection, case_id, now, calendar)
        except Refused:
            continue  # another run was first
        compared += 1
    return compared


def _opened(connection: Connection, item: Ended, case: Case, at: datetime, calendar: Calendar) -> bool:
    if item.outcome is None or is_under_review(connection, item.subject, item.county_code):
        return False
    involved = sorted(_hands(case) | involved_in(case))
    event = opened(secrets.token_hex(12), PURPOSE, item.county_code, SYSTEM, at, involved=involved)
    stands = standing(replay([event]), calendar)
    open_second_review(connection, item.case_id, item.outcome, involved, event, stands)
    return True


def _hands(case: Case) -> set[str]:
    """Accounts that had any hand in a case: who took a step, whom it was given to, who visited."""
    found = {event.actor.account for event in case.history if event.actor.role is not Role.SYSTEM}
    for event in case.history:
        found |= {*event.details.get("visitors", ()), *filter(None, [event.details.get("assignee")])}
    return found


def _compared(connection: Connection, case_id: str, now: datetime, calendar: Calendar) -> None:
    case = replay(events_of(connection, case_id))
    second = str(case.facts["outcome"])
    same = agree(first_outcome(connection, case_id), second)
    details = {"agreement": "same" if same else "differs"}
    act(connection, case_id, "compare", SYSTEM, now, details, version=case.version, calendar=calendar)
    keep_comparison(connection, case_id, second, now)
