"""The log of exchanges and deletions (数据交换与销毁记录); entries can be added and read, never changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from bangfu.db.intake_models import Deletion, Direction, Exchange
from bangfu.db.plain_text import storable

__all__ = ["DeletedObject", "Exchanged", "exchanges", "record_deletions", "record_exchange"]


@dataclass(frozen=True)
class Exchanged:
    """One exchange of personal data (个人信息保护法 arts. 21, 23, 55: who got what, why, on which basis).

    Attributes:
        direction: Into the service or out of it.
        source: Source code the data comes from.
        counterpart: The department or unit on the other side.
        purpose: Purpose code.
        legal_basis: Document and its number.
        columns: Canonical columns exchanged.
        rows: Rows.
        byte_size: Bytes.
        delivery_id: The delivery, where it is one.
    """

    direction: Direction
    source: str
    counterpart: str
    purpose: str
    legal_basis: str
    columns: tuple[str, ...]
    rows: int
    byte_size: int
    delivery_id: str | None = None


@dataclass(frozen=True)
class DeletedObject:
    """One object or key that was deleted.

    Attributes:
        owner_id: Extract or run it belonged to.
        zone: Area of the object store, or `data_key`.
        object_key: Its key; None for a data key.
        rows: Rows it held, where known.
        byte_size: Bytes it held, where known.
        reason: Why, as a code.
        key_destroyed: Whether the owner's data key was destroyed with it.
    """

    owner_id: str
    zone: str
    object_key: str | None
    rows: int | None
    byte_size: int | None
    reason: str
    key_destroyed: bool = False


def record_exchange(connection: Connection, exchanged: Exchanged) -> None:
    """Add an entry, in the transaction of the exchange it is about."""
    values = {**vars(exchanged), "columns": list(exchanged.columns)}
    connection.execute(insert(Exchange).values(**storable(values)))


def exchanges(connection: Connection, *, source: str | None = None) -> list[tuple[datetime, Exchanged]]:
    """Return the exchanges, oldest first."""
    columns = [Exchange.__table__.c[name] for name in Exchanged.__dataclass_fields__]
    query = select(Exchange.at, *columns).order_by(Exchange.entry_id)
    if source is not None:
        query = query.where(Exchange.source == source)
    return [
        (
            row.at,
            Exchanged(
                **{
                    **{k: v for k, v in row._mapping.items() if k != "at"},
                    "direction": Direction(row.direction),
                    "columns": tuple(row.columns),
                }
            ),
        )
        for row in connection.execute(query)
    ]


def record_deletions(connection: Connection, run_id: str, deleted: list[DeletedObject]) -> None:
    """Add entries for what a run deletes, before it is deleted."""
    if deleted:
        connection.execute(insert(Deletion), [{"run_id": run_id, **vars(item)} for item in deleted])
