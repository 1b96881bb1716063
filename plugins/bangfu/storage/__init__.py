"""The object store (对象存储): one port, a local directory or any S3 service behind it."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from bangfu.errors import BangfuError
from bangfu.settings import Settings
from bangfu.storage.port import (
    CorruptObject,
    ObjectConflict,
    ObjectInfo,
    ObjectMissing,
    ObjectStore,
    StoreError,
)

__all__ = [
    "CorruptObject",
    "ObjectConflict",
    "ObjectInfo",
    "ObjectMissing",
    "ObjectStore",
    "StoreError",
    "open_store",
]


def open_store(settings: Settings) -> ObjectStore:
    """Open the object store of an installation.

    Args:
        settings: `object_store` says which: `file:///directory`, made when absent, or
            `s3://bucket[/prefix]`, whose bucket is made when absent and allowed.

    Raises:
        BangfuError: The address cannot be used; the message says which setting to change.
    """
    address = urlsplit(settings.object_store)
    if address.scheme == "file" and not address.netloc and address.path.startswith("/"):
        from bangfu.storage.local import LocalStore

        return LocalStore(Path(unquote(address.path)))
    if address.scheme == "s3" and address.netloc:
        if settings.s3 is None:
            raise BangfuError("BANGFU_OBJECT_STORE names an S3 bucket: set BANGFU_S3_ENDPOINT as well.")
        from bangfu.storage.s3 import S3Store

        return S3Store.connect(
            settings.s3, address.netloc, address.path.strip("/"), settings.home / "cache" / "objects"
        )
    raise BangfuError("BANGFU_OBJECT_STORE must be file:///directory or s3://bucket[/prefix].")
