"""Retention and key rotation in a process of their own that is killed at a chosen durable write; see `killing`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import date
from typing import Any

from sqlalchemy import text

from bangfu.pipeline.context import Context
from bangfu.pipeline.retire import retire
from bangfu.pipeline.rotate import rotate
from tests.bangfu.pipeline import killing
from tests.bangfu.pipeline.killing import APPLICATION, Ended, Killer

TODAY = date(2026, 11, 28)


class RetentionKiller(Killer):
    """Starts attempts of `retire` (to `TODAY`) and `rotate`."""

    def __enter__(self) -> RetentionKiller:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        return self

    def die(self, context: Context, work: str, **dying: Any) -> Ended:
        """One attempt; returns only when the database server has noticed its end, which lets go of locks."""
        ended = self.attempt(context.settings, work, **dying)
        query = text(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = :name AND datname = current_database()"
        )
        deadline = time.monotonic() + 10
        with context.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while connection.scalar(query, {"name": APPLICATION}):
                assert time.monotonic() < deadline
                time.sleep(0.01)
        return ended


if __name__ == "__main__":
    killing.WORK.update(retire=lambda context: retire(context, today=TODAY), rotate=rotate)
    killing._serve()
