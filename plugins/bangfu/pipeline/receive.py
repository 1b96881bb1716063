"""Receiving extracts (接收): partner bytes land unchanged, named by their sha256, and are registered."""

import datetime as dt
import logging
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from bangfu.db.models import ExtractStatus
from bangfu.db.registry import ExtractRow, Received, claim_extract, extract_id, get_extract, register_extract
from bangfu.errors import BangfuError, Refused
from bangfu.pipeline.context import Context
from bangfu.readers.sniffing import sniff
from bangfu.storage import ObjectMissing, keys
from bangfu.storage.port import digest_content
from schemas.source import Source
from schemas.sources import SOURCES
from schemas.vocabulary import DataOrigin

__all__ = ["Receipt", "check_lawful", "receive", "receive_dropped"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Receipt:
    """What the sender is told (回执).

    Attributes:
        source: Source code.
        extract_id: Id of the extract, made of its content: ask for it when something is wrong.
        outcome: `registered`, `already_received` (the same bytes came before; nothing changed) or `rejected`.
        rows_in: Data rows, where the extract has been read.
        byte_size: Bytes received.
        reason_zh: Why it was rejected and what to do.
        reason_en: The same in English.
    """

    source: str
    extract_id: str
    outcome: Literal["registered", "already_received", "rejected"]
    rows_in: int | None
    byte_size: int
    reason_zh: str | None = None
    reason_en: str | None = None


def receive(context: Context, source: str, path: Path, *, period: str | None = None, revision: int = 1) -> Receipt:
    """Land and register one extract.

    The bytes are stored first and registered second, so that a crash between the two leaves an object that the
    next attempt finds. What no reader could open is landed and registered too, as rejected: the sender's
    question about it can be answered. What may not lawfully be held is not stored at all.

    Args:
        context: The installation.
        source: Source code.
        path: The file as received.
        period: Period the data describes, such as `2026Q3`.
        revision: 2 and more for a corrected extract of the same period.

    Raises:
        BangfuError: No such source or file.
    """
    declared = _declared(source)
    if not path.is_file():
        raise BangfuError(f"There is no file {path}.")
    try:
        check_lawful(declared)
    except Refused as refusal:
        sha256, size = digest_content(path)
        return Receipt(source, extract_id(source, sha256), "rejected", None, size, refusal.zh, refusal.en)
    return _receive(context, source, path, Received(source, "", 0, "", path.name, period, revision))


def receive_dropped(context: Context, source: str) -> list[Receipt]:
    """Land and register everything in the drop area of a source; each file leaves it once it is registered.

    A file that has changed meanwhile stays: its sender is still writing, and the next round takes it again.

    Raises:
        Refused: The source may not be received at all; what lies in the drop area stays there.
    """
    declared = _declared(source)
    check_lawful(declared)
    receipts = []
    for key in [item.key for item in context.store.list(keys.drop_prefix(source))]:
        seen = context.store.stat(key)
        try:
            path = context.store.get_file(key)
        except ObjectMissing:
            continue  # somebody else took it
        check_lawful(declared)
        receipts.append(_receive(context, source, path, Received(source, "", 0, "", PurePosixPath(key).name)))
        if context.store.stat(key) == seen:
            context.store.delete(key)
    return receipts


def check_lawful(source: Source, today: dt.date | None = None) -> None:
    """Refuse a source that may not be held (个人信息保护法 art. 13, 统计法 art. 28).

    Args:
        source: What the source declares.
        today: The day that counts; the clock's when absent.

    Raises:
        Refused: `data_origin` or `legal_basis_expired`.
    """
    if source.data_origin is not DataOrigin.ADMINISTRATIVE:
        raise Refused(
            "data_origin",
            "统计调查或督查取得的资料不得用于本系统",
            "Data from statistical surveys or supervision must not be used here.",
        )
    basis = source.legal_basis
    if (today or dt.datetime.now(dt.UTC).date()) > basis.valid_until:
        raise Refused(
            "legal_basis_expired",
            f"《{basis.document}》已于 {basis.valid_until} 到期，续签前不能接收",
            f"The legal basis of {source.code} ended on {basis.valid_until}; renew it before sending.",
        )


def _declared(source: str) -> Source:
    if source not in SOURCES:
        raise BangfuError(f"There is no source {source!r}; known are {', '.join(SOURCES)}.")
    return SOURCES[source]


def _receive(context: Context, source: str, path: Path, announced: Received) -> Receipt:
    """Land and register one file that may lawfully be held."""
    sha256, size = digest_content(path)
    identity = extract_id(source, sha256)
    with context.engine.connect() as connection:
        known = get_extract(connection, identity)
    if known is None:
        landing_key = keys.landing(source, sha256, _suffix(announced.original_name))
        landed = context.store.put(landing_key, path, sha256=sha256).key
        received = Received(source, sha256, size, landed, announced.original_name, announced.period, announced.revision)
        with context.engine.begin() as connection:
            row, new = register_extract(connection, received)
        if new:
            _log.info("extract %s registered, %d bytes", identity, size)
    else:
        row, new = known, False
    if row.status is ExtractStatus.RECEIVED:  # new, or a former attempt may have ended before this
        try:
            sniff(path)
        except Refused as refusal:
            _reject(context, identity, refusal)
            return Receipt(source, identity, "rejected", None, size, refusal.zh, refusal.en)
    return Receipt(source, identity, "registered", None, size) if new else _seen_before(row)


def _reject(context: Context, identity: str, refusal: Refused) -> None:
    with claim_extract(context.engine, identity) as claim:
        if claim is not None and claim.extract.status is ExtractStatus.RECEIVED:
            claim.reject(refusal.code, f"{refusal.zh}\n{refusal.en}")
            _log.info("extract %s rejected: %s", identity, refusal.code)


def _seen_before(row: ExtractRow) -> Receipt:
    if row.status is ExtractStatus.REJECTED:
        zh, _, en = (row.reject_reason or "").partition("\n")
        return Receipt(row.source, row.extract_id, "rejected", row.rows_in, row.byte_size, zh, en)
    return Receipt(row.source, row.extract_id, "already_received", row.rows_in, row.byte_size)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix
