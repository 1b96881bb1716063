"""Files that only their owner may read, and files that are there as a whole or not at all (专用文件)."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

from bangfu.errors import Refused

__all__ = ["not_found", "on_disk", "read_json", "read_private", "write_private", "write_whole", "wrong_file"]

_LONGEST = 1 << 20
_OTHERS = 0o077


def write_private(path: Path, value: Any) -> None:
    """Write JSON that only the owner may read; it is never written over another file.

    Raises:
        Refused: `file_exists`.
    """
    write_whole(path, (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode())
    if sys.platform == "win32":
        user = f"{os.environ.get('USERDOMAIN', '.')}\\{os.environ.get('USERNAME', '')}"
        subprocess.run(
            ["icacls", str(path), "/inheritance:r", "/grant:r", f"{user}:F"], check=True, capture_output=True
        )


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there as a whole or not at all, for its owner alone; never over another file.

    Raises:
        Refused: `file_exists`.
    """
    if path.exists():
        raise _exists(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        on_disk(file.fileno())
    try:
        if sys.platform == "win32":
            os.rename(partial, path)  # there it refuses to replace
        else:
            os.link(partial, path)
            partial.unlink()
    except FileExistsError:
        partial.unlink(missing_ok=True)
        raise _exists(path) from None


def on_disk(descriptor: int) -> None:
    """Have what was written survive a loss of power."""
    os.fsync(descriptor)


def read_private(path: Path, kind: str) -> dict[str, Any]:
    """Read JSON that only the owner may read.

    On Windows the permissions are not looked at: `write_private` has set them there, and a key may have a passphrase.

    Args:
        path: The file.
        kind: What its member `format` must say.

    Raises:
        Refused: `private_file_open`, `file_not_found` or `wrong_file`.
    """
    if not path.is_file():
        raise not_found(path)
    if sys.platform != "win32":
        about = path.stat()
        if stat.S_IMODE(about.st_mode) & _OTHERS or about.st_uid not in {os.getuid(), 0}:
            raise Refused(
                "private_file_open",
                f"密钥文件 {path.name} 可被其他用户读取，不能使用；请先收紧权限：chmod 600 {path.name}",
                f"Others may read {path.name}, so it is not used; first: chmod 600 {path.name}",
            )
    value = read_json(path)
    if value.get("format") != kind or value.get("version") != 1:
        raise wrong_file(path)
    return value


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        Refused: `file_not_found` or `wrong_file`.
    """
    if not path.is_file():
        raise not_found(path)
    try:
        value = json.loads(path.read_bytes()[:_LONGEST])
    except (ValueError, RecursionError):
        raise wrong_file(path) from None
    if not isinstance(value, dict):
        raise wrong_file(path)
    return value


def not_found(path: Path) -> Refused:
    """The refusal of a file that is not there."""
    return Refused(
        "file_not_found", f"找不到文件 {path.name}，请检查路径", f"There is no file {path.name}; check the path."
    )


def wrong_file(path: Path) -> Refused:
    """The refusal of a file of another kind."""
    return Refused(
        "wrong_file",
        f"{path.name} 不是所需的文件，或已损坏；请检查是否选错了文件",
        f"{path.name} is not the file that is needed here, or it is damaged; check that it is the right one.",
    )


def _exists(path: Path) -> Refused:
    return Refused(
        "file_exists",
        f"{path.name} 已经存在，不会覆盖；请换一个文件名，或先把它移走",
        f"{path.name} exists and is not written over; choose another name, or move it away.",
    )
