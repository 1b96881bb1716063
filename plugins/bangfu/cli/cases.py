"""`bangfu cases`: what time does to cases, and what ended ones teach."""

from pathlib import Path
from typing import Annotated

import typer

from bangfu.cli.candidates import AskFirst, By, Purpose, Recipient, emit_question
from bangfu.cli.output import Json, emit, table

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="""Cases of review: steps by time, counts, what ended ones teach (核查案件).

\b
Example:
  bangfu cases status
  bangfu cases advance
  bangfu cases labels --out labels.parquet
""",
)

Out = Annotated[Path, typer.Option("--out", help="Parquet file to write.", dir_okay=False)]


@app.command(
    help="""Take the steps whose time has come, and collect what ended cases teach (到期办理、收集反馈).

The DAG `review` does it every hour; it may be done at any time, and again.

\b
Example:
  bangfu cases advance
"""
)
def advance(json: Json = False) -> None:
    """Take the steps whose time has come, and collect."""
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.review.clock import advance as take
    from bangfu.pipeline.review.collecting import collect

    with open_context() as context:
        steps, collected = take(context), collect(context)
    told = (
        f"cases: {steps.steps:,} steps by time; {collected.cases:,} ended cases collected, {collected.decisions:,} outcomes, "
        f"{collected.labels:,} labels of links, {collected.tickets:,} tickets for departments"
    )
    emit({"steps": steps.steps, **vars(collected)}, json=json, lines=[told])


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
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.review.case_files import count_rows, write_labels
    from bangfu.pipeline.review.stated import Stated, ask_for_file

    stated = Stated(by, purpose, recipient)
    with open_context() as context:
        if ask:
            emit_question(ask_for_file(context, stated, "labels", count_rows(context, "labels")), json=json)
            return
        count = write_labels(context, out, stated)
    emit({"labels": count, "out": out}, json=json, lines=[f"{count:,} labels written to {out}."])


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
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.review.case_files import count_rows, write_tickets
    from bangfu.pipeline.review.stated import Stated, ask_for_file

    stated = Stated(by, purpose, recipient)
    with open_context() as context:
        if ask:
            emit_question(ask_for_file(context, stated, "tickets", count_rows(context, "tickets")), json=json)
            return
        count = write_tickets(context, out, stated)
    emit({"tickets": count, "out": out}, json=json, lines=[f"{count:,} tickets written to {out}."])
