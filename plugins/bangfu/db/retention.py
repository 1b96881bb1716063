"""What retention needs of the register (留存与销毁): who owns what, under locks, and the log of deletions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine, delete, func, or_, select, text, update
from sqlalchemy.exc import OperationalError

from bangfu.db.data_keys import WrappedKey
from bangfu.db.deliveries import DeliveryRow, deliveries_of
from bangfu.db.exchange import DeletedObject
from bangfu.db.intake_models import DataKey, Deletion, Delivery, DeliveryStatus, Extract, ExtractStatus
from bangfu.db.models import LinkSet, PipelineRun, RunStatus
from bangfu.db.registry import ExtractRow, get_extract
from bangfu.db.runs import Run, get_run

__all__ = [
    "UNDECIDED",
    "Deleted",
    "Entry",
    "Register",
    "deletions",
    "done_runs",
    "expire_run",
    "forget_objects",
    "hold_extract",
    "hold_key",
    "hold_run",
    "is_referenced",
    "kept_extracts",
    "ownerless_keys",
    "read_register",
    "still_readable",
    "uncertified_runs",
    "vacuum_keys",
]

UNDECIDED = frozenset({DeliveryStatus.RECEIVED, DeliveryStatus.HELD})
"""A delivery that nobody has decided about."""

_OBJECTS = (Extract.landing_key, Extract.standard_key, Extract.quarantine_key)
_LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True)
class Deleted(DeletedObject):
    """One object or key that was deleted, with what a certificate tells besides.

    Attributes:
        sha256: Digest of the object, where the store recorded one.
        due_on: The day its time was over; None for what belonged to nobody.
    """

    sha256: str | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class Entry:
    """An entry of the deletion log (销毁记录)."""

    entry_id: int
    at: datetime
    run_id: str
    deleted: Deleted


@dataclass(frozen=True)
class Register:
    """What the register says belongs to somebody.

    Attributes:
        objects: Object keys that a row refers to.
        extracts: Status by extract.
        deliveries: Status and receipt by delivery.
        runs: Status by run.
    """

    objects: frozenset[str]
    extracts: dict[str, ExtractStatus]
    deliveries: dict[str, tuple[DeliveryStatus, str | None]]
    runs: dict[str, RunStatus]


def read_register(connection: Connection) -> Register:
    """Read all that claims an object."""
    extracts = connection.execute(select(Extract.extract_id, Extract.status, *_OBJECTS)).all()
    deliveries = connection.execute(
        select(Delivery.delivery_id, Delivery.status, Delivery.receipt_key, Delivery.profile_key)
    ).all()
    named = [key for row in extracts for key in row[2:]] + [key for row in deliveries for key in row[2:]]
    runs = connection.execute(select(PipelineRun.run_id, PipelineRun.status)).all()
    return Register(
        frozenset(key for key in named if key),
        {row.extract_id: ExtractStatus(row.status) for row in extracts},
        {row.delivery_id: (DeliveryStatus(row.status), row.receipt_key) for row in deliveries},
        {row.run_id: RunStatus(row.status) for row in runs},
    )


def is_referenced(connection: Connection, object_key: str) -> bool:
    """Whether a row refers to an object now."""
    extracts = select(Extract.extract_id).where(or_(*(column == object_key for column in _OBJECTS)))
    deliveries = select(Delivery.delivery_id).where(
        or_(Delivery.receipt_key == object_key, Delivery.profile_key == object_key)
    )
    return any(connection.execute(query.limit(1)).first() is not None for query in (extracts, deliveries))


def kept_extracts(connection: Connection) -> list[str]:
    """The extracts of which an object is kept, oldest first."""
    kept = or_(*(column.is_not(None) for column in _OBJECTS))
    return list(connection.scalars(select(Extract.extract_id).where(kept).order_by(Extract.extract_id)))


def hold_extract(connection: Connection, extract_id: str) -> tuple[ExtractRow, list[DeliveryRow]] | None:
    """Lock an extract and the undecided deliveries that brought it, until the transaction ends.

    A delivery that brings the extract once more waits meanwhile.

    Returns:
        The extract and all deliveries that brought it; None while somebody else works on one of them.
    """
    own = select(Extract.extract_id).where(Extract.extract_id == extract_id)
    if not connection.execute(own.with_for_update(skip_locked=True)).all():
        return None
    brought = deliveries_of(connection, extract_id)
    open_ones = {row.delivery_id for row in brought if row.status in UNDECIDED}
    query = select(Delivery.delivery_id).where(Delivery.delivery_id.in_(open_ones))
    if set(connection.scalars(query.with_for_update(skip_locked=True))) != open_ones:
        return None
    extract = get_extract(connection, extract_id)
    assert extract is not None
    return extract, deliveries_of(connection, extract_id)


def forget_objects(connection: Connection, extract_id: str, zones: Sequence[str], *, expired: bool) -> None:
    """Take the object keys of some zones out of an extract's row; with the last of them it is expired."""
    values: dict[str, object] = {f"{zone}_key": None for zone in zones}
    if expired:
        values["status"] = ExtractStatus.EXPIRED
    connection.execute(update(Extract).where(Extract.extract_id == extract_id).values(**values))


def done_runs(connection: Connection, stage: str) -> list[Run]:
    """Every finished run of a stage, newest first."""
    columns = [PipelineRun.__table__.c[name] for name in Run.__dataclass_fields__]
    query = select(*columns).where(PipelineRun.stage == stage, PipelineRun.status == RunStatus.DONE)
    rows = connection.execute(query.order_by(PipelineRun.run_id.desc()))
    return [Run(**{**row._mapping, "status": RunStatus.DONE}) for row in rows]


def hold_run(connection: Connection, run_id: str) -> Run | None:
    """Lock a finished run until the transaction ends; None where it is none, or somebody else holds it."""
    query = select(PipelineRun.run_id).where(PipelineRun.run_id == run_id, PipelineRun.status == RunStatus.DONE)
    held = connection.execute(query.with_for_update(skip_locked=True)).first()
    return None if held is None else get_run(connection, run_id)


def expire_run(connection: Connection, run: Run) -> None:
    """Close a run whose tables are deleted: it is found no more as a result to build on; its counts stay."""
    connection.execute(delete(LinkSet).where(LinkSet.run_id == run.run_id))
    connection.execute(
        update(PipelineRun)
        .where(PipelineRun.run_id == run.run_id)
        .values(status=RunStatus.FAILED, summary={**run.summary, "failure": "expired"})
    )


def hold_key(connection: Connection, owner_id: str) -> WrappedKey | None:
    """Lock the data key of an owner until the transaction ends; None where it has none, or it is destroyed."""
    query = select(DataKey.owner_id, DataKey.provider, DataKey.wrapped).where(
        DataKey.owner_id == owner_id, DataKey.wrapped.is_not(None)
    )
    row = connection.execute(query.with_for_update()).first()
    return None if row is None else WrappedKey(**row._mapping)


def ownerless_keys(connection: Connection, before: datetime, owner_id: str | None = None) -> list[str]:
    """Owners of data keys that open nothing: no extract with an object, no run that stands.

    Args:
        connection: Owner connection.
        before: Only keys made before.
        owner_id: Only this owner.
    """
    extract = select(Extract.extract_id).where(
        Extract.extract_id == DataKey.owner_id, or_(*(column.is_not(None) for column in _OBJECTS))
    )
    run = select(PipelineRun.run_id).where(
        PipelineRun.run_id == DataKey.owner_id, PipelineRun.status != RunStatus.FAILED
    )
    query = select(DataKey.owner_id).where(
        DataKey.wrapped.is_not(None), DataKey.created_at < before, ~extract.exists(), ~run.exists()
    )
    if owner_id is not None:
        query = query.where(DataKey.owner_id == owner_id)
    return list(connection.scalars(query.order_by(DataKey.owner_id)))


def still_readable(connection: Connection, extract_ids: Sequence[str]) -> bool:
    """Whether none of some extracts, and none of their data keys, has been destroyed; held until the transaction ends.

    For whoever registers a delivery: retention may have worked between reading its files and this transaction.
    """
    keys = select(DataKey.wrapped).where(DataKey.owner_id.in_(extract_ids))
    if any(wrapped is None for wrapped in connection.scalars(keys.with_for_update(read=True))):
        return False
    extracts = select(Extract.status).where(Extract.extract_id.in_(extract_ids))
    gone = {ExtractStatus.EXPIRED, ExtractStatus.REJECTED}
    return not gone & set(connection.scalars(extracts.with_for_update(read=True, key_share=True)))


def deletions(connection: Connection, run_ids: Sequence[str]) -> list[Entry]:
    """The entries that some runs made, in the order in which they were made."""
    columns = [Deletion.__table__.c[name] for name in Deleted.__dataclass_fields__]
    query = select(Deletion.entry_id, Deletion.at, Deletion.run_id, *columns).where(Deletion.run_id.in_(run_ids))
    return [
        Entry(
            row.entry_id, row.at, row.run_id, Deleted(**{column.name: row._mapping[column.name] for column in columns})
        )
        for row in connection.execute(query.order_by(Deletion.entry_id))
    ]


def uncertified_runs(connection: Connection) -> list[str]:
    """Runs that were interrupted after they had recorded deletions, and that no later run has completed."""
    completed = select(func.jsonb_array_elements_text(PipelineRun.summary["completes"])).where(
        PipelineRun.stage == "retire", PipelineRun.status == RunStatus.DONE, PipelineRun.summary.has_key("completes")
    )
    query = (
        select(PipelineRun.run_id)
        .join(Deletion, Deletion.run_id == PipelineRun.run_id)
        .where(PipelineRun.status == RunStatus.FAILED, PipelineRun.run_id.not_in(completed))
    )
    return list(connection.scalars(query.distinct().order_by(PipelineRun.run_id)))


def vacuum_keys(engine: Engine, since: datetime | None = None) -> bool:
    """Write the table of data keys anew, so that destroyed keys leave its file.

    A plain VACUUM only gives the space of a former row free, with its bytes; VACUUM FULL writes another file. Former
    rows that an open transaction could still see are copied, so this is repeated for some days.

    Args:
        engine: Of the owner role.
        since: Nothing is done when no key was destroyed since; where absent, it is done in any case.

    Returns:
        Whether it was done; False also where the table could not be locked within ten seconds.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if since is not None and not connection.scalar(select(func.count()).where(DataKey.destroyed_at >= since)):
            return False
        connection.execute(text("SET lock_timeout = '10s'"))
        try:
            connection.execute(text("VACUUM (FULL) data_key"))
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            return False
        finally:
            connection.execute(text("RESET lock_timeout"))
    return True
