"""The access log as a chain (审计链): sealed in batches, verified entry by entry, and asked who saw whom.

An entry is inserted without a place in the chain, so that officers never wait for each other. The sealer gives the entries
that were committed the next positions: `hash = sha256(hash before + content)`. What is not sealed yet can be told apart, and an
exported head (position and hash) makes a later rewriting of the whole chain visible.

The verification computes every hash itself; it does not ask the database, which whoever rewrites entries may have changed too.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, func, or_, select, text

from bangfu.db.approval_models import AuditAnchor
from bangfu.db.models import AccessLog
from bangfu.db.plain_text import storable
from bangfu.db.trust_models import AuditCheck

__all__ = ["Finding", "Head", "LogEntry", "LogFilter", "Verification", "head", "seal", "search", "unsealed", "verify", "who_saw"]  # fmt: skip

BATCH = 20_000
"""Entries that one transaction seals at most."""

_BACKWARDS = timedelta(hours=1)
"""How much older than the ones before an entry may be: transactions that were under way, clocks that were set."""

_KEPT = timedelta(days=3 * 365)
"""For how long entries are kept at least."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Head:
    """The end of the chain at a moment: nothing up to it can change without notice once it is kept elsewhere."""

    position: int
    hash: str
    at: datetime | None = None


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was written.

    Attributes:
        code: `changed`, `missing`, `out_of_time` or `rewritten`.
        position: Place in the chain.
        entry_id: The entry there, where there is one.
        text: What it means, in English, without any value of the entry.
    """

    code: str
    position: int
    entry_id: int | None
    text: str


@dataclass(frozen=True)
class Verification:
    """What a verification has seen: sealed and unsealed entries, heads that were compared, findings in order, and up to which
    position the log was removed when its time was over."""

    sealed: int
    unsealed: int
    heads: int
    findings: Sequence[Finding]
    removed: int = 0


@dataclass(frozen=True)
class LogEntry:
    """An entry as the auditor reads it; `position` is None while it is not sealed."""

    entry_id: int
    at: datetime
    username: str | None
    role: str | None
    action: str
    candidate_id: str | None
    subject: str | None
    area_code: str | None
    client: str | None
    request_id: str | None
    shown: Sequence[str] | None
    position: int | None


@dataclass(frozen=True)
class LogFilter:
    """Which entries: about a person, by an account, in a time; None means any."""

    candidate_id: str | None = None
    username: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def seal(engine: Engine) -> int:
    """Seal every entry that is committed; return how many. Another sealer at work does it instead."""
    sealed = 0
    while True:
        with engine.begin() as connection:
            done = connection.scalar(text("SELECT seal_access_log(:most)"), {"most": BATCH}) or 0
        sealed += done
        if done < BATCH:
            return sealed


def unsealed(connection: Connection) -> int:
    """Entries that have no place in the chain yet."""
    return connection.scalar(select(func.count()).select_from(AccessLog).where(AccessLog.position.is_(None))) or 0


def head(connection: Connection) -> Head:
    """The end of the chain; position 0 of an empty one."""
    last = select(AccessLog.position, AccessLog.hash, AccessLog.at).where(AccessLog.position.is_not(None))
    found = connection.execute(last.order_by(AccessLog.position.desc()).limit(1)).one_or_none()
    return Head(found.position, bytes(found.hash).hex(), found.at) if found else Head(0, "")


def verify(connection: Connection, heads: Iterable[Head] = ()) -> Verification:
    """Compute the whole chain again and compare it with what is stored and with heads that were exported.

    Args:
        connection: Owner connection.
        heads: Heads as they were kept elsewhere, in any order.
    """
    kept = sorted(heads, key=lambda item: item.position)
    expected = {item.position: item for item in kept}
    findings: list[Finding] = []
    anchor = _anchor(connection)
    last, before, latest, counted = anchor.position, bytes.fromhex(anchor.hash), anchor.at or _EPOCH, 0
    findings += _anchor_findings(connection, anchor, expected.get(anchor.position))
    for row in _sealed(connection, anchor.position):
        counted += 1
        known = row.position == last + 1
        if not known:
            gap = f"{last + 1}" if row.position == last + 2 else f"{last + 1} to {row.position - 1}"
            findings.append(Finding("missing", last + 1, None, f"position {gap} is missing: deleted, or moved away"))
        stored = bytes(row.hash)
        if known and hashlib.sha256(before + content_of(row)).digest() != stored:
            text_of = "does not follow from the entry before it: changed, inserted or moved here"
            findings.append(Finding("changed", row.position, row.entry_id, text_of))
        if row.at < latest - _BACKWARDS:
            findings.append(
                Finding("out_of_time", row.position, row.entry_id, "is older than entries sealed before it")
            )
        kept_head = expected.get(row.position)
        if kept_head is not None and kept_head.hash != stored.hex():
            findings.append(Finding("rewritten", row.position, row.entry_id, "has another hash than the head that was exported"))  # fmt: skip
        last, before, latest = row.position, stored, max(latest, row.at)
    if kept and kept[-1].position > last:
        findings.append(Finding("missing", last + 1, None, f"position {last + 1} to {kept[-1].position} is missing: it was exported"))  # fmt: skip
    return Verification(counted, unsealed(connection), len(kept), findings, anchor.position)


def content_of(entry: Any) -> bytes:
    """What is hashed of an entry, as `access_content` of the database writes it: a JSON array."""
    values = [
        entry.entry_id, (entry.at - _EPOCH) // timedelta(microseconds=1), entry.username, entry.role, entry.action,
        entry.candidate_id, entry.subject, entry.area_code, entry.client, entry.request_id, entry.shown,
    ]  # fmt: skip
    return json.dumps(values, ensure_ascii=False).encode()


def latest_check(connection: Connection) -> Any:
    """The latest verification that was recorded (`AuditCheck`), or None."""
    columns = AuditCheck.__table__
    return connection.execute(select(columns).order_by(AuditCheck.check_id.desc()).limit(1)).one_or_none()


def search(connection: Connection, filters: LogFilter, *, limit: int = 50, offset: int = 0) -> list[LogEntry]:
    """Entries of the log, the newest first, as far as this connection sees them."""
    query = _ENTRIES.where(*_conditions(filters)).order_by(AccessLog.at.desc(), AccessLog.entry_id.desc())
    return [LogEntry(**row._mapping) for row in connection.execute(query.limit(limit).offset(offset))]


def who_saw(connection: Connection, candidate_id: str) -> list[Mapping[str, Any]]:
    """Who saw a person (谁看过此人): by account and action, how often, first and last; `list` is a masked line of a list."""
    query = (
        select(
            AccessLog.username,
            func.max(AccessLog.role).label("role"),
            func.max(AccessLog.area_code).label("area_code"),
            AccessLog.action,
            func.count().label("times"),
            func.min(AccessLog.at).label("first"),
            func.max(AccessLog.at).label("last"),
        )
        .where(*_conditions(LogFilter(candidate_id=candidate_id)))
        .group_by(AccessLog.username, AccessLog.action)
        .order_by(AccessLog.username, AccessLog.action)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


_ENTRIES = select(*[AccessLog.__table__.c[name] for name in LogEntry.__dataclass_fields__])


def _anchor(connection: Connection) -> Head:
    """Where the chain begins: position 0, or the head up to which it was removed."""
    query = select(AuditAnchor.position, AuditAnchor.hash, AuditAnchor.at).order_by(AuditAnchor.position.desc())
    found = connection.execute(query.limit(1)).one_or_none()
    return Head(found.position, bytes(found.hash).hex(), found.at) if found else Head(0, "")


def _anchor_findings(connection: Connection, anchor: Head, kept: Head | None) -> Iterator[Finding]:
    """What is wrong with the beginning of a shortened log.

    Whoever removes entries before their time needs a head that was kept, of that place and so old: the object store and the
    files outside have none.
    """
    if not anchor.position:
        return
    place = anchor.position
    if kept is None or kept.hash != anchor.hash:
        yield Finding("rewritten", place, None, "the log was removed up to here, and no head that was kept says so")
    removed = select(func.least(AuditAnchor.removed_at, func.now())).where(AuditAnchor.position == place)
    removed_at = connection.scalar(removed) or _EPOCH
    if max(item for item in (anchor.at, kept.at if kept else None, _EPOCH) if item) > removed_at - _KEPT:
        yield Finding("missing", place, None, "the log was removed up to here before its three years were over")
    again = select(func.count()).select_from(AccessLog).where(AccessLog.position <= place)
    if connection.scalar(again):
        yield Finding("changed", place, None, "entries up to here were removed and are there again")


def _sealed(connection: Connection, after: int) -> Iterator[Any]:
    """The sealed entries after a position in the order of the chain, in bounded memory."""
    query = select(AccessLog.__table__).where(AccessLog.position > after).order_by(AccessLog.position)
    with connection.execute(query, execution_options={"yield_per": 5000}) as rows:
        yield from rows


def _conditions(filters: LogFilter) -> list[Any]:
    conditions: list[Any] = []
    if filters.candidate_id is not None:
        person = storable(filters.candidate_id)
        conditions.append(or_(AccessLog.candidate_id == person, AccessLog.shown.contains([person])))
    if filters.username is not None:
        conditions.append(AccessLog.username == storable(filters.username))
    if filters.since is not None:
        conditions.append(AccessLog.at >= filters.since)
    if filters.until is not None:
        conditions.append(AccessLog.at < filters.until)
    return conditions
