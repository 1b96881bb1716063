"""The parser's own process, spoken to directly."""

import io
import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from bangfu.readers import parsing
from tests.bangfu.readers.extracts import xlsx_file


def told(path: Path, memory: int = 2 << 30, seconds: int = 60) -> tuple[list[Any], int]:
    """Everything the parser says about a file, and how it left."""
    command = [sys.executable, "-I", parsing.__file__, str(memory), str(seconds)]
    with path.open("rb") as file:
        done = subprocess.run(command, stdin=file, capture_output=True, check=False)
    said: list[Any] = []
    stream = io.BytesIO(done.stdout)
    with suppress(EOFError, pickle.UnpicklingError):
        while True:
            said.append(pickle.load(stream))
    return said, done.returncode


def test_a_workbook_sheet_by_sheet(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path / "a.xlsx", {"甲": [["1", "2"]], "乙": []})
    assert told(path) == ([("甲", False, []), [["1", "2"]], [], ("乙", False, []), [], parsing.COMPLETE], 0)


def test_what_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04 nothing")
    assert told(path) == ([parsing.UNREADABLE], 0)


def test_it_stays_within_its_time(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path / "a.xlsx", [["x"], *[[]] * 1_000_000, ["x"] * 20])
    said, code = told(path, seconds=1)
    assert parsing.COMPLETE not in said
    assert -code in {signal.SIGXCPU, signal.SIGKILL}


def test_it_loads_nothing_but_the_parser(tmp_path: Path) -> None:
    """Each of thousands of workbooks starts one: with the whole package loaded it would cost half a second."""
    probe = f"import runpy, sys; runpy.run_path({parsing.__file__!r}); print(sorted(m for m in sys.modules if m.partition('.')[0] in ('bangfu', 'polars', 'schemas')))"
    done = subprocess.run([sys.executable, "-I", "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
