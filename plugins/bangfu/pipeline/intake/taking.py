"""Taking one delivery (收件): its files are read apart, compared with what is stated, landed and registered, or refused.

A delivery is taken whole or not at all. Nothing is put into the object store before all its files have been read.
"""

import logging
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy.exc import IntegrityError

from bangfu.db.deliveries import DeliveredFile, DeliveryRow, Statement, get_delivery, record_delivery, revision_taken
from bangfu.db.exchange import Exchanged, record_exchange
from bangfu.db.intake_models import Announcement, DeliveryStatus, Direction, ExtractStatus
from bangfu.db.registry import ExtractRow, Landed, extract_id, get_extract, register_extract
from bangfu.db.retention import still_readable
from bangfu.errors import BangfuError, Refused
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake import refusals
from bangfu.pipeline.intake.landing import LandedCells, put_cells, read_cells
from bangfu.pipeline.intake.lawful import basis_of
from bangfu.pipeline.receipts.giving import give_refusal
from bangfu.pipeline.steps import Step, step
from bangfu.readers import Parser
from bangfu.storage.port import digest_content
from schemas.source import Source

__all__ = ["Changed", "Incoming", "Receipt", "incoming", "refuse", "seen_before", "take"]

_log = logging.getLogger(__name__)


class Changed(BangfuError):  # noqa: N818
    """A file is still being written: its delivery is looked at again in the next round."""

    def __init__(self) -> None:
        super().__init__("A file has changed while it was read: wait until it is written, then receive it again.")


@dataclass(frozen=True)
class Receipt:
    """What became of one delivery.

    Attributes:
        source: Source code.
        delivery_id: Id of the delivery, made of its statement: ask for it when something is wrong.
        outcome: `registered`, `already_received` (the same came before; nothing changed) or `rejected`.
        files: Data files.
        rows: Data rows as the sender counts them, where the files have been read.
        byte_size: Bytes received.
        code: Reason code of a rejection.
        reason_zh: Why it was rejected and what to do.
        reason_en: The same in English.
    """

    source: str
    delivery_id: str
    outcome: Literal["registered", "already_received", "rejected"]
    files: int
    rows: int | None
    byte_size: int
    code: str | None = None
    reason_zh: str | None = None
    reason_en: str | None = None


@dataclass(frozen=True)
class Incoming:
    """One file on its way in.

    Attributes:
        path: A local file with its bytes.
        seen: Size and times of the file when its digest was taken.
        file: What is known of it; `extract_id` is that of its content.
    """

    path: Path
    seen: tuple[int, ...]
    file: DeliveredFile


def incoming(source: Source, path: Path, name: str, rows: int | None = None) -> Incoming:
    """A file on its way in.

    Args:
        source: What the source declares.
        path: A local file with its bytes.
        name: The sender's name for it.
        rows: Data rows the sender states.
    """
    seen = _seen(path)
    sha256, size = digest_content(path)
    return Incoming(path, seen, DeliveredFile(name, sha256, size, rows, extract_id(source.code, sha256)))


def take(
    context: Context, source: Source, parser: Parser, statement: Statement, files_in: Sequence[Incoming]
) -> Receipt:
    """Read, land and register one delivery whose bytes are all there; the same delivery again is a no-op.

    Args:
        context: The installation.
        source: What the source declares.
        parser: Reads in a process apart.
        statement: What the delivery says of itself.
        files_in: Its files.

    Raises:
        Changed: A file is still being written; nothing was kept.
    """
    files = [one.file for one in files_in]
    size = sum(file.byte_size for file in files)
    with context.engine.connect() as connection:
        known = get_delivery(connection, statement.delivery_id)
        taken = revision_taken(connection, statement)
    if known is not None and known.status is not DeliveryStatus.REJECTED:
        return seen_before(known, len(files), None, size)
    try:
        if taken:
            raise refusals.revision_taken(statement.revision)
        with tempfile.TemporaryDirectory(prefix="bangfu-") as folder:
            read = [_read(context, source, parser, statement, one, Path(folder)) for one in files_in]
            if any(_seen(one.path) != one.seen for one in files_in):
                raise Changed
            landed = [
                put_cells(context, source, one.file.extract_id or "", cells, (one.file.sha256, one.file.byte_size))
                for one, cells in zip(files_in, read, strict=True)
                if isinstance(cells, LandedCells)
            ]
        rows = sum(cells.report.rows if isinstance(cells, LandedCells) else cells.data_rows or 0 for cells in read)
        columns = _columns(source, read)
        try:
            _register(context, source, statement, files, landed, (columns, rows, size))
        except IntegrityError:
            raise refusals.revision_taken(statement.revision) from None
    except Refused as refusal:
        return refuse(context, source, statement, files, refusal)
    _log.info("delivery %s registered: %d files, %d rows, %d bytes", statement.delivery_id, len(files), rows, size)
    return Receipt(source.code, statement.delivery_id, "registered", len(files), rows, size)


def _read(
    context: Context, source: Source, parser: Parser, statement: Statement, one: Incoming, folder: Path
) -> LandedCells | ExtractRow:
    """The cells of a file, or the extract that has them already; refuses a file that is not what is stated."""
    identity = one.file.extract_id or ""
    with context.engine.connect() as connection:
        extract = get_extract(connection, identity)
    there = extract is not None and extract.status in {ExtractStatus.RECEIVED, ExtractStatus.STANDARDISED}
    if extract is not None and there and extract.data_rows is not None:
        rows, result = extract.data_rows, extract
    else:
        cells = read_cells(context, parser, source, identity, one.path, folder)
        rows, result = cells.report.rows, cells  # type: ignore[assignment]
        unannounced = statement.announced in {Announcement.NONE, Announcement.MARKER}
        if unannounced and cells.report.ends_cleanly is False:
            raise refusals.unfinished_text()
    if one.file.rows_stated is not None and rows != one.file.rows_stated:
        raise refusals.rows_differ(one.file.rows_stated, rows)
    return result


def _register(
    context: Context,
    source: Source,
    statement: Statement,
    files: Sequence[DeliveredFile],
    landed: Sequence[Landed],
    measured: tuple[tuple[str, ...], int, int],
) -> None:
    columns, rows, size = measured
    exchanged = Exchanged(
        direction=Direction.IN,
        source=source.code,
        counterpart=" ".join(filter(None, (source.owner_zh, statement.sender))),
        purpose=source.purpose,
        legal_basis=basis_of(source),
        columns=columns,
        rows=rows,
        byte_size=size,
        delivery_id=statement.delivery_id,
    )
    with step(Step.REGISTER_DELIVERY), context.engine.begin() as connection:
        for extract in landed:
            register_extract(connection, extract)
        record_delivery(connection, statement, files)
        if not still_readable(connection, [file.extract_id for file in files if file.extract_id]):
            raise Changed  # retention destroyed one of them meanwhile: the next round reads it again
        record_exchange(connection, exchanged)


def _columns(source: Source, read: Sequence[LandedCells | ExtractRow]) -> tuple[str, ...]:
    """The canonical columns that were taken, in declared order; all where an extract was there already."""
    declared = [field.name for field in source.fields]
    found = {
        name.partition("[")[0]
        for cells in read
        for sheet in (cells.report.sheets if isinstance(cells, LandedCells) else ())
        for name in sheet.columns
    }
    every = any(isinstance(cells, ExtractRow) for cells in read)
    return tuple(name for name in declared if every or name in found)


def refuse(
    context: Context, source: Source, statement: Statement, files: Sequence[DeliveredFile], refusal: Refused
) -> Receipt:
    """Register a refused delivery, none of whose bytes are kept, and write its receipt."""
    refused = (refusal.code, f"{refusal.zh}\n{refusal.en}")
    unlanded = [DeliveredFile(file.name, file.sha256, file.byte_size, file.rows_stated) for file in files]
    with step(Step.REFUSE_DELIVERY), context.engine.begin() as connection:
        record_delivery(connection, statement, unlanded, refused=refused)
    give_refusal(context, statement.delivery_id)
    _log.info("delivery %s refused: %s", statement.delivery_id, refusal.code)
    size = sum(file.byte_size for file in files)
    return Receipt(
        source.code, statement.delivery_id, "rejected", len(files), None, size, refusal.code, refusal.zh, refusal.en
    )


def seen_before(known: DeliveryRow, files: int, rows: int | None, size: int) -> Receipt:
    """The answer to a delivery that has come before."""
    if known.status is DeliveryStatus.RETRACTED:
        zh, en = "此次报送已撤回；如需重新报送，请使用下一个版次", "It was retracted; send it as the next revision."
        return Receipt(known.source, known.delivery_id, "rejected", files, rows, size, "retracted", zh, en)
    return Receipt(known.source, known.delivery_id, "already_received", files, rows, size)


def _seen(path: Path) -> tuple[int, ...]:
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns, status.st_ino
