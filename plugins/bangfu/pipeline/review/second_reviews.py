"""Blind second reviews (盲审复核): drawn when the judgement of a visit stands and nothing is public, compared when the second is given."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bangfu.db.cases import events_of
from bangfu.db.samples import keep_draw
from bangfu.db.second_reviews import (
    Judged,
    first_outcome,
    free_reviewers,
    is_under_review,
    judged_cases,
    keep_comparison,
    mark_sampled,
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
from bangfu.review.drawing import SECOND_REVIEW_SHARE, drawn, first_of, record
from bangfu.review.standing import standing
from schemas.flow import UNDO_MINUTES, Role
from schemas.flows.second_review import NO_SECOND_VISIT

__all__ = ["compare", "draw_second_reviews", "reviewable"]

PURPOSE, _REVIEWER = "second_review", "second_reviewer"
_PROVINCE = "53"
_AT_ONCE = 500


def reviewable(case: Case, outcome: str | None) -> bool:
    """Whether a judged clue may be drawn: it was visited, and the household can be asked once more."""
    visited = any(event.step == "visit" for event in effective(case.history))
    return visited and outcome is not None and outcome not in NO_SECOND_VISIT


def draw_second_reviews(context: Context, now: datetime, calendar: Calendar) -> int:
    """Draw from the clues whose judgement can no longer be taken back, and open a second review of each that is drawn.

    Each is drawn by itself and once, so that it does not matter how many are drawn from together; a run that is killed is
    completed by the next. Nothing is published about a case before.

    Args:
        context: The installation.
        now: Now.
        calendar: Freezes and limits of the installation.

    Returns:
        Number of second reviews opened.
    """
    key, number = context.settings.secret("draw-key"), 0
    while True:
        with context.engine.begin() as connection:
            judged = judged_cases(connection, now - timedelta(minutes=UNDO_MINUTES), _AT_ONCE)
            if not judged:
                return number
            cases = {item.case_id: (item, replay(events_of(connection, item.case_id))) for item in judged}
            frame = {name: pair for name, pair in cases.items() if reviewable(pair[1], pair[1].facts.get("outcome"))}
            chosen = [case_id for case_id in frame if drawn(key, PURPOSE, case_id, SECOND_REVIEW_SHARE)]
            if frame:
                draw = record(key, PURPOSE, "", frame, len(chosen))
                keep_draw(connection, draw, _PROVINCE, share=SECOND_REVIEW_SHARE)
            number += sum(_opened(connection, key, *frame[case_id], now, calendar) for case_id in chosen)
            mark_sampled(connection, list(cases), now)


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


def _opened(connection: Connection, key: str, item: Judged, case: Case, at: datetime, calendar: Calendar) -> bool:
    if is_under_review(connection, item.subject, item.county_code):
        return False
    involved = sorted(_hands(case) | involved_in(case))
    visited = max(event.number for event in effective(case.history) if event.step == "visit")
    free = first_of(key, _REVIEWER, item.case_id, free_reviewers(connection, item, involved, visited))
    known = {"assignee": free[0]} if free else {}
    event = opened(secrets.token_hex(12), PURPOSE, item.county_code, SYSTEM, at, involved=involved, **known)
    stands = standing(replay([event]), calendar)
    open_second_review(connection, item.case_id, str(case.facts["outcome"]), involved, event, stands)
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
