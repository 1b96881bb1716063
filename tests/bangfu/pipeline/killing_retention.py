"""Retention and key rotation in a process of their own that is killed at a chosen durable write; see `killing`."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date

from bangfu.pipeline.retention.records import clear_records
from bangfu.pipeline.retention.retire import retire
from bangfu.pipeline.retention.rotate import rotate
from tests.bangfu.pipeline import killing
from tests.bangfu.pipeline.killing import Killer

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


if __name__ == "__main__":
    killing.WORK.update(retire=lambda context: retire(context, today=TODAY), rotate=rotate, clear=clear_records)
    killing._serve()
