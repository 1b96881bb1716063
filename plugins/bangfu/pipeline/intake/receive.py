"""Receiving (接收): deliveries are checked against what their senders state, read apart, landed and registered.

A delivery is taken whole or not at all: all its files agree with the manifest in size, sha256 and number of rows, and
one transaction registers them. Reading happens here, before anything is kept, so that only the columns of the
allow-list reach the object store.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bangfu.db.deliveries import (
    DeliveredFile,
    DeliveryRow,
    Statement,
    get_delivery,
)
from bangfu.db.intake_models import Announcement, DeliveryStatus
from bangfu.db.taken_objects import forget_taken, remember_taken, taken_objects, taken_of
from bangfu.errors import BangfuError, Refused
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake import refusals
from bangfu.pipeline.intake.dropped import Dropped, check_announced, look, mark_of, name_of
from bangfu.pipeline.intake.lawful import check_lawful
from bangfu.pipeline.intake.taking import Changed, Incoming, Receipt, incoming, refuse, seen_before, take
from bangfu.pipeline.receipts.giving import give_refusal
from bangfu.pipeline.stage import digest_of
from bangfu.pipeline.steps import Step, step
from bangfu.readers import Parser
from bangfu.storage import ObjectInfo, ObjectMissing
from bangfu.storage.port import digest_content
from schemas.manifest import MANIFEST, PERIOD, SENDER, SUCCESS, Manifest, ManifestError, read_manifest
from schemas.source import Source
from schemas.sources import SOURCES

__all__ = ["Receipt", "receive", "receive_dropped"]

_LARGEST_MANIFEST = 1 << 20


def receive(
    context: Context,
    source: str,
    paths: Sequence[Path],
    *,
    sender: str | None = None,
    period: str | None = None,
    revision: int = 1,
) -> list[Receipt]:
    """Receive files that somebody handed over to the operator, who answers for their being complete.

    Args:
        context: The installation.
        source: Source code.
        paths: The files as received.
        sender: Division or credit code of who sent them.
        period: Period the data describes, such as `2026Q3`. With a sender, the files are one delivery that later
            revisions replace; without both, each file is a delivery of its own.
        revision: 2 and more for a correction of the same period.

    Raises:
        BangfuError: No such source or file, or a malformed sender or period.
        Refused: The source may not be received at all.
    """
    declared = _declared(source)
    for path in paths:
        if not path.is_file():
            raise BangfuError(f"There is no file {path}.")
    if (sender is None) != (period is None):
        raise BangfuError("Give --sender and --period together: a correction replaces what both name.")
    if sender is not None and period is not None and not (SENDER.fullmatch(sender) and PERIOD.fullmatch(period)):
        raise BangfuError("Give a division or credit code as --sender and a period such as 2026-06 or 2026Q2.")
    if revision != 1 and sender is None:
        raise BangfuError("A revision corrects what one --sender stated for one --period: give both.")
    check_lawful(declared)
    receipts = []
    with Parser() as parser:
        handed = [incoming(declared, path, path.name) for path in paths]
        for files in [handed] if sender else [[one] for one in handed]:
            statement = _statement(declared, files, Announcement.OPERATOR)
            if sender and period:
                content = sorted(one.file.sha256 for one in files)
                identity = digest_of([source, sender, period, revision, content])[:16]
                statement = Statement(
                    f"{source}-d-{identity}",
                    source,
                    f"{sender}/{period}",
                    Announcement.OPERATOR,
                    sender,
                    period,
                    revision,
                )
            receipts.append(take(context, declared, parser, statement, files))
    return receipts


def receive_dropped(context: Context, source: str) -> list[Receipt]:
    """Receive every complete delivery in the drop area of a source; it leaves the drop area once it is decided.

    What is not complete yet stays, and the next round looks again.

    Args:
        context: The installation.
        source: Source code.

    Raises:
        Refused: The source may not be received at all; what lies in the drop area stays there.
    """
    declared = _declared(source)
    check_lawful(declared)
    receipts = _clear_left_over(context, source)
    if deliveries := look(context.store, source):
        with Parser() as parser:
            receipts += _receive_each(context, declared, parser, deliveries)
    _forget_gone(context, source)
    return receipts


def _receive_each(context: Context, source: Source, parser: Parser, deliveries: Sequence[Dropped]) -> Iterator[Receipt]:
    for dropped in deliveries:
        try:
            receipt = _receive_one(context, source, parser, dropped)
        except (ObjectMissing, Changed):
            continue  # somebody else took it, or its sender is still writing
        if receipt is not None:
            _remember(context, receipt.delivery_id, dropped)
        if receipt is not None or (not dropped.files and _given_up(context, dropped)):
            _clear(context, dropped.everything)  # a marker alone states nothing, not even that something was sent
        if receipt is not None:
            yield receipt


def _declared(source: str) -> Source:
    if source not in SOURCES:
        raise BangfuError(f"There is no source {source!r}; known are {', '.join(SOURCES)}.")
    return SOURCES[source]


def _receive_one(context: Context, source: Source, parser: Parser, dropped: Dropped) -> Receipt | None:
    """Decide about one delivery of the drop area; None while it is not complete."""
    if dropped.announced is Announcement.MANIFEST:
        return _receive_announced(context, source, parser, dropped)
    if dropped.announced is None:
        if not _given_up(context, dropped):
            return None
        return _refuse(context, source, _unread(source, dropped), dropped, refusals.incomplete_delivery())
    if not dropped.files or not dropped.quiet(context.settings.quiet_seconds):
        return None
    if source.unannounced == "refuse":
        return _refuse(context, source, _unread(source, dropped), dropped, refusals.manifest_required())
    with ExitStack() as borrowed:
        files = [
            incoming(source, borrowed.enter_context(context.store.borrow(item.key)), name_of(item))
            for item in dropped.files
        ]
        statement = replace(_statement(source, files, dropped.announced), marks=dropped.marks())
        return take(context, source, parser, statement, files)


def _given_up(context: Context, dropped: Dropped) -> bool:
    """Whether what is missing will not come any more."""
    return dropped.quiet(3600 * context.settings.incomplete_hours)


def _receive_announced(context: Context, source: Source, parser: Parser, dropped: Dropped) -> Receipt | None:
    assert dropped.closing is not None
    try:
        if dropped.closing.size > _LARGEST_MANIFEST:
            raise ManifestError(
                "manifest_unreadable", "报送清单过大，无法读取；请重新生成", "The manifest is too large."
            )
        manifest = read_manifest(context.store.read(dropped.closing.key))
    except ManifestError as error:
        return _refuse(context, source, _unread(source, dropped), dropped, Refused(error.code, error.zh, error.en))
    statement = Statement(
        manifest.delivery_id(),
        source.code,
        f"{manifest.sender}/{manifest.period}",
        Announcement.MANIFEST,
        manifest.sender,
        manifest.period,
        manifest.revision,
        dropped.marks(),
    )
    if manifest.source != source.code:
        return _refuse(context, source, _unread(source, dropped), dropped, refusals.wrong_source(source))
    with context.engine.connect() as connection:
        known = get_delivery(connection, statement.delivery_id)
    if known is not None and known.status is not DeliveryStatus.REJECTED:
        return _known(context, source, known, manifest, dropped)
    try:
        if not check_announced(dropped, manifest):
            if not _given_up(context, dropped):
                return None
            raise refusals.incomplete_delivery()
        with ExitStack() as borrowed:
            files = list(_announced_files(context, source, dropped, manifest, borrowed))
            receipt = take(context, source, parser, statement, files)
    except Refused as refusal:
        return _refuse(context, source, statement, dropped, refusal)
    return receipt


def _announced_files(
    context: Context, source: Source, dropped: Dropped, manifest: Manifest, borrowed: ExitStack
) -> Iterator[Incoming]:
    there = {name_of(item): item for item in dropped.files}
    for stated in manifest.files:
        path = borrowed.enter_context(context.store.borrow(there[stated.name].key))
        one = incoming(source, path, stated.name, stated.rows)
        if (one.file.sha256, one.file.byte_size) != (stated.sha256, stated.size):
            raise refusals.digest_differs()
        yield one


def _statement(source: Source, incoming: Sequence[Incoming], announced: Announcement) -> Statement:
    """What files without a manifest say of themselves: that they are what they are."""
    digests = sorted({one.file.sha256 for one in incoming})
    content = digests[0] if len(digests) == 1 else digest_of(digests)
    return Statement(f"{source.code}-d-{content[:16]}", source.code, f"file/{content}", announced)


def _unread(source: Source, dropped: Dropped) -> Statement:
    """A delivery that is refused before its files are read: known by the last of its objects."""
    marks = dropped.marks()
    announced = dropped.announced or Announcement.NONE
    return Statement(f"{source.code}-d-{marks[-1][:16]}", source.code, f"unread/{marks[-1]}", announced, marks=marks)


def _refuse(context: Context, source: Source, statement: Statement, dropped: Dropped, refusal: Refused) -> Receipt:
    files = [DeliveredFile(name_of(item), item.sha256 or "", item.size) for item in dropped.files]
    return refuse(context, source, statement, files, refusal)


def _known(
    context: Context, source: Source, known: DeliveryRow, manifest: Manifest, dropped: Dropped
) -> Receipt | None:
    """A statement that came before and is sent again.

    Other bytes under an old manifest are a correction whose manifest was forgotten, which must not vanish unseen.
    """
    stated = {file.name: file.sha256 for file in manifest.files}
    sizes = {file.name: file.size for file in manifest.files}
    growing = any(item.size < sizes.get(name_of(item), 0) for item in dropped.files)
    if growing and not _given_up(context, dropped):
        return None
    for item in dropped.files:
        with context.store.borrow(item.key) as path:
            if digest_content(path)[0] != stated.get(name_of(item)):
                return _refuse(context, source, _unread(source, dropped), dropped, refusals.digest_differs())
    rows, size = sum(file.rows for file in manifest.files), sum(file.size for file in manifest.files)
    return seen_before(known, len(manifest.files), rows, size)


def _clear_left_over(context: Context, source: str) -> list[Receipt]:
    """Delete what attempts have left that ended while clearing the drop area, and tell what had been decided about it.

    Each object is known by itself. So a sender who is putting other files into the same place loses none of them, and
    they do not count as more of what was decided about.
    """
    receipts = []
    for dropped in look(context.store, source):
        with context.engine.connect() as connection:
            taken = taken_objects(connection, dropped.marks())
        left = [item for item in dropped.everything if mark_of(item) in taken]
        if left:
            files = [item for item in left if item is not dropped.closing]
            receipts.append(_decided(context, taken[mark_of(left[-1])], files))
            _clear(context, left)
    return receipts


def _remember(context: Context, delivery_id: str, dropped: Dropped) -> None:
    """Remember the objects of a repetition; those of what was registered or refused are, in the same transaction."""
    with context.engine.connect() as connection:
        taken = taken_objects(connection, dropped.marks())
    if missing := [mark for mark in dropped.marks() if mark not in taken]:
        with step(Step.REMEMBER_DROP), context.engine.begin() as connection:
            remember_taken(connection, delivery_id, missing)


def _decided(context: Context, delivery_id: str, files: Sequence[ObjectInfo]) -> Receipt:
    """What was decided about a delivery, some of whose files are still in the drop area."""
    give_refusal(context, delivery_id)
    with context.engine.connect() as connection:
        known = get_delivery(connection, delivery_id)
    assert known is not None
    size = sum(item.size for item in files)
    if known.status is not DeliveryStatus.REJECTED:
        return seen_before(known, len(files), None, size)
    zh, _, en = (known.reason or "").partition("\n")
    return Receipt(known.source, delivery_id, "rejected", len(files), None, size, known.code, zh or None, en or None)


def _clear(context: Context, objects: Sequence[ObjectInfo]) -> None:
    """Delete objects from the drop area. What has changed meanwhile stays: it is something new.

    Each is listed again, as it was found: S3 tells the time of an object more exactly in a listing than when asked for it.
    """
    for item in objects:
        now = next((found for found in context.store.list(item.key) if found.key == item.key), None)
        if now is not None and (now.size, now.modified) == (item.size, item.modified):
            with step(Step.CLEAR_MANIFEST if name_of(item) in {MANIFEST, SUCCESS} else Step.CLEAR_DATA):
                context.store.delete(item.key)


def _forget_gone(context: Context, source: str) -> None:
    """Forget the objects that were decided about and are gone, whichever round deleted them.

    What is remembered is asked first: what another process takes meanwhile is not among it.
    """
    with context.engine.connect() as connection:
        remembered = taken_of(connection, source)
    there = {mark for dropped in look(context.store, source) for mark in dropped.marks()} if remembered else set()
    if gone := remembered - there:
        with step(Step.FORGET_DROP), context.engine.begin() as connection:
            forget_taken(connection, sorted(gone))
