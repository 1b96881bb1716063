"""`bangfu run`: the four stages in order."""

from datetime import datetime
from typing import Annotated

from typer import Option

from bangfu.cli.link import link_lines
from bangfu.cli.output import Json, emit, progress_bars
from bangfu.cli.screen import screen_lines
from bangfu.cli.standardise import standardised_lines

__all__ = ["run"]


def run(
    as_of: Annotated[
        datetime | None,
        Option("--as-of", formats=["%Y-%m-%d"], help="Last day of the window; else the last event in the data."),
    ] = None,
    json: Json = False,
) -> None:
    """Standardise, link, screen and publish what has been received, without the scheduler.

    Example:
      bangfu receive union_roster rosters/*.xlsx
      bangfu run
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.run import run as work

    with open_context() as context, progress_bars(json=json) as progress:
        summary = work(context, as_of=as_of.date() if as_of else None, progress=progress)
    lines = [
        *standardised_lines(summary.standardised),
        *link_lines(summary.link),
        *screen_lines(summary.screen),
        f"publish: list version {summary.publish.list_version}",
        "seconds: " + ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in summary.seconds.items()),
    ]
    emit(summary, json=json, lines=lines)
