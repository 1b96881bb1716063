"""`bangfu status`: where the installation stands."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from typer import Option

from bangfu.cli.output import Json, emit, table

__all__ = ["status"]


def status(
    source: Annotated[str | None, Option("--source", help="List the deliveries of this source instead.")] = None,
    json: Json = False,
) -> None:
    """Show what has been received, which runs there were, and how many candidates each county has.

    Example:
      bangfu status --json
      bangfu status --source civil_affairs
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.status import deliveries_of
    from bangfu.pipeline.status import status as work

    with open_context() as context:
        if source is None:
            found = work(context)
            emit(found, json=json, lines=_lines(found))
        else:
            deliveries = deliveries_of(context, source)
            emit({"source": source, "deliveries": deliveries}, json=json, lines=_delivery_lines(deliveries))


def _delivery_lines(deliveries: Sequence[Mapping[str, Any]]) -> list[str]:
    columns = ("delivery_id", "sender", "period", "revision", "received_at", "status", "rows", "rows_rejected")
    lines = table(
        [name.replace("_", " ") for name in columns], [[item[name] for name in columns] for item in deliveries]
    )
    reasons = [f"{item['delivery_id']}: {' '.join(item['reason'].split())}" for item in deliveries if item["reason"]]
    return [*lines, "", *reasons] if reasons else lines


def _lines(found: Any) -> list[str]:
    deliveries = [
        (row["source"], row["status"], row["deliveries"], row["rows_accepted"]) for row in found["deliveries"]
    ]
    runs = [(row["stage"], row["status"], row["started_at"], row["run_id"]) for row in found["runs"]]
    counties = [(row["county_code"], row["county"], row["candidates"]) for row in found["candidates_by_county"]]
    services = [(row["service"], row["address"], row["state"]) for row in found["services"]]
    return [
        f"home: {found['home']}",
        *table(("service", "address", "state"), services),
        "",
        *table(("source", "status", "deliveries", "rows"), deliveries),
        "",
        *table(("stage", "status", "started", "run"), runs),
        "",
        f"published list: version {found['list_version'] or 'none'}, {found['candidates']:,} candidates",
        *table(("county", "", "candidates"), counties),
    ]
