"""How accounts stand (账号状态), for the security administrator: locked ones, and sessions that are open now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from bangfu.db.models import AppUser, PortalSession, Role, SessionState

__all__ = ["LockedAccount", "OpenAccount", "locked_accounts", "open_accounts"]


@dataclass(frozen=True)
class LockedAccount:
    """An account that is locked after failed log-ins."""

    username: str
    display_name: str
    role: Role
    area_code: str
    failed_logins: int
    locked_until: datetime


@dataclass(frozen=True)
class OpenAccount:
    """An account with open sessions: how many, and since when the oldest."""

    username: str
    display_name: str
    role: Role
    area_code: str
    sessions: int
    since: datetime


def locked_accounts(connection: Connection) -> Sequence[LockedAccount]:
    """Accounts that are locked now, as far as this connection sees them."""
    columns = [AppUser.__table__.c[name] for name in LockedAccount.__dataclass_fields__]
    query = select(*columns).where(AppUser.locked_until > func.now()).order_by(AppUser.username)
    return [LockedAccount(**{**row._mapping, "role": Role(row.role)}) for row in connection.execute(query)]


def open_accounts(connection: Connection, limit: int = 200) -> Sequence[OpenAccount]:
    """Accounts with open sessions, as far as this connection sees them; those with most first."""
    number = func.count().label("sessions")
    query = (
        select(
            AppUser.username,
            AppUser.display_name,
            AppUser.role,
            AppUser.area_code,
            number,
            func.min(PortalSession.created_at).label("since"),
        )
        .join(PortalSession, PortalSession.username == AppUser.username)
        .where(
            PortalSession.state == SessionState.OPEN,
            PortalSession.revoked_at.is_(None),
            PortalSession.expires_at > func.now(),
        )
        .group_by(AppUser.username, AppUser.display_name, AppUser.role, AppUser.area_code)
        .order_by(number.desc(), AppUser.username)
    )
    rows = connection.execute(query.limit(limit))
    return [OpenAccount(**{**row._mapping, "role": Role(row.role)}) for row in rows]
