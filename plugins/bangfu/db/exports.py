"""The record of what leaves the service (导出登记), after the five safes: people, purpose, setting, data, output.

Every export passes here before it leaves. More persons than a set number need a second person (`bangfu.db.approvals`), at once
and in all that an account takes within a day: many small files are no way round.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, insert, select, text

from bangfu.db.access import Access, record_access
from bangfu.db.approvals import Asked, for_export, use
from bangfu.db.plain_text import storable
from bangfu.db.trust_models import ExportRecord
from bangfu.errors import Refused

__all__ = ["NEEDS_APPROVAL", "Export", "RecordedExport", "allowance", "list_exports", "needs_approval", "record_export"]

NEEDS_APPROVAL = "needs_approval"
"""Code of the refusal of an export that nobody else has approved of."""


@dataclass(frozen=True)
class Export:
    """One export.

    Attributes:
        username: Who takes it out (safe people).
        area_code: Area the account acts for.
        recipient: To whom it goes.
        purpose: What for (safe project).
        setting: How it is protected where it goes: encrypted workbook, file of the operator ... (safe setting).
        columns: What of each person (safe data).
        rows: How many persons or lines.
        sha256: Digest of the file, where there is one (safe output).
        approved_by: Second person, who is not the first; None where none was needed.
        export_id: Number under which it is found again, in a watermark too.
    """

    username: str
    area_code: str
    recipient: str
    purpose: str
    setting: str
    columns: Sequence[str]
    rows: int
    sha256: str | None = None
    approved_by: str | None = None
    export_id: str = field(default_factory=lambda: secrets.token_hex(8))


@dataclass(frozen=True)
class RecordedExport(Export):
    """An export as it was recorded."""

    at: datetime | None = None


def record_export(
    connection: Connection,
    export: Export,
    *,
    most: int,
    subject: str = "",
    persons: Sequence[str] | None = None,
    request_id: str | None = None,
) -> str:
    """Record an export, and in the access log that it was made; return its number.

    Args:
        connection: Owner connection, or a portal connection in the scope of the account.
        export: What leaves.
        most: How many persons may leave without a second person (BANGFU_EXPORT_ROWS).
        subject: Code of what is taken out, as it is asked for.
        persons: Opaque ids of the persons in it, of the portal, which are counted with those of the day; the caller logs them
            as shown under the number of the export.
        request_id: Of the request, where it was one.

    Raises:
        Refused: `NEEDS_APPROVAL`: it is more than that, and no second person has approved of it.
        IntegrityError: Purpose, recipient or setting are empty, or one person is both.
    """
    if _beyond(connection, export.rows, most, persons):
        asked = for_export(connection, export.username, subject, export.rows)
        if asked is None:
            raise needs_approval(export.rows, most)
        use(connection, asked, export.export_id)
        export = replace(export, approved_by=asked.decided_by, purpose=f"{export.purpose}；{asked.purpose}")
    values = storable({**vars(export), "columns": list(export.columns)})
    connection.execute(insert(ExportRecord).inline().values(**values))
    entry = Access(export.username, "export", None, export.area_code, request_id, subject=export.export_id)
    record_access(connection, entry)
    return export.export_id


def allowance(connection: Connection, username: str, subject: str, rows: int, most: int) -> tuple[int, Asked | None]:
    """How many persons may leave now, before a file is made: all, as many as were approved, or none.

    Args:
        connection: As for `record_export`, which decides.
        username: Account of who takes them out.
        subject: Code of what is taken out.
        rows: How many there are.
        most: How many may leave without a second person.

    Returns:
        The number, and the approval that is used for it.
    """
    if rows <= most:
        return rows, None
    asked = for_export(connection, username, subject, 0)
    return (0, None) if asked is None else (min(rows, asked.rows), asked)


def needs_approval(rows: int, most: int) -> Refused:
    """The refusal of an export that nobody else has approved of."""
    return Refused(
        NEEDS_APPROVAL,
        f"本次 {rows:,} 人，连同一日内已导出的超过 {most:,} 人：须先由第二人（审批人）同意",
        f"{rows:,} persons, with those taken out within a day, are more than {most:,}: a second person (an approver) has to approve first.",
    )


def _beyond(connection: Connection, rows: int, most: int, persons: Sequence[str] | None) -> bool:
    """Whether an export is beyond the number, by itself or with what its account has taken out within a day.

    Who left with an approval may leave again in a small file; a second large one needs another approval.
    """
    if rows > most:
        return True
    if persons is None:
        return False
    found = connection.execute(text("SELECT person, approved FROM portal_taken_persons()")).all()
    approved = {row.person for row in found if row.approved}
    unapproved = {row.person for row in found} - approved
    fresh = set(persons) - approved
    return bool(fresh - unapproved) and len(unapproved | fresh) > most


def list_exports(connection: Connection, limit: int = 100) -> list[RecordedExport]:
    """The newest exports, as far as this connection sees them."""
    columns = [ExportRecord.__table__.c[name] for name in RecordedExport.__dataclass_fields__]
    query = select(*columns).order_by(ExportRecord.at.desc()).limit(limit)
    return [RecordedExport(**row._mapping) for row in connection.execute(query)]
