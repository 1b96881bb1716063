"""The list that a county sees after linkage, screening and publication."""

from bangfu.db.candidate_queries import CandidateRow, each
from bangfu.pipeline.context import Context
from bangfu.pipeline.linkage.link import link
from bangfu.pipeline.screening.screen import screen
from tests.approving import publish

__all__ = ["published_list"]


def published_list(context: Context) -> dict[str, CandidateRow]:
    """Link, screen and publish; the published list by roster number."""
    link(context)
    screen(context)
    publish(context)
    with context.engine.connect() as connection:
        return {row.roster_person_id or "": row for row in each(connection, "53")}
