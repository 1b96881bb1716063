"""What every object store (对象存储) does here, whichever driver is behind it.

Objects are immutable: a key is created once and its content never changes. The sha256 is ours,
recorded at creation and recomputed at every reading; a server's ETag is never trusted.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bangfu.errors import BangfuError

__all__ = ["CorruptObject", "ObjectConflict", "ObjectInfo", "ObjectMissing", "ObjectStore", "StoreError"]


class StoreError(BangfuError):
    """The object store cannot do what was asked."""


class ObjectMissing(StoreError):  # noqa: N818
    """No object has this key."""


class ObjectConflict(StoreError):  # noqa: N818
    """The key exists with other content; objects are never overwritten."""


class CorruptObject(StoreError):  # noqa: N818
    """The bytes are not those that were put: their sha256 differs from the recorded one."""


@dataclass(frozen=True)
class ObjectInfo:
    """What a store knows of an object without reading it.

    Attributes:
        key: Key of the object, relative to the store.
        size: Bytes.
        sha256: 64 hexadecimal digits recorded by `put`; None for an object that came another way
            (a partner's upload into the drop area) and in some drivers' listings.
        modified: When it was created, with time zone.
    """

    key: str
    size: int
    sha256: str | None
    modified: datetime


class ObjectStore(Protocol):
    """Port of the object store; `bangfu.storage.open_store` gives the driver of an installation."""

    def put(self, key: str, content: Path | bytes, *, sha256: str | None = None) -> ObjectInfo:
        """Create an object, whole or not at all.

        Args:
            key: Key that `bangfu.storage.keys` built.
            content: A file, which is left as it is, or bytes.
            sha256: What the content's sha256 must be, when the caller knows it.

        Returns:
            The object. The same content under the same key again is a no-op.

        Raises:
            ObjectConflict: The key exists with other content.
            CorruptObject: The content has not the given sha256.
            StoreError: The key is malformed, or the store cannot be written.
        """

    def get_file(self, key: str, *, sha256: str | None = None) -> Path:
        """Return a local file with the object's content, verified; never write to it.

        Args:
            key: Key of the object.
            sha256: Expected sha256, as registered; checked besides the one the store recorded.

        Returns:
            The object's own file (local driver) or one in a cache named by sha256 (S3).

        Raises:
            ObjectMissing: No such object.
            CorruptObject: The bytes are not those that were put.
        """

    def borrow(self, key: str) -> AbstractContextManager[Path]:
        """Give a local file with the object's content for the length of a block; never write to it.

        For the drop area, whose bytes must not stay: no copy outlives the block (S3), and none is made (local).

        Raises:
            ObjectMissing: No such object.
        """

    def read(self, key: str, *, sha256: str | None = None) -> bytes:
        """Return the content of a small object, verified like `get_file`."""

    def stat(self, key: str) -> ObjectInfo | None:
        """Return what is known of an object, or None when it does not exist."""

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Yield the objects whose key begins with the prefix, in order of their UTF-8 keys.

        Args:
            prefix: Beginning of the keys, such as `drop/union_roster/`; empty means all.
        """

    def delete(self, key: str) -> None:
        """Remove an object; absent is a no-op. For the drop area and retention only."""


_CONTROL = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")


def check_key(key: str, *, prefix: bool = False) -> str:
    r"""Return the key unchanged, or refuse one that any driver could misread.

    A key is segments joined by `/`, at most 900 bytes in UTF-8 and 240 a segment, without control
    characters or backslashes; no segment is empty or begins with a dot (`.` and `..` would leave
    the store, hidden names are the drivers' own).

    Args:
        key: The key.
        prefix: Whether it is the beginning of keys: then it may be empty and may end in `/`.

    Raises:
        StoreError: The key is malformed. The message does not repeat it, since names in the drop
            area are the sender's.

    >>> check_key("landing/union_roster/ab.xlsx")
    'landing/union_roster/ab.xlsx'
    >>> check_key("../secrets")
    Traceback (most recent call last):
    ...
    bangfu.storage.port.StoreError: Malformed object key of 10 characters.
    """
    checked = key.removesuffix("/") if prefix else key
    if prefix and not key:
        return key
    segments = checked.split("/")
    sound = (
        not _CONTROL.search(checked)
        and len(checked.encode()) <= 900
        and all(part and not part.startswith(".") and len(part.encode()) <= 240 for part in segments)
    )
    if not sound:
        raise StoreError(f"Malformed object key of {len(key)} characters.")
    return key


def digest_file(path: Path) -> str:
    """Return the sha256 of a file in 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_content(content: Path | bytes) -> tuple[str, int]:
    """Return the sha256 and the size in bytes of what is to be put."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest(), len(content)
    return digest_file(content), content.stat().st_size


def check_digest(key: str, actual: str, *expected: str | None) -> None:
    """Raise CorruptObject unless the sha256 equals each expected one that is known."""
    if any(digest is not None and digest != actual for digest in expected):
        area = key.split("/", 1)[0]
        raise CorruptObject(f"An object under {area}/ has sha256 {actual}, which is not the recorded one.")
