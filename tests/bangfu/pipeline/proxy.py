"""A TCP proxy that breaks: it stands before a real server and does to connections what networks do."""

from __future__ import annotations

import enum
import select
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

__all__ = ["Breaking", "Proxy"]

_PIECE = 16 << 10
_RESET = struct.pack("ii", 1, 0)


class Breaking(enum.Enum):
    """What happens to a connection."""

    RESET_ANSWER = "reset within an answer"
    CUT_ANSWER = "closed within an answer"
    RESET_REQUEST = "reset within a request"
    REFUSED = "reset on connecting, from then on"


@dataclass
class Proxy:
    """Forwards to an upstream server until it is told to break; a context manager.

    Attributes:
        upstream: Host and port of the server.
        pause: Seconds to wait before each piece of an answer.
        sent, answered: Bytes forwarded in each direction since the start.
        broken: Connections that were broken.
    """

    upstream: tuple[str, int]
    pause: float = 0
    sent: int = 0
    answered: int = 0
    broken: int = 0
    _breaking: Breaking | None = None
    _after: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Proxy:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def break_after(self, breaking: Breaking | None, bytes_more: int = 0) -> None:
        """Break the connection that carries the byte after so many more, in the direction that breaks."""
        with self._lock:
            self._breaking = breaking
            self._after = bytes_more + (self.sent if breaking is Breaking.RESET_REQUEST else self.answered)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._breaking is Breaking.REFUSED and self.answered >= self._after:
                self.broken += 1
                _reset(client)
                continue
            threading.Thread(target=self._forward, args=(client,), daemon=True).start()

    def _forward(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(self.upstream) as server:
            while True:
                for side in select.select([client, server], [], [])[0]:
                    piece = side.recv(_PIECE)
                    if not piece:
                        return
                    if side is server:
                        time.sleep(self.pause)
                    if not self._passes(piece, client, server, answer=side is server):
                        return

    def _passes(self, piece: bytes, client: socket.socket, server: socket.socket, *, answer: bool) -> bool:
        """Forward a piece, or as much of it as goes before the connection breaks."""
        with self._lock:
            left = self._after - (self.answered if answer else self.sent)
            breaking = self._breaking
            within = breaking is Breaking.RESET_REQUEST if not answer else breaking in _WITHIN_ANSWERS
            breaks = within and left < len(piece)
            if breaks:
                self.broken += 1
                self._breaking = None
            piece = piece[: max(left, 0)] if breaks else piece
            self.answered += len(piece) if answer else 0
            self.sent += 0 if answer else len(piece)
        (client if answer else server).sendall(piece)
        refused = breaking is Breaking.REFUSED and self.answered >= self._after
        if refused or (breaks and breaking is not Breaking.CUT_ANSWER):
            _reset(client)
            _reset(server)
        return not breaks and not refused


_WITHIN_ANSWERS = frozenset({Breaking.RESET_ANSWER, Breaking.CUT_ANSWER})


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.close()
