"""Writing cases: an event is added together with what the case is afterwards, or neither is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, DateTime, bindparam, func, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import Text

from bangfu.db.case_models import CaseEvent, ReviewCase
from bangfu.db.case_queries import CaseRow
from bangfu.db.plain_text import storable
from bangfu.errors import Refused
from bangfu.review.cases import Actor, Event
from bangfu.review.standing import Standing
from schemas.flow import Role

__all__ = [
    "HOLD",
    "add_event",
    "add_recorded",
    "colleagues",
    "event_of",
    "events_of",
    "held_by_another",
    "hold",
    "known_key",
    "let_go",
    "lock_cases",
    "mark_seen",
    "names_of",
]

HOLD = timedelta(minutes=20)
"""How long a case stays with who opened it to work on, without another sign of them (占用)."""


def events_of(connection: Connection, case_id: str) -> list[Event]:
    """The events of a case in order; none where this connection may not see it."""
    return [event_of(row) for row in connection.execute(_EVENTS, {"case_id": storable(case_id)})]


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


def add_recorded(connection: Connection, recorded: Sequence[tuple[Sequence[Event], Standing, str | None]]) -> None:
    """Add to many cases at once; as `add_event`, for cases this transaction has locked.

    Args:
        connection: A transaction of who acts, that holds the cases by `lock_cases`.
        recorded: For each case its events in order, the case after them, and the key of the last one.

    Raises:
        Refused: `changed_meanwhile`; nothing is written.
    """
    events = [
        {**event_row(event), "key": storable(key) if event is happened[-1] else None}
        for happened, _, key in recorded
        for event in happened
    ]
    standings = [
        {**asdict(stands), "of_case": happened[0].case_id, "before": happened[0].number - 1}
        for happened, stands, _ in recorded
    ]
    if not recorded:
        return
    connection.execute(insert(CaseEvent).inline(), events)  # before the cases move, see `add_event`
    changed = connection.execute(
        update(ReviewCase)
        .where(ReviewCase.case_id == bindparam("of_case"), ReviewCase.version == bindparam("before"))
        .values({name: bindparam(name) for name in Standing.__dataclass_fields__}),
        standings,
    )
    if changed.rowcount != len(recorded):
        raise _changed()


def lock_cases(connection: Connection, case_ids: Sequence[str]) -> set[str]:
    """Keep others from cases until the transaction ends; those that somebody works on at this moment are left out."""
    query = (
        select(ReviewCase.case_id)
        .where(ReviewCase.case_id.in_(list(case_ids)))
        .order_by(ReviewCase.case_id)
        .with_for_update(skip_locked=True)
    )
    return set(connection.scalars(query))


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


def hold(
    connection: Connection, case_id: str, username: str, now: datetime, *, seen: bool = False
) -> Mapping[str, Any] | None:
    """Keep a case to work on (占用); prolongs one's own.

    Args:
        connection: A transaction of who works on it.
        case_id: Opaque.
        username: Who.
        now: Now.
        seen: Whether the desk sees the case with it, as `mark_seen` notes.

    Returns:
        None where it is held now; else `held_by, held_until` of who holds it.
    """
    values = {"of_case": case_id, "account": username, "at": now, "until": now + HOLD}
    if connection.execute(_HOLD_SEEN if seen else _HOLD, values).rowcount:
        return None
    if seen:
        mark_seen(connection, case_id, now)
    query = select(ReviewCase.held_by, ReviewCase.held_until).where(ReviewCase.case_id == case_id)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def held_by_another(row: CaseRow, username: str, now: datetime) -> Mapping[str, Any] | None:
    """Who else works on a case now, as `hold` returns it, for a reader whose turn it is not and who keeps it from nobody."""
    if row.held_until is None or row.held_until <= now or row.held_by == username:
        return None
    return {"held_by": row.held_by, "held_until": row.held_until}


def let_go(connection: Connection, username: str, *case_ids: str) -> None:
    """Give cases back; another's hold stands."""
    connection.execute(
        update(ReviewCase)
        .where(ReviewCase.case_id.in_(case_ids), ReviewCase.held_by == username)
        .values(held_by=None, held_until=None)
    )


def colleagues(connection: Connection) -> list[tuple[str, str]]:
    """Name and display name of the accounts at the same desk (portal connection)."""
    return [(row.username, row.display_name) for row in connection.execute(_COLLEAGUES)]


def names_of(connection: Connection, usernames: Iterable[str]) -> dict[str, str]:
    """Display names of accounts (portal connection); an unknown one is left out."""
    asked = sorted(set(usernames))
    if not asked:
        return {}
    return {row.username: row.display_name for row in connection.execute(_NAMES, {"asked": asked})}


_EVENTS = select(*CaseEvent.__table__.c).where(CaseEvent.case_id == bindparam("case_id")).order_by(CaseEvent.version)

_COLLEAGUES = text("SELECT username, display_name FROM portal_colleagues()")
_NAMES = text("SELECT username, display_name FROM portal_names(:asked)")

_AT, _ACCOUNT = bindparam("at", type_=DateTime(timezone=True)), bindparam("account", type_=Text)
_HOLD = (
    update(ReviewCase)
    .where(
        ReviewCase.case_id == bindparam("of_case"),
        or_(ReviewCase.held_until.is_(None), ReviewCase.held_until <= _AT, ReviewCase.held_by == _ACCOUNT),
        ReviewCase.ended_at.is_(None),
    )
    .values(held_by=_ACCOUNT, held_until=bindparam("until", type_=DateTime(timezone=True)))
)
_HOLD_SEEN = _HOLD.values(seen_at=func.coalesce(ReviewCase.seen_at, _AT))


def _changed() -> Refused:
    return Refused(
        "changed_meanwhile",
        "该案在您打开之后已有变动，您填写的内容没有保存；请刷新后核对再办。",
        "The case has changed since you opened it and nothing of yours was saved: reload, look again, then act.",
    )
