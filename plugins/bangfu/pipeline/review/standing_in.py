"""Standing in (抽样替补): where a household of an audit sample is not reached, the next in the random order is visited."""

import secrets
from datetime import datetime

from sqlalchemy import Connection

from bangfu.db.case_results import Ended
from bangfu.db.stand_ins import next_stand_in, open_stand_in
from bangfu.pipeline.review.openings import SYSTEM
from bangfu.review.cases import opened, replay
from bangfu.review.deadlines import Calendar
from bangfu.review.standing import standing
from schemas.flows.audit import NOT_REACHED

__all__ = ["stand_in"]


def stand_in(connection: Connection, item: Ended, at: datetime, calendar: Calendar) -> bool:
    """Send for the next household of the stratum where this one was not reached.

    Only for who was not reached after the set attempts: whoever says no, has moved or died is not replaced, so that nobody is
    called a refusal to get an easier visit. The one not reached stays in the record.

    Args:
        connection: Owner connection; the transaction that collects the visit, so that this happens once.
        item: An audit visit that has ended.
        at: Now.
        calendar: Freezes and limits of the installation.

    Returns:
        Whether somebody stands in.
    """
    if item.outcome not in NOT_REACHED or item.list_version is None:
        return False
    found = next_stand_in(connection, item.list_version, item.county_code[:4])
    if found is None:
        return False
    entry, county = found
    event = opened(secrets.token_hex(12), "audit", county, SYSTEM, at)
    open_stand_in(connection, entry, item.list_version, event, standing(replay([event]), calendar))
    return True
