"""What a parser's child does with one file: read it under limits and tell batches, then the account or the reason."""

from __future__ import annotations

import gc
import resource
import signal
import traceback
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.ipc
import python_calamine  # noqa: F401  (loaded before the fork)

from bangfu.errors import Refused
from bangfu.readers.declared import Declaration
from bangfu.readers.frames import TABLE, send, send_json
from bangfu.readers.plain import read_plain
from bangfu.readers.reading import Task, read_file
from bangfu.readers.safety import LIMITS
from schemas.reference import private_use_characters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["serve_file"]

_ADDRESSES_BEYOND_MEMORY = 2 << 30  # reserved by threads and allocators, and never touched
_ROWS_BEFORE_COLLECTION = 1_000_000  # lists of cells hold no cycles; looking for some takes a fifth of the time
private_use_characters()


def serve_file(path: Path, told: Mapping[str, Any], pipe: int) -> None:
    """Read a file and write messages: `kind`, tables, then `report` or `refused`."""
    gc.set_threshold(_ROWS_BEFORE_COLLECTION)
    limits = replace(LIMITS, **told["limits"])
    _allow_memory(limits.base_bytes, finally_so=False)
    resource.setrlimit(resource.RLIMIT_CPU, (limits.processor_seconds, limits.processor_seconds + 5))
    _set_alarm(limits.seconds)

    def expect(kind: str, memory: int) -> None:
        _allow_memory(memory, finally_so=True)
        send_json(pipe, {"kind": kind})

    def take(batch: pl.DataFrame) -> None:
        filled = [series for series in batch.get_columns() if series.null_count() < batch.height]
        table = pl.DataFrame(filled).to_arrow(compat_level=pl.CompatLevel.oldest())
        content = pa.BufferOutputStream()
        with pa.ipc.new_stream(content, table.schema) as stream:
            stream.write_table(table)
        with _no_alarm(limits.seconds):  # how long the other side takes is its own affair
            send(pipe, TABLE, content.getvalue())

    passwords = tuple(told["passwords"])
    try:
        if told["declaration"] is None:
            report = read_plain(path, passwords, take, expect, limits)
        else:
            task = Task(Declaration.from_json(told["declaration"]), passwords, limits, expect=expect)
            report = read_file(path, task, take)
        end: dict[str, Any] = {"report": report.to_json()}
    except Refused as refusal:
        end = {"refused": [refusal.code, refusal.zh, refusal.en]}
    except MemoryError:
        end = {"out_of_memory": True}
    except BrokenPipeError:
        raise
    except Exception as error:  # a file that finds a defect of ours must not look like one that was never read
        end = {"defect": _place(error)}
    send_json(pipe, end)


def _place(error: BaseException) -> str:
    """Type and place of an exception; its text may quote a cell."""
    here = Path(__file__).parent
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent == here]
    return f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"


def _set_alarm(seconds: float) -> None:
    """End this process after so many seconds, whatever it is doing; again from the start when called again."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


@contextmanager
def _no_alarm(seconds: float) -> Iterator[None]:
    signal.setitimer(signal.ITIMER_REAL, 0)
    yield
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _allow_memory(amount: int, *, finally_so: bool) -> None:
    """Let this process take `amount` bytes more than it has now; no more after that, if finally."""
    sizes = Path("/proc/self/statm")
    if not sizes.exists():  # a system that tells nothing of the kind has no such limits either
        return
    pages = sizes.read_text().split()
    now = {resource.RLIMIT_DATA: pages[5], resource.RLIMIT_AS: pages[0]}
    beyond = {resource.RLIMIT_DATA: 0, resource.RLIMIT_AS: _ADDRESSES_BEYOND_MEMORY}
    for limit, have in now.items():
        most = int(have) * resource.getpagesize() + amount + beyond[limit]
        _, hard = resource.getrlimit(limit)
        hard = most if finally_so and (hard == resource.RLIM_INFINITY or most < hard) else hard
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (soft, hard))
