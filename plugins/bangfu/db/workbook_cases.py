"""What workbooks need of cases (工作簿取数): how far each has come, its keys and its events, many at a time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from bangfu.db.case_models import CaseEvent, ReviewCase
from bangfu.db.cases import event_of
from bangfu.review.cases import Event
from schemas.flow import RENEW

__all__ = ["Known", "events_of_cases", "known_cases", "work_versions"]


@dataclass(frozen=True)
class Known:
    """A case as an upload meets it: its county and state, the person's opaque id, the end of the card's number."""

    county_code: str
    state: str
    subject: str
    id_last: str


def known_cases(connection: Connection, case_ids: Sequence[str]) -> dict[str, Known]:
    """Cases that this connection sees, by id; any other is absent."""
    query = select(
        ReviewCase.case_id, ReviewCase.county_code, ReviewCase.state, ReviewCase.subject, ReviewCase.id_number
    ).where(ReviewCase.case_id == _among(case_ids))
    return {
        row.case_id: Known(row.county_code, row.state, row.subject, (row.id_number or "")[-4:])
        for row in connection.execute(query)
    }


def work_versions(connection: Connection, case_ids: Sequence[str]) -> dict[str, int]:
    """The number of the last event of each case that somebody worked on it with; as `bangfu.review.answered.work_version`."""
    query = (
        select(CaseEvent.case_id, func.max(CaseEvent.version))
        .where(CaseEvent.case_id == _among(case_ids), CaseEvent.step != RENEW)
        .group_by(CaseEvent.case_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def events_of_cases(connection: Connection, case_ids: Sequence[str]) -> dict[str, tuple[list[Event], dict[int, str]]]:
    """The events of each case in order, and the keys they were added with by their numbers."""
    query = select(*CaseEvent.__table__.c).where(CaseEvent.case_id == _among(case_ids))
    found: defaultdict[str, tuple[list[Event], dict[int, str]]] = defaultdict(lambda: ([], {}))
    for row in connection.execute(query.order_by(CaseEvent.case_id, CaseEvent.version)):
        events, keys = found[row.case_id]
        events.append(event_of(row))
        if row.key is not None:
            keys[row.version] = row.key
    return dict(found)


def _among(case_ids: Sequence[str]) -> Any:
    return any_(literal(list(case_ids), ARRAY(Text)))
