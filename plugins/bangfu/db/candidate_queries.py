"""Counting published candidates by county.

Row-level security decides what the portal role sees; the `area` given here narrows the same way, so that the owner role reads
the same lists and an index can serve them.
"""

from sqlalchemy import Connection, func, select

from bangfu.db.models import Candidate, CandidateStatus

__all__ = ["counts_by_county"]


def counts_by_county(connection: Connection, area: str) -> dict[str, int]:
    """Return the number of published candidates of each county of an area that has any.

    Args:
        connection: From `portal_session_scope`, or an owner connection.
        area: Division code, 2, 4 or 6 digits.
    """
    rows = connection.execute(
        select(Candidate.county_code, func.count())
        .where(
            Candidate.status == CandidateStatus.PUBLISHED,
            Candidate.county_code.between(area.ljust(6, "0"), area.ljust(6, "9")),
        )
        .group_by(Candidate.county_code)
        .order_by(Candidate.county_code)
    )
    return {row[0]: row[1] for row in rows}
