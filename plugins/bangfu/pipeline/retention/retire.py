"""Retention (到期销毁): what has been kept long enough is deleted, its key destroyed, and a certificate issued.

Rules, with days from `schemas.source.Retention` of the extract's source:

- An extract's landed cells, rejected rows and standardised rows go when their days are over, each by itself, counted
  from the latest receipt of a delivery that brings it; see `bangfu.pipeline.retention.expiry`. With the last of them the extract
  is expired and its data key destroyed. A delivery that nobody has decided about by then is turned down, and its sender
  gets a receipt.
- An extract that no delivery brings any more, since they were retracted or turned down, goes after 30 days.
- The links and models of a linkage run go `standard_days` after it started, the shortest of the sources it read. The
  newest run stays while every extract it read still has its rows: those were sent again, and linking would only find
  that nothing has changed. A run whose tables are gone is closed as failed, `expired`: it is built on no more, and its
  counts stay.
- What no row refers to, and keys that open nothing, go a day after they were made.

Order of writes. A receipt is put while the data is there. One transaction per owner records the deletion, takes the object keys out of the register and destroys
the data key; the objects are deleted after it. So no row ever points to a deleted object; what a killed run has
recorded and not deleted is deleted by the next one, which names both runs in its certificate. Exchange and access logs
and certificates are not touched.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection

from bangfu.db.data_keys import destroy_key
from bangfu.db.deliveries import DeliveryRow, decide, delivered_files
from bangfu.db.exchange import record_deletions
from bangfu.db.intake_models import DeliveryStatus
from bangfu.db.models import RunStatus
from bangfu.db.retention import (
    UNDECIDED,
    Deleted,
    deletions,
    expire_run,
    forget_objects,
    hold_extract,
    hold_key,
    hold_run,
    is_referenced,
    ownerless_keys,
    uncertified_runs,
    vacuum_keys,
)
from bangfu.db.runs import finish_run, list_runs
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.receipts.giving import give_expiry
from bangfu.pipeline.retention.certificate import Numbered, number_certificate, put_certificates
from bangfu.pipeline.retention.due import Owner, due_of, is_last, of_extract, plan, unclaimed_before
from bangfu.pipeline.retention.expiry import day_of
from bangfu.pipeline.stage import alone, digest_of, registered_run
from bangfu.pipeline.steps import Step, step
from bangfu.storage import StoreError

__all__ = ["DueLine", "RetireSummary", "retire"]

STAGE = "retire"
_VACUUM_DAYS = 7
"""For how long the table of keys is written anew after a key was destroyed: a transaction that is open meanwhile holds
back the former row, and none stays open for a week."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DueLine:
    """What is deleted of one owner in one area, for one reason.

    Attributes:
        owner_id: Extract, delivery or run.
        zone: Area of the object store, or `data_key`.
        reason: Code of `bangfu.pipeline.retention.expiry.Reason`.
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
        return _summary(None, today, [item for owner in plan(context, today) for item in owner.items], None)
    with step(Step.START_RETIRE), alone(context, STAGE):
        _close_interrupted_linkage(context)
        put_certificates(context)
        with registered_run(context, STAGE, digest_of({"today": today.isoformat()})) as run_id:
            completed = _complete(context)
            for owner in plan(context, today):
                _delete(context, _record(context, run_id, owner, today))
            vacuum_keys(context.engine, datetime.now(UTC) - timedelta(days=_VACUUM_DAYS))
            summary = _finish(context, run_id, completed, today)
        put_certificates(context)
    _log.info("retention run %s: %d objects, %d keys", run_id, summary.objects, summary.keys_destroyed)
    return summary


def _record(context: Context, run_id: str, owner: Owner, today: date) -> Sequence[Deleted]:
    """Record what is deleted of one owner and forget it, in one transaction; returns what was recorded."""
    with step(Step.RECORD_DELETION), context.engine.begin() as connection:
        if owner.kind == "extract":
            items = _forget_extract(context, connection, owner.owner_id, today)
        elif owner.kind == "run":
            items = _forget_run(connection, owner)
        else:
            items = _forget_unclaimed(connection, owner)
        record_deletions(connection, run_id, list(items))
    return items


def _forget_extract(context: Context, connection: Connection, extract_id: str, today: date) -> Sequence[Deleted]:
    held = hold_extract(connection, extract_id)
    if held is None:
        return ()  # somebody works on it: the next run looks again
    extract, deliveries = held
    due = due_of(extract, deliveries, today)
    last = bool(due) and is_last(extract, due)
    keyed = last and hold_key(connection, extract_id) is not None
    items = of_extract(context, extract, due, keyed)
    if due:
        forget_objects(connection, extract_id, [item.zone for item in due], expired=last)
    if keyed:
        destroy_key(connection, extract_id)
    if last:
        for delivery in deliveries:
            if delivery.status in UNDECIDED:
                _turn_down(context, connection, delivery)
    return items


def _turn_down(context: Context, connection: Connection, delivery: DeliveryRow) -> None:
    """Refuse a delivery that nobody has decided about, with a receipt."""
    status, code = DeliveryStatus.REJECTED, "expired"
    reason = (
        "保存期满仍未采用，数据已销毁；如仍需使用，请重新报送\n"
        "It was not taken into use before its time was over and is deleted; send it again if it is still needed."
    )
    expired = replace(delivery, status=status, code=code, reason=reason)
    key = give_expiry(context, expired, delivered_files(connection, delivery.delivery_id))
    decide(connection, delivery.delivery_id, status, code=code, reason=reason, keys={"receipt_key": key})


def _forget_run(connection: Connection, owner: Owner) -> Sequence[Deleted]:
    run = hold_run(connection, owner.owner_id)
    if run is None:
        return ()
    expire_run(connection, run)
    destroyed = destroy_key(connection, owner.owner_id)
    return [replace(item, key_destroyed=destroyed) for item in owner.items]


def _forget_unclaimed(connection: Connection, owner: Owner) -> Sequence[Deleted]:
    """What has been registered since the plan was made stays."""
    items = [item for item in owner.items if not (item.object_key and is_referenced(connection, item.object_key))]
    destroyed = (
        any(item.key_destroyed for item in items)
        and hold_key(connection, owner.owner_id) is not None
        and bool(ownerless_keys(connection, unclaimed_before(), owner.owner_id))
        and destroy_key(connection, owner.owner_id)
    )
    return [replace(item, key_destroyed=destroyed) for item in items if item.object_key or destroyed]


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
        gone = [item for item in entries if item.object_key and not is_referenced(connection, item.object_key)]
    _delete(context, gone)
    return interrupted


def _finish(context: Context, run_id: str, completed: Sequence[str], today: date) -> RetireSummary:
    """Make sure that everything recorded is gone, and close the run with the number of its certificate."""
    with step(Step.FINISH_RETIRE), context.engine.begin() as connection:
        gone = []
        for entry in deletions(connection, [*completed, run_id]):
            key = entry.deleted.object_key
            if key is None or context.store.stat(key) is None:
                gone.append(entry)
            elif not is_referenced(connection, key):  # else the same content was received again
                raise StoreError(f"The object store still has an object under {key.partition('/')[0]}/: run it again.")
        numbered = number_certificate(connection, run_id, gone) if gone else None
        summary = _summary(run_id, today, [entry.deleted for entry in gone], numbered)
        counts = {name: value for name, value in asdict(summary).items() if isinstance(value, int)}
        told = {**counts, "today": today.isoformat(), "completes": list(completed)}
        finish_run(connection, run_id, {**told, **(numbered.stored if numbered else {})})
    return summary


def _summary(run_id: str | None, today: date, items: Sequence[Deleted], numbered: Numbered | None) -> RetireSummary:
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
    grouped: dict[tuple[str, str, str, date | None, bool], Counter[str]] = {}
    for item in items:
        group = (item.owner_id, item.zone, str(item.reason), item.due_on, item.key_destroyed)
        counts = {"objects": int(item.object_key is not None), "rows": item.rows or 0, "bytes": item.byte_size or 0}
        grouped.setdefault(group, Counter()).update(counts)
    return tuple(
        DueLine(owner, zone, reason, due_on, counts["objects"], counts["rows"], counts["bytes"], key)
        for (owner, zone, reason, due_on, key), counts in grouped.items()
    )


def _close_interrupted_linkage(context: Context) -> None:
    """Close linkage runs whose process died, so that what they left is seen to belong to nobody."""
    with context.engine.connect() as connection:
        running = any(run.status is RunStatus.RUNNING for run in list_runs(connection, stage="link"))
    if running:
        with suppress(BangfuError), alone(context, "link"):
            pass
