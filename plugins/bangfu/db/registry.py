"""The register of extracts (数据批次登记): what was received, and what became of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.dialects.postgresql import insert

from bangfu.db.models import Extract, ExtractStatus
from bangfu.db.plain_text import storable
from bangfu.errors import BangfuError

__all__ = [
    "Claim",
    "ExtractRow",
    "Received",
    "Standardised",
    "claim_extract",
    "extract_id",
    "get_extract",
    "list_extracts",
    "register_extract",
    "retract_extract",
]


@dataclass(frozen=True)
class Received:
    """An extract that has landed.

    Attributes:
        source: Source code.
        sha256: Digest of the bytes, 64 hexadecimal digits.
        byte_size: Bytes.
        landing_key: Object key of the bytes.
        original_name: The sender's file name; kept for receipts, never logged.
        period: Period the data describes, such as `2026Q3`, where known.
        revision: 1, or higher for a corrected extract of the same period.
    """

    source: str
    sha256: str
    byte_size: int
    landing_key: str
    original_name: str
    period: str | None = None
    revision: int = 1


@dataclass(frozen=True)
class ExtractRow:
    """An extract as registered; None where a stage has not come to it yet."""

    extract_id: str
    source: str
    sha256: str
    byte_size: int
    landing_key: str
    original_name: str
    received_at: datetime
    period: str | None
    revision: int
    status: ExtractStatus
    rows_in: int | None
    rows_accepted: int | None
    rows_rejected: int | None
    standard_key: str | None
    quarantine_key: str | None
    reject_code: str | None
    reject_reason: str | None
    standardised_at: datetime | None
    schema_version: str | None


@dataclass(frozen=True)
class Standardised:
    """What standardisation made of an extract.

    Attributes:
        rows_in: Data rows read.
        rows_accepted: Rows in `standard_key`.
        rows_rejected: Rows in `quarantine_key`.
        standard_key: Object key of the accepted rows.
        quarantine_key: Object key of the rejected rows; None when there are none.
        schema_version: Version of the source's declaration.
    """

    rows_in: int
    rows_accepted: int
    rows_rejected: int
    standard_key: str
    quarantine_key: str | None = None
    schema_version: str | None = None


def extract_id(source: str, sha256: str) -> str:
    """Return the id of an extract: its source and the first 16 digits of its digest.

    >>> extract_id("civil_affairs", "3fa2b10c" * 8)
    'civil_affairs-3fa2b10c3fa2b10c'
    """
    return f"{source}-{sha256[:16]}"


def register_extract(connection: Connection, received: Received) -> tuple[ExtractRow, bool]:
    """Register an extract; the same bytes from the same source again change nothing.

    Returns:
        The extract as registered, and whether this call registered it. Of several callers at the same
        time exactly one gets True.

    Raises:
        BangfuError: Another extract has the same id (two files agree in 16 digits of their sha256).
    """
    identity = extract_id(received.source, received.sha256)
    inserted = connection.execute(
        insert(Extract)
        .values(extract_id=identity, **storable(vars(received)))
        .on_conflict_do_nothing(index_elements=["extract_id"])
        .returning(Extract.extract_id)
    ).all()
    row = get_extract(connection, identity)
    if row is None or row.sha256 != received.sha256:
        raise BangfuError(f"Extract {identity} is registered with other content; tell the developers.")
    return row, bool(inserted)


def get_extract(connection: Connection, identity: str) -> ExtractRow | None:
    """Return an extract, or None."""
    rows = connection.execute(_EXTRACTS.where(Extract.extract_id == identity)).all()
    return _extract(rows[0]) if rows else None


def list_extracts(
    connection: Connection, *, source: str | None = None, status: ExtractStatus | None = None
) -> list[ExtractRow]:
    """Return extracts in the order they were received."""
    query = _EXTRACTS.order_by(Extract.received_at, Extract.extract_id)
    if source is not None:
        query = query.where(Extract.source == source)
    if status is not None:
        query = query.where(Extract.status == status)
    return [_extract(row) for row in connection.execute(query)]


class Claim:
    """The right to decide about one extract, held by one transaction; see `claim_extract`.

    Attributes:
        extract: The extract as it stood when it was claimed.
    """

    def __init__(self, connection: Connection, extract: ExtractRow) -> None:
        self._connection = connection
        self.extract = extract

    def complete(self, result: Standardised) -> None:
        """Record that the extract is standardised."""
        self._decide(status=ExtractStatus.STANDARDISED, reject_code=None, reject_reason=None, **vars(result))

    def reject(self, code: str, reason: str) -> None:
        """Record that the extract is refused as a whole.

        Args:
            code: Stable reason code.
            reason: The reason for the receipt, without personal values.
        """
        self._decide(status=ExtractStatus.REJECTED, reject_code=code, reject_reason=reason)

    def _decide(self, **values: Any) -> None:
        self._connection.execute(
            update(Extract)
            .where(Extract.extract_id == self.extract.extract_id)
            .values(standardised_at=datetime.now(UTC), **storable(values))
        )


@contextmanager
def claim_extract(engine: Engine, identity: str) -> Iterator[Claim | None]:
    """Hold an extract while it is being standardised, so that nobody else does the same work.

    The claim is a row lock of one open transaction: the decision commits with the end of the block, and
    an exception, a killed process or a lost connection releases the extract as it was.

    Yields:
        The claim, or None while somebody else holds it. Look at `claim.extract.status`: the holder
        before may have finished the work.

    Raises:
        BangfuError: No such extract is registered.
    """
    with engine.begin() as connection:
        query = _EXTRACTS.where(Extract.extract_id == identity)
        rows = connection.execute(query.with_for_update(skip_locked=True, key_share=True)).all()
        if not rows and get_extract(connection, identity) is None:
            raise BangfuError(f"No extract {identity} is registered; see `bangfu status`.")
        yield Claim(connection, _extract(rows[0])) if rows else None


def retract_extract(connection: Connection, identity: str, reason: str) -> None:
    """Withdraw an extract (撤回): its rows are no longer read; its objects stay until retention.

    Raises:
        BangfuError: No such extract is registered.
    """
    changed = connection.execute(
        update(Extract)
        .where(Extract.extract_id == identity)
        .values(status=ExtractStatus.RETRACTED, reject_code="retracted", reject_reason=storable(reason))
    )
    if changed.rowcount != 1:
        raise BangfuError(f"No extract {identity} is registered; see `bangfu status`.")


_EXTRACTS = select(*[Extract.__table__.c[name] for name in ExtractRow.__dataclass_fields__])


def _extract(row: Any) -> ExtractRow:
    return ExtractRow(**{**row._mapping, "status": ExtractStatus(row.status)})
