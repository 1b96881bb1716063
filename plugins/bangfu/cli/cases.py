"""`bangfu cases`: what time does to cases, and what ended ones teach."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from bangfu.cli.assessment import agreement, missed
from bangfu.cli.candidates import AskFirst, By, Purpose, Recipient, emit_question
from bangfu.cli.output import Json, emit, table

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="""Cases of review: steps by time, counts, what ended ones teach, what samples say (核查案件).

\b
Example:
  bangfu cases status
  bangfu cases advance
  bangfu cases pairing
  bangfu cases labels --out labels.parquet
  bangfu cases missed
  bangfu cases agreement
""",
)

Out = Annotated[Path, typer.Option("--out", help="Parquet file to write.", dir_okay=False)]


@app.command(
    help="""Take the steps whose time has come, open the cases that follow, and collect what ended cases teach (到期办理、后续立案、收集反馈).

The DAG `review` does it every hour; it may be done at any time, and again.

\b
Example:
  bangfu cases advance
"""
)
def advance(json: Json = False) -> None:
    """Take the steps whose time has come, open what follows, and collect."""
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.review.clock import advance as take
    from bangfu.pipeline.review.collecting import collect
    from bangfu.pipeline.review.following import follow

    with open_context() as context:
        steps, followed, collected = take(context), follow(context), collect(context)
    told = (
        f"cases: {steps.steps:,} steps by time; {followed.opened:,} cases that follow opened, {followed.passed:,} decisions of "
        f"appeals passed on; {collected.cases:,} ended cases collected, {collected.decisions:,} outcomes, "
        f"{collected.labels:,} labels of links, {collected.tickets:,} tickets for departments, "
        f"{collected.second_reviews:,} drawn for a second review, {collected.audits:,} audit visits, {collected.stand_ins:,} stand-ins, "
        f"{collected.pairings:,} pairings ended"
    )
    emit({"steps": steps.steps, **vars(followed), **vars(collected)}, json=json, lines=[told])


@app.command(
    help="""Count cases by kind and part of the inbox.

\b
Example:
  bangfu cases status --json
"""
)
def status(json: Json = False) -> None:
    """Count cases."""
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.review.case_files import case_counts
    from bangfu.review.inbox import BUCKETS
    from schemas.flows import FLOWS

    with open_context() as context:
        counts = case_counts(context)
    rows = [
        (f"{FLOWS[flow].zh} {flow}", *(f"{number:,}" for number in parts.values())) for flow, parts in counts.items()
    ]
    header = ("类别 kind", *(f"{item.zh} {item.code}" for item in BUCKETS.codes))
    emit({"cases": counts}, json=json, lines=table(header, rows))


@app.command(
    help="""Tell how many households have a responsible person, and are kept in touch with, by county (结对帮扶覆盖率).

Counts alone: registered households, and clues whose hardship was confirmed.

\b
Example:
  bangfu cases pairing --json
  bangfu cases pairing --area 5301
"""
)
def pairing(
    area: Annotated[str, typer.Option("--area", help="Division code of 2, 4 or 6 digits.")] = "53", json: Json = False
) -> None:
    """Tell the coverage of pairing by county."""
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.review.households import pairing_coverage

    with open_context() as context:
        counties = pairing_coverage(context, area)
    rows = [
        (
            f"{row['county']} {row['county_code']}",
            f"{row['households']:,}",
            f"{row['paired']:,}",
            f"{row['share']:.1%}",
            f"{row['in_touch']:,}",
            f"{row['confirmed_unpaired']:,}",
        )
        for row in counties
    ]
    header = (
        "县 county",
        "户 households",
        "已结对 paired",
        "覆盖率 share",
        "联系及时 in touch",
        "属实未结对 confirmed, unpaired",
    )
    emit({"counties": counties}, json=json, lines=table(header, rows))


@app.command(
    help="""Write the links that officers judged, for models and measurements of linkage (匹配标注).

\b
Example:
  bangfu cases labels --out labels.parquet
"""
)
def labels(
    out: Out,
    by: By = "operator",
    purpose: Purpose = "not stated",
    recipient: Recipient = "operator of this installation",
    ask: AskFirst = False,
    json: Json = False,
) -> None:
    """Write the links that officers judged."""
    from bangfu.pipeline.review.case_files import write_labels

    _hand_out("labels", write_labels, out, (by, purpose, recipient), ask=ask, json=json)


@app.command(
    help="""Write what departments are asked to check in their data: records and codes, no persons (校核纠错).

\b
Example:
  bangfu cases tickets --out tickets.parquet
"""
)
def tickets(
    out: Out,
    by: By = "operator",
    purpose: Purpose = "not stated",
    recipient: Recipient = "operator of this installation",
    ask: AskFirst = False,
    json: Json = False,
) -> None:
    """Write what departments are asked to check."""
    from bangfu.pipeline.review.case_files import write_tickets

    _hand_out("tickets", write_tickets, out, (by, purpose, recipient), ask=ask, json=json)


def _hand_out(
    what: str, write: Callable[..., int], out: Path, stated_as: tuple[str, str, str], *, ask: bool, json: bool
) -> None:
    """Write a file of what ended cases teach, or ask a second person for it."""
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.review.case_files import count_rows
    from bangfu.pipeline.review.stated import Stated, ask_for_file

    stated = Stated(*stated_as)
    with open_context() as context:
        if ask:
            emit_question(ask_for_file(context, stated, what, count_rows(context, what)), json=json)
            return
        count = write(context, out, stated)
    emit({what: count, "out": out}, json=json, lines=[f"{count:,} {what} written to {out}."])


app.command(
    "missed",
    help="""Estimate how many households a list misses, from the audit visits drawn with it (漏评估计).

By prefecture and in all, with the interval; where visits are lacking, what is lacking.

\b
Example:
  bangfu cases missed
  bangfu cases missed --list 3 --area 5301 --json
""",
)(missed)

app.command(
    "agreement",
    help="""Tell how far two reviewers agree who did not know of each other (盲审一致性).

Share, kappa and counts, by prefecture or county.

\b
Example:
  bangfu cases agreement
  bangfu cases agreement --area 5301 --json
""",
)(agreement)
