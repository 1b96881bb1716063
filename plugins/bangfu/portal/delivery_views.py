"""What the pages for departments show: periods to send, deliveries and their receipts."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bangfu.db.delivery_queries import OwnDelivery
from bangfu.db.intake_models import DeliveryStatus
from bangfu.portal.languages import Language
from bangfu.portal.texts import say
from schemas.source import Cadence
from schemas.sources import SOURCES
from schemas.vocabulary import REJECT_REASONS, RejectCode

__all__ = ["DeliveryLine", "DeliveryView", "PeriodChoice", "SourceCard", "card_of", "line_of", "periods", "view_of"]

_SHOWN = {"monthly": 24, "quarterly": 12, "daily": 31}
_MARKS = {
    DeliveryStatus.RECEIVED: "missing",
    DeliveryStatus.HELD: "close",
    DeliveryStatus.ACCEPTED: "agrees",
    DeliveryStatus.REJECTED: "differs",
    DeliveryStatus.RETRACTED: "missing",
}
"""Colours of the states, as class names of the style sheet."""


@dataclass(frozen=True)
class PeriodChoice:
    """A period that may be sent; `revision` is the highest that is there, 0 where none is."""

    code: str
    label: str
    revision: int
    chosen: bool


@dataclass(frozen=True)
class SourceCard:
    """A source that the department sends."""

    code: str
    name: str
    cadence: str
    periods: Sequence[PeriodChoice]


@dataclass(frozen=True)
class DeliveryLine:
    """A delivery in a list; rows are None until they have been counted."""

    delivery_id: str
    source: str
    period: str
    revision: int
    state: str
    mark: str
    files: Sequence[str]
    accepted: int | None
    rejected: int | None
    received_at: dt.datetime


@dataclass(frozen=True)
class DeliveryView:
    """A delivery with its receipt, in the reader's language.

    Attributes:
        line: As in the list.
        checking: Whether the system has not decided yet.
        verdict: The outcome in a sentence; empty while there is none.
        reason: Why it is refused, held or retracted; empty where it is not.
        next_steps: What to do.
        files: Name, stated, read, usable and returned rows of each file.
        returned: Reasons of returned rows with their number.
        has_receipt: Whether there is a workbook.
        again: Address of the form for sending the period again; empty where the period is not known.
    """

    line: DeliveryLine
    checking: bool
    verdict: str = ""
    reason: str = ""
    next_steps: Sequence[str] = ()
    files: Sequence[tuple[str, int | None, int | None, int | None, int | None]] = ()
    returned: Sequence[tuple[str, int]] = ()
    has_receipt: bool = False
    again: str = ""


def periods(cadence: Cadence, today: dt.date) -> list[str]:
    """The latest periods of a cadence, newest first; the first is not over yet.

    >>> periods("monthly", dt.date(2026, 1, 15))[:3], periods("quarterly", dt.date(2026, 5, 1))[:3]
    (['2026-01', '2025-12', '2025-11'], ['2026Q2', '2026Q1', '2025Q4'])
    """
    count = _SHOWN[cadence]
    if cadence == "daily":
        return [str(today - dt.timedelta(days=days)) for days in range(count)]
    if cadence == "quarterly":
        last = today.year * 4 + (today.month - 1) // 3
        return [f"{quarter // 4}Q{quarter % 4 + 1}" for quarter in range(last, last - count, -1)]
    last = today.year * 12 + today.month - 1
    return [f"{month // 12}-{month % 12 + 1:02}" for month in range(last, last - count, -1)]


def card_of(code: str, taken: Mapping[str, int], today: dt.date, language: Language) -> SourceCard:
    """A source with the periods to choose from; the one that ended last is chosen.

    Args:
        code: Source code.
        taken: Highest revision by period.
        today: The day.
        language: The reader's.
    """
    source = SOURCES[code]
    choices = []
    for place, period in enumerate(periods(source.cadence, today)):
        revision = taken.get(period, 0)
        key = "send.period_taken" if revision else "send.period_free"
        values = {"period": period, "revision": revision} if revision else {"period": period}
        choices.append(PeriodChoice(period, say(key, language, **values), revision, place == 1))
    name = source.zh if language == "zh" else source.en
    return SourceCard(code, name, say(f"send.{source.cadence}", language), choices)


def line_of(delivery: OwnDelivery, language: Language) -> DeliveryLine:
    """A delivery for the list."""
    source = SOURCES.get(delivery.source)
    name = (source.zh if language == "zh" else source.en) if source else delivery.source
    accepted = [file.accepted for file in delivery.files if file.accepted is not None]
    rejected = [file.rejected for file in delivery.files if file.rejected is not None]
    return DeliveryLine(
        delivery.delivery_id,
        name,
        delivery.period or say("send.no_period", language),
        delivery.revision,
        say(f"state.{delivery.status}", language),
        _MARKS[delivery.status],
        [file.name for file in delivery.files],
        sum(accepted) if accepted else None,
        sum(rejected) if rejected else None,
        delivery.received_at,
    )


def view_of(delivery: OwnDelivery, receipt: Mapping[str, Any] | None, language: Language) -> DeliveryView:
    """A delivery with its receipt.

    Args:
        delivery: The delivery.
        receipt: Its receipt; None where there is none or it cannot be read.
        language: The reader's.
    """
    zh, _, en = (delivery.reason or "").partition("\n")
    checking = delivery.status is DeliveryStatus.RECEIVED
    current = receipt is not None and receipt["outcome"] == delivery.status
    counts: dict[str, int] = {}
    for file in receipt["files"] if receipt else ():
        for code, count in file["reject_counts"].items():
            counts[code] = counts.get(code, 0) + count
    return DeliveryView(
        line=line_of(delivery, language),
        checking=checking,
        verdict=receipt[f"verdict_{language}"] if receipt and current else "",
        reason="" if delivery.status is DeliveryStatus.ACCEPTED else (zh if language == "zh" else en or zh),
        next_steps=receipt[f"next_{language}"] if receipt and current else (),
        files=[(file.name, file.rows_stated, file.rows_read, file.accepted, file.rejected) for file in delivery.files],
        returned=[
            (REJECT_REASONS[RejectCode(code)][language == "en"], count)
            for code, count in sorted(counts.items(), key=lambda item: -item[1])
        ],
        has_receipt=receipt is not None,
        again=f"/deliveries/new?{urlencode({'source': delivery.source, 'period': delivery.period})}"
        if delivery.period and not checking
        else "",
    )
