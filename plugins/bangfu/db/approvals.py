"""Questions to a second person (双人审批): asked, answered once, used once, and gone unanswered after seven days.

The database itself refuses the asker as the answerer, an answer of who may not give one, and a second use. An approval of an
export is good for one file within a day; an approval of a list for that list and nothing else.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, text, update
from sqlalchemy.exc import DBAPIError

from bangfu.db.access import Access, record_access
from bangfu.db.account import User
from bangfu.db.approval_models import Approval, ApprovalKind
from bangfu.db.plain_text import storable
from bangfu.db.users import get_user
from bangfu.errors import BangfuError, Refused
from schemas.rights import Permission

__all__ = ["ApprovalState", "Asked", "account_asking", "answer", "approval", "approvals", "ask_export", "ask_publication", "for_publication", "use"]  # fmt: skip


class ApprovalState(enum.StrEnum):
    """How a question stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    USED = "used"


@dataclass(frozen=True)
class Asked:
    """A question, as kept; see `bangfu.db.approval_models.Approval`."""

    approval_id: int
    kind: ApprovalKind
    subject: str
    digest: str | None
    rows: int
    area_code: str
    union_name: str | None
    asked_by: str | None
    asked_at: datetime
    expires_at: datetime
    purpose: str
    recipient: str
    figures: Mapping[str, Any]
    decided_by: str | None
    decided_at: datetime | None
    approved: bool | None
    reason: str | None
    way: str | None
    usable_until: datetime | None
    used_at: datetime | None
    used_as: str | None

    def state(self, now: datetime | None = None) -> ApprovalState:
        """How it stands at a moment; now when none is given."""
        now = now or datetime.now(UTC)
        if self.used_at is not None:
            return ApprovalState.USED
        if self.approved is False:
            return ApprovalState.REJECTED
        ends = self.usable_until if self.approved else self.expires_at
        if ends is not None and ends <= now:
            return ApprovalState.EXPIRED
        return ApprovalState.APPROVED if self.approved else ApprovalState.WAITING


def ask_publication(
    connection: Connection, run_id: str, digest: str, rows: int, figures: Mapping[str, Any], by: User | None
) -> Asked:
    """Ask whether a screened list is to be published; the question that is open about this content stays.

    Args:
        connection: Owner connection that holds the lock of the lists.
        run_id: Run of the list.
        digest: Of its content.
        rows: Persons on it.
        figures: What the second person is shown; counts alone.
        by: Who asks; None for the schedule.
    """
    known = for_publication(connection, run_id, digest)
    if known is not None and known.state() in {ApprovalState.WAITING, ApprovalState.APPROVED}:
        return known
    values = {
        "kind": ApprovalKind.PUBLICATION, "subject": run_id, "digest": digest, "rows": rows, "area_code": PROVINCE,
        "asked_by": by.username if by else None, "figures": storable(dict(figures)),
    }  # fmt: skip
    asked = _one(connection, insert(Approval).values(**values).returning(*_COLUMNS))
    record_access(
        connection, Access(values["asked_by"], "publication_asked", None, PROVINCE, subject=str(asked.approval_id))
    )
    return asked


def ask_export(connection: Connection, user: User, subject: str, rows: int, purpose: str, recipient: str) -> Asked:
    """Ask whether an account may take more persons out at once than the number that needs nobody else.

    Args:
        connection: Owner connection, or a portal connection in the scope of the account.
        user: Who asks.
        subject: Code of what is taken out.
        rows: How many persons at most.
        purpose: What for; recorded with the export.
        recipient: To whom it goes.

    Raises:
        BangfuError: The account may not export, or says nothing of the purpose.
    """
    if not user.active or not user.may(Permission.EXPORT_LISTS):
        raise BangfuError(f"{user.username} may not export lists: give --by an account that may.")
    if not purpose.strip():
        raise Refused("purpose_missing", "请写明用途", "Say what it is for.")
    values = storable({
        "kind": ApprovalKind.EXPORT, "subject": subject, "rows": rows, "area_code": user.area_code,
        "union_name": user.union_name, "asked_by": user.username, "purpose": purpose.strip(), "recipient": recipient,
    })  # fmt: skip
    asked = _one(connection, insert(Approval).values(**values).returning(*_COLUMNS))
    record_access(connection, _access(user, "export_asked", asked.approval_id))
    return asked


def answer(
    connection: Connection, approval_id: int, *, by: str, approve: bool, reason: str = "", way: str = "command line"
) -> Asked:
    """Answer a question.

    Args:
        connection: Owner connection; of the portal (`way` is `portal`) in the scope of who answers.
        approval_id: Its number.
        by: Account of the second person.
        approve: Whether what is asked may be done.
        reason: Why not; needed to reject.
        way: How it was answered: `command line`, `portal`, `airflow`.

    Raises:
        Refused: `reason_missing`, `not_waiting` or `may_not_answer`; nothing is written.
    """
    name = by.strip().lower()
    if not approve and not reason.strip():
        raise Refused("reason_missing", "不同意时须写明理由", "Say why it is not approved.")
    call = "portal_decide_approval(:number, :approve, :reason)"
    if way != "portal":
        call = "decide_approval(:number, :approve, :by, :reason, :way)"
    given = {"number": approval_id, "approve": approve, "by": name, "reason": reason, "way": way}
    try:
        with connection.begin_nested():
            found = connection.scalar(text(f"SELECT {call}"), storable(given))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":
            raise
        found = ""
    if found == "":
        raise Refused(
            "may_not_answer",
            f"{name or '（未写账号）'} 不能答复第 {approval_id} 号审批：须由本级或上级的审批人答复，且不是申请人本人",
            f"{name or 'Nobody'} may not answer approval {approval_id}: an approver of the area does, who did not ask.",
        )
    if found is None:
        raise Refused(
            "not_waiting",
            f"没有待答复的第 {approval_id} 号审批：已答复、已过期，或清单已被新的筛查取代",
            f"No approval {approval_id} is waiting: it was answered, its time is over, or its list was replaced.",
        )
    who = get_user(connection, name)
    assert who is not None
    record_access(connection, _access(who, f"{found}_{'approved' if approve else 'rejected'}", approval_id))
    asked = approval(connection, approval_id)
    assert asked is not None
    return asked


def use(connection: Connection, asked: Asked, used_as: str) -> None:
    """Note what an approval was used for, in the transaction that does it.

    Raises:
        Refused: `used_meanwhile`: it was used, or its time is over.
    """
    usable = or_(Approval.usable_until.is_(None), Approval.usable_until > func.clock_timestamp())
    known = and_(
        Approval.approval_id == asked.approval_id, Approval.approved.is_(True), Approval.used_at.is_(None), usable
    )
    done = connection.execute(update(Approval).where(known).values(used_at=func.clock_timestamp(), used_as=used_as))
    if done.rowcount != 1:
        raise Refused(
            "used_meanwhile", "该审批已使用或已过期，请重新申请", "The approval was used or is over: ask again."
        )


def approval(connection: Connection, approval_id: int) -> Asked | None:
    """A question, or None; of the portal, one that it may see."""
    return _first(connection, select(*_COLUMNS).where(Approval.approval_id == approval_id))


def for_publication(connection: Connection, run_id: str, digest: str) -> Asked | None:
    """The latest question about a list with this very content, or None."""
    query = select(*_COLUMNS).where(
        Approval.kind == ApprovalKind.PUBLICATION, Approval.subject == run_id, Approval.digest == digest
    )
    return _first(connection, query.order_by(Approval.approval_id.desc()).limit(1))


def for_export(connection: Connection, username: str, subject: str, rows: int) -> Asked | None:
    """An approval that an account can use for so many persons now, the first to end; None where there is none."""
    query = select(*_COLUMNS).where(
        Approval.kind == ApprovalKind.EXPORT,
        Approval.asked_by == username,
        Approval.subject == subject,
        Approval.rows >= rows,
        Approval.approved.is_(True),
        Approval.used_at.is_(None),
        Approval.usable_until > func.clock_timestamp(),
    )
    return _first(connection, query.order_by(Approval.usable_until).limit(1))


def approvals(connection: Connection, *, asked_by: str | None = None, limit: int = 100) -> list[Asked]:
    """The newest questions, those that wait first, as far as this connection sees them."""
    query = select(*_COLUMNS)
    if asked_by is not None:
        query = query.where(Approval.asked_by == storable(asked_by))
    waits = and_(Approval.decided_at.is_(None), Approval.expires_at > func.clock_timestamp())
    query = query.order_by(waits.desc(), Approval.approval_id.desc()).limit(limit)
    return [_asked(row) for row in connection.execute(query)]


def account_asking(connection: Connection, name: str) -> User:
    """The account that asks for something of the province.

    Raises:
        BangfuError: There is no such account, or it is closed or not of the province.
    """
    user = get_user(connection, name.strip().lower())
    if user is None or not user.active or user.area_code != PROVINCE:
        raise BangfuError(
            f"{name.strip() or 'Nobody'} cannot ask: give --by an active account of the province; `bangfu user list` shows them."
        )
    return user


PROVINCE = "53"

_COLUMNS = [Approval.__table__.c[name] for name in Asked.__dataclass_fields__]


def _asked(row: Any) -> Asked:
    return Asked(**{**row._mapping, "kind": ApprovalKind(row.kind)})


def _one(connection: Connection, statement: Any) -> Asked:
    return _asked(connection.execute(statement).one())


def _first(connection: Connection, query: Any) -> Asked | None:
    row = connection.execute(query).first()
    return None if row is None else _asked(row)


def _access(user: User, action: str, approval_id: int) -> Access:
    return Access(user.username, action, None, user.area_code, role=str(user.role), subject=str(approval_id))
