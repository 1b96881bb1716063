"""Deciding about held deliveries (审批): a person takes them into use or turns them down."""

import logging
from dataclasses import replace

from bangfu.db.deliveries import (
    DeliveryRow,
    claim_delivery,
    decide,
    delivered_files,
    get_delivery,
    list_deliveries,
)
from bangfu.db.intake_models import DeliveryStatus
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.receipts.giving import give_decision
from bangfu.pipeline.steps import Step, step

__all__ = ["approve", "held", "turn_down"]

_log = logging.getLogger(__name__)


def held(context: Context, source: str | None = None) -> list[DeliveryRow]:
    """The deliveries that wait for a person, oldest first."""
    with context.engine.connect() as connection:
        return list_deliveries(connection, source=source, status=DeliveryStatus.HELD)


def approve(context: Context, delivery_id: str, *, by: str) -> None:
    """Take a held delivery into use.

    Args:
        context: The installation.
        delivery_id: Which.
        by: Who approves: an account, not a person's particulars.

    Raises:
        BangfuError: No such delivery, it does not wait, or nobody is named.
    """
    _decide(context, delivery_id, DeliveryStatus.ACCEPTED, by, None)


def turn_down(context: Context, delivery_id: str, *, by: str, reason: str) -> None:
    """Refuse a held delivery; the sender may send the same revision again, corrected.

    Args:
        context: The installation.
        delivery_id: Which.
        by: Who decides.
        reason: Why, for the receipt; no particulars of a person.

    Raises:
        BangfuError: No such delivery, it does not wait, or nobody or no reason is named.
    """
    if not reason.strip():
        raise BangfuError("Say why the delivery is turned down; its sender reads the reason.")
    _decide(context, delivery_id, DeliveryStatus.REJECTED, by, reason.strip())


def _decide(context: Context, delivery_id: str, status: DeliveryStatus, by: str, reason: str | None) -> None:
    if not by.strip():
        raise BangfuError("Say who decides, with --by: the register keeps it.")
    with step(Step.DECIDE_HELD), claim_delivery(context.engine, delivery_id) as claim:
        if claim is None:
            with context.engine.connect() as other:
                known = get_delivery(other, delivery_id)
            told = "is being decided about by somebody else" if known else "is not registered"
            raise BangfuError(f"Delivery {delivery_id} {told}; see `bangfu status --source SOURCE`.")
        connection, delivery = claim
        if delivery.status is not DeliveryStatus.HELD:
            raise BangfuError(f"Delivery {delivery_id} does not wait for approval: it is {delivery.status}.")
        code, why = ("turned_down", reason) if reason else (delivery.code, delivery.reason)
        decided = replace(delivery, status=status, code=code, reason=why)
        key = give_decision(context, decided, delivered_files(connection, delivery_id))
        decide(connection, delivery_id, status, code=code, reason=why, by=by.strip(), keys={"receipt_key": key})
    _log.info("delivery %s %s", delivery_id, status)
