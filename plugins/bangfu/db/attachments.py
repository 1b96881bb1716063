"""Papers kept with a case (附件): encrypted, read and written under the rights on the case.

The content is sealed under a key that the database does not have, bound to the paper and its case: a row that is copied to
another case cannot be opened there.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, delete, func, insert, select

from bangfu.db.case_models import CaseAttachment
from bangfu.errors import Refused
from schemas.attachments import ATTACHMENT_KINDS, MEDIA_TYPES, MOST_BYTES, MOST_PER_CASE, media_type_of

__all__ = ["Attachment", "add_attachment", "attachments_of", "open_attachment", "remove_attachment"]

_NONCE = 12


@dataclass(frozen=True)
class Attachment:
    """A paper of a case.

    Attributes:
        attachment_id: Opaque, 32 hexadecimal digits.
        case_id: Its case.
        kind: Code of `schemas.attachments.ATTACHMENT_KINDS`.
        media_type: Of `schemas.attachments.MEDIA_TYPES`.
        size: Bytes.
        username: Who added it.
        added_at: When.
    """

    attachment_id: str
    case_id: str
    kind: str
    media_type: str
    size: int
    username: str
    added_at: datetime


def add_attachment(
    connection: Connection, key: str, case_id: str, username: str, kind: str, content: bytes, now: datetime
) -> str:
    """Add a paper to a case (portal connection in the scope of the account); the same one twice is kept once.

    Args:
        connection: A transaction of who adds it.
        key: The secret `attachment-key`.
        case_id: A case of the account's area that has not ended.
        username: Who adds it.
        kind: Code of `ATTACHMENT_KINDS`.
        content: The file.
        now: Now.

    Returns:
        Id of the paper.

    Raises:
        Refused: `no_file`, `too_large`, `not_a_paper`, `no_such_kind` or `too_many`.
    """
    media = _checked(kind, content)
    digest = hashlib.sha256(key.encode() + content).hexdigest()
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"bangfu/attachment/{case_id}", 0))))
    here = select(CaseAttachment.attachment_id, CaseAttachment.digest).where(CaseAttachment.case_id == case_id)
    known = {row.digest: row.attachment_id for row in connection.execute(here)}
    if digest in known:
        return str(known[digest])
    if len(known) >= MOST_PER_CASE:
        raise Refused(
            "too_many",
            f"每件最多{MOST_PER_CASE}份附件：请合并扫描，或删除自己误传的。",
            f"A case takes {MOST_PER_CASE} papers: scan several into one, or remove what you added by mistake.",
        )
    attachment_id = secrets.token_hex(16)
    nonce = secrets.token_bytes(_NONCE)
    sealed = nonce + _cipher(key).encrypt(nonce, content, _bound(attachment_id, case_id))
    connection.execute(
        insert(CaseAttachment).inline().values(
            attachment_id=attachment_id, case_id=case_id, kind=kind, media_type=media, size=len(content),
            username=username, added_at=now, digest=digest, content=sealed,
        )
    )  # fmt: skip
    return attachment_id


def attachments_of(connection: Connection, case_id: str) -> Sequence[Attachment]:
    """The papers of a case, the oldest first; none where this connection may not see the case."""
    return [Attachment(*row) for row in connection.execute(_OF_CASE, {"of_case": case_id})]


def open_attachment(
    connection: Connection, key: str, case_id: str, attachment_id: str
) -> tuple[Attachment, bytes] | None:
    """A paper and its content; None where there is none, or it was sealed under another key or for another case."""
    columns = [CaseAttachment.__table__.c[name] for name in (*Attachment.__dataclass_fields__, "content")]
    wanted = (CaseAttachment.case_id == case_id, CaseAttachment.attachment_id == attachment_id)
    row = connection.execute(select(*columns).where(*wanted)).one_or_none()
    if row is None:
        return None
    try:
        content = _cipher(key).decrypt(row.content[:_NONCE], row.content[_NONCE:], _bound(attachment_id, case_id))
    except InvalidTag:
        return None
    return Attachment(**{name: getattr(row, name) for name in Attachment.__dataclass_fields__}), content


def remove_attachment(connection: Connection, case_id: str, attachment_id: str) -> bool:
    """Remove an own paper from a case that has not ended; False where the row policies do not let it be."""
    wanted = (CaseAttachment.case_id == case_id, CaseAttachment.attachment_id == attachment_id)
    return connection.execute(delete(CaseAttachment).where(*wanted)).rowcount == 1


_OF_CASE = (
    select(*(CaseAttachment.__table__.c[name] for name in Attachment.__dataclass_fields__))
    .where(CaseAttachment.case_id == bindparam("of_case"))
    .order_by(CaseAttachment.added_at, CaseAttachment.attachment_id)
)


def _checked(kind: str, content: bytes) -> str:
    """The media type of what is added."""
    if not content:
        raise Refused("no_file", "请选择文件。", "Choose a file.")
    if len(content) > MOST_BYTES:
        raise Refused(
            "too_large",
            f"文件超过{MOST_BYTES >> 20}MB：请降低扫描分辨率，或分成几份。",
            f"The file has more than {MOST_BYTES >> 20} MB: scan it at a lower resolution, or in parts.",
        )
    media = media_type_of(content)
    if media is None:
        endings = ", ".join(MEDIA_TYPES.values()).upper()
        raise Refused(
            "not_a_paper",
            f"只接收{endings.replace(', ', '、')}文件：请扫描或拍照后上传。",
            f"Only {endings} are taken: scan or photograph the paper.",
        )
    if kind not in {item.code for item in ATTACHMENT_KINDS.codes}:
        raise Refused("no_such_kind", "请选择附件类别。", "Choose what paper it is.")
    return media


def _bound(attachment_id: str, case_id: str) -> bytes:
    return f"{attachment_id}:{case_id}".encode()


def _cipher(key: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"case attachment:" + key.encode()).digest())
