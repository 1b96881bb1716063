"""`bangfu run`: the stages in order, up to the question whether to publish."""

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
    by: Annotated[str | None, Option("--by", help="Your own account, as the one who asks; it cannot answer.")] = None,
    json: Json = False,
) -> None:
    """Standardise, link and screen what has been received, and ask a second person whether to publish, without the scheduler.

    Once the list is approved, `bangfu publish` publishes it. Run again, it screens anew and asks anew.

    Example:
      bangfu receive union_roster rosters/*.xlsx
      bangfu run --by li.na
      bangfu approvals approve 7 --by chen.jie
      bangfu publish
    """
    from bangfu.cli.approvals import question_lines
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.run import run as work

    with open_context() as context, progress_bars(json=json) as progress:
        summary = work(context, as_of=as_of.date() if as_of else None, by=by, progress=progress)
    lines = [
        *standardised_lines(summary.standardised),
        *link_lines(summary.link),
        *screen_lines(summary.screen),
        *(question_lines(summary.asked) if summary.asked else ()),
        "seconds: " + ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in summary.seconds.items()),
    ]
    emit(summary, json=json, lines=lines)
