"""The register of extracts (数据批次登记): the content of every file that landed, and what became of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.dialects.postgresql import insert

from bangfu.db.intake_models import Extract, ExtractStatus
from bangfu.db.plain_text import storable
from bangfu.errors import BangfuError

__all__ = [
    "Claim",
    "ExtractRow",
    "Landed",
    "Standardised",
    "claim_extract",
    "extract_id",
    "get_extract",
    "list_extracts",
    "register_extract",
]


@dataclass(frozen=True)
class Landed:
    """An extract that has landed.

    Attributes:
        source: Source code.
        sha256: Digest of the bytes as received, 64 hexadecimal digits.
        byte_size: Bytes as received.
        data_rows: Data rows as the sender counts them.
        landing_key: Object key of the cells that were taken.
    """

    source: str
    sha256: str
    byte_size: int
    data_rows: int
    landing_key: str


@dataclass(frozen=True)
class ExtractRow:
    """An extract as registered; None where a stage has not come to it yet."""

    extract_id: str
    source: str
    sha256: str
    byte_size: int
    data_rows: int | None
    landing_key: str | None
    received_at: datetime
    status: ExtractStatus
    rows_in: int | None
    rows_accepted: int | None
    rows_rejected: int | None
    reject_counts: Mapping[str, int]
    defects: Mapping[str, int]
    standard_key: str | None
    quarantine_key: str | None
    standardised_at: datetime | None
    schema_version: str | None


@dataclass(frozen=True)
class Standardised:
    """What standardisation made of an extract.

    Attributes:
        rows_in: Persons read; a row with household members beside it counts once for each.
        rows_accepted: Rows in `standard_key`.
        rows_rejected: Rows in `quarantine_key`.
        standard_key: Object key of the accepted rows.
        quarantine_key: Object key of the rejected rows; None when there are none.
        schema_version: Version of the source's declaration.
        reject_counts: Rejected rows by reason code.
        defects: Unreadable values that were left empty in accepted rows, by field.
    """

    rows_in: int
    rows_accepted: int
    rows_rejected: int
    standard_key: str
    quarantine_key: str | None = None
    schema_version: str | None = None
    reject_counts: Mapping[str, int] = field(default_factory=dict)
    defects: Mapping[str, int] = field(default_factory=dict)


def extract_id(source: str, sha256: str) -> str:
    """Return the id of an extract: its source and the first 16 digits of its digest.

    >>> extract_id("civil_affairs", "3fa2b10c" * 8)
    'civil_affairs-3fa2b10c3fa2b10c'
    """
    return f"{source}-{sha256[:16]}"


def register_extract(connection: Connection, landed: Landed) -> ExtractRow:
    """Register an extract; one that is registered already stays as it is, unless its content was deleted since.

    Raises:
        BangfuError: Another extract has the same id (two files agree in 16 digits of their sha256).
    """
    identity = extract_id(landed.source, landed.sha256)
    again = {"status": ExtractStatus.RECEIVED, "received_at": datetime.now(UTC), **storable(vars(landed))}
    gone = Extract.status.in_((ExtractStatus.REJECTED, ExtractStatus.EXPIRED))
    connection.execute(
        insert(Extract)
        .values(extract_id=identity, **storable(vars(landed)))
        .on_conflict_do_update(index_elements=["extract_id"], set_=again, where=gone)
    )
    row = get_extract(connection, identity)
    if row is None or row.sha256 != landed.sha256:
        raise BangfuError(f"Extract {identity} is registered with other content; tell the developers.")
    return row


def get_extract(connection: Connection, identity: str) -> ExtractRow | None:
    """Return an extract, or None."""
    rows = connection.execute(EXTRACTS.where(Extract.extract_id == identity)).all()
    return _extract(rows[0]) if rows else None


def list_extracts(
    connection: Connection, *, source: str | None = None, status: ExtractStatus | None = None
) -> list[ExtractRow]:
    """Return extracts in the order they were received."""
    query = EXTRACTS.order_by(Extract.received_at, Extract.extract_id)
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
        self._connection.execute(
            update(Extract)
            .where(Extract.extract_id == self.extract.extract_id)
            .values(status=ExtractStatus.STANDARDISED, standardised_at=datetime.now(UTC), **storable(vars(result)))
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
        query = EXTRACTS.where(Extract.extract_id == identity)
        rows = connection.execute(query.with_for_update(skip_locked=True, key_share=True)).all()
        if not rows and get_extract(connection, identity) is None:
            raise BangfuError(f"No extract {identity} is registered; see `bangfu status`.")
        yield Claim(connection, _extract(rows[0])) if rows else None


EXTRACTS = select(*[Extract.__table__.c[name] for name in ExtractRow.__dataclass_fields__])


def _extract(row: Any) -> ExtractRow:
    return ExtractRow(**{**row._mapping, "status": ExtractStatus(row.status)})
