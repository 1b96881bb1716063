"""This side of the process that reads files (解析进程的客户端): starting it, asking it, hearing how a child ended."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bangfu.errors import BangfuError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Server", "Usage"]

_SCRIPT = Path(__file__).with_name("server.py")
_START_SECONDS = 60
_ANSWER_SECONDS = 30
_LENGTH = 4
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL")
_QUIET = {"OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system", "PYTHONUTF8": "1"}
"""Libraries that would otherwise start threads, which a process that forks should not have."""


@dataclass(frozen=True)
class Usage:
    """What a file's child process has cost.

    Attributes:
        exit_code: How it left; negative is the signal that ended it.
        peak_bytes: Most memory it held at once.
        seconds: Processor time it took.
    """

    exit_code: int
    peak_bytes: int
    seconds: float


class Server:
    """A running `bangfu.readers.server`."""

    def __init__(self) -> None:
        """Starts it; it is ready a moment later, which `ask` waits for."""
        self._owner = os.getpid()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(_SCRIPT), *_roots()],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a parser's last words may quote a cell
                env={**environment, **_QUIET},
                start_new_session=True,
                cwd="/",
            )
        self._ready = False

    @property
    def pid(self) -> int:
        """Its process id."""
        return int(self._process.pid)

    def ask(self, request: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        """Have a file read.

        Args:
            request: What `bangfu.readers.child.serve_file` is told.
            descriptors: The file, and the pipe to write to.

        Raises:
            OSError: The server has died, or belongs to the process that this one was forked from.
            BangfuError: It does not start.
        """
        if self._owner != os.getpid():
            raise ConnectionError("the server belongs to another process")
        if not self._ready and self._hear(_START_SECONDS) is None:
            self.close()
            raise BangfuError("The process that reads files does not start; check that the installation is complete.")
        self._ready = True
        content = json.dumps(request).encode()
        self._control.settimeout(_ANSWER_SECONDS)
        socket.send_fds(self._control, [len(content).to_bytes(_LENGTH, "little")], list(descriptors))
        self._control.sendall(content)

    def stop(self) -> None:
        """Have the present child ended."""
        content = b'{"stop": true}'
        with suppress(OSError):
            self._control.sendall(len(content).to_bytes(_LENGTH, "little") + content)

    def outcome(self) -> Usage | None:
        """How the child ended; None when the server itself has died."""
        told = self._hear(_ANSWER_SECONDS)
        return Usage(int(told["status"]), int(told["peak_bytes"]), float(told["seconds"])) if told else None

    def close(self) -> None:
        """End it, and whatever it is reading."""
        self._control.close()
        if self._owner == os.getpid():
            self._process.kill()
            self._process.wait()

    def _hear(self, seconds: float) -> dict[str, Any] | None:
        self._control.settimeout(seconds)
        try:
            head = self._exactly(_LENGTH)
            told = json.loads(self._exactly(int.from_bytes(head, "little")))
        except (OSError, ValueError):
            return None
        return told if isinstance(told, dict) else None

    def _exactly(self, length: int) -> bytes:
        content = b""
        while len(content) < length:
            piece = self._control.recv(length - len(content))
            if not piece:
                raise ConnectionError("ended")
            content += piece
        return content


def _roots() -> list[str]:
    """Where this process found the modules that the server needs; `-I` hides some of these places from it."""
    import bangfu
    import schemas

    return list(dict.fromkeys(str(Path(str(package.__file__)).parents[1]) for package in (bangfu, schemas)))
