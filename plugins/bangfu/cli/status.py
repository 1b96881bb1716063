"""`bangfu status`: where the installation stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from typer import Option

from bangfu.china_time import CHINA, in_china
from bangfu.cli.output import Json, emit, table
from bangfu.errors import BangfuError

__all__ = ["status"]


def status(
    source: Annotated[str | None, Option("--source", help="List the deliveries of this source instead.")] = None,
    at: Annotated[
        str | None,
        Option("--at", help="Tell what counted at this moment instead, such as 2026-06-30T12:00; China time."),
    ] = None,
    json: Json = False,
) -> None:
    """Show what has been received, which runs there were, and how many candidates each county has.

    Example:
      bangfu status --json
      bangfu status --source civil_affairs
      bangfu status --source civil_affairs --at 2026-06-30T12:00
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.status import deliveries_of, standing_at
    from bangfu.pipeline.status import status as work

    moment = None if at is None else _moment(at)
    with open_context() as context:
        if moment is not None:
            standing = standing_at(context, moment, source)
            result = {"at": moment, "source": source, "standing": standing}
            emit(result, json=json, lines=_standing_lines(moment, standing))
        elif source is None:
            found = work(context)
            emit(found, json=json, lines=_lines(found))
        else:
            deliveries = deliveries_of(context, source)
            emit({"source": source, "deliveries": deliveries}, json=json, lines=_delivery_lines(deliveries))


def _moment(text: str) -> datetime:
    """A moment as typed; one in China unless it names another zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or not {"T", " "} & set(text):
        raise BangfuError("Give --at a day and a time, such as 2026-06-30T12:00; it is China time.")
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _standing_lines(moment: datetime, standing: Sequence[Mapping[str, Any]]) -> list[str]:
    columns = ("source", "sender", "period", "revision", "rows", "delivery_id", "extract_id")
    rows = sum(item["rows"] for item in standing)
    return [
        f"counted at {in_china(moment)} (China): {len(standing)} extracts, {rows:,} rows, "
        "as far as they are still kept",
        *table([name.removesuffix("_id") for name in columns], [[item[name] for name in columns] for item in standing]),
    ]


def _delivery_lines(deliveries: Sequence[Mapping[str, Any]]) -> list[str]:
    columns = ("delivery_id", "sender", "period", "revision", "received_at", "status", "rows", "rows_rejected")
    told = [{**item, "received_at": in_china(datetime.fromisoformat(item["received_at"]))} for item in deliveries]
    lines = table([name.replace("_", " ") for name in columns], [[item[name] for name in columns] for item in told])
    reasons = [f"{item['delivery_id']}: {' '.join(item['reason'].split())}" for item in deliveries if item["reason"]]
    return [*lines, "", *reasons] if reasons else lines


def _lines(found: Any) -> list[str]:
    deliveries = [
        (row["source"], row["status"], row["deliveries"], row["rows_accepted"]) for row in found["deliveries"]
    ]
    runs = [
        (row["stage"], row["status"], in_china(datetime.fromisoformat(row["started_at"])), row["run_id"])
        for row in found["runs"]
    ]
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
        *_notice_lines(found),
    ]


def _notice_lines(found: Any) -> list[str]:
    if not found["notices"]:
        return []
    oldest = {
        row["channel"]: in_china(datetime.fromisoformat(row["oldest"])) for row in found["notices"] if row["oldest"]
    }
    columns = ("channel", "waiting", "sent", "dead", "cancelled")
    rows = [(*(row[name] for name in columns), oldest.get(row["channel"], "")) for row in found["notices"]]
    down = [
        f"{row['server']}: down, {row['failures']} failures, tried again at {in_china(datetime.fromisoformat(row['until']))}"
        for row in found["servers_down"]
    ]
    return [
        "",
        f"notices: {found['unacknowledged']:,} not acknowledged in time",
        *table((*columns, "oldest waits since"), rows),
        *down,
    ]
