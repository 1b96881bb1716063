"""The DAG files, parsed once for all tests of this folder."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Parsed:
    """What one parse found: import errors, serialised DAGs, the file and page of each."""

    errors: dict[str, str]
    dags: dict[str, Any]
    files: dict[str, str]
    doc: dict[str, str]
    heavy: list[str]
    seconds: float


def parse(home: Path, hash_seed: int, **environment: str) -> Parsed:
    """Parse the DAG files in a fresh interpreter whose only Airflow settings are given here."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "BANGFU"))}
    result = subprocess.run(
        [sys.executable, "-W", "ignore", str(PROJECT / "tests/dags/parse_dags.py"), str(PROJECT / "dags")],
        env={
            **inherited,
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "no-plugins"),
            "PYTHONHASHSEED": str(hash_seed),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return Parsed(**json.loads(result.stdout.splitlines()[-1]))


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Parsed:
    """The DAG files, parsed."""
    return parse(tmp_path_factory.mktemp("airflow-parse"), hash_seed=1)
