"""The register of deliveries (投递登记): what was sent, for which period, in which revision, and what counts now.

Of the accepted revisions of one slot the highest counts; a retracted one does not. Nothing is overwritten that says
when a delivery came into use and when it went out of it, so what counted at any time can be told.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from bangfu.db.intake_models import Announcement, Delivery, DeliveryFile, DeliveryStatus, Extract
from bangfu.db.plain_text import storable
from bangfu.db.taken_objects import remember_taken
from bangfu.errors import BangfuError

__all__ = [
    "DeliveredFile",
    "DeliveryRow",
    "StandingExtract",
    "Statement",
    "claim_delivery",
    "decide",
    "delivered_files",
    "deliveries_of",
    "get_delivery",
    "list_deliveries",
    "previous_delivery",
    "record_delivery",
    "revision_taken",
    "standing_extracts",
]


@dataclass(frozen=True)
class Statement:
    """What a delivery says of itself.

    Attributes:
        delivery_id: Its id.
        source: Source code.
        slot: What its revision replaces.
        announced: How it said that it is complete.
        sender: Division or credit code; None where nobody is named.
        period: Such as `2026-06`; None where not said.
        revision: 1, or higher for a correction.
        marks: What tells the objects in which it lies in the drop area from all others; none where it lies elsewhere.
    """

    delivery_id: str
    source: str
    slot: str
    announced: Announcement
    sender: str | None = None
    period: str | None = None
    revision: int = 1
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeliveredFile:
    """One file of a delivery.

    Attributes:
        name: The sender's name for it; kept for receipts, never logged.
        sha256: Digest of the bytes.
        byte_size: Bytes.
        rows_stated: Data rows the sender states; None where not said.
        extract_id: The extract it is; None where the delivery was rejected before landing.
    """

    name: str
    sha256: str
    byte_size: int
    rows_stated: int | None = None
    extract_id: str | None = None


@dataclass(frozen=True)
class DeliveryRow:
    """A delivery as registered."""

    delivery_id: str
    source: str
    slot: str
    sender: str | None
    period: str | None
    revision: int
    announced: Announcement
    status: DeliveryStatus
    received_at: datetime
    accepted_at: datetime | None
    retracted_at: datetime | None
    code: str | None
    reason: str | None
    decided_by: str | None
    profile_key: str | None
    receipt_key: str | None


@dataclass(frozen=True)
class StandingExtract:
    """A standardised extract that counts, and the delivery by which it does."""

    extract_id: str
    source: str
    received_at: datetime
    standard_key: str
    rows_accepted: int
    delivery_id: str
    sender: str | None
    period: str | None
    revision: int


def record_delivery(
    connection: Connection,
    statement: Statement,
    files: Sequence[DeliveredFile],
    *,
    refused: tuple[str, str] | None = None,
) -> None:
    """Register a delivery; one that was rejected before is replaced, any other stays as it is.

    The objects in which it lies are remembered until they are deleted.

    Args:
        connection: Owner connection.
        statement: What it says of itself.
        files: Its files.
        refused: Reason code and reason, where it is rejected.
    """
    status = DeliveryStatus.REJECTED if refused else DeliveryStatus.RECEIVED
    code, reason = refused or (None, None)
    stated = {name: value for name, value in vars(statement).items() if name != "marks"}
    values = storable({**stated, "status": status, "code": code, "reason": reason})
    again = {**values, "received_at": datetime.now(UTC), "decided_by": None, "receipt_key": None, "profile_key": None}
    recorded = connection.execute(
        insert(Delivery)
        .values(**values)
        .on_conflict_do_update(
            index_elements=["delivery_id"], set_=again, where=Delivery.status == DeliveryStatus.REJECTED
        )
        .returning(Delivery.delivery_id)
    ).all()
    remember_taken(connection, statement.delivery_id, statement.marks)
    if not recorded:
        return
    connection.execute(delete(DeliveryFile).where(DeliveryFile.delivery_id == statement.delivery_id))
    if files:
        rows = [
            {"delivery_id": statement.delivery_id, "position": position, **storable(vars(file))}
            for position, file in enumerate(files, 1)
        ]
        connection.execute(insert(DeliveryFile), rows)


def revision_taken(connection: Connection, statement: Statement) -> bool:
    """Whether another delivery holds the revision of the slot; a rejected one holds none."""
    query = select(func.count()).where(
        Delivery.source == statement.source,
        Delivery.slot == statement.slot,
        Delivery.revision == statement.revision,
        Delivery.status != DeliveryStatus.REJECTED,
        Delivery.delivery_id != statement.delivery_id,
    )
    return bool(connection.scalar(query))


def get_delivery(connection: Connection, delivery_id: str) -> DeliveryRow | None:
    """Return a delivery, or None."""
    rows = connection.execute(_DELIVERIES.where(Delivery.delivery_id == delivery_id)).all()
    return _delivery(rows[0]) if rows else None


def list_deliveries(
    connection: Connection, *, source: str | None = None, status: DeliveryStatus | None = None
) -> list[DeliveryRow]:
    """Return deliveries in the order they were received."""
    query = _DELIVERIES.order_by(Delivery.received_at, Delivery.delivery_id)
    if source is not None:
        query = query.where(Delivery.source == source)
    if status is not None:
        query = query.where(Delivery.status == status)
    return [_delivery(row) for row in connection.execute(query)]


def previous_delivery(connection: Connection, delivery: DeliveryRow) -> DeliveryRow | None:
    """Return the sender's latest accepted delivery of the source before this one; None where the sender is not known."""
    if delivery.sender is None:
        return None
    query = _DELIVERIES.where(
        Delivery.source == delivery.source,
        Delivery.sender == delivery.sender,
        Delivery.status == DeliveryStatus.ACCEPTED,
        Delivery.delivery_id != delivery.delivery_id,
    )
    place = (delivery.period or "", delivery.revision)
    before = [row for row in map(_delivery, connection.execute(query)) if (row.period or "", row.revision) <= place]
    return max(before, key=lambda row: (row.period or "", row.revision), default=None)


def delivered_files(connection: Connection, delivery_id: str) -> list[DeliveredFile]:
    """Return the files of a delivery, in the order stated."""
    columns = [DeliveryFile.__table__.c[name] for name in DeliveredFile.__dataclass_fields__]
    query = select(*columns).where(DeliveryFile.delivery_id == delivery_id).order_by(DeliveryFile.position)
    return [DeliveredFile(**row._mapping) for row in connection.execute(query)]


def deliveries_of(connection: Connection, extract_id: str) -> list[DeliveryRow]:
    """Return the deliveries that brought an extract."""
    brought = select(DeliveryFile.delivery_id).where(DeliveryFile.extract_id == extract_id)
    query = _DELIVERIES.where(Delivery.delivery_id.in_(brought)).order_by(Delivery.received_at)
    return [_delivery(row) for row in connection.execute(query)]


def standing_extracts(
    connection: Connection, *, source: str | None = None, at: datetime | None = None
) -> list[StandingExtract]:
    """Return the extracts that count: of every slot the highest revision that is accepted and not retracted.

    Args:
        connection: Owner connection.
        source: Only this source.
        at: As of this time; now when absent. What retention has deleted is no longer told.

    Returns:
        Each extract once, oldest period first; the order follows from what the extracts are, not from when they came.
    """
    in_use: list[ColumnElement[bool]] = [
        Delivery.accepted_at.is_not(None),
        Delivery.status.in_((DeliveryStatus.ACCEPTED, DeliveryStatus.RETRACTED)),
    ]
    if at is None:
        in_use.append(Delivery.status == DeliveryStatus.ACCEPTED)
    else:
        in_use += [Delivery.accepted_at <= at, or_(Delivery.retracted_at.is_(None), Delivery.retracted_at > at)]
    if source is not None:
        in_use.append(Delivery.source == source)
    latest = (
        select(Delivery.delivery_id, Delivery.sender, Delivery.period, Delivery.revision)
        .where(*in_use)
        .ext(distinct_on(Delivery.source, Delivery.slot))
        .order_by(Delivery.source, Delivery.slot, Delivery.revision.desc())
        .subquery()
    )
    query = (
        select(
            Extract.extract_id, Extract.source, Extract.received_at, Extract.standard_key, Extract.rows_accepted, latest
        )
        .join(DeliveryFile, DeliveryFile.extract_id == Extract.extract_id)
        .join(latest, latest.c.delivery_id == DeliveryFile.delivery_id)
        .where(Extract.standard_key.is_not(None))
    )
    found = sorted(
        (StandingExtract(**row._mapping) for row in connection.execute(query)),
        key=lambda row: (row.source, row.period or "", row.revision, row.extract_id),
    )
    return list({row.extract_id: row for row in found}.values())


def decide(
    connection: Connection,
    delivery_id: str,
    status: DeliveryStatus,
    *,
    code: str | None = None,
    reason: str | None = None,
    by: str | None = None,
    keys: Mapping[str, str | None] | None = None,
    at: datetime | None = None,
) -> None:
    """Change where a delivery stands.

    Args:
        connection: Owner connection.
        delivery_id: Which.
        status: Its new state.
        code: Reason code, where it is held, rejected or retracted.
        reason: The reason, without personal values.
        by: Who decided; None for the program.
        keys: New object keys, by column: `profile_key`, `receipt_key`.
        at: When; now if absent.

    Raises:
        BangfuError: No such delivery is registered.
    """
    at = at or datetime.now(UTC)
    values: dict[str, Any] = {"status": status, "code": code, "reason": reason, "decided_by": by, **(keys or {})}
    if status is DeliveryStatus.ACCEPTED:
        values["accepted_at"] = at
    if status is DeliveryStatus.RETRACTED:
        values["retracted_at"] = at
    changed = connection.execute(update(Delivery).where(Delivery.delivery_id == delivery_id).values(**storable(values)))
    if changed.rowcount != 1:
        raise BangfuError(f"No delivery {delivery_id} is registered; see `bangfu status --source SOURCE`.")


@contextmanager
def claim_delivery(engine: Engine, delivery_id: str) -> Iterator[tuple[Connection, DeliveryRow] | None]:
    """Hold a delivery while it is being decided about, by a row lock of one open transaction.

    Yields:
        The transaction's connection and the delivery; None while somebody else holds it, or where there is none.
    """
    with engine.begin() as connection:
        query = _DELIVERIES.where(Delivery.delivery_id == delivery_id)
        rows = connection.execute(query.with_for_update(skip_locked=True, key_share=True)).all()
        yield (connection, _delivery(rows[0])) if rows else None


_DELIVERIES = select(*[Delivery.__table__.c[name] for name in DeliveryRow.__dataclass_fields__])


def _delivery(row: Any) -> DeliveryRow:
    kept = {"announced": Announcement(row.announced), "status": DeliveryStatus(row.status)}
    return DeliveryRow(**{**row._mapping, **kept})
