"""Running a DAG in a process of its own, with the answers that people give."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.conftest import Database
from tests.dags.conftest import PROJECT

__all__ = ["run_dag"]


def run_dag(dag_id: str, database: Database, home: Path, *answers: tuple[Any, ...]) -> dict[str, Any]:
    """Run a DAG to its end; returns the state of the run and of its tasks."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    program = [sys.executable, "-W", "ignore", str(PROJECT / "tests/dags/run_approve.py")]
    result = subprocess.run(
        [*program, str(PROJECT / "dags"), dag_id, json.dumps(answers)],
        env={
            **inherited,
            "PYTHONPATH": os.pathsep.join((str(PROJECT), str(PROJECT / "plugins"))),
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "no-plugins"),
            "BANGFU_HOME": str(database.settings.home),
            "BANGFU_DATABASE_URL": database.settings.database_url or "",
            "BANGFU_PORTAL_DATABASE_URL": database.settings.portal_database_url or "",
        },
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        timeout=240,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return dict(json.loads(result.stdout.splitlines()[-1]))
