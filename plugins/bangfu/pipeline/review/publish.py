"""Publishing (发布): the latest screened list becomes the one that officers see."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from bangfu.db import candidates
from bangfu.db.helped_households import Listed
from bangfu.db.models import CandidateList
from bangfu.db.samples import number_draws
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.notices.announce import announce
from bangfu.pipeline.review.calendar import review_calendar
from bangfu.pipeline.review.households import publish_households
from bangfu.pipeline.review.openings import Opened, open_cases

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

    Publishing the same list again changes nothing.

    Args:
        context: The installation.

    Raises:
        BangfuError: Nothing has been screened.
    """
    with context.engine.begin() as connection:
        latest = connection.execute(
            select(CandidateList.run_id, CandidateList.candidates, CandidateList.list_version)
            .order_by(CandidateList.run_id.desc())
            .limit(1)
        ).one_or_none()
        if latest is None:
            raise BangfuError("There is no screened list to publish: run `bangfu screen` first.")
        version = candidates.publish(connection, latest.run_id)
        cases, households, now = None, None, None
        if latest.list_version is None:
            now = datetime.now(UTC)
            number_draws(connection, latest.run_id, version)
            cases = open_cases(connection, latest.run_id, version, now, review_calendar(context.settings))
            households = publish_households(connection, latest.run_id, version, now)
        notices = announce(connection, version, now)
    return PublishSummary(latest.run_id, version, latest.candidates, cases, notices, households)
