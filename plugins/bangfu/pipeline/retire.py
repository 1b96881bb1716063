"""Retention (到期销毁): what has been kept long enough is deleted, its key destroyed, and a certificate issued.

Rules, with days from `schemas.source.Retention` of the extract's source:

- An extract's landed cells, rejected rows and standardised rows go when their days are over, each by itself, counted
  from the latest receipt of a delivery that brings it; see `bangfu.pipeline.expiry`. With the last of them the extract
  is expired and its data key destroyed. A delivery that nobody has decided about by then is turned down.
- An extract that no delivery brings any more, since they were retracted or turned down, goes after 30 days.
- The links and models of a linkage run go `standard_days` after it started, the shortest of the sources it read. The
  newest run stays while every extract it read still has its rows: those were sent again, and linking would only find
  that nothing has changed. A run whose tables are gone is closed as failed, `expired`: it is built on no more, and its
  counts stay.
- What no row refers to, and keys that open nothing, go a day after they were made.

Order of writes. One transaction per owner records the deletion, takes the object keys out of the register and destroys
the data key; the objects are deleted after it. So no row ever points to a deleted object; what a killed run has
recorded and not deleted is deleted by the next one, which names both runs in its certificate. Exchange and access logs
and certificates are not touched.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection

from bangfu.db.data_keys import destroy_key
from bangfu.db.deliveries import DeliveryRow, decide, deliveries_of
from bangfu.db.exchange import record_deletions
from bangfu.db.intake_models import DeliveryStatus
from bangfu.db.models import RunStatus
from bangfu.db.registry import ExtractRow, get_extract
from bangfu.db.retention import (
    UNDECIDED,
    Deleted,
    deletions,
    done_runs,
    expire_run,
    forget_objects,
    hold_extract,
    hold_key,
    hold_run,
    is_referenced,
    kept_extracts,
    ownerless_keys,
    read_register,
    uncertified_runs,
    vacuum_keys,
)
from bangfu.db.runs import Run, finish_run, list_runs
from bangfu.errors import BangfuError
from bangfu.pipeline.certificate import Numbered, certify, put_certificates
from bangfu.pipeline.context import Context
from bangfu.pipeline.expiry import UNCLAIMED_HOURS, Due, Reason, day_of, due_objects, run_due_on
from bangfu.pipeline.stage import alone, digest_of, registered_run
from bangfu.pipeline.steps import Step, step
from bangfu.pipeline.unclaimed import owner_of, unclaimed_objects
from bangfu.storage import StoreError
from schemas.source import Retention
from schemas.sources import SOURCES

__all__ = ["DueLine", "RetireSummary", "retire"]

STAGE = "retire"
_VACUUM_DAYS = 7
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DueLine:
    """What is deleted of one owner in one area, for one reason.

    Attributes:
        owner_id: Extract, delivery or run.
        zone: Area of the object store, or `data_key`.
        reason: Code of `bangfu.pipeline.expiry.Reason`.
        due_on: The day its time was over; None for what belonged to nobody.
        objects: Objects.
        rows: Rows in them, where known.
        byte_size: Bytes.
        key_destroyed: Whether the owner's data key is destroyed with them.
    """

    owner_id: str
    zone: str
    reason: str
    due_on: date | None
    objects: int
    rows: int
    byte_size: int
    key_destroyed: bool


@dataclass(frozen=True)
class RetireSummary:
    """What a retention run deleted, or would delete.

    Attributes:
        run_id: The run; None where it was only asked what would be deleted.
        today: The day in China to which days were counted.
        objects: Objects deleted.
        rows: Rows in them, where known.
        byte_size: Bytes.
        keys_destroyed: Data keys destroyed.
        certificate: Number of the certificate; None where nothing was deleted.
        certificate_key: Object key of its page.
        lines: By owner, area and reason.
    """

    run_id: str | None
    today: date
    objects: int
    rows: int
    byte_size: int
    keys_destroyed: int
    certificate: str | None
    certificate_key: str | None
    lines: tuple[DueLine, ...]


def retire(context: Context, *, today: date | None = None, dry_run: bool = False) -> RetireSummary:
    """Delete what may not be kept any longer. Doing it again deletes nothing more.

    Args:
        context: The installation.
        today: The day to which days are counted, in China; today when absent. What belongs to nobody is told by the
            clock alone.
        dry_run: Tell what would be deleted and change nothing.

    Raises:
        BangfuError: Another retention run is going on, or a store cannot be reached; run again, it goes on from there.
    """
    today = today or day_of(datetime.now(UTC))
    if dry_run:
        planned = [item for _, items in _plan(context, today) for item in items]
        return _summary(None, today, planned, None)
    with alone(context, STAGE):
        _close_interrupted_linkage(context)
        put_certificates(context)
        with registered_run(context, STAGE, digest_of({"today": today.isoformat()})) as run_id:
            completed = _complete(context)
            for owner, items in _plan(context, today):
                recorded = _record(context, run_id, owner, items, today)
                _delete(context, recorded)
            vacuum_keys(context.engine, datetime.now(UTC) - timedelta(days=_VACUUM_DAYS))
            summary = _finish(context, run_id, completed, today)
        put_certificates(context)
    _log.info("retention run %s: %d objects, %d keys", run_id, summary.objects, summary.keys_destroyed)
    return summary


_Planned = tuple[str, list[Deleted]]
"""What is due of one owner: `extract:...`, `run:...` or `unclaimed:...`."""


def _plan(context: Context, today: date) -> Iterator[_Planned]:
    """What is due, by owner; every owner is looked at again when it is recorded."""
    with context.engine.connect() as connection:
        extracts = kept_extracts(connection)
        runs = _due_runs(connection, today)
        expiring = []
        for extract_id in extracts:
            extract = get_extract(connection, extract_id)
            if extract is not None and (due := _due_of(extract, deliveries_of(connection, extract_id), today)):
                expiring.append((extract, due))
    for extract, due in expiring:
        yield f"extract:{extract.extract_id}", _of_extract(context, extract, due)
    for run, due_on in runs:
        yield f"run:{run.run_id}", _of_run(context, run.run_id, due_on)
    yield from _unclaimed(context)


def _due_of(extract: ExtractRow, deliveries: Sequence[DeliveryRow], today: date) -> tuple[Due, ...]:
    source = SOURCES.get(extract.source)
    return due_objects(extract, deliveries, source.retention if source else Retention(), today)


def _of_extract(context: Context, extract: ExtractRow, due: Sequence[Due]) -> list[Deleted]:
    """What is deleted of an extract; its key goes with the last object."""
    last = _kept(extract) == {item.zone for item in due}
    return [
        _deleted(context, extract.extract_id, item.zone, item.object_key, item.reason, item.due_on, last, item.rows)
        for item in due
    ]


def _kept(extract: ExtractRow) -> set[str]:
    return {zone for zone in ("landing", "standard", "quarantine") if getattr(extract, f"{zone}_key") is not None}


def _due_runs(connection: Connection, today: date) -> list[tuple[Run, date]]:
    """The linkage runs whose tables may not be kept any longer."""
    due = []
    for place, run in enumerate(done_runs(connection, "link")):
        read = run.summary.get("inputs")
        inputs = [get_extract(connection, str(item)) for item in read] if isinstance(read, list) else []
        sources = {item.source for item in inputs if item is not None}
        due_on = run_due_on(run.started_at, [SOURCES[code].retention for code in sources if code in SOURCES])
        whole = bool(inputs) and all(item is not None and item.standard_key is not None for item in inputs)
        if today >= due_on and not (place == 0 and whole):
            due.append((run, due_on))
    return due


def _of_run(context: Context, run_id: str, due_on: date) -> list[Deleted]:
    items = [item for zone in ("links", "models", "reports") for item in context.store.list(f"{zone}/{run_id}/")]
    return [
        _deleted(context, run_id, item.key.partition("/")[0], item.key, Reason.DERIVED, due_on, True) for item in items
    ]


def _unclaimed(context: Context) -> Iterator[_Planned]:
    before = datetime.now(UTC) - timedelta(hours=UNCLAIMED_HOURS)
    with context.engine.connect() as connection:
        register = read_register(connection)
        keys = set(ownerless_keys(connection, before))
    found = sorted(unclaimed_objects(context, register, before), key=lambda item: owner_of(item.key))
    objects = {owner: [item.key for item in items] for owner, items in groupby(found, lambda item: owner_of(item.key))}
    for owner in sorted({*objects, *keys}):
        last = owner in keys
        items = [
            _deleted(context, owner, key.partition("/")[0], key, Reason.UNCLAIMED, None, last)
            for key in objects.get(owner, [])
        ]
        if last and not items:
            items = [Deleted(owner, "data_key", None, None, None, Reason.UNCLAIMED, key_destroyed=True)]
        yield f"unclaimed:{owner}", items


def _deleted(
    context: Context,
    owner_id: str,
    zone: str,
    object_key: str,
    reason: Reason,
    due_on: date | None,
    last: bool,
    rows: int | None = None,
) -> Deleted:
    info = context.store.stat(object_key)
    size, digest = (info.size, info.sha256) if info else (None, None)
    return Deleted(owner_id, zone, object_key, rows, size, reason, last, digest, due_on)


def _record(context: Context, run_id: str, owner: str, items: Sequence[Deleted], today: date) -> list[Deleted]:
    """Record what is deleted of one owner and forget it, in one transaction; returns what was recorded."""
    kind, _, owner_id = owner.partition(":")
    with step(Step.RECORD_DELETION), context.engine.begin() as connection:
        if kind == "extract":
            items = _forget_extract(context, connection, owner_id, today)
        elif kind == "run":
            items = _forget_run(connection, owner_id, items)
        else:
            items = _forget_unclaimed(connection, owner_id, items)
        record_deletions(connection, run_id, list(items))
    return list(items)


def _forget_extract(context: Context, connection: Connection, extract_id: str, today: date) -> list[Deleted]:
    held = hold_extract(connection, extract_id)
    if held is None:
        return []  # somebody works on it: the next run looks again
    extract, deliveries = held
    due = _due_of(extract, deliveries, today)
    if not due:
        return []
    items = _of_extract(context, extract, due)
    last = items[0].key_destroyed
    forget_objects(connection, extract_id, [item.zone for item in due], expired=last)
    if last:
        for delivery in deliveries:
            if delivery.status in UNDECIDED:
                _turn_down(connection, delivery)
    return _with_key(connection, items)


def _turn_down(connection: Connection, delivery: DeliveryRow) -> None:
    decide(
        connection,
        delivery.delivery_id,
        DeliveryStatus.REJECTED,
        code="expired",
        reason="保存期满仍未采用，数据已销毁；如仍需使用，请重新报送\n"
        "It was not taken into use before its time was over and is deleted; send it again if it is still needed.",
        keys={"profile_key": delivery.profile_key, "receipt_key": delivery.receipt_key},
    )


def _forget_run(connection: Connection, run_id: str, items: Sequence[Deleted]) -> list[Deleted]:
    if not hold_run(connection, run_id):
        return []
    [run] = [item for item in done_runs(connection, "link") if item.run_id == run_id]
    expire_run(connection, run)
    return _with_key(connection, items)


def _forget_unclaimed(connection: Connection, owner_id: str, items: Sequence[Deleted]) -> list[Deleted]:
    items = [item for item in items if item.object_key is None or not is_referenced(connection, item.object_key)]
    before = datetime.now(UTC) - timedelta(hours=UNCLAIMED_HOURS)
    if not any(item.key_destroyed for item in items) or hold_key(connection, owner_id) is None:
        return [_keeping_key(item) for item in items if item.object_key is not None]
    if not ownerless_keys(connection, before, owner_id):  # registered meanwhile
        return [_keeping_key(item) for item in items if item.object_key is not None]
    destroy_key(connection, owner_id)
    return list(items)


def _with_key(connection: Connection, items: Sequence[Deleted]) -> list[Deleted]:
    """Destroy the owner's key where its last objects go; plain tables have none."""
    destroyed = any(item.key_destroyed for item in items) and destroy_key(connection, items[0].owner_id)
    return list(items) if destroyed else [_keeping_key(item) for item in items]


def _keeping_key(item: Deleted) -> Deleted:
    return Deleted(**{**vars(item), "key_destroyed": False})


def _delete(context: Context, recorded: Sequence[Deleted]) -> None:
    """Delete recorded objects, and the copies of them that this machine holds."""
    for item in recorded:
        if item.object_key is None:
            continue
        with step(Step.DELETE_OBJECT):
            context.store.delete(item.object_key)
        if item.sha256:
            cached = context.settings.home / "cache" / "objects" / item.sha256[:2] / item.sha256
            cached.unlink(missing_ok=True)


def _complete(context: Context) -> list[str]:
    """Delete what interrupted runs have recorded and not deleted; what came again since is in use and stays."""
    with context.engine.connect() as connection:
        interrupted = uncertified_runs(connection)
        entries = [entry.deleted for entry in deletions(connection, interrupted)]
        gone = [
            item for item in entries if item.object_key is not None and not is_referenced(connection, item.object_key)
        ]
    _delete(context, gone)
    return interrupted


def _finish(context: Context, run_id: str, completed: Sequence[str], today: date) -> RetireSummary:
    """Make sure that everything recorded is gone, and close the run with the number of its certificate."""
    with step(Step.FINISH_RETIRE), context.engine.begin() as connection:
        entries = deletions(connection, [*completed, run_id])
        gone = []
        for entry in entries:
            key = entry.deleted.object_key
            if key is not None and context.store.stat(key) is not None:
                if not is_referenced(connection, key):
                    raise StoreError(f"The object store still has an object under {key.partition('/')[0]}/: run again.")
                continue  # the same content was received again
            gone.append(entry)
        numbered = certify(connection, run_id, completed, gone, today) if gone else None
        summary = _summary(run_id, today, [entry.deleted for entry in gone], numbered)
        counts = {
            name: value for name, value in asdict(summary).items() if name not in {"lines", "today", "certificate"}
        }
        told = {**counts, "today": today.isoformat(), "completes": list(completed)}
        finish_run(connection, run_id, {**told, **(numbered.summary if numbered else {})})
    return summary


def _summary(
    run_id: str | None, today: date, items: Sequence[Deleted], numbered: Numbered | None
) -> RetireSummary:
    objects = [item for item in items if item.object_key is not None]
    return RetireSummary(
        run_id,
        today,
        objects=len(objects),
        rows=sum(item.rows or 0 for item in objects),
        byte_size=sum(item.byte_size or 0 for item in objects),
        keys_destroyed=len({item.owner_id for item in items if item.key_destroyed}),
        certificate=numbered.number if numbered else None,
        certificate_key=numbered.page_key if numbered else None,
        lines=_lines(items),
    )


def _lines(items: Sequence[Deleted]) -> tuple[DueLine, ...]:
    grouped: dict[tuple[str, str, str, date | None], Counter[str]] = {}
    keys = {item.owner_id for item in items if item.key_destroyed}
    for item in items:
        counts = grouped.setdefault((item.owner_id, item.zone, item.reason, item.due_on), Counter())
        counts.update(objects=int(item.object_key is not None), rows=item.rows or 0, byte_size=item.byte_size or 0)
    return tuple(
        DueLine(*group, counts["objects"], counts["rows"], counts["byte_size"], group[0] in keys)
        for group, counts in grouped.items()
    )


def _close_interrupted_linkage(context: Context) -> None:
    """Close linkage runs whose process died, so that what they left is seen to belong to nobody."""
    with context.engine.connect() as connection:
        running = any(run.status is RunStatus.RUNNING for run in list_runs(connection, stage="link"))
    if running:
        with suppress(BangfuError), alone(context, "link"):
            pass
