"""Objects of the drop area that were decided about and are still to be deleted (待清理的投递对象)."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from bangfu.db.intake_models import Delivery, TakenObject

__all__ = ["forget_taken", "remember_taken", "taken_objects", "taken_of"]


def remember_taken(connection: Connection, delivery_id: str, marks: Sequence[str]) -> None:
    """Remember that objects are those of a delivery about which is decided; once more is a no-op."""
    if marks:
        rows = [{"mark": mark, "delivery_id": delivery_id} for mark in marks]
        connection.execute(insert(TakenObject).values(rows).on_conflict_do_nothing())


def taken_objects(connection: Connection, marks: Sequence[str]) -> dict[str, str]:
    """Of some objects those that are remembered: the delivery by mark."""
    query = select(TakenObject.mark, TakenObject.delivery_id).where(TakenObject.mark.in_(marks))
    return {row.mark: row.delivery_id for row in connection.execute(query)}


def taken_of(connection: Connection, source: str) -> set[str]:
    """The marks of a source's objects that are remembered."""
    query = select(TakenObject.mark).join(Delivery, Delivery.delivery_id == TakenObject.delivery_id)
    return set(connection.scalars(query.where(Delivery.source == source)))


def forget_taken(connection: Connection, marks: Sequence[str]) -> None:
    """Forget objects that are gone from the drop area."""
    connection.execute(delete(TakenObject).where(TakenObject.mark.in_(marks)))
