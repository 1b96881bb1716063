"""Browser sessions of the portal (会话): random tokens, kept as digests, ended by time or log-out."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, update

from bangfu.db.models import AppUser, PortalSession, Role
from bangfu.db.users import User

__all__ = ["IDLE", "LONGEST", "NewSession", "PortalUser", "close_session", "find_session", "open_session", "purge"]

IDLE = timedelta(minutes=15)
"""A session ends after so long without a request."""

LONGEST = timedelta(hours=9)
"""A session ends after so long in any case: one working day."""


@dataclass(frozen=True)
class NewSession:
    """What the browser gets: the token for the cookie, the token for the forms."""

    token: str
    csrf_token: str


@dataclass(frozen=True)
class PortalUser:
    """Who is behind a request.

    Attributes:
        user: The account as it stands now.
        csrf_token: What a form of this session must send back.
        expires_at: When the session ends without another request.
    """

    user: User
    csrf_token: str
    expires_at: datetime


def open_session(connection: Connection, username: str) -> NewSession:
    """Open a session for an account that has just logged in (portal connection)."""
    session = NewSession(token=secrets.token_urlsafe(32), csrf_token=secrets.token_urlsafe(32))
    connection.execute(
        insert(PortalSession).values(
            token_hash=_digest(session.token),
            username=username,
            csrf_token=session.csrf_token,
            expires_at=datetime.now(UTC) + IDLE,
        )
    )
    return session


def find_session(connection: Connection, token: str) -> PortalUser | None:
    """Return who a token belongs to and prolong the session; None when it is not valid.

    Sessions of disabled accounts are not valid, whatever their time. The database's clock decides.
    """
    end = func.least(func.now() + IDLE, PortalSession.created_at + LONGEST)
    found = connection.execute(
        update(PortalSession)
        .where(
            PortalSession.token_hash == _digest(token),
            PortalSession.revoked_at.is_(None),
            PortalSession.expires_at > func.now(),
            PortalSession.username == AppUser.username,
            AppUser.active,
        )
        .values(expires_at=end)
        .returning(
            AppUser.username,
            AppUser.display_name,
            AppUser.role,
            AppUser.area_code,
            AppUser.sources,
            PortalSession.csrf_token,
            PortalSession.expires_at,
        )
    ).one_or_none()
    if found is None:
        return None
    role, sources = Role(found.role), tuple(found.sources)
    user = User(found.username, found.display_name, role, found.area_code, sources=sources)
    return PortalUser(user, found.csrf_token, found.expires_at)


def close_session(connection: Connection, token: str) -> None:
    """End a session (log-out); an unknown token is a no-op."""
    connection.execute(
        update(PortalSession)
        .where(PortalSession.token_hash == _digest(token), PortalSession.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )


def purge(connection: Connection) -> int:
    """Delete sessions that ended more than a day ago (owner connection); return how many."""
    ended = func.least(PortalSession.expires_at, func.coalesce(PortalSession.revoked_at, PortalSession.expires_at))
    return connection.execute(delete(PortalSession).where(ended < func.now() - timedelta(days=1))).rowcount


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
