"""Published candidates as a test reads them: the rows of the table, by county and id."""

from typing import Any

from sqlalchemy import Connection, Row, select

from bangfu.db.models import Candidate, CandidateStatus

__all__ = ["published_rows"]


def published_rows(connection: Connection) -> list[Row[Any]]:
    """All published candidates; columns as in the table."""
    query = select(*Candidate.__table__.c).where(Candidate.status == CandidateStatus.PUBLISHED)
    return list(connection.execute(query.order_by(Candidate.county_code, Candidate.candidate_id)))
