"""An agreed number of inputs through the readers, every time the tests run; many more in a soak."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("fuzz_readers.py")
AGREED = {"text": 10_000, "xlsx": 3_000, "xls": 300}
"""Inputs per kind of file, every time."""
IN_A_SOAK = {"text": 14, "xlsx": 3, "xls": 1}
"""Campaigns per kind of file in a soak, each in a process of its own: what the fuzzer keeps grows with its inputs."""
INPUTS = {"text": 30_000, "xlsx": 30_000, "xls": 10_000}
"""Inputs of each."""

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


def check_reach(kind: str, told: dict[str, Any]) -> None:
    """Some files are still read; of the workbooks, more than half get as far as the parser of their sheets."""
    assert told["outcomes"].get("read", 0) + told["outcomes"].get("read or refused", 0) > 0
    if kind == "xlsx":
        assert told["reached"]["sheet"] > told["inputs"] // 2


@needs_atheris
@pytest.mark.parametrize("kind", AGREED)
def test_whatever_the_bytes_a_file_is_read_or_refused(kind: str, tmp_path: Path) -> None:
    told = fuzzed(kind, AGREED[kind], seed=7, directory=tmp_path)
    assert told["inputs"] >= AGREED[kind]
    check_reach(kind, told)
    assert not [file.name for file in tmp_path.iterdir() if file.name.startswith(("crash", "oom", "timeout", "slow"))]


@pytest.mark.soak
@needs_atheris
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize(
    ("kind", "campaign"), [(kind, campaign) for kind, campaigns in IN_A_SOAK.items() for campaign in range(campaigns)]
)
def test_many_more(kind: str, campaign: int, tmp_path: Path) -> None:
    told = fuzzed(kind, INPUTS[kind], seed=int.from_bytes(os.urandom(3), "big"), directory=tmp_path)
    assert told["inputs"] >= INPUTS[kind]
    check_reach(kind, told)
