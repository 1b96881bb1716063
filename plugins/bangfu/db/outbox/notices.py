"""Writing notices (写通知): each with its messages, in the transaction of what it tells of, and once."""

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from sqlalchemy import Connection, exists, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from bangfu.db.outbox.channels import channels_of
from bangfu.db.outbox.models import MessageStatus, NoticeMessage, NoticeRow
from schemas.notices import Channel, Notice, NoticeKind, check_counts

__all__ = ["NewNotice", "get_notice", "is_announced", "notice_of", "write_notices"]


@dataclass(frozen=True)
class NewNotice:
    """A notice to write; the columns mean what `schemas.notices.Notice` says.

    Attributes:
        step: Tells notices of the same kind, union and list apart.
    """

    union_code: str
    kind: NoticeKind
    list_version: int
    counts: Mapping[str, int]
    acknowledge_by: dt.date
    due_on: dt.date | None = None
    about: str | None = None
    step: str = ""
    due_at: dt.datetime | None = None


def write_notices(connection: Connection, notices: Iterable[NewNotice]) -> int:
    """Write notices with a message for each channel of their unions.

    A notice of the same union, kind, list and step that is there already stays, and nothing is sent again.

    Args:
        connection: Owner connection; it holds back other writers of notices until it commits.
        notices: What to tell.

    Returns:
        Number of notices that were written.

    Raises:
        ValueError: A notice would hold anything but counts.
    """
    written = 0
    for notice in notices:
        check_counts(notice.counts)
        identity = f"ntc_{secrets.token_hex(12)}"
        values = {**vars(notice), "notice_id": identity, "counts": dict(notice.counts)}
        statement = insert_unless_there(NoticeRow).values(**values).on_conflict_do_nothing()
        if connection.scalar(statement.returning(NoticeRow.notice_id)):
            _write_messages(connection, identity, channels_of(connection, notice.union_code))
            written += 1
    return written


def is_announced(connection: Connection, list_version: int) -> bool:
    """Whether a list has been told of."""
    return bool(
        connection.scalar(
            select(exists().where(NoticeRow.list_version == list_version, NoticeRow.kind == NoticeKind.LIST))
        )
    )


def get_notice(connection: Connection, notice_id: str) -> Notice | None:
    """A notice, or None; of the portal role, one that it may see."""
    query = select(*_COLUMNS).where(NoticeRow.notice_id == notice_id)
    found = connection.execute(query).mappings().one_or_none()
    return notice_of(dict(found)) if found else None


def notice_of(row: Mapping[str, object]) -> Notice:
    """A notice from a row that has its columns, among others."""
    values = {name: row[name] for name in _FIELDS}
    return Notice(**{**values, "kind": NoticeKind(str(row["kind"]))})  # type: ignore[arg-type]


_FIELDS = tuple(item.name for item in fields(Notice))
_COLUMNS = [NoticeRow.__table__.c[name] for name in _FIELDS]


def _write_messages(connection: Connection, notice_id: str, channels: Iterable[Channel]) -> None:
    """Nothing has to be sent to the portal's own inbox: what is committed is there."""
    rows = [
        {
            "message_id": f"msg_{secrets.token_hex(12)}",
            "notice_id": notice_id,
            "channel": channel,
            "status": MessageStatus.SENT if channel is Channel.INBOX else MessageStatus.WAITING,
        }
        for channel in channels
    ]
    if rows:
        connection.execute(insert(NoticeMessage), rows)
