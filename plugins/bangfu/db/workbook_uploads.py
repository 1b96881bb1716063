"""Uploaded workbooks between preview and import (待导入的上传): kept for a while, encrypted, for the account alone.

Nothing personal reaches a disk in the clear: the content is compressed and sealed under a key that the database does not
have, bound to the upload and the account. Once it is applied, the receipt takes its place, which names nobody.
"""

import hashlib
import json
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Engine, delete, func, insert, select, text, update

from bangfu.db.workbook_models import WorkbookUpload

__all__ = ["KEPT", "RECEIPT_KEPT", "Kept", "drop_upload", "get_upload", "keep_receipt", "keep_upload", "lock_upload", "own_uploads", "purge_uploads"]  # fmt: skip

KEPT = timedelta(minutes=30)
"""Time between preview and import."""
RECEIPT_KEPT = timedelta(days=7)
"""How long a receipt can be looked at again."""

_NONCE = 12
_FIELDS = ("upload_id", "flow", "uploaded_at", "expires_at", "applied_at")


@dataclass(frozen=True)
class Kept:
    """An upload.

    Attributes:
        upload_id: Opaque, 32 hexadecimal digits.
        flow: Code of `schemas.review.REVIEW_LISTS`.
        uploaded_at, expires_at: When it came, and until when it is kept.
        applied_at: When it was applied; then the content is the receipt.
        content: As it was kept; None in a list.
    """

    upload_id: str
    flow: str
    uploaded_at: datetime
    expires_at: datetime
    applied_at: datetime | None
    content: Any = field(default=None, repr=False)


def keep_upload(connection: Connection, master: str, username: str, flow: str, content: Any, now: datetime) -> str:
    """Keep the content of an upload (portal connection in the scope of the account); returns its id."""
    upload_id = secrets.token_hex(16)
    connection.execute(
        insert(WorkbookUpload).inline().values(
            upload_id=upload_id, username=username, flow=flow, expires_at=now + KEPT,
            content=_sealed(master, upload_id, username, content),
        )
    )  # fmt: skip
    return upload_id


def get_upload(connection: Connection, master: str, username: str, upload_id: str) -> Kept | None:
    """An own upload that is still kept; None for any other."""
    columns = [WorkbookUpload.__table__.c[name] for name in (*_FIELDS, "content")]
    query = select(*columns).where(WorkbookUpload.upload_id == upload_id, WorkbookUpload.username == username)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    content = _unsealed(master, upload_id, username, row.content)
    return None if content is None else Kept(**{**row._mapping, "content": content})


def own_uploads(connection: Connection, username: str, limit: int = 10) -> Sequence[Kept]:
    """The newest own uploads, without their content."""
    columns = [WorkbookUpload.__table__.c[name] for name in _FIELDS]
    query = select(*columns).where(WorkbookUpload.username == username)
    rows = connection.execute(query.order_by(WorkbookUpload.uploaded_at.desc()).limit(limit))
    return [Kept(**row._mapping) for row in rows]


def keep_receipt(
    connection: Connection, master: str, username: str, upload_id: str, receipt: Any, now: datetime
) -> None:
    """Put the receipt into the place of what was uploaded."""
    connection.execute(
        update(WorkbookUpload)
        .where(WorkbookUpload.upload_id == upload_id, WorkbookUpload.applied_at.is_(None))
        .values(
            content=_sealed(master, upload_id, username, receipt), applied_at=now, expires_at=now + RECEIPT_KEPT
        )
    )  # fmt: skip


def drop_upload(connection: Connection, upload_id: str) -> None:
    """Forget an own upload."""
    connection.execute(delete(WorkbookUpload).where(WorkbookUpload.upload_id == upload_id))


def lock_upload(connection: Connection, upload_id: str) -> None:
    """Wait until nobody else applies an upload; held until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"bangfu/upload/{upload_id}", 0))))


def purge_uploads(engine: Engine) -> None:
    """Remove everybody's uploads whose time is over (portal role)."""
    with engine.begin() as connection:
        connection.execute(text("SELECT portal_purge_uploads()"))


def _cipher(master: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"workbook upload:" + master.encode()).digest())


def _sealed(master: str, upload_id: str, username: str, content: Any) -> bytes:
    nonce, plain = secrets.token_bytes(_NONCE), json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    return nonce + _cipher(master).encrypt(nonce, zlib.compress(plain, 1), f"{upload_id}:{username}".encode())


def _unsealed(master: str, upload_id: str, username: str, sealed: bytes) -> Any:
    """The content; None where it was sealed under another key, or for another upload or account."""
    try:
        plain = _cipher(master).decrypt(sealed[:_NONCE], sealed[_NONCE:], f"{upload_id}:{username}".encode())
    except InvalidTag:
        return None
    return json.loads(zlib.decompress(plain))
