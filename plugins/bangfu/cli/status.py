"""`bangfu status`: where the installation stands."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from typer import Option

from bangfu.cli.output import Json, emit, table

__all__ = ["status"]


def status(
    source: Annotated[str | None, Option("--source", help="List the extracts of this source instead.")] = None,
    json: Json = False,
) -> None:
    """Show what has been received, which runs there were, and how many candidates each county has.

    Example:
      bangfu status --json
      bangfu status --source civil_affairs
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.status import extracts_of
    from bangfu.pipeline.status import status as work

    with open_context() as context:
        if source is None:
            found = work(context)
            emit(found, json=json, lines=_lines(found))
        else:
            extracts = extracts_of(context, source)
            emit({"source": source, "extracts": extracts}, json=json, lines=_extract_lines(extracts))


def _extract_lines(extracts: Sequence[Mapping[str, Any]]) -> list[str]:
    columns = ("extract_id", "received_at", "status", "rows_in", "rows_rejected", "file")
    lines = table([name.replace("_", " ") for name in columns], [[item[name] for name in columns] for item in extracts])
    reasons = [f"{item['extract_id']}: {' '.join(item['reason'].split())}" for item in extracts if item["reason"]]
    return [*lines, "", *reasons] if reasons else lines


def _lines(found: Any) -> list[str]:
    extracts = [(row["source"], row["status"], row["extracts"], row["rows_accepted"]) for row in found["extracts"]]
    runs = [(row["stage"], row["status"], row["started_at"], row["run_id"]) for row in found["runs"]]
    counties = [(row["county_code"], row["county"], row["candidates"]) for row in found["candidates_by_county"]]
    services = [(row["service"], row["address"], row["state"]) for row in found["services"]]
    return [
        f"home: {found['home']}",
        *table(("service", "address", "state"), services),
        "",
        *table(("source", "status", "extracts", "rows"), extracts),
        "",
        *table(("stage", "status", "started", "run"), runs),
        "",
        f"published list: version {found['list_version'] or 'none'}, {found['candidates']:,} candidates",
        *table(("county", "", "candidates"), counties),
    ]
