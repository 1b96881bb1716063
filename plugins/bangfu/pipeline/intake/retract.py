"""Retracting (撤回): a delivery is no longer used; what was made of it is found, and goes with the next run."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from bangfu.db.deliveries import (
    DeliveryRow,
    claim_delivery,
    decide,
    delivered_files,
    deliveries_of,
    get_delivery,
    standing_extracts,
)
from bangfu.db.intake_models import DeliveryStatus
from bangfu.db.runs import list_runs
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.receipts.giving import give_retraction
from bangfu.pipeline.steps import Step, step

__all__ = ["Derived", "Retracted", "derived_from", "retract"]

_log = logging.getLogger(__name__)
_RUNS = 1_000


@dataclass(frozen=True)
class Derived:
    """What was made of some extracts.

    Attributes:
        extract_ids: The extracts.
        link_runs: Linkage runs that read one of them, newest first.
        screen_runs: Screening runs that followed such a linkage.
        list_versions: Published lists that came of them.
    """

    extract_ids: tuple[str, ...]
    link_runs: tuple[str, ...]
    screen_runs: tuple[str, ...]
    list_versions: tuple[int, ...]


@dataclass(frozen=True)
class Retracted:
    """A retracted delivery.

    Attributes:
        delivery_id: Which.
        source: Source code.
        rows: Rows that were in use until now and are not any more.
        takes_over: The delivery that counts instead, such as the revision before; None where there is none.
        derived: What was made of it; the next linkage, screening and publication leave it out.
    """

    delivery_id: str
    source: str
    rows: int
    takes_over: str | None
    derived: Derived


def retract(context: Context, identity: str, reason: str, *, by: str | None = None) -> list[Retracted]:
    """Withdraw a delivery, or every delivery that brought an extract.

    Its history stays: what counted before can still be told. Its sender gets another receipt. The published list stands
    until `bangfu run`, or the next runs of Airflow, have made a new one without it.

    Args:
        context: The installation.
        identity: A delivery id or an extract id.
        reason: Why, for the receipt; no particulars of a person.
        by: Who withdraws it.

    Raises:
        BangfuError: No such delivery or extract, it is not in use, or no reason is given.
    """
    if not reason.strip():
        raise BangfuError("Say why it is retracted; its sender reads the reason.")
    with context.engine.connect() as connection:
        found = get_delivery(connection, identity)
        deliveries = [found] if found else deliveries_of(connection, identity)
    if not deliveries:
        raise BangfuError(f"No delivery or extract {identity} is registered; see `bangfu status --source SOURCE`.")
    usable = [item for item in deliveries if item.status not in {DeliveryStatus.RETRACTED, DeliveryStatus.REJECTED}]
    if not usable:
        raise BangfuError(f"{identity} is {deliveries[-1].status} already.")
    return [_retract(context, item, reason.strip(), by) for item in usable]


def derived_from(context: Context, extract_ids: Sequence[str]) -> Derived:
    """Find what was made of some extracts: linkage and screening runs, and published lists."""
    wanted = frozenset(extract_ids)
    with context.engine.connect() as connection:
        linked = [
            run.run_id for run in list_runs(connection, stage="link", limit=_RUNS) if wanted & _inputs(run.summary)
        ]
        followed = set(linked)
        screened = [
            run
            for run in list_runs(connection, stage="screen", limit=_RUNS)
            if run.summary.get("link_run_id") in followed
        ]
        versions = _versions(connection, [run.run_id for run in screened])
    return Derived(tuple(extract_ids), tuple(linked), tuple(run.run_id for run in screened), versions)


def _retract(context: Context, delivery: DeliveryRow, reason: str, by: str | None) -> Retracted:
    with step(Step.RETRACT_DELIVERY), claim_delivery(context.engine, delivery.delivery_id) as claim:
        if claim is None:
            raise BangfuError(f"Delivery {delivery.delivery_id} is being worked on: try again.")
        connection, now = claim
        if now.status in {DeliveryStatus.RETRACTED, DeliveryStatus.REJECTED}:
            raise BangfuError(f"Delivery {delivery.delivery_id} is {now.status} already.")
        files = delivered_files(connection, delivery.delivery_id)
        before = _standing(connection, delivery.source)
        status, code, at = DeliveryStatus.RETRACTED, "retracted", datetime.now(UTC)
        key = give_retraction(context, replace(now, status=status, code=code, reason=reason, retracted_at=at), files)
        keys = {"receipt_key": key}
        decide(connection, delivery.delivery_id, status, code=code, reason=reason, by=by, keys=keys, at=at)
        after = _standing(connection, delivery.source)
    gone = {extract: row for extract, row in before.items() if extract not in after}
    come = {delivery_id for extract, (delivery_id, _) in after.items() if extract not in before}
    _log.info("delivery %s retracted", delivery.delivery_id)
    return Retracted(
        delivery.delivery_id,
        delivery.source,
        sum(rows for _, rows in gone.values()),
        next(iter(sorted(come)), None),
        derived_from(context, [file.extract_id for file in files if file.extract_id]),
    )


def _standing(connection: Connection, source: str) -> dict[str, tuple[str, int]]:
    rows = standing_extracts(connection, source=source)
    return {row.extract_id: (row.delivery_id, row.rows_accepted) for row in rows}


def _inputs(summary: Mapping[str, object]) -> frozenset[str]:
    inputs = summary.get("inputs")
    return frozenset(str(item) for item in inputs) if isinstance(inputs, list) else frozenset()


def _versions(connection: Connection, run_ids: Sequence[str]) -> tuple[int, ...]:
    from sqlalchemy import select

    from bangfu.db.models import CandidateList

    query = select(CandidateList.list_version).where(
        CandidateList.run_id.in_(run_ids), CandidateList.list_version.is_not(None)
    )
    return tuple(sorted(version for version in connection.scalars(query) if version is not None))
