"""Where an installation stands (运行状态): counts and ids only."""

import socket
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import distinct, func, select

from bangfu.db.candidate_queries import counts_by_county
from bangfu.db.deliveries import delivered_files, list_deliveries, standing_extracts
from bangfu.db.intake_models import Delivery, DeliveryFile, Extract
from bangfu.db.models import CandidateList
from bangfu.db.outbox import summary
from bangfu.db.registry import get_extract
from bangfu.db.runs import list_runs
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from schemas.reference import divisions
from schemas.sources import SOURCES

__all__ = ["deliveries_of", "standing_at", "status"]


def status(context: Context, *, runs: int = 10) -> dict[str, Any]:
    """Tell what has been received, what ran lately, and what is published.

    Args:
        context: The installation.
        runs: How many of the latest runs to list.

    Returns:
        `home`, `services`, `deliveries` (by source and status), `runs` (newest first), `list_version`,
        `candidates` and `candidates_by_county` of the published list, `unacknowledged` (notices overdue), `notices` (by
        channel) and `servers_down`.
    """
    with context.engine.connect() as connection:
        deliveries = connection.execute(
            select(
                Delivery.source,
                Delivery.status,
                func.count(distinct(Delivery.delivery_id)).label("deliveries"),
                func.sum(Extract.rows_in).label("rows_in"),
                func.sum(Extract.rows_accepted).label("rows_accepted"),
                func.sum(Extract.rows_rejected).label("rows_rejected"),
            )
            .outerjoin(DeliveryFile, DeliveryFile.delivery_id == Delivery.delivery_id)
            .outerjoin(Extract, Extract.extract_id == DeliveryFile.extract_id)
            .group_by(Delivery.source, Delivery.status)
            .order_by(Delivery.source, Delivery.status)
        ).mappings()
        found = [
            {**row, **{name: _whole(row[name]) for name in ("rows_in", "rows_accepted", "rows_rejected")}}
            for row in deliveries
        ]
        latest = [
            {
                "run_id": run.run_id,
                "stage": run.stage,
                "status": str(run.status),
                "started_at": run.started_at.isoformat(timespec="seconds"),
                "finished_at": run.finished_at.isoformat(timespec="seconds") if run.finished_at else None,
            }
            for run in list_runs(connection, limit=runs)
        ]
        version = connection.scalar(select(func.max(CandidateList.list_version)))
        counties = counts_by_county(connection, "53")
        notices = [{**asdict(row), "oldest": _time(row.oldest)} for row in summary.by_channel(connection)]
        down = [{**asdict(row), "until": _time(row.until)} for row in summary.servers_down(connection)]
        overdue = summary.unacknowledged(connection)
    names = divisions()
    return {
        "home": str(context.settings.home),
        "services": _services(context),
        "deliveries": found,
        "runs": latest,
        "list_version": version,
        "candidates": sum(counties.values()),
        "unacknowledged": overdue,
        "notices": notices,
        "servers_down": down,
        "candidates_by_county": [
            {"county_code": code, "county": names[code].name if code in names else "", "candidates": count}
            for code, count in counties.items()
        ],
    }


def deliveries_of(context: Context, source: str) -> list[dict[str, Any]]:
    """The deliveries of one source, newest first: what a sender who asks is told.

    Args:
        context: The installation.
        source: Source code.

    Returns:
        `delivery_id`, `sender`, `period`, `revision`, `received_at`, `status`, `files` (the sender's names),
        `extracts` (their ids), `rows` (as the sender counts), `rows_accepted`, `rows_rejected` and `reason` (of a
        rejection, hold or retraction) of each.

    Raises:
        BangfuError: No such source is declared.
    """
    _check_source(source)
    told = []
    with context.engine.connect() as connection:
        for row in reversed(list_deliveries(connection, source=source)):
            files = delivered_files(connection, row.delivery_id)
            extracts = [found for file in files if (found := get_extract(connection, file.extract_id or ""))]
            told.append(
                {
                    "delivery_id": row.delivery_id,
                    "sender": row.sender,
                    "period": row.period,
                    "revision": row.revision,
                    "received_at": row.received_at.isoformat(timespec="seconds"),
                    "status": str(row.status),
                    "files": [file.name for file in files],
                    "extracts": [extract.extract_id for extract in extracts],
                    "rows": sum(extract.data_rows or 0 for extract in extracts),
                    "rows_accepted": sum(extract.rows_accepted or 0 for extract in extracts),
                    "rows_rejected": sum(extract.rows_rejected or 0 for extract in extracts),
                    "reason": row.reason,
                }
            )
    return told


def standing_at(context: Context, at: datetime, source: str | None = None) -> list[dict[str, Any]]:
    """The extracts that counted at a moment, as far as they are still kept, oldest period first.

    Args:
        context: The installation.
        at: The moment, with a time zone.
        source: Only this source.

    Returns:
        `source`, `sender`, `period`, `revision`, `rows` (that were in use), `delivery_id` and `extract_id` of each.

    Raises:
        BangfuError: No such source is declared.
    """
    if source is not None:
        _check_source(source)
    with context.engine.connect() as connection:
        return [
            {
                "source": row.source,
                "sender": row.sender,
                "period": row.period,
                "revision": row.revision,
                "rows": row.rows_accepted,
                "delivery_id": row.delivery_id,
                "extract_id": row.extract_id,
            }
            for row in standing_extracts(connection, source=source, at=at)
        ]


def _check_source(source: str) -> None:
    if source not in SOURCES:
        raise BangfuError(f"There is no source {source!r}; known are {', '.join(SOURCES)}.")


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _services(context: Context) -> list[dict[str, str]]:
    """The database, which has answered, and whether something listens where portal and Airflow would."""
    url = context.engine.url
    rows = [{"service": "database", "address": f"{url.host}:{url.port}", "state": "up"}]
    for name, port in (("portal", context.settings.portal_port), ("airflow", context.settings.airflow_port)):
        rows.append({"service": name, "address": f"127.0.0.1:{port}", "state": "up" if _listening(port) else "down"})
    return rows


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
