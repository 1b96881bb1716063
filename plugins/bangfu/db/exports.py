"""The record of what leaves the service (导出登记), after the five safes: people, purpose, setting, data, output."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, insert, select

from bangfu.db.access import Access, record_access
from bangfu.db.plain_text import storable
from bangfu.db.trust_models import ExportRecord

__all__ = ["Export", "RecordedExport", "list_exports", "record_export"]


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


def record_export(connection: Connection, export: Export, *, request_id: str | None = None) -> str:
    """Record an export, and in the access log that it was made; return its number.

    Args:
        connection: Owner connection, or a portal connection in the scope of the account.
        export: What leaves.
        request_id: Of the request, where it was one.

    Raises:
        IntegrityError: Purpose, recipient or setting are empty, or one person is both.
    """
    connection.execute(
        insert(ExportRecord).inline().values(**storable({**vars(export), "columns": list(export.columns)}))
    )
    entry = Access(export.username, "export", None, export.area_code, request_id, subject=export.export_id)
    record_access(connection, entry)
    return export.export_id


def list_exports(connection: Connection, limit: int = 100) -> list[RecordedExport]:
    """The newest exports, as far as this connection sees them."""
    columns = [ExportRecord.__table__.c[name] for name in RecordedExport.__dataclass_fields__]
    query = select(*columns).order_by(ExportRecord.at.desc()).limit(limit)
    return [RecordedExport(**row._mapping) for row in connection.execute(query)]
