"""Connections to addresses that were checked, for no longer than a given time (受检连接).

A name is looked up once and the very address that was checked is connected to: a name that leads to a public address
when it is checked and into a private network when it is used gets nowhere. The time is that of a whole attempt, so that
an answer that comes byte by byte cannot outlast the lease of its message.
"""

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore
from httpcore import NetworkBackend, NetworkStream, SyncBackend

from bangfu.notifying.addresses import public_addresses

__all__ = ["CheckedBackend"]


class CheckedBackend(NetworkBackend):
    """How `httpcore` connects here.

    Args:
        private: Whether private addresses are allowed.
        seconds: From now until everything must be over.
    """

    def __init__(self, *, private: bool, seconds: float) -> None:
        self._private = private
        self._end = time.monotonic() + seconds
        self._plain = SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        """Connect to the first address of a host that answers; all of them must be allowed."""
        failure: Exception = httpcore.ConnectError("no address")
        for address in public_addresses(host, port, private=self._private):
            try:
                stream = self._plain.connect_tcp(
                    address, port, _left(self._end, timeout), local_address, socket_options
                )
                return _Bounded(stream, self._end)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._plain.sleep(seconds)


class _Bounded(NetworkStream):
    """A stream that ends in time."""

    def __init__(self, stream: NetworkStream, end: float) -> None:
        self._stream, self._end = stream, end

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._end, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._end, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        return _Bounded(self._stream.start_tls(ssl_context, server_hostname, _left(self._end, timeout)), self._end)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(end: float, timeout: float | None) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time of this attempt is over")
    return left if timeout is None else min(left, timeout)
