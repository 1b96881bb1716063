"""The demonstration's run: drop the extracts, follow Airflow, report."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bangfu.demonstration.following import follow
from bangfu.demonstration.officers import LogIn, ensure_officers
from bangfu.demonstration.province import demo_directory
from bangfu.demonstration.report import DemoReport, report
from bangfu.pipeline.context import Context, open_context
from bangfu.services.supervisor import RunningInstallation

__all__ = ["Outcome", "run_chain"]

Say = Callable[[str], None]

OFFICERS = 3
"""How many counties get an officer: those with the longest lists."""


@dataclass(frozen=True)
class Outcome:
    """What came out, and the accounts to look at it with."""

    report: DemoReport
    log_ins: tuple[LogIn, ...]


def run_chain(installation: RunningInstallation, say: Say) -> Outcome:
    """Send the synthetic extracts through the chain.

    Args:
        installation: What runs; `bangfu.demonstration.province.prepare` has made the data.
        say: Takes progress.

    Raises:
        BangfuError: A stage failed; the message names its log.
    """
    begun, since = time.monotonic(), datetime.now(UTC)
    with open_context(installation.settings) as context:
        dropped = _drop_missing(context)
        say(f"{dropped} extracts put into the drop area; Airflow takes them from there")
        follow(installation, context, since, say)
        say(f"the chain is done ({time.monotonic() - begun:.0f} s)")
        result = report(context)
        counties = [county.county_code for county in result.counties[:OFFICERS]]
        return Outcome(result, tuple(ensure_officers(context, counties)))


def _drop_missing(context: Context) -> int:
    """Drop every extract that is not registered yet; how many that were."""
    from bangfu.db import registry
    from bangfu.pipeline.drop import drop

    with context.engine.connect() as connection:
        known = {(extract.source, extract.sha256) for extract in registry.list_extracts(connection)}
    extracts = demo_directory(context.settings) / "province" / "extracts"
    dropped = 0
    for path in sorted(item for item in extracts.rglob("*") if item.is_file()):
        source = path.relative_to(extracts).parts[0]
        if (source, _sha256(path)) not in known:
            drop(context, source, path)
            dropped += 1
    return dropped


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
