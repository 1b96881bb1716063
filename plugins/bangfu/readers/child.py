"""What a parser's child does with one file: read it under limits and tell batches, then the account or the reason."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.ipc
import python_calamine  # noqa: F401  (loaded before the fork)

from bangfu.errors import Refused
from bangfu.readers.bounds import Bounds, place
from bangfu.readers.declared import Declaration
from bangfu.readers.frames import TABLE, send, send_json
from bangfu.readers.plain import read_plain
from bangfu.readers.reading import Task, read_file
from bangfu.readers.safety import LIMITS
from schemas.reference import private_use_characters

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["serve_file"]

_ROWS_BEFORE_COLLECTION = 1_000_000  # lists of cells hold no cycles; looking for some takes a fifth of the time
private_use_characters()


def serve_file(path: Path, told: Mapping[str, Any], pipe: int) -> None:
    """Read a file and write messages: `kind`, tables, then `report` or `refused`."""
    gc.set_threshold(_ROWS_BEFORE_COLLECTION)
    limits = replace(LIMITS, **told["limits"])
    bounds = Bounds(limits)

    def expect(kind: str, memory: int) -> None:
        bounds.settle(memory)
        send_json(pipe, {"kind": kind})

    def take(batch: pl.DataFrame) -> None:
        filled = [series for series in batch.get_columns() if series.null_count() < batch.height]
        table = pl.DataFrame(filled).to_arrow(compat_level=pl.CompatLevel.oldest())
        content = pa.BufferOutputStream()
        with pa.ipc.new_stream(content, table.schema) as stream:
            stream.write_table(table)
        with bounds.patience():  # how long the other side takes is its own affair
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
        end = {"defect": place(error)}
    send_json(pipe, end)
