"""One process that reads files, lent to one parser after the other: starting it takes a fifth of a second.

The service starts one for each run of a stage. Tests run hundreds of stages, and what they check is what comes of a
file; how such a process starts and ends is the subject of `tests/bangfu/readers/test_parser.py`, which is lent none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

import bangfu.readers.parser
from bangfu.readers.serving import Server, Usage

__all__ = ["Shelf"]


class _Lent(Server):
    """A server that goes back to its shelf when a parser closes it and it reads nothing."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf, self._reads = shelf, False
        super().__init__()

    def usable(self) -> bool:
        return not self._reads and self._owner == os.getpid() and self._process.poll() is None

    def ask(self, request: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        self._reads = True
        super().ask(request, descriptors)

    def outcome(self) -> Usage | None:
        told = super().outcome()
        self._reads = told is None
        return told

    def close(self) -> None:
        if self.usable():
            self._shelf.idle.append(self)
        else:
            self.end()

    def end(self) -> None:
        super().close()


class Shelf:
    """The servers that nobody uses at present.

    Attributes:
        idle: They; more than one only where two parsers were open at once.
    """

    def __init__(self) -> None:
        self.idle: list[_Lent] = []

    def lend(self) -> Server:
        """One that is ready: off the shelf, or started."""
        while self.idle:
            server = self.idle.pop()
            if server.usable():
                return server
            server.end()
        return _Lent(self)

    @contextmanager
    def lending(self) -> Iterator[None]:
        """Every parser that starts a server meanwhile is lent one."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bangfu.readers.parser, "Server", self.lend)
            yield

    def close(self) -> None:
        while self.idle:
            self.idle.pop().end()
