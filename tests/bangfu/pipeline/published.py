"""The list that a county sees after linkage, screening and publication."""

from typing import Any

from sqlalchemy import Row

from bangfu.pipeline.context import Context
from bangfu.pipeline.linkage.link import link
from bangfu.pipeline.screening.screen import screen
from tests.approving import publish
from tests.published import published_rows

__all__ = ["published_list"]


def published_list(context: Context) -> dict[str, Row[Any]]:
    """Link, screen and publish; the published list by roster number."""
    link(context)
    screen(context)
    publish(context)
    with context.engine.connect() as connection:
        return {row.roster_person_id or "": row for row in published_rows(connection)}
