"""How cases belong together (前案、后续案件、申诉): what came before, what followed, what is appealed against."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError

from bangfu.db.case_models import CaseEvent, ReviewCase
from bangfu.db.case_queries import CaseRow
from bangfu.db.cases import event_row
from bangfu.errors import Refused
from bangfu.review.cases import Event
from bangfu.review.standing import Standing
from schemas.flows.appeal import APPEAL

__all__ = ["Related", "add_appeal", "appeal_running", "related_cases"]

_MOST = 50

_APPEAL = select(ReviewCase.case_id).where(
    ReviewCase.about == bindparam("of_case"), ReviewCase.flow == APPEAL.code, ReviewCase.ended_at.is_(None)
)


@dataclass(frozen=True)
class Related:
    """Another case about the same person or file; columns as in `bangfu.db.case_queries.CaseRow`."""

    case_id: str
    flow: str
    state: str
    county_code: str
    opened_at: datetime
    ended_at: datetime | None
    follows: str | None
    about: str | None


_RELATED = (
    select(*(ReviewCase.__table__.c[name] for name in Related.__dataclass_fields__))
    .where(ReviewCase.subject == bindparam("of_subject"), ReviewCase.case_id != bindparam("of_case"))
    .order_by(ReviewCase.opened_at.desc(), ReviewCase.case_id)
    .limit(_MOST)
)


def related_cases(connection: Connection, row: CaseRow) -> list[Related]:
    """The other cases about the person or file of a case that this connection may see, the newest first."""
    values = {"of_subject": row.subject, "of_case": row.case_id}
    return [Related(*found) for found in connection.execute(_RELATED, values)]


def appeal_running(connection: Connection, case_id: str) -> str | None:
    """Id of the open appeal about a case; None where there is none that this connection may see."""
    return connection.scalar(_APPEAL, {"of_case": case_id})


def add_appeal(connection: Connection, event: Event, stands: Standing, original: str) -> None:
    """Open an appeal with what the case it is about tells of the person.

    Args:
        connection: The portal's, in the scope of who lodges it.
        event: From `bangfu.review.appeals.lodge`.
        stands: The appeal after it.
        original: The case it is about.

    Raises:
        Refused: `appeal_runs`: another one about the same person is open; `no_such_case`.
    """
    try:
        made = connection.scalar(
            select(func.portal_open_appeal(event.case_id, original, event.at, stands.due_at, stands.soon_at))
        )
    except IntegrityError:
        raise Refused(
            "appeal_runs",
            "该人已有一件申诉在办，请在那件申诉中一并处理。",
            "An appeal about this person is open already: see to it there.",
        ) from None
    if not made:
        raise Refused(
            "no_such_case",
            "没有这个案件，或不在您的辖区。请返回名单重新选择。",
            "There is no such case in your area: go back to the list.",
        )
    connection.execute(insert(CaseEvent).inline().values(**event_row(event), key=None))
