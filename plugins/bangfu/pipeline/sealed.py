"""Tables in the object store, sealed with the data key of their extract or run (密封存储)."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from bangfu.db.data_keys import WrappedKey, keep_key, wrapped_key
from bangfu.pipeline.context import Context
from bangfu.pipeline.steps import Step, step
from bangfu.vault import VaultError, new_data_key, open_provider, read_batches, read_table

__all__ = ["data_key", "ensure_data_key", "file_digest", "read_sealed", "sealed_batches"]


def ensure_data_key(context: Context, owner_id: str) -> bytes | None:
    """Return the data key of an extract or run, made when it has none; None where tables are kept plain.

    The key is kept before anything is written with it.
    """
    if not context.settings.encrypted:
        return None
    provider = open_provider(context.settings)
    with context.engine.connect() as connection:
        known = wrapped_key(connection, owner_id)
    if known is None or known.wrapped is None:
        fresh = WrappedKey(owner_id, provider.name, provider.wrap(new_data_key(), owner_id))
        with step(Step.KEEP_DATA_KEY), context.engine.begin() as connection:
            keep_key(connection, fresh)
    return data_key(context, owner_id)


def data_key(context: Context, owner_id: str) -> bytes | None:
    """Return the data key of an extract or run; None where its tables are plain.

    Raises:
        VaultError: The key was destroyed, or another provider keeps it.
    """
    with context.engine.connect() as connection:
        kept = wrapped_key(connection, owner_id)
    if kept is None:
        return None
    if kept.wrapped is None:
        raise VaultError(f"The data key of {owner_id} was destroyed at the end of its retention: it cannot be read.")
    provider = open_provider(context.settings)
    if provider.name != kept.provider:
        raise VaultError(f"The data key of {owner_id} is kept by {kept.provider}: set BANGFU_KEY_PROVIDER to it.")
    return provider.unwrap(kept.wrapped, owner_id)


def read_sealed(context: Context, object_key: str, owner_id: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Read a table, or some columns of it.

    Args:
        context: The installation.
        object_key: Key of the object.
        owner_id: Extract or run that it belongs to.
        columns: Columns in the order wanted; all by default.
    """
    return read_table(context.store.get_file(object_key), data_key(context, owner_id), columns)


def sealed_batches(
    context: Context, object_key: str, owner_id: str, columns: Sequence[str] | None = None
) -> Iterator[pl.DataFrame]:
    """Read a table batch by batch; about one row group is in memory. Arguments as for `read_sealed`."""
    return read_batches(context.store.get_file(object_key), data_key(context, owner_id), columns)


def file_digest(path: Path) -> str:
    """The sha256 of a file in 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
