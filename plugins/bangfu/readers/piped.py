"""Reading in a process apart by pipes alone (隔离解析), as Windows has them too: for a department's PC.

The service uses `bangfu.readers.parser`, which forks from a warm server; this starts a new interpreter for every file.
What the child does is the same, and so are its limits on Linux.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, TYPE_CHECKING, Any

import polars as pl

from bangfu.errors import Refused
from bangfu.readers.declared import Declaration
from bangfu.readers.frames import HEAD_BYTES, FrameError, unpack_head
from bangfu.readers.piped_child import GAVE_UP, ROWS_AT_ONCE
from bangfu.readers.raw import ReadReport, complete, raw_schema
from bangfu.readers.refusals import not_readable, too_much
from bangfu.readers.safety import LIMITS, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from schemas.source import Source

__all__ = ["read_piped"]

_SCRIPT = Path(__file__).with_name("piped_child.py")
_GRACE_SECONDS = 10
_START_SECONDS = 120  # an old PC with a virus scanner
_LONGEST_REASON = 2_000
_KEPT = frozenset({"PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "SYSTEMROOT", "WINDIR", "TEMP", "TMP"})
_OF_WINDOWS = frozenset({"PROCESSOR_ARCHITECTURE", "PROCESSOR_ARCHITEW6432", "NUMBER_OF_PROCESSORS"})
"""By these polars knows there which processor it runs on."""


def read_piped(
    path: Path,
    source: Source,
    take: Callable[[pl.DataFrame], None],
    *,
    passwords: Sequence[str] = (),
    limits: Limits = LIMITS,
) -> ReadReport:
    """Read an extract of a source in a process of its own.

    Args:
        path: The file. Its content says what it is, not its name.
        source: What the source declares: only its columns leave the reader.
        take: Given each batch of rows, with exactly `raw_schema(source)`, in order.
        passwords: Tried in order on a workbook that has an opening password.
        limits: What the file may hold and cost.

    Raises:
        Refused: The file cannot or may not be read. Batches that were given before are void.
    """
    schema = raw_schema(source)
    request = {
        "path": str(path.absolute()),
        "declaration": Declaration.of(source).to_json(),
        "passwords": list(passwords),
        "limits": asdict(limits),
    }
    process = _start(request)
    messages: Queue[dict[str, Any] | None] = Queue(maxsize=2)
    assert process.stdout is not None
    Thread(target=_hear, args=(process.stdout, messages), daemon=True).start()
    kind, given, end = "", 0, None
    patience: float = limits.seconds + _START_SECONDS
    try:
        while end is None:
            try:
                told = messages.get(timeout=patience)
            except Empty:
                raise too_much(kind) from None
            patience = limits.seconds + _GRACE_SECONDS
            if told is None:
                break
            if "rows" in told:
                batch = _batch(told["rows"], schema, kind)
                given += batch.height
                take(batch)
            elif "kind" in told:
                kind = str(told["kind"])
            else:
                end = told
        return _conclude(kind, given, end, process)
    finally:
        process.kill()
        process.wait()
        _drain(messages)


def _start(request: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in _KEPT | _OF_WINDOWS if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_SCRIPT), *_roots()],  # nothing else that is installed on this machine
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a parser's last words may quote a cell
        env={**environment, "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "2"},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    assert process.stdin is not None
    with suppress(OSError), process.stdin as told:  # one that has ended already is noticed where it should speak
        told.write(json.dumps(request).encode())
    return process


def _hear(pipe: IO[bytes], messages: Queue[dict[str, Any] | None]) -> None:
    """Put messages into the queue; None at the end, however it came."""
    with suppress(OSError, ValueError, FrameError), pipe:
        while head := pipe.read(HEAD_BYTES):
            length = unpack_head(head)
            content = pipe.read(length)
            if len(content) < length:
                break
            told = json.loads(content)
            if not isinstance(told, dict):
                break
            messages.put(told)
    messages.put(None)


def _drain(messages: Queue[dict[str, Any] | None]) -> None:
    """Let the listening thread come to its end."""
    with suppress(Empty):
        while messages.get(timeout=5) is not None:
            pass


def _batch(told: Any, schema: Mapping[str, pl.DataType], kind: str) -> pl.DataFrame:
    """A batch out of a message, checked as what a stranger says, completed by its empty columns."""
    try:
        frame = pl.DataFrame([pl.Series(name, cells, schema[name], strict=True) for name, cells in told.items()])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, pl.exceptions.PolarsError):
        raise not_readable(kind) from None
    if not 0 < frame.height <= ROWS_AT_ONCE:
        raise not_readable(kind)
    return complete(frame, schema)


def _conclude(kind: str, given: int, end: Mapping[str, Any] | None, process: subprocess.Popen[bytes]) -> ReadReport:
    if end is None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
        raise not_readable(kind) if process.returncode == GAVE_UP else too_much(kind)
    try:
        if "report" in end:
            report = ReadReport.from_json(end["report"])
            if report.persons == given:
                return report
        elif "refused" in end:
            code, zh, en = (str(part)[:_LONGEST_REASON] for part in end["refused"])
            raise Refused(code, zh, en)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise not_readable(kind) from None
    raise too_much(kind) if "out_of_memory" in end else not_readable(kind)


def _roots() -> list[str]:
    """Where this process found the modules that the child needs; `-I -S` hide these places from it."""
    import bangfu
    import schemas

    found = (bangfu, schemas, pl)
    return list(dict.fromkeys(str(Path(str(package.__file__)).parents[1]) for package in found))
