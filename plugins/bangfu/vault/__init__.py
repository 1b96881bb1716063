"""The vault (数据保险库): data keys, who keeps them, and the encrypted tables they open."""

from bangfu.vault.errors import KeyServiceUnavailable, VaultError
from bangfu.vault.local import LocalKeyFile, add_key
from bangfu.vault.parquet import (
    ROW_GROUP,
    TableDescription,
    TableWriter,
    describe_table,
    read_arrow,
    read_batches,
    read_table,
    write_table,
)
from bangfu.vault.providers import KeyProvider, new_data_key, open_provider, rewrap

__all__ = [
    "ROW_GROUP",
    "KeyProvider",
    "KeyServiceUnavailable",
    "LocalKeyFile",
    "TableDescription",
    "TableWriter",
    "VaultError",
    "add_key",
    "describe_table",
    "new_data_key",
    "open_provider",
    "read_arrow",
    "read_batches",
    "read_table",
    "rewrap",
    "write_table",
]
