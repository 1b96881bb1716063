"""The object store in a local directory (本地目录).

An object is a plain file under its key. It is written beside, flushed to the disk and then linked into
place: a reader sees the whole object or none, whenever the writer or the machine stops. The sha256 that
`put` recorded lies under `.recorded/`, in the same layout; partners' files in the drop area have none.
"""

import errno
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from bangfu.storage.port import (
    ObjectConflict,
    ObjectInfo,
    ObjectMissing,
    StoreError,
    check_digest,
    check_key,
    digest_content,
    digest_file,
)

__all__ = ["LocalStore"]

_STALE = 24 * 3600  # seconds after which an unfinished file belongs to nobody


class LocalStore:
    """Object store in a directory; see `bangfu.storage.port.ObjectStore`.

    Args:
        root: Directory, made when absent. Several processes may use it at once; its file system must
            know hard links and `flock`.
    """

    def __init__(self, root: Path) -> None:
        with _explained():
            for folder in (root, root / ".unfinished", root / ".recorded"):
                folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._root = root.resolve()

    def put(self, key: str, content: Path | bytes, *, sha256: str | None = None) -> ObjectInfo:
        """Create an object; see the port."""
        check_key(key)
        with _explained():
            self._sweep()
            unfinished = self._root / ".unfinished" / secrets.token_hex(16)
            try:
                _write(unfinished, content)
                actual, _ = digest_content(unfinished)  # of the bytes that will stay, not of those that came
                check_digest(key, actual, sha256)
                return self._commit(key, unfinished, actual)
            finally:
                unfinished.unlink(missing_ok=True)

    def get_file(self, key: str, *, sha256: str | None = None) -> Path:
        """Return the object's own file, verified; see the port."""
        path = self._existing(key)
        if path is None:
            raise ObjectMissing(f"No such object under {key.split('/', 1)[0]}/.")
        with _explained():
            check_digest(key, digest_file(path), self._recorded(key), sha256)
        return path

    @contextmanager
    def borrow(self, key: str) -> Iterator[Path]:
        """Give the object's own file; see the port."""
        path = self._existing(key)
        if path is None:
            raise ObjectMissing(f"No such object under {key.split('/', 1)[0]}/.")
        yield path

    def read(self, key: str, *, sha256: str | None = None) -> bytes:
        """Return the content, verified; see the port."""
        path = self._existing(key)
        if path is None:
            raise ObjectMissing(f"No such object under {key.split('/', 1)[0]}/.")
        with _explained():
            content = path.read_bytes()
        check_digest(key, digest_content(content)[0], self._recorded(key), sha256)
        return content

    def stat(self, key: str) -> ObjectInfo | None:
        """Return what is known of an object; see the port."""
        path = self._existing(key)
        return None if path is None else self._info(key, path)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Yield objects by prefix; see the port. Hidden names and symbolic links are not objects."""
        check_key(prefix, prefix=True)
        folder = prefix.rpartition("/")[0]
        keys = sorted(self._walk(folder), key=str.encode)
        for key in keys:
            if key.startswith(prefix):
                with suppress(StoreError):  # deleted meanwhile
                    yield self._info(key, self._root / key)

    def delete(self, key: str) -> None:
        """Remove an object; see the port."""
        if self._existing(key) is None:
            return
        with _explained(), self._locked():
            (self._root / key).unlink(missing_ok=True)
            (self._root / ".recorded" / key).unlink(missing_ok=True)

    def _commit(self, key: str, unfinished: Path, actual: str) -> ObjectInfo:
        """Link the finished file into place, with its sha256 recorded before it can be seen."""
        path, record = self._root / key, self._root / ".recorded" / key
        with self._locked():
            existing = self._existing(key)
            if existing is None:
                record.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
                path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
                self._record(record, actual)
                try:
                    os.link(unfinished, path)  # fails where another program put a file meanwhile
                except FileExistsError:
                    record.unlink(missing_ok=True)
                    raise ObjectConflict(f"A key under {key.split('/', 1)[0]}/ is taken by something else.") from None
                for folder in (path.parent, *path.parent.parents):
                    _flush_folder(folder)
                    if folder == self._root:
                        break
                return self._info(key, path)
        recorded = self._recorded(key) or digest_file(existing)
        if recorded != actual:
            raise ObjectConflict(f"An object under {key.split('/', 1)[0]}/ exists with other content.")
        return self._info(key, existing)

    def _record(self, record: Path, digest: str) -> None:
        temporary = self._root / ".unfinished" / secrets.token_hex(16)
        try:
            _write(temporary, f"{digest}\n".encode())
            os.replace(temporary, record)
        finally:
            temporary.unlink(missing_ok=True)
        _flush_folder(record.parent)

    def _recorded(self, key: str) -> str | None:
        try:
            return (self._root / ".recorded" / key).read_text("ascii").strip()
        except OSError:
            return None

    def _existing(self, key: str) -> Path | None:
        """The object's file, unless a symbolic link leads to it: a link may lead anywhere."""
        path = self._root / check_key(key)
        try:
            return path if path.is_file() and path.resolve() == path else None
        except OSError:
            return None

    def _info(self, key: str, path: Path) -> ObjectInfo:
        with _explained():
            status = path.stat()
        modified = datetime.fromtimestamp(status.st_mtime, UTC)
        return ObjectInfo(key, status.st_size, self._recorded(key), modified)

    def _walk(self, folder: str) -> Iterator[str]:
        """Keys below a folder whose names the port accepts."""
        try:
            entries = list(os.scandir(self._root / folder))
        except (FileNotFoundError, NotADirectoryError):
            return
        for entry in entries:
            key = f"{folder}/{entry.name}" if folder else entry.name
            with suppress(StoreError):
                check_key(key)
                if entry.is_dir(follow_symlinks=False):
                    yield from self._walk(key)
                elif entry.is_file(follow_symlinks=False):
                    yield key

    def _sweep(self) -> None:
        """Remove what killed writers left behind."""
        for entry in os.scandir(self._root / ".unfinished"):
            with suppress(FileNotFoundError):
                if entry.stat().st_mtime < time.time() - _STALE:
                    os.unlink(entry.path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with open(self._root / ".lock", "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _write(path: Path, content: Path | bytes) -> None:
    """Write a read-only file and flush it to the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o440)
    with os.fdopen(descriptor, "wb") as target:
        if isinstance(content, bytes):
            target.write(content)
        else:
            with content.open("rb") as source:
                shutil.copyfileobj(source, target, 1 << 20)
        target.flush()
        os.fsync(target.fileno())


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _explained() -> Iterator[None]:
    """Say what the operator can do; paths are left out, since they may hold a sender's file name."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            message = "The disk of the object store is full: free some space."
        elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            message = "The object store may not be written: check the owner and mode of its directory."
        else:
            message = f"The object store cannot be used: {error.strerror or type(error).__name__}."
        raise StoreError(message) from error
