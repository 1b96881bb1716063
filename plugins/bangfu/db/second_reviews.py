"""Second reviews (盲审) in the database: opened beside the case they are about, which is hidden meanwhile; compared; ruled on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, func, insert, or_, select, text, update

from bangfu.db.case_models import CaseEvent, ReviewCase
from bangfu.db.cases import event_row
from bangfu.db.plain_text import storable
from bangfu.db.sampling_models import SecondReview
from bangfu.review.cases import Event
from bangfu.review.standing import Standing
from schemas.flows.candidate import JUDGED

__all__ = [
    "Compared",
    "Judged",
    "Pair",
    "compared_with",
    "first_case_of",
    "first_outcome",
    "free_reviewers",
    "is_under_review",
    "judged_cases",
    "keep_comparison",
    "keep_end",
    "knows_the_first",
    "lot_is_drawn",
    "mark_sampled",
    "open_second_review",
    "resume_first",
    "reviewed_pairs",
    "to_compare",
]


@dataclass(frozen=True)
class Pair:
    """Two outcomes of one household, and what became of them.

    Attributes:
        county_code: County of the case.
        first, second: Outcomes; the second None until both are compared.
        ruling: `first` or `second`, where the prefecture has decided a dispute.
        held: False where the second visit was given up; None while it is open.
    """

    county_code: str
    first: str
    second: str | None
    ruling: str | None
    held: bool | None


@dataclass(frozen=True)
class Judged:
    """A clue with an outcome, for which no lot was drawn yet; columns of `ReviewCase`."""

    case_id: str
    subject: str
    county_code: str
    owner_union: str | None


@dataclass(frozen=True)
class Compared:
    """How a second review compares, with the case it is about."""

    first_case_id: str
    first: str
    second: str


_COPIED = (
    "subject, county_code, owner_union, list_version, union_name, name, sex, birth_year, ethnic_group, id_number, phone, "
    "address, employer, files, reasons, match, strength, match_probability"
)


def is_under_review(connection: Connection, subject: str, county: str) -> bool:
    """Whether a second review of the person is open in the county, so that no other can be."""
    open_one = exists().where(
        ReviewCase.flow == "second_review", ReviewCase.subject == subject, ReviewCase.county_code == county, ReviewCase.ended_at.is_(None)
    )  # fmt: skip
    return bool(connection.scalar(select(open_one)))


def judged_cases(connection: Connection, before: datetime, limit: int) -> list[Judged]:
    """Clues that were judged before a moment and that no lot was drawn for, locked until the transaction ends."""
    confirmed = select(func.max(CaseEvent.at)).where(
        CaseEvent.case_id == ReviewCase.case_id, CaseEvent.step == "verify"
    )
    query = (
        select(*[ReviewCase.__table__.c[name] for name in Judged.__dataclass_fields__])
        .where(
            ReviewCase.flow == "candidate",
            ReviewCase.sampled_at.is_(None),
            or_(ReviewCase.ended_at.is_not(None), ReviewCase.state.in_(JUDGED)),
            or_(ReviewCase.ended_at < before, confirmed.scalar_subquery() < before),
        )
        .order_by(ReviewCase.changed_at, ReviewCase.case_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Judged(*row) for row in connection.execute(query)]


def mark_sampled(connection: Connection, case_ids: Sequence[str], at: datetime) -> None:
    """Note that the lot was drawn for cases."""
    connection.execute(update(ReviewCase).where(ReviewCase.case_id.in_(list(case_ids))).values(sampled_at=at))


def lot_is_drawn(connection: Connection, case_id: str) -> bool:
    """Whether the lot has said if a case is looked at a second time."""
    return connection.scalar(select(ReviewCase.sampled_at).where(ReviewCase.case_id == case_id)) is not None


def free_reviewers(connection: Connection, item: Judged, involved: Sequence[str], visited: int) -> list[str]:
    """County officers who can review a case blindly: no hand in it, and not one look at it since it was visited.

    Approvers are left for the steps that only they can take.

    Args:
        connection: Owner connection.
        item: The case.
        involved: Accounts that had a hand in it.
        visited: Number of the event of the visit.
    """
    query = text(
        "SELECT username FROM app_user a WHERE active AND role = 'county_officer' AND NOT username = ANY (:involved) "
        "AND CASE WHEN union_name IS NULL THEN area_code = :county "
        "ELSE union_name = :owner_union AND starts_with(:county, area_code) END "
        "AND NOT EXISTS (SELECT FROM case_reading r WHERE r.case_id = :case_id AND r.username = a.username "
        "AND r.version >= :visited) ORDER BY username"
    )
    values = {
        "involved": list(involved), "county": item.county_code, "owner_union": item.owner_union, "case_id": item.case_id, "visited": visited,
    }  # fmt: skip
    return list(connection.scalars(query, values))


def knows_the_first(connection: Connection, case_id: str, account: str) -> bool:
    """Whether an account has read the case that a second review is about since it was visited (portal connection)."""
    return bool(connection.scalar(select(func.portal_knows_the_first(case_id, account))))


def first_case_of(connection: Connection, case_id: str) -> str:
    """The case that a second review is about."""
    return connection.execute(select(SecondReview.first_case_id).where(SecondReview.case_id == case_id)).scalar_one()


def resume_first(connection: Connection, case_id: str) -> None:
    """Note that the case a second review was ruled against goes on itself, and will have another outcome."""
    connection.execute(update(SecondReview).where(SecondReview.case_id == case_id).values(resumed=True))


def open_second_review(
    connection: Connection, first_case_id: str, first: str, involved: Sequence[str], event: Event, stands: Standing
) -> None:
    """Open a second review of a case, and hide each from who judges the other.

    It says of the person and of the evidence what the first case says, and nothing of what was found.

    Args:
        connection: Owner connection; the transaction that draws the first case.
        first_case_id: The case.
        first: Its outcome.
        involved: Accounts that had a hand in it.
        event: Opens the second review.
        stands: The second review after it.
    """
    connection.execute(
        text(
            f"INSERT INTO review_case (case_id, flow, state, version, urgent, opened_at, changed_at, due_at, soon_at, waits_until, "  # noqa: S608  (own column names)
            f"assignee, evidence, {_COPIED}) SELECT :case_id, 'second_review', :state, :version, false, :at, :at, :due_at, :soon_at, "
            f":waits_until, :assignee, evidence - 'gone' - 'changed', {_COPIED} FROM review_case WHERE case_id = :first"
        ),
        {
            "case_id": event.case_id,
            "state": stands.state,
            "version": stands.version,
            "at": event.at,
            "due_at": stands.due_at,
            "soon_at": stands.soon_at,
            "waits_until": stands.waits_until,
            "assignee": stands.assignee,
            "first": first_case_id,
        },
    )
    connection.execute(insert(CaseEvent).values(**event_row(event), key=None))
    connection.execute(
        insert(SecondReview).values(
            case_id=event.case_id,
            first_case_id=first_case_id,
            county_code=stands.county_code,
            involved=list(involved),
            first_outcome=first,
            drawn_at=event.at,
        )
    )
    _hide(connection, event.case_id, hidden=True)


def to_compare(connection: Connection, before: datetime) -> list[str]:
    """Second reviews that were answered before a moment and wait to be compared."""
    query = select(ReviewCase.case_id).where(
        ReviewCase.flow == "second_review", ReviewCase.state == "answered", ReviewCase.changed_at < before
    )
    return list(connection.scalars(query.order_by(ReviewCase.changed_at, ReviewCase.case_id)))


def first_outcome(connection: Connection, case_id: str) -> str:
    """The outcome of the case that a second review is about."""
    return connection.execute(select(SecondReview.first_outcome).where(SecondReview.case_id == case_id)).scalar_one()


def keep_comparison(connection: Connection, case_id: str, second: str, at: datetime) -> None:
    """Keep the second outcome; from now on both cases are seen by all."""
    connection.execute(
        update(SecondReview).where(SecondReview.case_id == case_id).values(second_outcome=second, compared_at=at)
    )
    _hide(connection, case_id, hidden=False)


def keep_end(connection: Connection, case_id: str, ruling: str | None, *, held: bool, now: datetime) -> None:
    """Keep how a second review ended, once that can no longer be taken back."""
    connection.execute(
        update(SecondReview).where(SecondReview.case_id == case_id).values(ruling=ruling, held=held, collected_at=now)
    )
    _hide(connection, case_id, hidden=False)


def compared_with(connection: Connection, case_id: str) -> Compared | None:
    """How a second review compares; None for any other case, and until both outcomes are there to be seen."""
    query = select(SecondReview.first_case_id, SecondReview.first_outcome, SecondReview.second_outcome).where(
        SecondReview.case_id == storable(case_id), SecondReview.second_outcome.is_not(None)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Compared(row.first_case_id, row.first_outcome, row.second_outcome)


def reviewed_pairs(connection: Connection, area: str) -> list[Pair]:
    """Every second review of an area, by county.

    Args:
        connection: From `portal_session_scope`, or an owner connection.
        area: Division code of 2, 4 or 6 digits.
    """
    query = (
        select(
            SecondReview.county_code,
            SecondReview.first_outcome,
            SecondReview.second_outcome,
            SecondReview.ruling,
            SecondReview.held,
        )
        .where(SecondReview.county_code.between(area.ljust(6, "0"), area.ljust(6, "9")))
        .order_by(SecondReview.county_code, SecondReview.case_id)
    )
    return [Pair(*row) for row in connection.execute(query)]


def _hide(connection: Connection, case_id: str, *, hidden: bool) -> None:
    pair = (case_id, first_case_of(connection, case_id))
    connection.execute(update(ReviewCase).where(ReviewCase.case_id.in_(pair)).values(blind=hidden))
