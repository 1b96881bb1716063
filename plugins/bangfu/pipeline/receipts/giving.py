"""Receipts (回执): what the sender of a delivery is told, as JSON and as a workbook; never a value of a person.

A receipt names files, sheets, row numbers, columns and reasons. Whoever has the file finds the row; nobody else learns
anything from it. The same receipt is the same bytes, whenever it is made.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bangfu.db.deliveries import DeliveredFile, DeliveryRow, decide, delivered_files, get_delivery
from bangfu.db.delivery_queries import other_revisions
from bangfu.db.intake_models import DeliveryStatus
from bangfu.db.registry import get_extract
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.landing import reading_of
from bangfu.pipeline.receipts.account import ReceiptFile, RejectedRow, Standing, account_of, rejected_row
from bangfu.pipeline.receipts.workbook import MOST_ROWS, workbook
from bangfu.pipeline.sealed import data_key, sealed_batches
from bangfu.pipeline.steps import Step, step
from bangfu.storage import ObjectMissing, ObjectStore, keys
from bangfu.storage.port import digest_content

__all__ = [
    "give_decision",
    "give_expiry",
    "give_receipt",
    "give_refusal",
    "give_retraction",
    "read_receipt",
    "receipt_of",
]
__all__ += ["workbook_of"]

_IN_JSON = 1_000
"""Rejected rows that the JSON names; the workbook names more."""
_COLUMNS = ("sheet", "sheet_row", "member", "code", "field")


@dataclass(frozen=True)
class _Steps:
    """Under which names the two objects are put."""

    receipt: Step
    workbook: Step


_SETTLED = _Steps(Step.PUT_RECEIPT, Step.PUT_RECEIPT_WORKBOOK)
_REFUSED = _Steps(Step.PUT_REFUSAL, Step.PUT_REFUSAL_WORKBOOK)
_DECIDED = _Steps(Step.PUT_DECISION, Step.PUT_DECISION_WORKBOOK)
_EXPIRED = _Steps(Step.PUT_EXPIRY, Step.PUT_EXPIRY_WORKBOOK)
_RETRACTED = _Steps(Step.PUT_RETRACTION, Step.PUT_RETRACTION_WORKBOOK)


def give_refusal(context: Context, delivery_id: str) -> None:
    """Write the receipt of a delivery that was refused before it landed."""
    with context.engine.connect() as connection:
        delivery = get_delivery(connection, delivery_id)
        files = delivered_files(connection, delivery_id)
    if delivery is None or delivery.status is not DeliveryStatus.REJECTED or delivery.receipt_key is not None:
        return
    key = _give(context, delivery, files, _REFUSED)
    with step(Step.NAME_REFUSAL), context.engine.begin() as connection:
        decide(
            connection,
            delivery_id,
            DeliveryStatus.REJECTED,
            code=delivery.code,
            reason=delivery.reason,
            keys={"receipt_key": key},
        )


def give_receipt(context: Context, delivery: DeliveryRow, files: Sequence[DeliveredFile]) -> str:
    """Put the receipt of a delivery that has been settled.

    Args:
        context: The installation.
        delivery: The delivery as decided.
        files: Its files, whose extracts are standardised.

    Returns:
        Key of the receipt in JSON; it names the workbook.
    """
    return _give(context, delivery, files, _SETTLED)


def give_decision(context: Context, delivery: DeliveryRow, files: Sequence[DeliveredFile]) -> str:
    """Put the receipt of a held delivery about which a person has decided; see `give_receipt`."""
    return _give(context, delivery, files, _DECIDED)


def give_retraction(context: Context, delivery: DeliveryRow, files: Sequence[DeliveredFile]) -> str:
    """Put the receipt of a delivery that is withdrawn; see `give_receipt`."""
    return _give(context, delivery, files, _RETRACTED)


def give_expiry(context: Context, delivery: DeliveryRow, files: Sequence[DeliveredFile]) -> str:
    """Put the receipt of a delivery about which nobody decided in time, while its data is there; see `give_receipt`."""
    return _give(context, delivery, files, _EXPIRED)


def receipt_of(context: Context, delivery_id: str) -> dict[str, Any]:
    """Return the receipt of a delivery.

    Args:
        context: The installation.
        delivery_id: Which.

    Raises:
        BangfuError: No such delivery is registered, or it has no receipt yet.
    """
    with context.engine.connect() as connection:
        delivery = get_delivery(connection, delivery_id)
    if delivery is None:
        raise BangfuError(f"No delivery {delivery_id} is registered; see `bangfu status --source SOURCE`.")
    if delivery.receipt_key is None:
        raise BangfuError(f"Delivery {delivery_id} has no receipt yet; `bangfu standardise` checks what has come.")
    return read_receipt(context.store, delivery.receipt_key)


def read_receipt(store: ObjectStore, key: str) -> dict[str, Any]:
    """Return a receipt by its key.

    Raises:
        ObjectMissing: It is deleted.
    """
    return dict(json.loads(store.read(key)))


def workbook_of(store: ObjectStore, receipt: dict[str, Any]) -> bytes:
    """Return the workbook of a receipt.

    Raises:
        ObjectMissing: It is deleted.
    """
    return store.read(receipt["workbook"])


def _give(context: Context, delivery: DeliveryRow, files: Sequence[DeliveredFile], steps: _Steps) -> str:
    told = [_receipt_file(context, file) for file in files]
    with context.engine.connect() as connection:
        standing = Standing(*other_revisions(connection, delivery))
    account = account_of(delivery, told, standing)
    account["rejected_rows"] = [
        {**vars(row), "code": str(row.code)} for row in islice(_rejected_rows(context, told), _IN_JSON)
    ]
    book = workbook(account, islice(_rejected_rows(context, told), MOST_ROWS))
    account["workbook"] = _put(context, delivery, ".xlsx", book, lambda: step(steps.workbook))
    content = json.dumps(account, ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8", "replace")
    return _put(context, delivery, ".json", content, lambda: step(steps.receipt))


def _put(
    context: Context,
    delivery: DeliveryRow,
    suffix: str,
    content: bytes,
    named: Callable[[], AbstractContextManager[None]],
) -> str:
    key = keys.receipt(delivery.source, delivery.delivery_id, suffix, digest_content(content)[0])
    with named():
        context.store.put(key, content)
    return key


def _receipt_file(context: Context, file: DeliveredFile) -> ReceiptFile:
    if file.extract_id is None:
        return ReceiptFile(file)
    with context.engine.connect() as connection:
        extract = get_extract(connection, file.extract_id)
    if extract is None or extract.landing_key is None:
        return ReceiptFile(file, extract)
    try:
        landed = context.store.get_file(extract.landing_key)
    except ObjectMissing:  # retention has just deleted it
        return ReceiptFile(file, extract)
    return ReceiptFile(file, extract, reading_of(landed, data_key(context, extract.extract_id)))


def _rejected_rows(context: Context, files: Sequence[ReceiptFile]) -> Iterator[RejectedRow]:
    """Where the rejected rows of all files stand and why they were rejected, without what they hold."""
    for item in files:
        extract = item.extract
        if extract is None or extract.quarantine_key is None:
            continue
        for batch in sealed_batches(context, extract.quarantine_key, extract.extract_id):
            for values in batch.select(_COLUMNS).iter_rows():
                yield rejected_row(item, values)
