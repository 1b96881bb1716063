"""When the time of an object is over (到期规则): pure rules over what the register says.

A day is one of the calendar in China. What was received on 1 June and is kept for 30 days is kept until 30 June and
deleted from 1 July on.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

from bangfu.china_time import CHINA
from bangfu.db.deliveries import DeliveryRow
from bangfu.db.intake_models import DeliveryStatus
from bangfu.db.registry import ExtractRow
from schemas.source import Retention

__all__ = [
    "REASONS",
    "UNCLAIMED_HOURS",
    "WITHDRAWN_DAYS",
    "Due",
    "Reason",
    "counted_from",
    "day_of",
    "due_objects",
    "run_due_on",
    "withdrawn_due_on",
]


WITHDRAWN_DAYS = 30
"""Days for which what no delivery brings any more is kept, in every zone: after a retraction or refusal there is no
purpose left (个人信息保护法 art. 47), and a month is what sender and federation need to settle whether it was right."""

UNCLAIMED_HOURS = 24
"""Hours after which an object that no row refers to belongs to nobody: a task ends after three hours at the latest,
with its retries on the same day."""

_LIVE = frozenset({DeliveryStatus.RECEIVED, DeliveryStatus.HELD, DeliveryStatus.ACCEPTED})
_UNDECIDED = frozenset({DeliveryStatus.RECEIVED, DeliveryStatus.HELD})


class Reason(enum.StrEnum):
    """Why something is deleted."""

    LANDING_DAYS = "landing_days"
    STANDARD_DAYS = "standard_days"
    QUARANTINE_DAYS = "quarantine_days"
    WITHDRAWN = "withdrawn"
    DERIVED = "derived"
    UNCLAIMED = "unclaimed"


REASONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        Reason.LANDING_DAYS: ("落地数据保存期满", "the days of landed cells are over"),
        Reason.STANDARD_DAYS: ("标准化数据保存期满", "the days of standardised rows are over"),
        Reason.QUARANTINE_DAYS: ("退回行保存期满", "the days of rejected rows are over"),
        Reason.WITHDRAWN: (
            f"已撤回或未采用，满 {WITHDRAWN_DAYS} 日",
            f"retracted or not taken into use, {WITHDRAWN_DAYS} days ago",
        ),
        Reason.DERIVED: ("匹配结果保存期满", "the days of links made of the rows are over"),
        Reason.UNCLAIMED: ("中断任务的遗留，无登记", "left over by an interrupted task, registered nowhere"),
    }
)
"""Every reason in Chinese and English, for the certificate."""


@dataclass(frozen=True)
class Due:
    """One object whose time is over.

    Attributes:
        zone: Area of the object store.
        object_key: Its key.
        rows: Rows it holds, where known.
        reason: Why.
        due_on: The first day on which it may not be kept; None for what belongs to nobody.
    """

    zone: str
    object_key: str
    rows: int | None
    reason: Reason
    due_on: date | None


def day_of(moment: datetime) -> date:
    """The day of a moment in China.

    >>> from datetime import UTC
    >>> day_of(datetime(2026, 6, 1, 16, 30, tzinfo=UTC))
    datetime.date(2026, 6, 2)
    """
    return moment.astimezone(CHINA).date()


def counted_from(extract: ExtractRow, deliveries: Sequence[DeliveryRow]) -> date:
    """The day from which an extract's days are counted: the latest receipt of a delivery that brings it.

    Deliveries that are in use, held or undecided count, and the others where there is none of these.

    Args:
        extract: The extract.
        deliveries: Every delivery that brought it.
    """
    live = [row.received_at for row in deliveries if row.status in _LIVE]
    return day_of(max(live or [row.received_at for row in deliveries], default=extract.received_at))


def withdrawn_due_on(extract: ExtractRow, deliveries: Sequence[DeliveryRow]) -> date | None:
    """The day on which an extract that no delivery brings any more is due in every zone; None where one does.

    It follows the last retraction; when a delivery was turned down is not registered, so that its receipt counts.

    Args:
        extract: The extract.
        deliveries: Every delivery that brought it.
    """
    if any(row.status in _LIVE for row in deliveries):
        return None
    last = max((row.retracted_at or row.received_at for row in deliveries), default=extract.received_at)
    return day_of(last) + timedelta(days=WITHDRAWN_DAYS)


def due_objects(
    extract: ExtractRow, deliveries: Sequence[DeliveryRow], retention: Retention, today: date
) -> tuple[Due, ...]:
    """The objects of an extract that may not be kept any longer.

    Landed cells are what an undecided delivery is still to be standardised from, or compared with by whoever decides:
    while there is one, they stay as long as standardised rows would. Nothing stays longer than that.

    Args:
        extract: The extract.
        deliveries: Every delivery that brought it.
        retention: The days of its source.
        today: The day in China.
    """
    start = counted_from(extract, deliveries)
    undecided = any(row.status in _UNDECIDED for row in deliveries)
    landing_days = max(retention.landing_days, retention.standard_days) if undecided else retention.landing_days
    zones = (
        ("landing", extract.landing_key, extract.data_rows, Reason.LANDING_DAYS, landing_days),
        ("standard", extract.standard_key, extract.rows_accepted, Reason.STANDARD_DAYS, retention.standard_days),
        (
            "quarantine",
            extract.quarantine_key,
            extract.rows_rejected,
            Reason.QUARANTINE_DAYS,
            retention.quarantine_days,
        ),
    )
    withdrawn_on = withdrawn_due_on(extract, deliveries)
    due = []
    for zone, key, rows, reason, days in zones:
        due_on = start + timedelta(days=days)
        if withdrawn_on is not None and withdrawn_on < due_on:
            reason, due_on = Reason.WITHDRAWN, withdrawn_on
        if key is not None and today >= due_on:
            due.append(Due(zone, key, rows, reason, due_on))
    return tuple(due)


def run_due_on(started_at: datetime, retentions: Sequence[Retention]) -> date:
    """The first day on which the tables of a linkage run may not be kept.

    Args:
        started_at: When it started.
        retentions: Of the sources it read; the shortest counts. The common days where none is known.
    """
    days = min((item.standard_days for item in retentions), default=Retention().standard_days)
    return day_of(started_at) + timedelta(days=days)
