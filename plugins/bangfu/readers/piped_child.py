"""What a reader's process on a department's PC does (解析子进程): one file, under limits, told as JSON on standard output.

It is run as a script with an empty environment; the arguments are further entries for `sys.path`, standard input holds
the request. JSON and no table format: whoever listens need not trust a library to unpack what a stranger's file made.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

__all__ = ["GAVE_UP", "ROWS_AT_ONCE", "main"]

ROWS_AT_ONCE = 10_000
"""Most rows of one message."""
GAVE_UP = 70
"""How it leaves without having said why."""


def main() -> None:
    """Read the file that standard input names; then tell its report, or why there is none."""
    sys.dont_write_bytecode = True
    sys.path += sys.argv[1:]
    _end_with_parent()
    request = json.loads(sys.stdin.buffer.read())
    out = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a library's remarks are no messages
    code = GAVE_UP
    try:
        serve(request, out)
        code = 0
    except OSError:  # nobody listens any more, or no limits could be set: the caller sees that nothing was told
        pass
    finally:
        os._exit(code)


def serve(request: dict[str, Any], out: int) -> None:
    """Read a file and write messages: `kind`, `rows`, then `report` or `refused`."""
    from dataclasses import replace
    from pathlib import Path

    import polars  # noqa: F401  (what is loaded before the limits are set counts as nothing)
    import python_calamine  # noqa: F401

    from bangfu.errors import Refused
    from bangfu.readers.bounds import Bounds, place
    from bangfu.readers.declared import Declaration
    from bangfu.readers.frames import send_json
    from bangfu.readers.reading import Task, read_file
    from bangfu.readers.safety import LIMITS
    from schemas.reference import private_use_characters

    private_use_characters()
    limits = replace(LIMITS, **request["limits"])
    bounds = Bounds(limits)

    def expect(kind: str, memory: int) -> None:
        bounds.settle(memory)
        send_json(out, {"kind": kind})

    def take(batch: pl.DataFrame) -> None:
        filled = [series.name for series in batch.get_columns() if series.null_count() < batch.height]
        for part in batch.select(filled).iter_slices(ROWS_AT_ONCE):
            told = {"rows": part.to_dict(as_series=False)}
            with bounds.patience():  # how long the other side takes is its own affair
                send_json(out, told)

    try:
        declaration = Declaration.from_json(request["declaration"])
        task = Task(declaration, tuple(request["passwords"]), limits, expect=expect)
        end: dict[str, Any] = {"report": read_file(Path(request["path"]), task, take).to_json()}
    except Refused as refusal:
        end = {"refused": [refusal.code, refusal.zh, refusal.en]}
    except MemoryError:
        end = {"out_of_memory": True}
    except OSError:
        raise
    except Exception as error:  # a file that finds a defect of ours must not look like one that was never read
        end = {"defect": place(error)}
    send_json(out, end)


def _end_with_parent() -> None:
    """On Linux, be ended when the caller is; elsewhere the next message finds nobody."""
    if sys.platform == "linux":
        import ctypes
        import resource
        import signal

        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold personal data
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


if __name__ == "__main__":
    main()
