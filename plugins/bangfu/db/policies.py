"""Versions of rule sets and parameters: entered by one person (录入), approved by another (审批), never changed.

A version without `entered_by` came with the program and was used before anybody had approved one.
"""

import datetime as dt
import enum
from dataclasses import dataclass

from sqlalchemy import CheckConstraint, Connection, ForeignKey, insert, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from bangfu.db.models import Base, one_of
from bangfu.db.plain_text import storable
from bangfu.db.users import get_user
from bangfu.errors import BangfuError
from schemas.rights import Permission, roles_with

__all__ = [
    "PolicyKind",
    "PolicyRow",
    "PolicyVersion",
    "approve_policy",
    "approved_policies",
    "enter_policy",
    "get_policy",
    "keep_policy",
    "list_policies",
]

MAY_DECIDE = tuple(roles_with(Permission.DECIDE_POLICY))
"""Roles of those who enter and approve."""


class PolicyKind(enum.StrEnum):
    """What a version holds."""

    RULES = "rules"
    PARAMETERS = "parameters"


class PolicyVersion(Base):
    """One version of the rules or of the parameters."""

    __tablename__ = "policy_version"
    __table_args__ = (
        one_of("kind", PolicyKind),
        CheckConstraint(
            "approved_by IS NULL OR (entered_by IS NOT NULL AND lower(approved_by) <> lower(entered_by))",
            name="two_persons",
        ),
        CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="approved_at_known"),
    )

    version_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    digest: Mapped[str]
    content: Mapped[str]
    origin: Mapped[str]
    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]
    entered_by: Mapped[str | None] = mapped_column(ForeignKey("app_user.username"))
    entered_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("app_user.username"))
    approved_at: Mapped[dt.datetime | None]


@dataclass(frozen=True)
class PolicyRow:
    """A version, as kept.

    Attributes:
        version_id: Name of the version.
        kind: What it holds.
        digest: sha256 of its content.
        content: A rule file, or parameters as text.
        origin: `official` or `synthetic` of parameters, `federation` or `shipped` of rules.
        valid_from, valid_to: Days for which rules hold; None of parameters, whose values carry their own.
        entered_by, entered_at: Who entered it; nobody, where it came with the program.
        approved_by, approved_at: Who approved it.
    """

    version_id: str
    kind: PolicyKind
    digest: str
    content: str
    origin: str
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    entered_by: str | None = None
    entered_at: dt.datetime | None = None
    approved_by: str | None = None
    approved_at: dt.datetime | None = None


def keep_policy(connection: Connection, row: PolicyRow) -> None:
    """Keep what a run uses without approval, so that it can be repeated; nothing where it is kept already.

    Raises:
        BangfuError: The same version with another content is kept.
    """
    known = get_policy(connection, row.version_id)
    if known is None:
        _insert(connection, row, by=None)
    elif known.digest != row.digest:
        raise BangfuError(f"{row.version_id} is kept with another content: give the changed file a new version.")


def enter_policy(connection: Connection, row: PolicyRow, *, by: str) -> None:
    """Enter a version; it is used once another person has approved it.

    Args:
        connection: Owner connection.
        row: The version.
        by: Account of who enters it.

    Raises:
        BangfuError: The account may not, or the version is entered already.
    """
    account = _account(connection, by)
    known = get_policy(connection, row.version_id)
    if known is None:
        _insert(connection, row, by=account)
        return
    if known.digest != row.digest:
        raise BangfuError(f"{row.version_id} is entered with another content: give the changed file a new version.")
    if known.entered_by is not None:
        state = f"approved by {known.approved_by}" if known.approved_by else "waiting for approval"
        raise BangfuError(f"{row.version_id} is entered already, by {known.entered_by}: it is {state}.")
    now = dt.datetime.now(dt.UTC)
    _change(connection, row.version_id, {"entered_by": account, "entered_at": now})


def approve_policy(connection: Connection, version_id: str, kind: PolicyKind, *, by: str) -> PolicyRow:
    """Approve a version (两人审批): who entered it may not.

    Args:
        connection: Owner connection.
        version_id: Which.
        kind: What it must hold.
        by: Account of who approves.

    Raises:
        BangfuError: The account may not or entered it, there is no such version, it is approved already, or made-up
            values would follow official ones.
    """
    account = _account(connection, by)
    connection.execute(text("LOCK TABLE policy_version IN SHARE ROW EXCLUSIVE MODE"))
    row = get_policy(connection, version_id)
    if row is None or row.kind is not kind or row.entered_by is None:
        raise BangfuError(f"There is no version {version_id} to approve: see `bangfu {kind} list`.")
    if row.approved_by is not None:
        raise BangfuError(f"{version_id} is approved already, by {row.approved_by}.")
    if row.entered_by.lower() == account.lower():
        raise BangfuError(f"{version_id} was entered by {account}: a second person has to approve it.")
    if row.origin == "synthetic" and any(item.origin == "official" for item in approved_policies(connection, kind)):
        raise BangfuError(f"{version_id} holds synthetic values, and official ones are in use: it cannot follow them.")
    _change(connection, version_id, {"approved_by": account, "approved_at": dt.datetime.now(dt.UTC)})
    return row


def get_policy(connection: Connection, version_id: str) -> PolicyRow | None:
    """Return a version, or None."""
    rows = connection.execute(_ROWS.where(PolicyVersion.version_id == storable(version_id))).all()
    return _row(rows[0]) if rows else None


def approved_policies(connection: Connection, kind: PolicyKind) -> list[PolicyRow]:
    """The approved versions, the latest approval last."""
    query = _ROWS.where(PolicyVersion.kind == kind, PolicyVersion.approved_by.is_not(None))
    return [_row(row) for row in connection.execute(query.order_by(PolicyVersion.approved_at))]


def list_policies(connection: Connection, kind: PolicyKind) -> list[PolicyRow]:
    """All versions, oldest first."""
    return [_row(row) for row in connection.execute(_ROWS.where(PolicyVersion.kind == kind).order_by("entered_at"))]


_ROWS = select(*[PolicyVersion.__table__.c[name] for name in PolicyRow.__dataclass_fields__])


def _row(row: object) -> PolicyRow:
    values = dict(row._mapping)  # type: ignore[attr-defined]
    return PolicyRow(**{**values, "kind": PolicyKind(values["kind"])})


def _insert(connection: Connection, row: PolicyRow, *, by: str | None) -> None:
    names = ("version_id", "kind", "digest", "content", "origin", "valid_from", "valid_to")
    values = {name: getattr(row, name) for name in names}
    connection.execute(insert(PolicyVersion).values(**storable(values), entered_by=by))


def _change(connection: Connection, version_id: str, values: dict[str, object]) -> None:
    connection.execute(update(PolicyVersion).where(PolicyVersion.version_id == version_id).values(**values))


def _account(connection: Connection, name: str) -> str:
    user = get_user(connection, name.strip().lower())
    if user is None or not user.active or user.role not in MAY_DECIDE or len(user.area_code) != 2:
        raise BangfuError(
            f"{name.strip() or 'Nobody'} may not decide about rules and parameters: give --by an active account of the "
            f"province ({' or '.join(MAY_DECIDE)}); `bangfu user list` shows them."
        )
    return user.username
