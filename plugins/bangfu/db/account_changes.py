"""Changes of accounts by two persons (双人授权): a system administrator proposes, a security administrator decides.

The database itself refuses one person for both, and carries an approved proposal out. Until both kinds of administrator have
an active account, accounts are made at once: somebody has to be the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from bangfu.db.access import Access, record_access
from bangfu.db.account import User
from bangfu.db.models import AppUser, Role
from bangfu.db.plain_text import storable
from bangfu.db.trust_models import AccountChange, ChangeKind
from bangfu.db.users import check_user, get_user, hash_password
from bangfu.errors import BangfuError
from schemas.rights import Permission

__all__ = ["Proposal", "decide", "decided", "propose", "propose_account", "two_persons_needed", "waiting"]


@dataclass(frozen=True)
class Proposal:
    """A proposal about an account; `target` is what the account would be, without its password."""

    change_id: int
    kind: ChangeKind
    username: str
    target: Mapping[str, Any]
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    approved: bool | None


def two_persons_needed(connection: Connection) -> bool:
    """Whether an active system administrator and an active security administrator exist."""
    query = select(func.count(func.distinct(AppUser.role))).where(
        AppUser.role.in_([Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR]), AppUser.active
    )
    return connection.scalar(query) == 2


def propose_account(connection: Connection, user: User, *, by: str, password: str | None = None) -> int:
    """Propose a new account, or other rights for one that exists.

    Args:
        connection: Owner connection.
        user: The account as it is to be.
        by: Account of the system administrator.
        password: Of a new account; None changes one that exists.

    Returns:
        Number of the proposal.

    Raises:
        BangfuError: `by` may not, the account does not fit, or a proposal about it is waiting.
    """
    check_user(user)
    known = get_user(connection, user.username)
    if password is not None and known is not None:
        raise BangfuError(f"The user name {user.username} is taken.")
    if password is None and known is None:
        raise BangfuError(f"There is no account {user.username!r}; `bangfu user list` shows them.")
    target = {name: value for name, value in vars(user).items() if name not in {"username", "active"}}
    kind = ChangeKind.CHANGE if password is None else ChangeKind.CREATE
    return _insert(connection, kind, user, target, by, hash_password(password) if password is not None else None)


def propose(connection: Connection, kind: ChangeKind, username: str, *, by: str, subject: str | None = None) -> int:
    """Propose to link an account to a subject of the single sign-on, or to take its second factor away."""
    user = get_user(connection, username)
    if user is None:
        raise BangfuError(f"There is no account {username!r}; `bangfu user list` shows them.")
    return _insert(connection, kind, user, {"oidc_subject": subject} if kind is ChangeKind.LINK else {}, by, None)


def decide(connection: Connection, change_id: int, *, by: str, approve: bool, in_portal: bool = False) -> str:
    """Decide about a proposal; an approved one is carried out, and the account's sessions end.

    Args:
        connection: Owner connection; or a portal connection in the scope of the security administrator.
        change_id: Number of the proposal.
        by: Account of the security administrator.
        approve: Whether it is to be carried out.
        in_portal: Whether this is a portal connection, where the scope says who decides.

    Returns:
        The account it is about.

    Raises:
        BangfuError: None is waiting under this number, or `by` may not decide about it.
    """
    call = "portal_decide_account_change(:change, :approve)"
    if not in_portal:
        call = "decide_account_change(:change, :approve, :by)"
    try:
        with connection.begin_nested():
            found = connection.scalar(
                text(f"SELECT {call}"),
                {"change": change_id, "approve": approve, "by": storable(by.strip().lower())},
            )
    except IntegrityError:
        raise BangfuError(f"Proposal {change_id} no longer fits the accounts: reject it and propose again.") from None
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":
            raise
        raise BangfuError(
            f"{by} may not decide about proposal {change_id}: a security administrator of the area does, who neither "
            "proposed it nor is its subject."
        ) from None
    if found is None:
        raise BangfuError(f"No proposal {change_id} is waiting: `bangfu user waiting` shows them.")
    return str(found)


def waiting(connection: Connection) -> list[Proposal]:
    """Proposals that wait for a decision, the oldest first, as far as this connection sees them."""
    return _proposals(
        connection, _PROPOSALS.where(AccountChange.decided_at.is_(None)).order_by(AccountChange.change_id)
    )


def decided(connection: Connection, limit: int = 20) -> list[Proposal]:
    """Proposals that were decided about, the newest first."""
    query = _PROPOSALS.where(AccountChange.decided_at.is_not(None)).order_by(AccountChange.decided_at.desc())
    return _proposals(connection, query.limit(limit))


_PROPOSALS = select(*[AccountChange.__table__.c[name] for name in Proposal.__dataclass_fields__])


def _proposals(connection: Connection, query: Any) -> list[Proposal]:
    rows = [Proposal(**row._mapping) for row in connection.execute(query)]
    return [replace(row, kind=ChangeKind(row.kind)) for row in rows]


def _insert(
    connection: Connection, kind: ChangeKind, user: User, target: Mapping[str, Any], by: str, password_hash: str | None
) -> int:
    proposer = get_user(connection, by.strip().lower())
    if proposer is None or not proposer.active or not proposer.may(Permission.PROPOSE_ACCOUNTS):
        raise BangfuError(
            f"{by.strip() or 'Nobody'} may not propose accounts: give --by an active system administrator; "
            "`bangfu user list` shows them."
        )
    present = get_user(connection, user.username)
    areas = [item.area_code for item in (user, present) if item is not None]
    if len(proposer.area_code) > 2 and not all(area.startswith(proposer.area_code) for area in areas):
        raise BangfuError(f"{proposer.username} proposes accounts of {proposer.area_code} alone.")
    values = {"kind": str(kind), "username": user.username, "area_code": user.area_code, "target": dict(target)}
    try:
        with connection.begin_nested():
            number = connection.scalar(
                insert(AccountChange)
                .values(**storable(values), password_hash=password_hash, proposed_by=proposer.username)
                .returning(AccountChange.change_id)
            )
    except IntegrityError:
        raise BangfuError(f"A proposal about {user.username} is waiting already: `bangfu user waiting`.") from None
    access = Access(proposer.username, f"account_{kind}_proposed", None, proposer.area_code, role=str(proposer.role), subject=user.username)  # fmt: skip
    record_access(connection, access)
    return int(number or 0)
