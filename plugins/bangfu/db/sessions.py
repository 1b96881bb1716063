"""Browser sessions of the portal (会话): random tokens, kept as digests, ended by time, by log-out or by a lost right.

The portal's role sees the sessions of the account in scope; whom a token belongs to it asks a function of the database, one
token at a time.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, text, update

from bangfu.db.account import User
from bangfu.db.models import PortalSession, Role, SessionState
from bangfu.db.trust_models import ClientAttempt

__all__ = [
    "HALF_WAY",
    "IDLE",
    "LONGEST",
    "NewSession",
    "OpenSession",
    "PortalUser",
    "close_session",
    "close_sessions",
    "find_session",
    "open_session",
    "open_sessions",
    "purge",
]

IDLE = timedelta(minutes=15)
"""A session ends after so long without a request."""

LONGEST = timedelta(hours=9)
"""A session ends after so long in any case: one working day."""

HALF_WAY = timedelta(minutes=5)
"""Time for the second step of a log-in."""


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
        session_id: Number of the session, which tells nothing.
    """

    user: User
    csrf_token: str
    expires_at: datetime
    session_id: int = 0


@dataclass(frozen=True)
class OpenSession:
    """A session as its account, or the security administrator, sees it."""

    session_id: int
    username: str
    client: str | None
    created_at: datetime
    expires_at: datetime


def open_session(
    connection: Connection, username: str, *, state: SessionState = SessionState.OPEN, client: str | None = None
) -> NewSession:
    """Open a session for an account that has just logged in.

    Args:
        connection: Portal connection in the scope of the account.
        username: The account.
        state: `SECOND_FACTOR` where the log-in is half-way; no page but that of the second step knows such a session.
        client: Address of the browser.
    """
    session = NewSession(token=secrets.token_urlsafe(32), csrf_token=secrets.token_urlsafe(32))
    lasts = IDLE if state is SessionState.OPEN else HALF_WAY
    connection.execute(
        insert(PortalSession)
        .inline()
        .values(
            token_hash=_digest(session.token),
            username=username,
            csrf_token=session.csrf_token,
            state=state,
            client=client,
            expires_at=datetime.now(UTC) + lasts,
        )
    )
    return session


def find_session(connection: Connection, token: str, state: SessionState = SessionState.OPEN) -> PortalUser | None:
    """Return who a token belongs to and prolong the session; None when it is not valid or not in this state.

    Sessions of disabled accounts are not valid, whatever their time. The database's clock decides.
    """
    idle, longest = (IDLE, LONGEST) if state is SessionState.OPEN else (HALF_WAY, HALF_WAY)
    values = {"digest": _digest(token), "state": str(state), "idle": idle, "longest": longest}
    found = connection.execute(_USE, values).one_or_none()
    if found is None:
        return None
    role, sources = Role(found.role), tuple(found.sources)
    user = User(found.username, found.display_name, role, found.area_code, sources=sources, union_name=found.union_name)
    return PortalUser(user, found.csrf_token, found.expires_at, found.session_id)


def close_session(connection: Connection, token: str) -> None:
    """End the session of a token, whoever's it is (log-out); an unknown token is a no-op."""
    connection.execute(text("SELECT portal_session_end(:digest)"), {"digest": _digest(token)})


def open_sessions(connection: Connection, username: str) -> Sequence[OpenSession]:
    """The sessions of an account that are open now, the newest first, as far as this connection sees them."""
    columns = [PortalSession.__table__.c[name] for name in OpenSession.__dataclass_fields__]
    query = select(*columns).where(
        PortalSession.username == username,
        PortalSession.state == SessionState.OPEN,
        PortalSession.revoked_at.is_(None),
        PortalSession.expires_at > func.now(),
    )
    rows = connection.execute(query.order_by(PortalSession.created_at.desc()))
    return [OpenSession(**row._mapping) for row in rows]


def close_sessions(connection: Connection, username: str) -> int:
    """End all sessions of an account, as far as this connection may; return how many."""
    ended = (
        update(PortalSession)
        .where(PortalSession.username == username, PortalSession.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )
    return connection.execute(ended).rowcount


def purge(connection: Connection) -> int:
    """Delete sessions and counted attempts that ended more than a day ago (owner connection); return how many sessions."""
    connection.execute(delete(ClientAttempt).where(ClientAttempt.at < func.now() - timedelta(days=1)))
    ended = func.least(PortalSession.expires_at, func.coalesce(PortalSession.revoked_at, PortalSession.expires_at))
    return connection.execute(delete(PortalSession).where(ended < func.now() - timedelta(days=1))).rowcount


_USE = text("SELECT * FROM portal_session_use(:digest, :state, :idle, :longest)")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
