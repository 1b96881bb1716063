"""The access log (访问日志): every read of a person, by whom; the portal's role adds to it in its own account's name alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert

from bangfu.db.models import AccessLog
from bangfu.db.plain_text import storable

__all__ = ["Access", "record_access"]


@dataclass(frozen=True)
class Access:
    """One entry.

    Attributes:
        username: Who; None when nobody is logged in (a failed log-in).
        action: What, as a code: `login`, `login_failed`, `list`, `view`, `reveal`, `export` ...
        candidate_id: Whom it was about, when it was one person.
        area_code: Area the reader acted for.
        request_id: Id that the request's log lines carry.
        role: What the account was for at that time.
        subject: What else it was about: an account, an export.
        client: Address of the browser.
        shown: The persons of a list that was shown.
    """

    username: str | None
    action: str
    candidate_id: str | None = None
    area_code: str | None = None
    request_id: str | None = None
    role: str | None = None
    subject: str | None = None
    client: str | None = None
    shown: Sequence[str] | None = None


def record_access(connection: Connection, access: Access) -> None:
    """Add an entry, in the transaction of the read it is about."""
    connection.execute(_ADD, storable(vars(access)))


_ADD = insert(AccessLog).inline()
"""`inline`: the role may insert and not read, so nothing may be returned."""
