"""Households that are helped (帮扶户), as lists are published and cases end; coverage for operators."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from bangfu.china_time import CHINA
from bangfu.db.helped_households import (
    Listed,
    end_pairings,
    file_of_cases,
    forget_left,
    leave_by_exit,
    list_households,
)
from bangfu.db.pairing_queries import coverage_of
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.review.openings import SYSTEM
from bangfu.review.working_days import months_later
from schemas.pairing import MONTHS_KEPT
from schemas.reference import divisions

__all__ = ["china_day", "households_of_ended", "pairing_coverage", "publish_households"]


def china_day(moment: datetime) -> date:
    """The day it is in China."""
    return moment.astimezone(CHINA).date()


def publish_households(connection: Connection, run_id: str, version: int, at: datetime) -> Listed:
    """Bring the households up to date with a list, in the transaction that publishes it; forget those that left long ago.

    Args:
        connection: Owner connection.
        run_id: Run of the list.
        version: Its version.
        at: Now.
    """
    today = china_day(at)
    forget_left(connection, months_later(today, -MONTHS_KEPT))
    return list_households(connection, run_id, version, today, at, SYSTEM.account)


def households_of_ended(connection: Connection, exited: Sequence[str], filed: Mapping[str, str], at: datetime) -> int:
    """What ended cases do to households, in the transaction that notes that they are collected.

    Args:
        connection: Owner connection.
        exited: Exit cases that ended.
        filed: By case, the numbers under which clues were filed.
        at: Now.

    Returns:
        Number of pairings that ended.
    """
    leave_by_exit(connection, exited)
    file_of_cases(connection, filed)
    return end_pairings(connection, at, SYSTEM.account)


def pairing_coverage(context: Context, area: str = "53", now: datetime | None = None) -> list[dict[str, object]]:
    """Coverage of every county of an area that has a household: counts and shares, no household.

    Raises:
        BangfuError: There is no such area.
    """
    if len(area) not in {2, 4, 6} or area.ljust(6, "0") not in divisions():
        raise BangfuError(f"{area} is no area of the province: give a division code of 2, 4 or 6 digits.")
    today = china_day(now or datetime.now(UTC))
    with context.engine.connect() as connection:
        rows = coverage_of(connection, area, today)
    return [
        {
            "county_code": row.county,
            "county": divisions()[row.county].name if row.county in divisions() else row.county,
            "households": row.coverage.households,
            "paired": row.coverage.paired,
            "share": row.coverage.share,
            "in_touch": row.coverage.in_touch,
            "confirmed_unpaired": row.confirmed_unpaired,
        }
        for row in rows
    ]
