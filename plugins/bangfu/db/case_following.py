"""Cases that follow (后续案件), for the owner: which ended cases have something following, and the case that is opened."""

# ruff: noqa: S608  (statements are put together of this module's own names; values are bound)

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, insert, select, text, tuple_, update

from bangfu.db.case_models import CaseEvent, ReviewCase
from bangfu.db.case_queries import CaseRow, get
from bangfu.db.cases import event_row
from bangfu.review.cases import Event
from bangfu.review.standing import Standing

__all__ = ["claim", "ended_in", "mark_followed", "open_following", "works_at"]

_CARRIED = (
    "subject, owner_union, list_version, union_name, name, sex, birth_year, ethnic_group, id_number, phone, address, employer, "
    "files, reasons, evidence, match, strength, match_probability"
)
"""What a case that follows takes over from the one before: whom and what it is about, and the evidence as it was seen."""


def ended_in(connection: Connection, states: Iterable[tuple[str, str]], before: datetime) -> list[str]:
    """Ids of the cases that ended in one of these flows and states before a moment, and out of which nothing was made yet."""
    query = select(ReviewCase.case_id).where(
        tuple_(ReviewCase.flow, ReviewCase.state).in_(list(states)),
        ReviewCase.ended_at < before,
        ReviewCase.followed_at.is_(None),
    )
    return list(connection.scalars(query.order_by(ReviewCase.ended_at, ReviewCase.case_id)))


def claim(connection: Connection, case_id: str) -> CaseRow | None:
    """The case, this transaction's alone; None where another has it, or has seen to what follows."""
    query = (
        select(ReviewCase.case_id)
        .where(ReviewCase.case_id == case_id, ReviewCase.ended_at.is_not(None), ReviewCase.followed_at.is_(None))
        .with_for_update(skip_locked=True)
    )
    return get(connection, case_id) if connection.scalar(query) else None


def mark_followed(connection: Connection, case_id: str, at: datetime) -> None:
    """Note that what follows from the end of a case is done."""
    connection.execute(update(ReviewCase).where(ReviewCase.case_id == case_id).values(followed_at=at))


def open_following(connection: Connection, event: Event, stands: Standing, earlier: CaseRow) -> bool:
    """Open the case that follows; one of its flow that is open already for the same person and county is taken for it.

    Args:
        connection: Owner connection that has claimed the earlier case.
        event: The event that opens it.
        stands: The case after it.
        earlier: The case it follows.

    Returns:
        Whether a case was opened.
    """
    values = {
        **{name: value for name, value in asdict(stands).items() if name != "county_code"},
        "case_id": event.case_id,
        "flow": event.details["flow"],
        "county": stands.county_code,
        "urgent": event.details["urgent"],
        "at": event.at,
        "earlier": earlier.case_id,
    }
    opened = text(
        "INSERT INTO review_case (case_id, flow, county_code, state, version, urgent, assignee, opened_at, changed_at, due_at, "
        f"soon_at, waits_until, follows, {_CARRIED}) SELECT :case_id, :flow, :county, :state, :version, :urgent, :assignee, :at, "
        f":at, :due_at, :soon_at, :waits_until, case_id, {_CARRIED} FROM review_case WHERE case_id = :earlier "
        "ON CONFLICT DO NOTHING"
    )
    if connection.execute(opened, values).rowcount:
        connection.execute(insert(CaseEvent).inline().values(**event_row(event)))
        return True
    connection.execute(
        update(ReviewCase)
        .where(
            ReviewCase.flow == values["flow"],
            ReviewCase.subject == earlier.subject,
            ReviewCase.county_code == stands.county_code,
            ReviewCase.ended_at.is_(None),
            ReviewCase.follows.is_(None),
        )
        .values(follows=earlier.case_id)
    )
    return False


def works_at(connection: Connection, username: str, county: str, owner_union: str | None) -> bool:
    """Whether an account still works on the cases of a county, or on those of a union there (owner connection)."""
    query = text(
        "SELECT EXISTS (SELECT FROM app_user WHERE username = :username AND active AND role IN ('county_officer', 'approver') "
        "AND CASE WHEN union_name IS NULL THEN area_code = :county "
        "ELSE union_name = :owner_union AND starts_with(:county, area_code) END)"
    )
    return bool(connection.scalar(query, {"username": username, "county": county, "owner_union": owner_union}))
