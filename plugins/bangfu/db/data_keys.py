"""The wrapped data keys (数据密钥): one for each extract or run; a destroyed key makes its objects unreadable."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert

from bangfu.db.intake_models import DataKey

__all__ = ["WrappedKey", "destroy_key", "keep_key", "list_keys", "replace_key", "wrapped_key"]


@dataclass(frozen=True)
class WrappedKey:
    """A data key as it is kept.

    Attributes:
        owner_id: Extract or run whose objects it reads.
        provider: Name of the key provider that wrapped it.
        wrapped: The wrapped key; None once destroyed.
    """

    owner_id: str
    provider: str
    wrapped: bytes | None


def keep_key(connection: Connection, key: WrappedKey) -> WrappedKey:
    """Keep the key of an owner that has none, or whose key was destroyed; returns the one that is kept.

    Of several callers at the same time all get the same key.
    """
    again = {"provider": key.provider, "wrapped": key.wrapped, "destroyed_at": None, "created_at": datetime.now(UTC)}
    connection.execute(
        insert(DataKey)
        .values(owner_id=key.owner_id, provider=key.provider, wrapped=key.wrapped)
        .on_conflict_do_update(index_elements=["owner_id"], set_=again, where=DataKey.wrapped.is_(None))
    )
    kept = wrapped_key(connection, key.owner_id)
    assert kept is not None
    return kept


def wrapped_key(connection: Connection, owner_id: str) -> WrappedKey | None:
    """Return the key of an owner; None when it never had one (its objects are plain)."""
    row = connection.execute(_KEYS.where(DataKey.owner_id == owner_id)).one_or_none()
    return None if row is None else WrappedKey(**row._mapping)


def list_keys(connection: Connection) -> list[WrappedKey]:
    """Return every key that is not destroyed, by owner."""
    query = _KEYS.where(DataKey.wrapped.is_not(None)).order_by(DataKey.owner_id)
    return [WrappedKey(**row._mapping) for row in connection.execute(query)]


def replace_key(connection: Connection, key: WrappedKey) -> None:
    """Put a newly wrapped form of the same data key in the place of the former."""
    connection.execute(
        update(DataKey)
        .where(DataKey.owner_id == key.owner_id, DataKey.wrapped.is_not(None))
        .values(provider=key.provider, wrapped=key.wrapped)
    )


def destroy_key(connection: Connection, owner_id: str) -> bool:
    """Destroy the key of an owner; returns whether there was one.

    The table must be vacuumed afterwards: until then the former row still lies in the table's file.
    """
    destroyed = connection.execute(
        update(DataKey)
        .where(DataKey.owner_id == owner_id, DataKey.wrapped.is_not(None))
        .values(wrapped=None, destroyed_at=datetime.now(UTC))
    )
    return destroyed.rowcount == 1


_KEYS = select(DataKey.owner_id, DataKey.provider, DataKey.wrapped)
