"""`bangfu status`: where the installation stands."""

from typing import Any

from bangfu.cli.output import Json, emit, table

__all__ = ["status"]


def status(json: Json = False) -> None:
    """Show what has been received, which runs there were, and how many candidates each county has.

    Example:
      bangfu status --json
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.status import status as work

    with open_context() as context:
        found = work(context)
    emit(found, json=json, lines=_lines(found))


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
