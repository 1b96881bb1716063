"""Writing cases: an event is added together with what the case is afterwards, or neither is."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from bangfu.db.case_models import CaseEvent, ReviewCase
from bangfu.db.plain_text import storable
from bangfu.errors import Refused
from bangfu.review.cases import Actor, Event
from bangfu.review.standing import Standing
from schemas.flow import Role

__all__ = [
    "HOLD",
    "add_event",
    "colleagues",
    "event_of",
    "events_of",
    "hold",
    "known_key",
    "let_go",
    "mark_seen",
    "names_of",
]

HOLD = timedelta(minutes=20)
"""How long a case stays with who opened it to work on, without another sign of them (占用)."""


def events_of(connection: Connection, case_id: str) -> list[Event]:
    """The events of a case in order; none where this connection may not see it."""
    query = select(CaseEvent).where(CaseEvent.case_id == storable(case_id)).order_by(CaseEvent.version)
    return [event_of(row) for row in connection.execute(query.with_only_columns(*CaseEvent.__table__.c))]


def event_of(row: Any) -> Event:
    """An event from its row."""
    return Event(
        row.case_id, row.version, row.step, Actor(row.username, Role(row.role), row.area_code), row.at, row.detail
    )


def add_event(connection: Connection, event: Event, stands: Standing, key: str | None = None) -> None:
    """Add an event and what the case is with it.

    Args:
        connection: A transaction of who acts; the portal's is held to its area.
        event: From `bangfu.review.steps.taken`.
        stands: The case after it.
        key: What makes the event one of its kind, such as the row of a workbook; see `known_key`.

    Raises:
        Refused: `changed_meanwhile`: somebody else's event was first; nothing is written.
    """
    try:  # first: a step that sends the case to another area leaves it in sight of who took it, and of nobody else there
        connection.execute(insert(CaseEvent).inline().values(**event_row(event), key=storable(key)))
    except IntegrityError:
        raise _changed() from None
    changed = connection.execute(
        update(ReviewCase)
        .where(ReviewCase.case_id == event.case_id, ReviewCase.version == event.number - 1)
        .values(**asdict(stands))
    )
    if changed.rowcount != 1:
        raise _changed()


def event_row(event: Event) -> dict[str, Any]:
    """An event as its row."""
    return {
        "case_id": event.case_id,
        "version": event.number,
        "at": event.at,
        "username": event.actor.account,
        "role": str(event.actor.role),
        "area_code": event.actor.area,
        "step": event.step,
        "detail": storable(dict(event.details)),
    }


def known_key(connection: Connection, case_id: str, key: str) -> int | None:
    """The number of the event of a case that was added with a key, or None."""
    query = select(CaseEvent.version).where(CaseEvent.case_id == case_id, CaseEvent.key == storable(key))
    return connection.scalar(query.order_by(CaseEvent.version).limit(1))


def mark_seen(connection: Connection, case_id: str, at: datetime) -> None:
    """Note that the desk has opened a case, so that it is new no longer."""
    connection.execute(
        update(ReviewCase)
        .where(ReviewCase.case_id == case_id, ReviewCase.seen_at.is_(None), ReviewCase.ended_at.is_(None))
        .values(seen_at=at)
    )


def hold(connection: Connection, case_id: str, username: str, now: datetime) -> Mapping[str, Any] | None:
    """Keep a case to work on (占用); prolongs one's own.

    Returns:
        None where it is held now; else `held_by, held_until` of who holds it.
    """
    free = or_(ReviewCase.held_until.is_(None), ReviewCase.held_until <= now, ReviewCase.held_by == username)
    taken = connection.execute(
        update(ReviewCase)
        .where(ReviewCase.case_id == case_id, free, ReviewCase.ended_at.is_(None))
        .values(held_by=username, held_until=now + HOLD)
    )
    if taken.rowcount:
        return None
    query = select(ReviewCase.held_by, ReviewCase.held_until).where(ReviewCase.case_id == case_id)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def let_go(connection: Connection, case_id: str, username: str) -> None:
    """Give a case back; another's hold stands."""
    connection.execute(
        update(ReviewCase)
        .where(ReviewCase.case_id == case_id, ReviewCase.held_by == username)
        .values(held_by=None, held_until=None)
    )


def colleagues(connection: Connection) -> list[tuple[str, str]]:
    """Name and display name of the accounts at the same desk (portal connection)."""
    query = text("SELECT username, display_name FROM portal_colleagues()")
    return [(row.username, row.display_name) for row in connection.execute(query)]


def names_of(connection: Connection, usernames: Iterable[str]) -> dict[str, str]:
    """Display names of accounts (portal connection); an unknown one is left out."""
    query = text("SELECT username, display_name FROM portal_names(:asked)")
    return {row.username: row.display_name for row in connection.execute(query, {"asked": sorted(set(usernames))})}


def _changed() -> Refused:
    return Refused(
        "changed_meanwhile",
        "该案在您打开之后已有变动，您填写的内容没有保存；请刷新后核对再办。",
        "The case has changed since you opened it and nothing of yours was saved: reload, look again, then act.",
    )
