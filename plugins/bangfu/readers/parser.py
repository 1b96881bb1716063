"""Reading in a process apart (隔离解析): whatever a file does, it does not do it here.

A partner's bytes are looked at by a child process alone: it sniffs, decodes, parses, finds the header and applies the
allow-list, so that a column that may not be read is never in this process, and a file that kills its reader kills
nothing else. The child is forked from a small server (`bangfu.readers.server`), which loads the libraries once.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.ipc

from bangfu.errors import BangfuError, Refused
from bangfu.readers.declared import Declaration
from bangfu.readers.frames import TABLE, FrameError, receive
from bangfu.readers.plain import PLAIN_SCHEMA, rows_of
from bangfu.readers.raw import BATCH_ROWS, RawTable, ReadReport, complete, raw_schema
from bangfu.readers.refusals import not_readable, too_much
from bangfu.readers.safety import LIMITS, Limits
from bangfu.readers.serving import Server, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from schemas.source import Source

__all__ = ["Parser", "Usage", "read", "read_whole"]

_GRACE_SECONDS = 10
_LONGEST_REASON = 2_000
_log = logging.getLogger(__name__)


class _ServerEnded(BangfuError):  # noqa: N818
    """The server has ended, which says nothing about the file."""


class Parser:
    """Reads files in processes of their own; a context manager, one for a run of a stage.

    The server starts with the context, so that it loads its libraries while others look for files, and is started again
    when it has died. It ends with the context, or with this process, however that ends.

    Attributes:
        usage: What the latest file has cost.
    """

    def __init__(self, limits: Limits = LIMITS) -> None:
        """Takes what a file may hold and cost."""
        self.usage: Usage | None = None
        self._limits = limits
        self._server: Server | None = None

    def __enter__(self) -> Parser:
        self._server = Server()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the server."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def read(
        self, path: Path, source: Source, take: Callable[[pl.DataFrame], None], *, passwords: Sequence[str] = ()
    ) -> ReadReport:
        """Read an extract of a source.

        Args:
            path: The file. Its content says what it is, not its name.
            source: What the source declares: only its columns leave the reader.
            take: Given each batch of at most `BATCH_ROWS` rows, with exactly `raw_schema(source)`, in order.
            passwords: Tried in order on a workbook that has an opening password.

        Raises:
            Refused: The file cannot or may not be read; the reason tells the sender what to do. Batches that were
                given before are void.
            BangfuError: The server ended; nothing is wrong with the file as far as is known.
        """
        return self._read_twice(path, self._request(Declaration.of(source), passwords), raw_schema(source), take)

    def read_sheets(self, path: Path, *, passwords: Sequence[str] = ()) -> dict[str, list[list[str]]]:
        """Read every cell of a returned workbook as text; no header is looked for.

        Args:
            path: The file. Its content says what it is, not its name.
            passwords: Tried in order on a workbook that has an opening password.

        Returns:
            The rows of every sheet by its name, from A1 on.

        Raises:
            Refused: As `bangfu.readers.plain.read_plain`.
            BangfuError: The server ended; nothing is wrong with the file as far as is known.
        """
        batches: list[pl.DataFrame] = []
        report = self._read_twice(path, self._request(None, passwords), PLAIN_SCHEMA, batches.append)
        return rows_of(batches, report)

    def _request(self, declaration: Declaration | None, passwords: Sequence[str]) -> dict[str, Any]:
        return {
            "declaration": declaration and declaration.to_json(),
            "passwords": list(passwords),
            "limits": asdict(self._limits),
        }

    def _read_twice(
        self,
        path: Path,
        request: Mapping[str, Any],
        schema: Mapping[str, pl.DataType],
        take: Callable[[pl.DataFrame], None],
    ) -> ReadReport:
        """Read a file; once more if the server had died unnoticed since the file before."""
        taken = False

        def taking(batch: pl.DataFrame) -> None:
            nonlocal taken
            taken = True
            take(batch)

        try:
            return self._read(path, request, schema, taking)
        except _ServerEnded:
            if taken:
                raise
        return self._read(path, request, schema, take)

    def _read(
        self,
        path: Path,
        request: Mapping[str, Any],
        schema: Mapping[str, pl.DataType],
        take: Callable[[pl.DataFrame], None],
    ) -> ReadReport:
        reader, writer = os.pipe()
        _widen(reader)
        try:
            with path.open("rb") as file:
                server = self._ask(request, [file.fileno(), writer])
        except BaseException:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        kind, end = "", None
        try:
            kind, end = self._listen(reader, schema, take)
        finally:
            os.close(reader)
            if end is None:
                server.stop()
            self.usage = server.outcome()
            if self.usage is None:
                self.close()
        return self._conclude(kind, end)

    def _ask(self, request: Mapping[str, Any], descriptors: list[int]) -> Server:
        """Have a file read; a server that has died meanwhile is started again."""
        if self._server is not None:
            try:
                self._server.ask(request, descriptors)
                return self._server
            except OSError:
                self.close()
        self._server = Server()
        self._server.ask(request, descriptors)
        return self._server

    def _listen(
        self, reader: int, schema: Mapping[str, pl.DataType], take: Callable[[pl.DataFrame], None]
    ) -> tuple[str, dict[str, Any] | None]:
        """Hand on batches; the kind of file and the child's last word, None if it left without or made no sense."""
        kind, given = "", 0
        patience = self._limits.seconds + _GRACE_SECONDS
        while True:
            try:
                message = receive(reader, patience)
                if message is None:
                    return kind, None
                told = _batch(message[1], schema) if message[0] == TABLE else json.loads(message[1])
                message = None
                if isinstance(told, dict) and "report" in told:
                    told["report"] = ReadReport.from_json(told["report"])
                    if told["report"].persons != given:
                        return kind, None
            except (FrameError, ValueError, KeyError, TypeError, AttributeError, pa.ArrowException):
                return kind, None
            if isinstance(told, pl.DataFrame):
                given += told.height
                take(told)
                del told
            elif "kind" in told:
                kind = str(told["kind"])
            else:
                return kind, told

    def _conclude(self, kind: str, end: Mapping[str, Any] | None) -> ReadReport:
        if end is None:
            if self.usage is None:
                raise _ServerEnded("The process that reads files has ended; run the step again.")
            raise too_much(kind) if self.usage.exit_code < 0 else not_readable(kind)
        if isinstance(report := end.get("report"), ReadReport):
            return report
        if "refused" in end:
            code, zh, en = (str(part)[:_LONGEST_REASON] for part in end["refused"])
            raise Refused(code, zh, en)
        if "defect" in end:  # type and place of an exception, never its text
            _log.error("reading failed: %s", str(end["defect"])[:200])
            raise not_readable(kind)
        raise too_much(kind)


def read(path: Path, source: Source, passwords: Sequence[str] = ()) -> RawTable:
    """Read an extract as a whole; for files that fit into memory.

    Args:
        path: The file. Its content says what it is, not its name.
        source: What the source declares.
        passwords: Tried in order on a workbook that has an opening password.

    Raises:
        Refused: As `Parser.read`.
    """
    with Parser() as parser:
        return read_whole(parser, path, source, passwords)


def read_whole(parser: Parser, path: Path, source: Source, passwords: Sequence[str] = ()) -> RawTable:
    """As `read`, by a parser that is already there."""
    batches = [pl.DataFrame(schema=raw_schema(source))]
    report = parser.read(path, source, batches.append, passwords=passwords)
    return RawTable(pl.concat(batches), report)


def _batch(content: bytearray, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """A batch out of a message, checked as what a stranger says, completed by its empty columns."""
    with pa.ipc.open_stream(pa.py_buffer(content)) as stream:
        table = stream.read_all()
    table.validate(full=True)
    frame = pl.from_arrow(table)
    if not isinstance(frame, pl.DataFrame) or frame.height > BATCH_ROWS or not frame.columns:
        raise FrameError("nonsense")
    if any(schema.get(name) != dtype for name, dtype in frame.schema.items()):
        raise FrameError("nonsense")
    return complete(frame, schema)


def _widen(pipe: int) -> None:
    """Let a pipe hold a mebibyte, where the system can: fewer changes between two processes."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)
