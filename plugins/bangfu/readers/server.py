"""The process that reads files (解析进程): started once, it forks a child of itself for every file.

It is run as a script with an empty environment, so that nothing of the service's secrets is in its memory; it imports
the libraries once, and then listens on its standard input, a socket. With each request come two descriptors: the
file, and the pipe into which the child writes what it reads. A child may not write files, has little memory, and is
ended by an alarm when it hands over nothing for too long. When the socket closes, both end.
"""

from __future__ import annotations

import array
import ctypes
import json
import os
import resource
import select
import signal
import socket
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

_LENGTH = 4
_STATE_CHECK = 5.0
_PARENT_DEATH_SIGNAL = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Serve standard input; the arguments are further entries for `sys.path`."""
    sys.dont_write_bytecode = True
    sys.path += sys.argv[1:]
    control = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    import_module("bangfu.readers.child")  # before any child: each then has it for nothing

    _tell(control, {"ready": os.getpid()})
    parent = os.getppid()
    while (request := _hear(control)) is not None:
        told, descriptors = request
        if "stop" in told:
            continue  # the child was quicker
        _tell(control, _serve(control, told, descriptors, parent))


def _serve(control: socket.socket, told: dict[str, Any], descriptors: list[int], parent: int) -> dict[str, float]:
    alive, held = os.pipe()
    server = os.getpid()
    child = os.fork()
    if not child:
        _become_child(control, told, descriptors, alive, server)
    os.close(held)
    for descriptor in descriptors:
        os.close(descriptor)
    while True:
        waiting: list[Any] = [control, alive]
        ready = select.select(waiting, [], [], _STATE_CHECK)[0]
        if alive in ready:
            break
        if control in ready or os.getppid() != parent:
            heard = _hear(control) if control in ready else None
            os.kill(child, signal.SIGKILL)
            if heard is None:
                os._exit(0)
    os.close(alive)
    _, status, usage = os.wait4(child, 0)
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "status": os.waitstatus_to_exitcode(status),
        "peak_bytes": usage.ru_maxrss * unit,
        "seconds": usage.ru_utime + usage.ru_stime,
    }


def _become_child(
    control: socket.socket, told: dict[str, Any], descriptors: list[int], alive: int, server: int
) -> None:
    """Read one file and end."""
    code = 70
    try:
        control.close()
        os.close(alive)
        if sys.platform == "linux":
            _LIBC.prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != server:
            os._exit(code)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold personal data
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        os.environ.clear()
        from bangfu.readers.child import serve_file

        file, pipe = descriptors
        serve_file(Path(f"/dev/fd/{file}"), told, pipe)
        code = 0
    except BrokenPipeError:
        code = 0
    finally:
        os._exit(code)


def _hear(control: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next request with its descriptors; None when the other side has ended."""
    head, descriptors = _hear_exactly(control, _LENGTH)
    if len(head) < _LENGTH:
        return None
    content, more = _hear_exactly(control, int.from_bytes(head, "little"))
    return json.loads(content), descriptors + more


def _hear_exactly(control: socket.socket, length: int) -> tuple[bytes, list[int]]:
    content, descriptors = b"", array.array("i")
    while len(content) < length:
        piece, extras, _, _ = control.recvmsg(length - len(content), socket.CMSG_SPACE(2 * descriptors.itemsize))
        for level, kind, data in extras:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                descriptors.frombytes(data)
        if not piece:
            break
        content += piece
    return content, list(descriptors)


def _tell(control: socket.socket, value: dict[str, Any]) -> None:
    content = json.dumps(value).encode()
    control.sendall(len(content).to_bytes(_LENGTH, "little") + content)


if __name__ == "__main__":
    main()
