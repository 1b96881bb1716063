"""Addresses for uploading (预签名上传地址): a department puts its files there without an account of the object store.

The service chooses the keys; an address serves one key, by PUT alone, until it expires. The manifest's goes last.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.storage import keys
from bangfu.storage.s3 import S3Store
from schemas.manifest import MANIFEST, Manifest
from schemas.sources import SOURCES

__all__ = ["LONGEST_HOURS", "MOST_FILES", "UploadAddress", "UploadAddresses", "as_uploaded", "upload_addresses"]

LONGEST_HOURS = 7 * 24
"""S3 signs no address for longer."""
MOST_FILES = 99


@dataclass(frozen=True)
class UploadAddress:
    """Where one file goes.

    Attributes:
        name: The file's name within the delivery, which the manifest must use.
        key: Its key in the object store.
        url: Address for one PUT; whoever has it may write there, so it is given to the sender alone.
    """

    name: str
    key: str
    url: str


@dataclass(frozen=True)
class UploadAddresses:
    """Where the files of one delivery go.

    Attributes:
        source: Source code.
        expires_at: When the addresses stop working.
        data: One for each data file.
        manifest: The one for `manifest.json`, which goes last.
    """

    source: str
    expires_at: datetime
    data: tuple[UploadAddress, ...]
    manifest: UploadAddress


def upload_addresses(context: Context, source: str, *, files: int = 1, hours: int = 24) -> UploadAddresses:
    """Make addresses to which one delivery can be uploaded.

    Args:
        context: The installation; its object store must be S3.
        source: Source code.
        files: Data files, 1 to 99.
        hours: How long the addresses work, 1 to 168.

    Raises:
        BangfuError: No such source, the store is a local directory, or a number is out of range.
    """
    if source not in SOURCES:
        raise BangfuError(f"There is no source {source!r}; known are {', '.join(SOURCES)}.")
    if not 1 <= files <= MOST_FILES or not 1 <= hours <= LONGEST_HOURS:
        raise BangfuError(f"Give 1 to {MOST_FILES} --files and 1 to {LONGEST_HOURS} --hours.")
    store = context.store
    if not isinstance(store, S3Store):
        raise BangfuError(
            "Upload addresses need an S3 object store, and BANGFU_OBJECT_STORE is a local directory: let the "
            "department use the portal's upload page, or put its files with `bangfu drop`."
        )
    folder, lasting = keys.drop(source, secrets.token_hex(12)), timedelta(hours=hours)
    expires_at = datetime.now(UTC) + lasting

    def address(name: str) -> UploadAddress:
        key = f"{folder}/{name}"
        return UploadAddress(name, key, store.presign(key, lasting))

    data = tuple(address(_name(place)) for place in range(1, files + 1))
    return UploadAddresses(source, expires_at, data, address(MANIFEST))


def as_uploaded(manifest: Manifest) -> Manifest:
    """The manifest with the names under which its files are uploaded: `data-01`, `data-02`, in its order."""
    files = tuple(replace(file, name=_name(place)) for place, file in enumerate(manifest.files, 1))
    return replace(manifest, files=files)


def _name(place: int) -> str:
    return f"data-{place:02}"
