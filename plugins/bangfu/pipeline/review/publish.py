"""Publishing (发布): the latest screened list becomes the one that officers see."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bangfu.db import candidates
from bangfu.db.case_figures import keep_tallies
from bangfu.db.helped_households import Listed
from bangfu.db.samples import number_draws
from bangfu.pipeline.context import Context
from bangfu.pipeline.notices.announce import announce
from bangfu.pipeline.review.calendar import review_calendar
from bangfu.pipeline.review.households import publish_households
from bangfu.pipeline.review.openings import Opened, open_cases
from bangfu.pipeline.review.publication import approved_question, latest_screened, note_published

__all__ = ["PublishSummary", "publish"]


@dataclass(frozen=True)
class PublishSummary:
    """A published list.

    Attributes:
        run_id: Screening run that made it.
        list_version: Version, counting from 1.
        candidates: Persons on it.
        cases: What became of the cases; None where the list was published before.
        notices: Notices to unions that were written with it.
        households: What became of the registered households; None where the list was published before.
    """

    run_id: str
    list_version: int
    candidates: int
    cases: Opened | None = None
    notices: int = 0
    households: Listed | None = None


def publish(context: Context) -> PublishSummary:
    """Publish the list of the latest screening, withdraw the one before, open its cases, renew the households and tell the unions, in one transaction.

    A second person must have approved of this very list; see `bangfu.pipeline.review.publication`. Publishing the same list
    again changes nothing.

    Args:
        context: The installation.

    Raises:
        BangfuError: Nothing has been screened.
        Refused: `not_approved`: nobody has approved of the list as it is.
    """
    with context.engine.begin() as connection:
        latest = latest_screened(connection)
        asked = approved_question(connection, latest) if latest.list_version is None else None
        version = candidates.publish(connection, latest.run_id)
        cases, households, now = None, None, None
        if asked is not None:
            now = datetime.now(UTC)
            number_draws(connection, latest.run_id, version)
            cases = open_cases(connection, latest.run_id, version, now, review_calendar(context.settings))
            households = publish_households(connection, latest.run_id, version, now)
            note_published(connection, asked, version)
            keep_tallies(connection, now)
        notices = announce(connection, version, now)
    return PublishSummary(latest.run_id, version, latest.candidates, cases, notices, households)
