"""What is asked about deliveries beside the register itself (投递查询): revisions of a period, a department's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from bangfu.db.deliveries import DeliveryRow
from bangfu.db.intake_models import Delivery, DeliveryFile, DeliveryStatus, Extract

__all__ = [
    "OwnDelivery",
    "OwnFile",
    "other_revisions",
    "own_deliveries",
    "own_delivery",
    "own_revisions",
    "slots_of",
]


@dataclass(frozen=True)
class OwnFile:
    """One file of a department's delivery, as the department may see it; None where it is not known (yet)."""

    name: str
    byte_size: int
    rows_stated: int | None
    rows_read: int | None
    accepted: int | None
    rejected: int | None


@dataclass(frozen=True)
class OwnDelivery:
    """A delivery as its sender may see it."""

    delivery_id: str
    source: str
    period: str | None
    revision: int
    status: DeliveryStatus
    received_at: datetime
    code: str | None
    reason: str | None
    receipt_key: str | None
    files: tuple[OwnFile, ...]


def other_revisions(connection: Connection, delivery: DeliveryRow) -> tuple[int | None, int | None]:
    """The highest accepted revision below a delivery and the highest above it, of its sender and period."""
    others = select(Delivery.revision).where(
        Delivery.source == delivery.source,
        Delivery.slot == delivery.slot,
        Delivery.status == DeliveryStatus.ACCEPTED,
        Delivery.delivery_id != delivery.delivery_id,
    )
    below = connection.scalar(
        select(func.max(others.where(Delivery.revision < delivery.revision).subquery().c.revision))
    )
    above = connection.scalar(
        select(func.max(others.where(Delivery.revision > delivery.revision).subquery().c.revision))
    )
    return below, above


def slots_of(connection: Connection, extract_ids: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """The source and slot of every delivery that brought some extracts, by extract; see `bangfu.db.intake_models`."""
    query = (
        select(DeliveryFile.extract_id, Delivery.source, Delivery.slot)
        .join(Delivery, Delivery.delivery_id == DeliveryFile.delivery_id)
        .where(DeliveryFile.extract_id.in_(extract_ids))
        .distinct()
        .order_by(DeliveryFile.extract_id, Delivery.source, Delivery.slot)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.extract_id, []).append((row.source, row.slot))
    return found


def own_deliveries(connection: Connection, *, limit: int = 50, offset: int = 0) -> list[OwnDelivery]:
    """Return the deliveries that the scope shows, newest first."""
    query = _OWN.order_by(Delivery.received_at.desc(), Delivery.delivery_id).limit(limit).offset(offset)
    rows = connection.execute(query).all()
    files = _files(connection, [row.delivery_id for row in rows])
    return [_delivery(row, files.get(row.delivery_id, ())) for row in rows]


def own_delivery(connection: Connection, delivery_id: str) -> OwnDelivery | None:
    """Return one delivery, or None where the scope does not show it."""
    row = connection.execute(_OWN.where(Delivery.delivery_id == delivery_id)).one_or_none()
    return None if row is None else _delivery(row, _files(connection, [delivery_id]).get(delivery_id, ()))


def own_revisions(connection: Connection, source: str) -> dict[str, int]:
    """Return the highest revision that is taken, by period; a refused one is not taken."""
    query = (
        select(Delivery.period, func.max(Delivery.revision).label("revision"))
        .where(Delivery.source == source, Delivery.status != DeliveryStatus.REJECTED, Delivery.period.is_not(None))
        .group_by(Delivery.period)
    )
    return {str(row.period): row.revision for row in connection.execute(query)}


_OWN = select(
    Delivery.delivery_id,
    Delivery.source,
    Delivery.period,
    Delivery.revision,
    Delivery.status,
    Delivery.received_at,
    Delivery.code,
    Delivery.reason,
    Delivery.receipt_key,
)


def _files(connection: Connection, delivery_ids: Sequence[str]) -> dict[str, tuple[OwnFile, ...]]:
    query = (
        select(
            DeliveryFile.delivery_id,
            DeliveryFile.name,
            DeliveryFile.byte_size,
            DeliveryFile.rows_stated,
            Extract.data_rows,
            Extract.rows_accepted,
            Extract.rows_rejected,
        )
        .outerjoin(Extract, Extract.extract_id == DeliveryFile.extract_id)
        .where(DeliveryFile.delivery_id.in_(delivery_ids))
        .order_by(DeliveryFile.delivery_id, DeliveryFile.position)
    )
    found: dict[str, tuple[OwnFile, ...]] = {}
    for row in connection.execute(query):
        file = OwnFile(row.name, row.byte_size, row.rows_stated, row.data_rows, row.rows_accepted, row.rows_rejected)
        found[row.delivery_id] = (*found.get(row.delivery_id, ()), file)
    return found


def _delivery(row: object, files: tuple[OwnFile, ...]) -> OwnDelivery:
    values = dict(row._mapping)  # type: ignore[attr-defined]
    return OwnDelivery(**{**values, "status": DeliveryStatus(values["status"]), "files": files})
