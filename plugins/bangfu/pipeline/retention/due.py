"""What a retention run has to delete (到期清单), by owner; the rules are told in `bangfu.pipeline.retention.retire`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection

from bangfu.db.data_keys import list_keys
from bangfu.db.deliveries import DeliveryRow, deliveries_of
from bangfu.db.registry import ExtractRow, get_extract
from bangfu.db.retention import Deleted, done_runs, kept_extracts, ownerless_keys, read_register
from bangfu.db.runs import Run
from bangfu.pipeline.context import Context
from bangfu.pipeline.retention.expiry import UNCLAIMED_HOURS, Due, Reason, due_objects, run_due_on
from bangfu.pipeline.retention.unclaimed import owner_of, unclaimed_objects
from schemas.source import Retention
from schemas.sources import SOURCES

__all__ = ["Owner", "due_of", "is_last", "of_extract", "plan", "unclaimed_before"]


@dataclass(frozen=True)
class Owner:
    """Somebody of whom something is due.

    Attributes:
        kind: `extract`, `run`, or `unclaimed` for what nobody has registered.
        owner_id: Extract, delivery or run.
        items: What is due; it is looked at again when it is recorded.
    """

    kind: str
    owner_id: str
    items: tuple[Deleted, ...]


def plan(context: Context, today: date) -> Iterator[Owner]:
    """Yield what is due, owner by owner: extracts, then linkage runs, then what belongs to nobody."""
    with context.engine.connect() as connection:
        keyed = {key.owner_id for key in list_keys(connection)}
        runs = _due_runs(connection, today)
        expiring = []
        for extract_id in kept_extracts(connection):
            extract = get_extract(connection, extract_id)
            if extract is not None and (due := due_of(extract, deliveries_of(connection, extract_id), today)):
                expiring.append((extract, due))
    for extract, due in expiring:
        yield Owner("extract", extract.extract_id, of_extract(context, extract, due, extract.extract_id in keyed))
    for run, due_on in runs:
        yield Owner("run", run.run_id, _of_run(context, run.run_id, due_on, run.run_id in keyed))
    yield from _unclaimed(context)


def due_of(extract: ExtractRow, deliveries: Sequence[DeliveryRow], today: date) -> tuple[Due, ...]:
    """The objects of an extract that are due, by the days of its source."""
    source = SOURCES.get(extract.source)
    return due_objects(extract, deliveries, source.retention if source else Retention(), today)


def is_last(extract: ExtractRow, due: Sequence[Due]) -> bool:
    """Whether nothing of an extract is left without what is due."""
    kept = {extract.landing_key, extract.standard_key, extract.quarantine_key} - {None}
    return kept == {item.object_key for item in due}


def of_extract(context: Context, extract: ExtractRow, due: Sequence[Due], keyed: bool) -> tuple[Deleted, ...]:
    """What is deleted of an extract; its key, where it has one, goes with the last object."""
    last = keyed and is_last(extract, due)
    return tuple(_deleted(context, extract.extract_id, item, last) for item in due)


def unclaimed_before() -> datetime:
    """What was made before this time and is registered nowhere belongs to nobody."""
    return datetime.now(UTC) - timedelta(hours=UNCLAIMED_HOURS)


def _due_runs(connection: Connection, today: date) -> list[tuple[Run, date]]:
    """The linkage runs whose tables may not be kept any longer."""
    due = []
    for place, run in enumerate(done_runs(connection, "link")):
        read = run.summary.get("inputs")
        inputs = [get_extract(connection, str(item)) for item in read] if isinstance(read, list) else []
        sources = {item.source for item in inputs if item is not None}
        due_on = run_due_on(run.started_at, [SOURCES[code].retention for code in sources if code in SOURCES])
        whole = bool(inputs) and all(item is not None and item.standard_key is not None for item in inputs)
        newest = place == 0
        if today >= due_on and not (newest and whole):
            due.append((run, due_on))
    return due


def _of_run(context: Context, run_id: str, due_on: date, keyed: bool) -> tuple[Deleted, ...]:
    found = [item.key for zone in ("links", "models", "reports") for item in context.store.list(f"{zone}/{run_id}/")]
    return tuple(
        _deleted(context, run_id, Due(key.partition("/")[0], key, None, Reason.DERIVED, due_on), keyed) for key in found
    )


def _unclaimed(context: Context) -> Iterator[Owner]:
    before = unclaimed_before()
    with context.engine.connect() as connection:
        register = read_register(connection)
        keys = set(ownerless_keys(connection, before))
    found = sorted((owner_of(item.key), item.key) for item in unclaimed_objects(context, register, before))
    objects = {owner: [key for _, key in group] for owner, group in groupby(found, lambda pair: pair[0])}
    for owner in sorted({*objects, *keys}):
        items = tuple(
            _deleted(context, owner, Due(key.partition("/")[0], key, None, Reason.UNCLAIMED, None), owner in keys)
            for key in objects.get(owner, ())
        )
        key_alone = Deleted(owner, "data_key", None, None, None, Reason.UNCLAIMED, key_destroyed=True)
        yield Owner("unclaimed", owner, items or (key_alone,))


def _deleted(context: Context, owner_id: str, due: Due, last: bool) -> Deleted:
    """What the log tells of an object that is due."""
    info = context.store.stat(due.object_key)
    size, digest = (info.size, info.sha256) if info else (None, None)
    return Deleted(owner_id, due.zone, due.object_key, due.rows, size, due.reason, last, digest, due.due_on)
