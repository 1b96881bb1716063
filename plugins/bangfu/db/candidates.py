"""Candidates (候选线索): screened as one list, published as one list, read page by page.

A screening run writes its whole list (`replace_screened`); `publish` gives that list a version and
withdraws the one before, in the caller's transaction.
"""

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

import psycopg
from sqlalchemy import Connection, delete, func, insert, select, text, update

from bangfu.db.models import Candidate, CandidateList, CandidateStatus, PipelineRun, RunStatus
from bangfu.db.plain_text import storable
from bangfu.errors import BangfuError

__all__ = ["NewCandidate", "candidate_id", "lock_lists", "publish", "replace_screened"]

_JSON_COLUMNS = frozenset({"reasons", "evidence", "match"})


@dataclass(frozen=True)
class NewCandidate:
    """One row of a screened list.

    Attributes:
        candidate_id: From `candidate_id`: opaque, the same for the same roster person in every run.
        county_code: Current division code, 6 digits; decides who may see the row.
        roster_record_id: Record of the roster extract.
        reasons: Why this is a clue: mappings with `code, zh, en, band, period, source`.
        strength: Strength of the evidence, 0 to 1; lists are sorted by it.
        match_probability: Weakest match probability among the links the reasons rest on, 0 to 1.
        evidence: Counts and bands the reasons rest on.
        match: One mapping per linked record: source, record id, weight and the level of each field.
        roster_person_id: The source's own person identifier, as received.
        union_name: Union the member belongs to.
        name: Name.
        sex: "1" male, "2" female.
        birth_year: Four digits.
        ethnic_group: GB/T 3304, two digits.
        id_number: Identity number as canonical.
        phone: Digits.
        address: Address.
        employer: Employer.
    """

    candidate_id: str
    county_code: str
    roster_record_id: str
    reasons: Sequence[Mapping[str, Any]]
    strength: float
    match_probability: float | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    match: Sequence[Mapping[str, Any]] = ()
    roster_person_id: str | None = None
    union_name: str | None = None
    name: str | None = None
    sex: str | None = None
    birth_year: int | None = None
    ethnic_group: str | None = None
    id_number: str | None = None
    phone: str | None = None
    address: str | None = None
    employer: str | None = None


def candidate_id(key: str, person: str) -> str:
    """Return the opaque id of a person: stable over runs, and telling nothing without the key.

    Args:
        key: `settings.secret("candidate-key")`.
        person: What identifies the roster person independently of the run, such as the roster's own
            person identifier.

    Returns:
        24 hexadecimal digits of HMAC-SHA256.

    >>> candidate_id("key", "539001-0001")
    'faf38eb4c8dccaf2a0b858b6'
    """
    return hmac.digest(key.encode(), person.encode(), "sha256").hex()[:24]


def replace_screened(connection: Connection, run_id: str, rows: Iterable[NewCandidate]) -> int:
    """Write the list of a screening run in place of every list that was not published.

    Args:
        connection: Owner connection.
        run_id: Registered run; writing its list again replaces it.
        rows: The list; any iterable, read once, so that it may be streamed.

    Returns:
        Number of candidates.

    Raises:
        BangfuError: The run's list is already published, or the run is not registered.
    """
    if connection.scalar(select(PipelineRun.status).where(PipelineRun.run_id == run_id)) is None:
        raise BangfuError(f"Run {run_id} is not registered: start the screening as a run.")
    lock_lists(connection)
    if connection.scalar(select(CandidateList.list_version).where(CandidateList.run_id == run_id)) is not None:
        raise BangfuError(f"The list of run {run_id} is published: screen again as a new run.")
    connection.execute(delete(Candidate).where(Candidate.status == CandidateStatus.SCREENED))
    connection.execute(delete(CandidateList).where(CandidateList.list_version.is_(None)))
    count = _copy_to_staging(connection, rows)
    connection.execute(insert(CandidateList).values(run_id=run_id, candidates=count))
    names = ", ".join(_COLUMNS)
    connection.execute(
        text(
            f"INSERT INTO candidate (screened_run_id, prefecture_code, {names}) "  # noqa: S608  (own column names)
            f"SELECT :run_id, left(county_code, 4), {names} FROM candidate_staging"
        ),
        {"run_id": run_id},
    )
    connection.execute(text("DROP TABLE candidate_staging"))
    return count


def publish(connection: Connection, run_id: str) -> int:
    """Publish the list of a run (发布) and withdraw the one before; one transaction for both.

    Args:
        connection: Owner connection.
        run_id: Run whose list was written by `replace_screened`; an empty list may be published.

    Returns:
        Version of the list, counting from 1; the same again for a list that is published already.

    Raises:
        BangfuError: The run has no list, failed, or its list was replaced by a later screening.
    """
    lock_lists(connection)
    found = connection.execute(
        select(CandidateList.list_version, PipelineRun.status)
        .join(PipelineRun, PipelineRun.run_id == CandidateList.run_id)
        .where(CandidateList.run_id == run_id)
    ).one_or_none()
    if found is None:
        raise BangfuError(f"Run {run_id} has no screened list, or a later screening replaced it.")
    if found.list_version is not None:
        return int(found.list_version)
    if found.status == RunStatus.FAILED:
        raise BangfuError(f"Run {run_id} failed: its list cannot be published.")
    newest = connection.scalar(select(func.max(CandidateList.list_version)))
    version = (newest or 0) + 1
    now = datetime.now(UTC)
    connection.execute(
        update(Candidate).where(Candidate.status == CandidateStatus.PUBLISHED).values(status=CandidateStatus.WITHDRAWN)
    )
    connection.execute(
        update(Candidate)
        .where(Candidate.screened_run_id == run_id)
        .values(status=CandidateStatus.PUBLISHED, list_version=version, published_at=now)
    )
    connection.execute(
        update(CandidateList).where(CandidateList.run_id == run_id).values(list_version=version, published_at=now)
    )
    return version


_COLUMNS = tuple(item.name for item in fields(NewCandidate))


def lock_lists(connection: Connection) -> None:
    """One list is written or published at a time; readers are not held up."""
    connection.execute(text("LOCK TABLE candidate_list IN SHARE ROW EXCLUSIVE MODE"))


def _copy_to_staging(connection: Connection, rows: Iterable[NewCandidate]) -> int:
    """COPY the rows into a temporary table: PostgreSQL refuses COPY into one with row-level security."""
    connection.execute(text("CREATE TEMPORARY TABLE candidate_staging (LIKE candidate) ON COMMIT DROP"))
    for name in [column.name for column in Candidate.__table__.c]:
        if name not in _COLUMNS:
            connection.execute(text(f"ALTER TABLE candidate_staging DROP COLUMN {name}"))
    driver = connection.connection.driver_connection
    assert driver is not None
    count = 0
    statement = f"COPY candidate_staging ({', '.join(_COLUMNS)}) FROM STDIN"
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([_cell(name, getattr(row, name)) for name in _COLUMNS])
                count += 1
    except psycopg.Error as error:
        # PostgreSQL's own message repeats the row: it must not get into a log, not even as the cause.
        raise BangfuError(
            f"A row of the screened list cannot be stored: SQLSTATE {error.sqlstate}, "
            f"column {error.diag.column_name or 'unknown'}."
        ) from None
    return count


def _cell(column: str, value: Any) -> Any:
    if column in _JSON_COLUMNS:
        return json.dumps(storable(value), ensure_ascii=False, allow_nan=False)
    return storable(value)
