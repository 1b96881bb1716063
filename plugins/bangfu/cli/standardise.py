"""`bangfu standardise`: from what has been received to typed rows."""

from typing import Annotated, Any

from typer import Option

from bangfu.cli.output import Json, emit, progress_bars, table
from bangfu.cli.sources import check_source

__all__ = ["standardise", "standardised_lines"]


def standardise(
    source: Annotated[str | None, Option("--source", help="Only this source.")] = None,
    json: Json = False,
) -> None:
    """Standardise every delivery that has been received and is not in use yet (标准化).

    Rows that cannot be used go to quarantine, each with its reason.

    Example:
      bangfu standardise --source union_roster
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.intake.settle import settle_pending

    if source is not None:
        check_source(source)
    with open_context() as context, progress_bars(json=json) as progress:
        results = settle_pending(context, source, progress=progress)
    emit({"deliveries": results}, json=json, lines=standardised_lines(results))


def standardised_lines(results: Any) -> list[str]:
    """The counts of each source, for a person."""
    totals: dict[str, list[int]] = {}
    for item in results:
        counts = totals.setdefault(item.source, [0, 0, 0, 0])
        for place, value in enumerate((1, item.rows_in or 0, item.rows_accepted or 0, item.rows_rejected or 0)):
            counts[place] += value
    waiting = [
        f"{item.delivery_id} waits for approval: {' '.join((item.reason or '').split())}"
        for item in results
        if item.status == "held"
    ]
    if not totals:
        return ["Nothing new to standardise."]
    rows = [(name, *counts) for name, counts in sorted(totals.items())]
    return table(("source", "deliveries", "rows in", "accepted", "rejected"), rows) + waiting
