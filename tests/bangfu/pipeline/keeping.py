"""What retention works on: deliveries as received on some day, objects of some age, and what is left of them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select, text

from bangfu.db.intake_models import DataKey, Deletion, Extract
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.settle import settle_pending
from bangfu.pipeline.retention.expiry import CHINA, day_of
from tests.bangfu.pipeline.sending import Sending

KEPT = ("landing", "standard", "quarantine", "links", "models", "reports", "receipts")

TWO_PEOPLE = "姓名,身份证号\n李娜,53921019900307100X\n,539210199003071015\n".encode()
"""A roster of one person who is accepted and one row that is rejected: it has no name."""


def on(day: str, hour: int = 10) -> datetime:
    """A moment of a day in China."""
    return datetime.combine(date.fromisoformat(day), time(hour), CHINA)


def today() -> str:
    """The day in China."""
    return day_of(datetime.now(UTC)).isoformat()


def deliver(context: Context, sending: Sending, day: str, *, settle: bool = True) -> str:
    """Receive a delivery as if it had come on a day; returns the id of its only extract."""
    sending.put(context)
    outcomes = [receipt.outcome for receipt in receive_dropped(context, sending.source)]
    assert outcomes.count("registered") == 1
    if settle:
        settle_pending(context)
    with context.engine.begin() as connection:
        connection.execute(
            text("UPDATE delivery SET received_at = :at WHERE delivery_id = :delivery"),
            {"at": on(day), "delivery": sending.delivery_id},
        )
        return str(
            connection.scalar(
                text("SELECT extract_id FROM delivery_file WHERE delivery_id = :delivery"),
                {"delivery": sending.delivery_id},
            )
        )


def left_behind(context: Context, key: str, content: bytes = b"left behind", *, hours: float = 25) -> str:
    """Put an object that nobody registers, made some hours ago."""
    context.store.put(key, content)
    made = (datetime.now(UTC) - timedelta(hours=hours)).timestamp()
    os.utime(context.settings.home / "objects" / key, (made, made))
    return key


def grow_old(context: Context, keys: Iterable[str], hours: float = 25) -> None:
    """Make objects look as if they had been put some hours ago."""
    made = (datetime.now(UTC) - timedelta(hours=hours)).timestamp()
    for key in keys:
        os.utime(context.settings.home / "objects" / key, (made, made))


def objects(context: Context, *zones: str) -> list[str]:
    """The keys of what is kept in some areas; in all where none is named."""
    return [item.key for zone in zones or KEPT for item in context.store.list(f"{zone}/")]


def zones_of(context: Context, extract_id: str) -> set[str]:
    """The areas in which an extract has an object, by register; each is there."""
    with context.engine.connect() as connection:
        [row] = connection.execute(select(Extract).where(Extract.extract_id == extract_id)).mappings()
    named = {zone: row[f"{zone}_key"] for zone in ("landing", "standard", "quarantine") if row[f"{zone}_key"]}
    assert all(context.store.stat(key) for key in named.values())
    assert set(objects(context, *named)) >= set(named.values())
    return set(named)


def status_of(context: Context, extract_id: str) -> str | None:
    with context.engine.connect() as connection:
        return connection.scalar(select(Extract.status).where(Extract.extract_id == extract_id))


def live_keys(context: Context) -> set[str]:
    """Owners whose data key is not destroyed."""
    with context.engine.connect() as connection:
        return set(connection.scalars(select(DataKey.owner_id).where(DataKey.wrapped.is_not(None))))


def log(context: Context) -> list[dict[str, Any]]:
    """The deletion log, without times and numbers."""
    columns = [column for column in Deletion.__table__.columns if column.name not in {"entry_id", "at"}]
    with context.engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(*columns).order_by(Deletion.entry_id)).mappings()]
