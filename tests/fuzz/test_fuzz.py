"""An agreed number of inputs through the readers, every time the tests run; twenty times as many in a soak."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("fuzz_readers.py")
AGREED = {"text": 20_000, "xlsx": 4_500, "xls": 500}
"""Inputs per kind of file."""

needs_atheris = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="atheris is not installed: it exists for Linux and for Python before 3.14",
)


def fuzzed(kind: str, runs: int, seed: int, directory: Path) -> dict[str, Any]:
    """Run the fuzzer; what it reports of itself."""
    command = [sys.executable, str(PROGRAM), kind, f"-runs={runs}", f"-seed={seed}", "-verbosity=0", "-timeout=60"]
    command += ["-rss_limit_mb=0", "-malloc_limit_mb=2048"]  # its peak is counted from the process that started it
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4_000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@needs_atheris
@pytest.mark.parametrize("kind", AGREED)
def test_whatever_the_bytes_a_file_is_read_or_refused(kind: str, tmp_path: Path) -> None:
    told = fuzzed(kind, AGREED[kind], seed=7, directory=tmp_path)
    assert told["inputs"] >= AGREED[kind]
    assert told["outcomes"].get("read", 0) + told["outcomes"].get("read or refused", 0) > 0
    assert not [file.name for file in tmp_path.iterdir() if file.name.startswith(("crash", "oom", "timeout", "slow"))]


@pytest.mark.soak
@needs_atheris
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("kind", AGREED)
def test_twenty_times_as_many(kind: str, tmp_path: Path) -> None:
    told = fuzzed(kind, 20 * AGREED[kind], seed=int.from_bytes(os.urandom(3), "big"), directory=tmp_path)
    assert told["inputs"] >= 20 * AGREED[kind]
