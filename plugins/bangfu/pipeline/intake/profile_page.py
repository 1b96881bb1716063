"""The stored profile of a delivery (数据质量报告): its verdict, its findings, its page, and the deliveries that have one."""

import json
from dataclasses import dataclass, replace
from typing import Any

from bangfu.china_time import in_china
from bangfu.db.deliveries import DeliveryRow, delivered_files, get_delivery, list_deliveries
from bangfu.db.intake_models import DeliveryStatus
from bangfu.db.registry import get_extract
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.profiling import About, Drift, Profile, render
from bangfu.profiling.verdict import Verdict, verdict
from schemas.reference import divisions

__all__ = ["StoredProfile", "held_and_latest", "profile_page", "stored_profile"]


@dataclass(frozen=True)
class StoredProfile:
    """What is kept of a delivery's profile.

    Attributes:
        about: Which delivery it is.
        profile: Its counts.
        drift: Its differences from the sender's delivery before.
        before: The profile it was compared with; None where there is none, or it is deleted.
    """

    about: About
    profile: Profile
    drift: Drift
    before: Profile | None

    @property
    def verdict(self) -> Verdict:
        """Whether it may be used, and why."""
        return verdict(self.profile, self.drift, self.about.status)


def stored_profile(context: Context, delivery_id: str) -> StoredProfile:
    """The profile of a delivery as it was made when the delivery was standardised.

    Args:
        context: The installation.
        delivery_id: Which.

    Raises:
        BangfuError: No such delivery, it was never standardised, or its profile is deleted.
    """
    with context.engine.connect() as connection:
        delivery = get_delivery(connection, delivery_id)
    if delivery is None:
        raise BangfuError(f"No delivery {delivery_id} is registered; see `bangfu status --source SOURCE`.")
    told = _told(context, delivery)
    if told is None:
        todo = "run `bangfu standardise`" if delivery.status is DeliveryStatus.RECEIVED else "there is none to show"
        raise BangfuError(f"Delivery {delivery_id} is {delivery.status} and has no profile: {todo}.")
    with context.engine.connect() as connection:
        compared = get_delivery(connection, told["compared"]) if told.get("compared") else None
    earlier = _told(context, compared) if compared else None
    about = _about(context, delivery)
    if compared is not None:
        about = replace(about, previous_extract_id=_extracts(context, compared))
    return StoredProfile(
        about,
        Profile.from_json(told["profile"]),
        Drift.from_json(told["drift"]),
        Profile.from_json(earlier["profile"]) if earlier else None,
    )


def profile_page(context: Context, delivery_id: str) -> str:
    """The report of a delivery as one HTML page that needs nothing else.

    Raises:
        BangfuError: As `stored_profile`.
    """
    found = stored_profile(context, delivery_id)
    return render(found.profile, found.drift, found.about, found.before)


def held_and_latest(context: Context, *, latest: int = 20) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The deliveries that wait for a person, oldest first, and the latest ones, newest first.

    Args:
        context: The installation.
        latest: How many of the latest to list.

    Returns:
        Of each, for people, `source`, `delivery_id`, `sender`, `period`, `revision`, `received_at` (in China), `status`,
        `rows`, `rejected`, `reason` and `profile` (whether there is one). The names of files are left out: they may name
        a person.
    """
    with context.engine.connect() as connection:
        deliveries = list_deliveries(connection)
    held = [row for row in deliveries if row.status is DeliveryStatus.HELD]
    return [_line(context, row) for row in held], [_line(context, row) for row in deliveries[::-1][:latest]]


def _line(context: Context, delivery: DeliveryRow) -> dict[str, Any]:
    with context.engine.connect() as connection:
        files = delivered_files(connection, delivery.delivery_id)
        extracts = [row for file in files if (row := get_extract(connection, file.extract_id or "")) is not None]
    return {
        "source": delivery.source,
        "delivery_id": delivery.delivery_id,
        "sender": _sender(delivery),
        "period": delivery.period,
        "revision": delivery.revision,
        "received_at": in_china(delivery.received_at),
        "status": str(delivery.status),
        "rows": sum(row.data_rows or 0 for row in extracts),
        "rejected": sum(row.rows_rejected or 0 for row in extracts),
        "reason": delivery.reason,
        "profile": delivery.profile_key is not None,
    }


def _told(context: Context, delivery: DeliveryRow) -> dict[str, Any] | None:
    if delivery.profile_key is None or context.store.stat(delivery.profile_key) is None:
        return None
    told: dict[str, Any] = json.loads(context.store.read(delivery.profile_key))
    return told


def _about(context: Context, delivery: DeliveryRow) -> About:
    return About(
        extract_id=_extracts(context, delivery),
        delivery_id=delivery.delivery_id,
        source=delivery.source,
        sender=_sender(delivery),
        period=delivery.period,
        revision=delivery.revision,
        received_at=delivery.received_at,
        status=str(delivery.status),
    )


def _extracts(context: Context, delivery: DeliveryRow) -> str:
    """The extracts of a delivery; a delivery of several files has several."""
    with context.engine.connect() as connection:
        files = delivered_files(connection, delivery.delivery_id)
    return ", ".join(file.extract_id for file in files if file.extract_id)


def _sender(delivery: DeliveryRow) -> str | None:
    """The sender's division by name and code; a credit code as it is."""
    if delivery.sender is None:
        return None
    known = divisions().get(delivery.sender)
    return f"{known.name} {delivery.sender}" if known else delivery.sender
