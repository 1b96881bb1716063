"""Settling deliveries (入库判定): their extracts are standardised and profiled; then they come into use, or wait.

A delivery waits for a person (待批准) where it differs too much from the sender's previous one, or where its source wants
that for files without a manifest. Until it is approved, what counted before counts on.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bangfu.db.deliveries import (
    DeliveredFile,
    DeliveryRow,
    claim_delivery,
    decide,
    delivered_files,
    list_deliveries,
    previous_delivery,
)
from bangfu.db.intake_models import Announcement, DeliveryStatus
from bangfu.db.registry import get_extract
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context, Progress
from bangfu.pipeline.intake.landing import reading_of
from bangfu.pipeline.intake.standardise import Standardised, standardise
from bangfu.pipeline.receipts.giving import give_receipt
from bangfu.pipeline.sealed import data_key
from bangfu.pipeline.steps import Step, step
from bangfu.profiling import Drift, Profile, Profiler, drift
from bangfu.readers import ReadReport
from bangfu.storage import keys
from bangfu.storage.port import digest_content
from schemas.source import Source
from schemas.sources import SOURCES

__all__ = ["Settled", "profile_of", "settle", "settle_pending"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settled:
    """What became of one delivery.

    Attributes:
        source: Source code.
        delivery_id: The delivery.
        status: `accepted` or `held`.
        reason: Why it is held, in Chinese and English; None where it is not.
        extracts: Its extracts, standardised.
    """

    source: str
    delivery_id: str
    status: DeliveryStatus
    reason: str | None
    extracts: tuple[Standardised, ...]

    @property
    def rows_in(self) -> int:
        """Persons read."""
        return sum(item.rows_in for item in self.extracts)

    @property
    def rows_accepted(self) -> int:
        """Rows in `standard/`."""
        return sum(item.rows_accepted for item in self.extracts)

    @property
    def rows_rejected(self) -> int:
        """Rows in `quarantine/`."""
        return sum(item.rows_rejected for item in self.extracts)


def settle_pending(context: Context, source: str | None = None, *, progress: Progress | None = None) -> list[Settled]:
    """Settle every delivery that is registered and not in use yet, in the order of receipt.

    Args:
        context: The installation.
        source: Only this source.
        progress: Told after each delivery.

    Raises:
        BangfuError: No such source.
    """
    if source is not None and source not in SOURCES:
        raise BangfuError(f"There is no source {source!r}; known are {', '.join(SOURCES)}.")
    with context.engine.connect() as connection:
        pending = list_deliveries(connection, source=source, status=DeliveryStatus.RECEIVED)
    results = []
    for count, delivery in enumerate(pending, 1):
        done = settle(context, delivery.delivery_id)
        if done is not None:
            results.append(done)
        if progress:
            progress("standardise", count, len(pending))
    return results


def settle(context: Context, delivery_id: str) -> Settled | None:
    """Standardise the extracts of a delivery and decide whether it comes into use.

    Args:
        context: The installation.
        delivery_id: A registered delivery.

    Returns:
        What was decided; None where somebody else is at it, or it is decided already.
    """
    with step(Step.DECIDE_DELIVERY), claim_delivery(context.engine, delivery_id) as claim:
        if claim is None or claim[1].status is not DeliveryStatus.RECEIVED:
            return None
        connection, delivery = claim
        source = SOURCES[delivery.source]
        files = delivered_files(connection, delivery_id)
        before = previous_delivery(connection, delivery)
        profiler = Profiler(source)
        extracts = tuple(
            standardise(
                context,
                file.extract_id or "",
                watch=lambda batch: profiler.add(batch.accepted, batch.rejected, batch.defects),
            )
            for file in files
        )
        profile = profiler.profile(_reading(context, files).to_json(), delivery.received_at.date())
        changes = drift(profile, None if before is None else profile_of(context, before), source.drift)
        reason = _held_because(source, delivery, changes)
        status = DeliveryStatus.HELD if reason else DeliveryStatus.ACCEPTED
        code = "drift" if changes.stops else "unannounced" if reason else None
        decided = replace(delivery, status=status, code=code, reason=reason)
        compared = None if before is None else before.delivery_id
        profile_key = _put_profile(context, delivery_id, profile, changes, compared)
        receipt_key = give_receipt(context, decided, files)
        decide(
            connection,
            delivery_id,
            status,
            code=code,
            reason=reason,
            keys={"profile_key": profile_key, "receipt_key": receipt_key},
        )
    _log.info("delivery %s %s", delivery_id, status)
    return Settled(source.code, delivery_id, status, reason, extracts)


def profile_of(context: Context, delivery: DeliveryRow) -> Profile | None:
    """The profile of a delivery; None where it was never made or is deleted."""
    if delivery.profile_key is None or context.store.stat(delivery.profile_key) is None:
        return None
    return Profile.from_json(json.loads(context.store.read(delivery.profile_key))["profile"])


def _held_because(source: Source, delivery: DeliveryRow, changes: Drift) -> str | None:
    """Why a delivery waits for a person, in Chinese and English; None when it need not."""
    reasons = [(finding.zh, finding.en) for finding in changes.findings if finding.over]
    without = delivery.announced in {Announcement.NONE, Announcement.MARKER}
    if without and source.unannounced == "hold":
        reasons.append(("没有报送清单，行数未经核对", "it came without a manifest, so its rows are not verified"))
    if not reasons:
        return None
    return "；".join(zh for zh, _ in reasons) + "\n" + "; ".join(en for _, en in reasons)


def _reading(context: Context, files: Sequence[DeliveredFile]) -> ReadReport:
    """The reading reports of all files of a delivery as one."""
    reports = []
    for file in files:
        with context.engine.connect() as connection:
            extract = get_extract(connection, file.extract_id or "")
        assert extract is not None
        if extract.landing_key is not None:
            path = context.store.get_file(extract.landing_key)
            reports.append(reading_of(path, data_key(context, extract.extract_id)))
    if not reports:
        return ReadReport("deleted", ())
    return replace(
        reports[0],
        sheets=tuple(sheet for report in reports for sheet in report.sheets),
        ignored_sheets=tuple(name for report in reports for name in report.ignored_sheets),
        **{
            name: sum(getattr(report, name) for report in reports)
            for name in ("private_use_characters", "control_characters", "rows", "persons")
        },
    )


def _put_profile(context: Context, delivery_id: str, profile: Profile, changes: Drift, compared: str | None) -> str:
    """Put the profile with its differences from the delivery `compared`; its page is made when somebody looks."""
    told = {"profile": profile.to_json(), "drift": changes.to_json(), "compared": compared}
    content = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    key = keys.report(delivery_id, "profile", ".json", digest_content(content)[0])
    with step(Step.PUT_PROFILE):
        context.store.put(key, content)
    return key
