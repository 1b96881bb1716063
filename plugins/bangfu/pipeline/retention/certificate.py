"""Certificates of destruction (销毁证明): what was deleted, why, when and by which run, to be printed and filed.

A certificate is made of the deletion log alone, so that the same run always gives the same bytes: JSON for machines, and
an HTML page that needs nothing else and names the sha256 of the JSON. Neither holds a value of a person or a sender's
file name.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Connection

from bangfu.china_time import CHINA
from bangfu.db.retention import Entry, deletions, done_runs
from bangfu.db.runs import Run, get_run
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.retention.certificate_texts import REMAINS, ZONES
from bangfu.pipeline.retention.expiry import REASONS
from bangfu.pipeline.steps import Step, step
from bangfu.storage import keys
from schemas.sources import SOURCES

__all__ = ["Numbered", "certificate_page", "number_certificate", "put_certificates", "render"]

_STAGE = "retire"
_NAME = "certificate"


@dataclass(frozen=True)
class Numbered:
    """A certificate that has its number.

    Attributes:
        number: Such as `销毁〔2026〕3号`.
        page_key: Object key of its page.
        stored: What the run's summary keeps, so that the certificate can be made again.
    """

    number: str
    page_key: str
    stored: Mapping[str, Any]


def number_certificate(connection: Connection, run_id: str, entries: Sequence[Entry]) -> Numbered:
    """Give the certificate of a run the next number of its year.

    Args:
        connection: Owner connection, in the transaction that closes the run.
        run_id: The run.
        entries: What it certifies, at least one.
    """
    issued_at = datetime.now(UTC).isoformat(timespec="seconds")
    year = datetime.fromisoformat(issued_at).astimezone(CHINA).year
    former = [run.summary for run in done_runs(connection, _STAGE)]
    sequence = 1 + max((item["sequence"] for item in former if item.get("year") == year), default=0)
    number = f"销毁〔{year}〕{sequence}号"
    stored = {"certificate": number, "year": year, "sequence": sequence, "issued_at": issued_at}
    certified = [entry.entry_id for entry in entries]
    document = _document(run_id, stored, entries)
    digest = hashlib.sha256(document).hexdigest()
    page_key = keys.certificate(run_id, _NAME, ".html")
    kept = {**stored, "certified": certified, "certificate_sha256": digest, "certificate_key": page_key}
    return Numbered(number, page_key, kept)


def put_certificates(context: Context) -> None:
    """Put the certificates of runs that are closed, unless they are there; one may be left of a killed run."""
    there = {item.key for item in context.store.list("certificates/")}
    with context.engine.connect() as connection:
        runs = [run for run in done_runs(connection, _STAGE) if run.summary.get("certificate")]
        missing = [run for run in runs if not {_json_key(run), str(run.summary["certificate_key"])} <= there]
        entries = {run.run_id: _certified(connection, run) for run in missing}
    for run in reversed(missing):
        document = _document(run.run_id, run.summary, entries[run.run_id])
        with step(Step.PUT_CERTIFICATE):
            context.store.put(_json_key(run), document)
        with step(Step.PUT_CERTIFICATE):
            context.store.put(str(run.summary["certificate_key"]), render(document).encode())


def certificate_page(context: Context, run_id: str) -> bytes:
    """The printable page of a run's certificate.

    Args:
        context: The installation.
        run_id: A retention run.

    Raises:
        BangfuError: No such run, it deleted nothing, or it was interrupted and another completed it.
        CorruptObject: The certificate is not the one that was issued.
    """
    with context.engine.connect() as connection:
        run = get_run(connection, run_id)
        done = done_runs(connection, _STAGE)
    issued = [item for item in done if item.summary.get("certificate")]
    if run is None or run.stage != _STAGE:
        latest = f"the latest with a certificate is {issued[0].run_id}" if issued else "no run has a certificate yet"
        raise BangfuError(f"There is no retention run {run_id}; {latest}.")
    if run not in issued:
        heir = next((item.run_id for item in issued if run_id in item.summary.get("completes", ())), None)
        raise BangfuError(
            f"Run {run_id} was interrupted; what it deleted is in the certificate of {heir}."
            if heir
            else f"Run {run_id} has no certificate: it deleted nothing, or `bangfu retire` has yet to complete it."
        )
    put_certificates(context)
    context.store.read(_json_key(run), sha256=run.summary["certificate_sha256"])
    return context.store.read(str(run.summary["certificate_key"]))


def render(document: bytes) -> str:
    """The page of a certificate.

    Args:
        document: The certificate in JSON, as put.
    """
    told = json.loads(document)
    return (
        _environment()
        .get_template("certificate.html")
        .render(told=told, sha256=hashlib.sha256(document).hexdigest(), zones=ZONES, reasons=REASONS)
    )


def _certified(connection: Connection, run: Run) -> list[Entry]:
    wanted = set(run.summary["certified"])
    entries = deletions(connection, [*run.summary.get("completes", ()), run.run_id])
    return [entry for entry in entries if entry.entry_id in wanted]


def _json_key(run: Run) -> str:
    return keys.certificate(run.run_id, _NAME)


def _document(run_id: str, stored: Mapping[str, Any], entries: Sequence[Entry]) -> bytes:
    objects = [entry.deleted for entry in entries if entry.deleted.object_key is not None]
    destroyed = list(dict.fromkeys(entry.deleted.owner_id for entry in entries if entry.deleted.key_destroyed))
    document = {
        "certificate": stored["certificate"],
        "run_id": run_id,
        "interrupted_runs": sorted({entry.run_id for entry in entries} - {run_id}),
        "issued_at": _china(datetime.fromisoformat(stored["issued_at"])),
        "totals": {
            "objects": len(objects),
            "rows": sum(item.rows or 0 for item in objects),
            "bytes": sum(item.byte_size or 0 for item in objects),
            "keys": len(destroyed),
        },
        "by_zone": _totals(objects),
        "entries": [_entry(entry) for entry in entries],
        "keys_destroyed": destroyed,
        "remains": [{"zh": zh, "en": en} for zh, en in REMAINS],
    }
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _totals(objects: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            "zone": zone,
            "objects": sum(item.zone == zone for item in objects),
            "rows": sum(item.rows or 0 for item in objects if item.zone == zone),
            "bytes": sum(item.byte_size or 0 for item in objects if item.zone == zone),
        }
        for zone in ZONES
        if any(item.zone == zone for item in objects)
    ]


def _entry(entry: Entry) -> dict[str, Any]:
    deleted = entry.deleted
    source = next((item for code, item in SOURCES.items() if deleted.owner_id.startswith(f"{code}-")), None)
    return {
        "entry": entry.entry_id,
        "at": _china(entry.at),
        "run_id": entry.run_id,
        "zone": deleted.zone,
        "owner_id": deleted.owner_id,
        "source": source.code if source else None,
        "source_zh": source.zh if source else None,
        "object_key": deleted.object_key,
        "sha256": deleted.sha256,
        "rows": deleted.rows,
        "bytes": deleted.byte_size,
        "reason": deleted.reason,
        "due_on": deleted.due_on.isoformat() if deleted.due_on else None,
        "key_destroyed": deleted.key_destroyed,
    }


def _china(moment: datetime) -> str:
    return moment.astimezone(CHINA).isoformat(timespec="seconds")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["whole"] = lambda number: "—" if number is None else f"{number:,}"
    made.filters["moment"] = lambda text: datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S")
    made.filters["day_zh"] = lambda text: "{0.year}年{0.month}月{0.day}日".format(datetime.fromisoformat(text))
    return made
