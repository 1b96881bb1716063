"""Sealing, exporting and verifying the access log (审计链)."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from bangfu.china_time import in_china
from bangfu.db import audit, sessions
from bangfu.db.audit import Head, Verification
from bangfu.db.trust_models import AuditCheck
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.storage import keys

__all__ = ["SealedLog", "keep_head", "read_head", "seal_log", "stored_heads", "verify_log"]


@dataclass(frozen=True)
class SealedLog:
    """What a sealing did: entries sealed now, the end of the chain, where its head is kept."""

    sealed: int
    position: int
    head: str


def seal_log(context: Context) -> SealedLog:
    """Seal what is committed and keep the head in the object store; the same head again is a no-op.

    Sessions that ended more than a day ago are deleted on the way.
    """
    sealed = audit.seal(context.engine)
    with context.engine.begin() as connection:
        sessions.purge(connection)
        head = audit.head(connection)
    if not head.position:
        return SealedLog(sealed, 0, "")
    key = keys.audit_head(in_china(datetime.now(UTC), "%Y-%m-%d"), head.position)
    if context.store.stat(key) is None:
        context.store.put(key, _text(head))
    return SealedLog(sealed, head.position, key)


def keep_head(context: Context, out: Path) -> Head:
    """Write the head to a file, to be kept where nobody of the service can reach it."""
    audit.seal(context.engine)
    with context.engine.connect() as connection:
        head = audit.head(connection)
    out.write_bytes(_text(head))
    return head


def verify_log(context: Context, files: Sequence[Path] = ()) -> Verification:
    """Verify the whole log against itself, the heads in the object store and heads in files; the result is recorded.

    Raises:
        BangfuError: A file holds no head.
    """
    audit.seal(context.engine)
    heads = [*stored_heads(context), *(read_head(path.read_bytes()) for path in files)]
    with context.engine.begin() as connection:
        found = audit.verify(connection, heads)
        told = [f"{item.code} {item.position}" for item in found.findings[:100]]
        connection.execute(
            insert(AuditCheck).values(sealed=found.sealed, unsealed=found.unsealed, heads=found.heads, findings=told)
        )
    return found


def stored_heads(context: Context) -> list[Head]:
    """The heads in the object store."""
    return [read_head(context.store.read(item.key)) for item in context.store.list(keys.AUDIT_HEADS)]


def read_head(content: bytes) -> Head:
    """Read a head that was kept."""
    try:
        told = json.loads(content)
        position, digest = int(told["position"]), str(told["hash"])
        return Head(position, digest, datetime.fromisoformat(told["at"]) if told.get("at") else None)
    except (ValueError, KeyError, TypeError):
        raise BangfuError("A file of an audit head holds position and hash as JSON; this one does not.") from None


def _text(head: Head) -> bytes:
    told = {**asdict(head), "at": head.at.isoformat() if head.at else None}
    return (json.dumps(told, sort_keys=True) + "\n").encode()
