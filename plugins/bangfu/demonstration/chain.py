"""The demonstration's run: drop the extracts, follow Airflow, report."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bangfu.demonstration.following import follow
from bangfu.demonstration.officers import LogIn, ensure_officers
from bangfu.demonstration.policies import ensure_policies
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
        ensure_policies(context)
        ensure_officers(context, ())  # who approves of the list must be there when it is asked about
        dropped = _drop_missing(context)
        say(f"{dropped} deliveries put into the drop area; Airflow takes them from there")
        follow(installation, context, since, say)
        say(f"the chain is done ({time.monotonic() - begun:.0f} s)")
        result = report(context)
        counties = [county.county_code for county in result.counties[:OFFICERS]]
        return Outcome(result, tuple(ensure_officers(context, counties)))


def _drop_missing(context: Context) -> int:
    """Drop every delivery that is not registered yet; how many that were."""
    from bangfu.db.deliveries import list_deliveries
    from bangfu.pipeline.intake.drop import drop_delivery
    from schemas.manifest import MANIFEST, read_manifest

    with context.engine.connect() as connection:
        known = {delivery.delivery_id for delivery in list_deliveries(connection)}
    extracts = demo_directory(context.settings) / "province" / "extracts"
    dropped = 0
    for path in sorted(extracts.glob(f"*/*/{MANIFEST}")):
        manifest = read_manifest(path.read_bytes())
        if manifest.delivery_id() not in known:
            drop_delivery(context, manifest.source, path.parent)
            dropped += 1
    return dropped
