"""`bangfu demo`: the whole chain on synthetic data."""

import os
from typing import TYPE_CHECKING, Annotated

from typer import Option

from bangfu.cli.output import progress_bars, say, table
from bangfu.cli.up import access_lines

if TYPE_CHECKING:
    from bangfu.demonstration.report import DemoReport

__all__ = ["demo"]

COUNTIES_SHOWN = 10


def demo(
    members: Annotated[int, Option("--members", min=500, help="Union members of the synthetic province.")] = 100_000,
    seed: Annotated[int, Option("--seed", help="The same seed makes the same province.")] = 1,
    leave: Annotated[bool, Option("--exit", help="Stop everything and return when the chain is done.")] = False,
    fresh: Annotated[bool, Option("--fresh", help="Remove the former demo of this BANGFU_HOME first.")] = False,
) -> None:
    """Run the whole chain on a synthetic province, then serve Airflow and the portal (演示).

    Writes messy extracts of five departments, puts them into the drop area, and watches Airflow receive,
    standardise, link, screen and publish them. Again on the same BANGFU_HOME it uses what is there.

    Example:
      bangfu demo
      bangfu demo --members 20000 --seed 7 --exit
    """
    from bangfu.demonstration.chain import run_chain
    from bangfu.demonstration.officers import APPROVES_LISTS
    from bangfu.demonstration.province import DemoRequest, prepare
    from bangfu.services.supervisor import exclusive, running_installation
    from bangfu.settings import Settings

    os.environ.setdefault("BANGFU_SECOND_FACTOR", "off")  # made-up persons only; the portal says so on every page
    os.environ.setdefault("BANGFU_AUDIT_SAMPLE", "5")
    # The demonstration's own approver answers for its list, in Airflow as a person would; the output says so.
    os.environ.setdefault("BANGFU_AIRFLOW_APPROVERS", APPROVES_LISTS)
    settings = Settings.from_environment()
    with exclusive(settings):
        with progress_bars() as progress:
            prepare(settings, DemoRequest(members, seed, fresh), say, progress)
        with running_installation(settings, say) as installation:
            outcome = run_chain(installation, say)
            officers = [f"{item.username} / {item.password}   {item.title}" for item in outcome.log_ins]
            for line in (*_report_lines(outcome.report), "", *access_lines(installation, officers), ""):
                say(line)
            if not leave:
                say("Ctrl-C stops everything.")
                installation.serve()


def _report_lines(report: "DemoReport") -> list[str]:
    """The summary tables."""
    from schemas.sources import SOURCES

    numbers = ("files", "refused", "rows_in", "rows_accepted", "rows_rejected", "pairs_scored", "matches")
    rows = [
        (f"{SOURCES[item.source].zh} {item.source}", *(getattr(item, name) for name in numbers))
        for item in report.sources
    ]
    total = ("total", *(sum(getattr(item, name) or 0 for item in report.sources) for name in numbers))
    counties = [(item.county_code, item.county, item.candidates) for item in report.counties]
    others = sum(item.candidates for item in report.counties[COUNTIES_SHOWN:])
    rest = [("", f"{len(counties) - COUNTIES_SHOWN} other counties", others)] if others else []
    return [
        "",
        *table(("source", *(name.replace("_", " ") for name in numbers)), [*rows, total]),
        "",
        *table(("county", "", "candidates"), [*counties[:COUNTIES_SHOWN], *rest, ("total", "", report.candidates)]),
        "",
        f"Against the synthetic truth: recall {report.recall:.3f}, precision {report.precision:.3f}",
    ]
