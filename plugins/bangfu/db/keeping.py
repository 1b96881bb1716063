"""Removing records whose time is over (到期清理), a batch a transaction; every statement finds nothing the second time.

The triggers of the database hold the shortest times: three years for the access log and approvals, one for notices.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, null, select, text, update

from bangfu.db.approval_models import Approval, AuditAnchor
from bangfu.db.audit import Head
from bangfu.db.case_models import CaseAttachment, CaseEvent, CaseReading, ReviewCase
from bangfu.db.cases import event_of
from bangfu.db.list_entries import ListEntry
from bangfu.db.models import AccessLog, Candidate, CandidateList, CandidateStatus
from bangfu.db.workbook_models import WorkbookUpload
from bangfu.review.cases import Event

__all__ = [
    "cases_to_reduce", "count_cases", "count_log", "count_old", "end_of_log", "former_lists", "hold_cases", "reduce_case",
    "remove_approvals", "remove_list", "remove_notices", "remove_uploads", "shorten_log",
]  # fmt: skip

_EMPTIED = {
    **dict.fromkeys(
        ("union_name", "name", "sex", "birth_year", "ethnic_group", "id_number", "phone", "address", "employer", "strength", "match_probability"),
        null(),
    ),
    "files": [], "reasons": [], "evidence": {}, "match": [],
}  # fmt: skip
"""What of a case's row goes; flow, opaque subject, county, owner, course, times and outcome stay."""


def _due_cases(before: datetime) -> tuple[object, ...]:
    return (ReviewCase.ended_at < before, ReviewCase.collected_at.is_not(None), ReviewCase.reduced_at.is_(None))


def count_cases(connection: Connection, before: datetime) -> int:
    """Cases that ended before a moment, were collected and keep everything still."""
    return connection.scalar(select(func.count()).select_from(ReviewCase).where(*_due_cases(before))) or 0  # type: ignore[arg-type]


def cases_to_reduce(connection: Connection, before: datetime, after: str, limit: int) -> list[str]:
    """Ids of such cases, in order, after one."""
    query = select(ReviewCase.case_id).where(*_due_cases(before), ReviewCase.case_id > after)  # type: ignore[arg-type]
    return list(connection.scalars(query.order_by(ReviewCase.case_id).limit(limit)))


def hold_cases(connection: Connection, case_ids: Sequence[str], before: datetime) -> dict[str, list[Event]]:
    """Lock cases that are still due, and read their events; one that somebody holds is left for the next run."""
    query = select(ReviewCase.case_id).where(ReviewCase.case_id.in_(case_ids), *_due_cases(before))  # type: ignore[arg-type]
    held = list(connection.scalars(query.with_for_update(skip_locked=True)))
    events = (
        select(*CaseEvent.__table__.c).where(CaseEvent.case_id.in_(held)).order_by(CaseEvent.case_id, CaseEvent.version)
    )
    found: dict[str, list[Event]] = {case_id: [] for case_id in held}
    for row in connection.execute(events):
        found[row.case_id].append(event_of(row))
    return found


def reduce_case(connection: Connection, case_id: str, events: Iterable[Event], at: datetime) -> None:
    """Write the reduced events of a case, empty its row of the person, and remove its papers and who had read what."""
    rows = [{"of_case": case_id, "number": event.number, "kept": dict(event.details)} for event in events]
    table = CaseEvent.__table__
    where = (table.c.case_id == bindparam("of_case")) & (table.c.version == bindparam("number"))
    connection.execute(update(table).where(where).values(detail=bindparam("kept", type_=table.c.detail.type)), rows)  # type: ignore[arg-type]
    connection.execute(update(ReviewCase).where(ReviewCase.case_id == case_id).values(**_EMPTIED, reduced_at=at))
    for held in (CaseAttachment, CaseReading):
        connection.execute(delete(held).where(held.case_id == case_id))


def former_lists(connection: Connection, before: datetime) -> list[tuple[str, int]]:
    """Runs of lists that were replaced before a moment and hold rows still, and how many; never the newest two."""
    query = text("""
        SELECT l.run_id, (SELECT count(*) FROM candidate c WHERE c.screened_run_id = l.run_id)
                       + (SELECT count(*) FROM list_entry e WHERE e.run_id = l.run_id) AS rows
        FROM candidate_list l JOIN candidate_list n ON n.list_version = l.list_version + 1
        WHERE n.published_at < :before AND l.list_version < (SELECT max(list_version) FROM candidate_list) - 1
        ORDER BY l.list_version
    """)
    return [(row.run_id, int(row.rows)) for row in connection.execute(query, {"before": before}) if row.rows]


def remove_list(connection: Connection, run_id: str) -> int:
    """Remove the rows of a list that was replaced; its version, day and number stay."""
    connection.execute(select(CandidateList.run_id).where(CandidateList.run_id == run_id).with_for_update())
    withdrawn = (Candidate.screened_run_id == run_id, Candidate.status == CandidateStatus.WITHDRAWN)
    gone = connection.execute(delete(Candidate).where(*withdrawn)).rowcount
    return gone + connection.execute(delete(ListEntry).where(ListEntry.run_id == run_id)).rowcount


def end_of_log(connection: Connection, before: datetime) -> tuple[int, int]:
    """Positions between which sealed entries are older than a moment: after the first, up to the second."""
    anchor = connection.scalar(select(func.max(AuditAnchor.position))) or 0
    sealed = AccessLog.position.is_not(None)
    young = connection.scalar(select(func.min(AccessLog.position)).where(sealed, AccessLog.at >= before))
    last = connection.scalar(select(func.max(AccessLog.position)).where(sealed)) or 0
    # The last entry stays: the chain goes on from it.
    return anchor, max(min((young or last + 1), last) - 1, anchor)


def count_log(connection: Connection, head: Head) -> int:
    """Sealed entries up to a head."""
    return (
        connection.scalar(select(func.count()).select_from(AccessLog).where(AccessLog.position <= head.position)) or 0
    )


def shorten_log(connection: Connection, head: Head) -> int:
    """Remove the log up to a head that was kept, which stays as the anchor of what follows; return how many entries.

    Raises:
        LookupError: The entry there is not the one of the head.
    """
    row = connection.execute(
        select(AccessLog.hash, AccessLog.at).where(AccessLog.position == head.position)
    ).one_or_none()
    if row is None or bytes(row.hash).hex() != head.hash:
        raise LookupError("the entry is another")
    entries = count_log(connection, head)
    connection.execute(
        insert(AuditAnchor).values(position=head.position, hash=bytes(row.hash), at=row.at, entries=entries)
    )
    return connection.execute(delete(AccessLog).where(AccessLog.position <= head.position)).rowcount


def remove_approvals(connection: Connection, before: datetime, limit: int) -> int:
    """Remove questions that were asked before a moment, whatever became of them."""
    old = select(Approval.approval_id).where(Approval.asked_at < before).limit(limit)
    return connection.execute(delete(Approval).where(Approval.approval_id.in_(old))).rowcount


_OLD_NOTICES = """
    SELECT n.notice_id FROM notice n WHERE n.created_at < :before
        AND n.list_version < (SELECT max(list_version) FROM candidate_list)
        AND NOT EXISTS (SELECT FROM notice m WHERE m.about = n.notice_id)
        AND NOT EXISTS (SELECT FROM notice_acknowledgement a WHERE a.notice_id = n.notice_id AND a.at >= :before)
        AND NOT EXISTS (SELECT FROM notice_message s JOIN notice_attempt t USING (message_id)
                        WHERE s.notice_id = n.notice_id AND t.at >= :before)
    ORDER BY n.position LIMIT :limit
"""


def remove_notices(connection: Connection, before: datetime, limit: int) -> int:
    """Remove notices of former lists with all that belongs to them; those that others are about come later."""
    ids = list(connection.scalars(text(_OLD_NOTICES), {"before": before, "limit": limit}))
    messages = "SELECT message_id FROM notice_message WHERE notice_id = ANY(:ids)"
    for statement in (
        f"DELETE FROM notice_attempt WHERE message_id IN ({messages})",  # noqa: S608  (own text)
        "DELETE FROM notice_message WHERE notice_id = ANY(:ids)",
        "DELETE FROM notice_acknowledgement WHERE notice_id = ANY(:ids)",
        "DELETE FROM notice_reminder WHERE notice_id = ANY(:ids)",
        "DELETE FROM notice WHERE notice_id = ANY(:ids)",
    ):
        if ids:
            connection.execute(text(statement), {"ids": ids})
    return len(ids)


def remove_uploads(connection: Connection) -> int:
    """Remove uploads whose time is over."""
    return connection.execute(
        delete(WorkbookUpload).where(WorkbookUpload.expires_at <= func.clock_timestamp())
    ).rowcount


_COUNTS = {
    "approvals": "SELECT count(*) FROM approval WHERE asked_at < :before",
    "notices": f"SELECT count(*) FROM ({_OLD_NOTICES}) AS old",  # noqa: S608  (own text)
    "uploads": "SELECT count(*) FROM workbook_upload WHERE expires_at <= clock_timestamp()",
}


def count_old(connection: Connection, code: str, before: datetime) -> int:
    """How many records of a kind would be removed."""
    return connection.scalar(text(_COUNTS[code]), {"before": before, "limit": None}) or 0
