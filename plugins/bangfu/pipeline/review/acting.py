"""Working on a case (办理): a step is taken, or the last one taken back, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bangfu.db.cases import add_event, events_of, known_key
from bangfu.db.second_reviews import knows_the_first, lot_is_drawn
from bangfu.errors import Refused
from bangfu.review.cases import Actor, Case, Event, after, replay
from bangfu.review.deadlines import Calendar
from bangfu.review.standing import standing
from bangfu.review.steps import taken, undone
from schemas.flows.second_review import NAMES

__all__ = ["act", "case_now", "take_back"]


def case_now(connection: Connection, case_id: str) -> Case:
    """The case as its events make it.

    Raises:
        Refused: `no_such_case`: there is none, or not in this area.
    """
    events = events_of(connection, case_id)
    if not events:
        raise Refused(
            "no_such_case",
            "没有这个案件，或不在您的辖区。请返回名单重新选择。",
            "There is no such case in your area: go back to the list.",
        )
    return replay(events)


def act(
    connection: Connection,
    case_id: str,
    step: str,
    actor: Actor,
    at: datetime,
    details: Mapping[str, Any],
    *,
    version: int,
    calendar: Calendar,
    key: str | None = None,
) -> Case:
    """Take a step.

    Args:
        connection: A transaction; the portal's is held to its area by the database.
        case_id: Opaque.
        step: Code of a step of the case's flow.
        actor: Who.
        at: When.
        details: What was given.
        version: Version that the actor saw.
        calendar: Freezes and limits of the installation.
        key: What was done with this key before is not done again.

    Returns:
        The case after it.

    Raises:
        Refused: The step cannot be taken, and what to do; nothing is written.
    """
    case = case_now(connection, case_id)
    if key is not None and known_key(connection, case_id, key) is not None:
        return case
    event = taken(case, step, actor, at, details, version=version, calendar=calendar)
    _check_blindness(connection, case, event)
    return _added(connection, case, event, calendar, key)


def take_back(
    connection: Connection, case_id: str, actor: Actor, at: datetime, *, version: int, calendar: Calendar
) -> Case:
    """Take the last step back (撤销); arguments as for `act`.

    Raises:
        Refused: It cannot be taken back, and why; nothing is written.
    """
    case = case_now(connection, case_id)
    return _added(connection, case, undone(case, actor, at, version=version), calendar, None)


def _check_blindness(connection: Connection, case: Case, event: Event) -> None:
    """See that a second review begins before anything is public, and that who is named for one does not know the first finding."""
    if case.rules.steps[event.step].after_lot and not lot_is_drawn(connection, case.case_id):
        raise Refused(
            "lot_not_drawn",
            "核实后每小时抽取一次盲审复核，本案尚未抽取，暂不能公示；请一小时后再办。",
            "Confirmed visits are drawn from for a blind second review every hour, and this case was not yet: publish in an hour.",
        )
    if (case.flow, event.step) == NAMES and knows_the_first(connection, case.case_id, event.details["assignee"]):
        raise Refused(
            "knows_the_first",
            "该人看过原案入户后的内容，不能盲审；请另选一人，没有别人的由州（市）登记未能复核。",
            "They have read the case since its visit and would not be blind: choose another; where there is nobody, the prefecture records that.",
        )


def _added(connection: Connection, case: Case, event: Event, calendar: Calendar, key: str | None) -> Case:
    made = after(case, event)
    add_event(connection, event, standing(made, calendar), key)
    return made
