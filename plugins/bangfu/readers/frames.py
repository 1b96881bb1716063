"""What travels between the service and a parser's process (进程间消息): JSON and Arrow, nothing that could run.

A message is one byte of kind, eight bytes of length, and the content.
"""

from __future__ import annotations

import json
import os
import select
import struct
import time
from typing import Any

__all__ = ["HEAD_BYTES", "JSON", "LONGEST_FRAME", "TABLE", "FrameError", "receive", "send", "send_json", "unpack_head"]

JSON, TABLE = b"J", b"T"
LONGEST_FRAME = 1 << 28
_HEAD = struct.Struct("<cQ")
HEAD_BYTES = _HEAD.size


class FrameError(Exception):
    """The other side has ended, fallen silent, or said what makes no sense."""


def send(descriptor: int, kind: bytes, content: Any) -> None:
    """Write one message.

    Raises:
        OSError: Nobody reads any more.
    """
    view = memoryview(content).cast("B")
    for part in (memoryview(_HEAD.pack(kind, len(view))), view):
        while part:
            part = part[os.write(descriptor, part) :]


def send_json(descriptor: int, value: Any) -> None:
    """Write a value as JSON."""
    send(descriptor, JSON, json.dumps(value, ensure_ascii=True).encode())


def receive(descriptor: int, seconds: float, *, longest: int = LONGEST_FRAME) -> tuple[bytes, bytearray] | None:
    """Read one message.

    Args:
        descriptor: A pipe or socket.
        seconds: How long the whole message may take.
        longest: Bytes its content may have.

    Returns:
        Kind and content; None when the other side has ended in an orderly way.

    Raises:
        FrameError: It ended within a message, took too long, or sent nonsense.
    """
    until = time.monotonic() + seconds
    head = _read(descriptor, _HEAD.size, until, may_end=True)
    if not head:
        return None
    kind, length = _HEAD.unpack(head)
    if kind not in {JSON, TABLE} or length > longest:
        raise FrameError("nonsense")
    return kind, _read(descriptor, length, until)


def unpack_head(head: bytes) -> int:
    """The length of a JSON message by its head of `HEAD_BYTES`, for a listener that reads its pipe in other ways.

    Raises:
        FrameError: It is no such head.
    """
    if len(head) < HEAD_BYTES:
        raise FrameError("ended")
    kind, length = _HEAD.unpack(head)
    if kind != JSON or length > LONGEST_FRAME:
        raise FrameError("nonsense")
    return int(length)


def _read(descriptor: int, length: int, until: float, *, may_end: bool = False) -> bytearray:
    content = bytearray(length)
    rest = memoryview(content)
    while rest:
        if not select.select([descriptor], [], [], max(until - time.monotonic(), 0))[0]:
            raise FrameError("silence")
        count = os.readv(descriptor, [rest])
        if not count:
            if may_end and len(rest) == length:
                return bytearray()
            raise FrameError("ended")
        rest = rest[count:]
    return content
