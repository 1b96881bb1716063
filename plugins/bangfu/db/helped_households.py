"""Households that are helped (帮扶户): brought up to date by a published list and by ended cases, in a few statements.

The caller's transaction also publishes the list, or notes that the cases are collected: both hold or neither does.
"""

# ruff: noqa: S608  (statements are put together of this module's own names; values are bound)

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

import psycopg
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from bangfu.db.plain_text import storable
from bangfu.errors import BangfuError
from schemas.flow import UNDO_MINUTES

__all__ = ["Listed", "NewHousehold", "end_pairings", "file_of_cases", "forget_left", "leave_by_exit", "list_households", "stage_households"]  # fmt: skip


@dataclass(frozen=True)
class NewHousehold:
    """A household of the archive, as a screening found it.

    Attributes:
        household: Opaque id of the file.
        file: Its number in the national system.
        members: Opaque ids of the persons of the roster who are linked to it.
        county_code: Which union looks.
        owner_union: Union it belongs to, of either tree.
        union_name: Primary union or employer of who heads it.
        name: Who heads it, masked.
        filed_on: When it was filed, if the archive says.
        returned: Whether it had left the archive before and came back (返困).
    """

    household: str
    file: str
    members: Sequence[str]
    county_code: str
    owner_union: str | None
    union_name: str | None
    name: str | None
    filed_on: date | None
    returned: bool = False


@dataclass(frozen=True)
class Listed:
    """What a published list made of the households.

    Attributes:
        listed: Households of the archive that stand.
        new: Of these, not known before.
        left: Known before, and of the archive no longer.
        ended: Pairings that ended with them.
    """

    listed: int
    new: int
    left: int
    ended: int


_COLUMNS = tuple(item.name for item in fields(NewHousehold))


def stage_households(connection: Connection, run_id: str, rows: Iterable[NewHousehold]) -> int:
    """Write the households of a screening, whose list of clues must have been written before; read once, row by row.

    Returns:
        Their number.
    """
    driver = connection.connection.driver_connection
    assert driver is not None
    count = 0
    try:
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY registered_household (run_id, {', '.join(_COLUMNS)}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row([run_id, *(storable(getattr(row, name)) for name in _COLUMNS)])
                count += 1
    except psycopg.Error as error:
        # PostgreSQL's own message repeats the row: it must not get into a log, not even as the cause.
        raise BangfuError(f"A household of the archive cannot be stored: SQLSTATE {error.sqlstate}.") from None
    return count


def list_households(connection: Connection, run_id: str, version: int, day: date, at: datetime, by: str) -> Listed:
    """Make the households of a screening the registered ones (在档户).

    A household that was known by its clue and has come into the archive goes on as one, with whoever is responsible for it; of
    two that turn out to be one, the one with a responsible person stays. A household that left by an exit comes back only
    with a later filing or as returned: archives lag behind. Without any household in the screening, none leaves:
    the archive was not received.

    Args:
        connection: Owner connection.
        run_id: Run of the list.
        version: Its version.
        day: Today.
        at: Now.
        by: Name under which pairings end.
    """
    values = {"run": run_id, "version": version, "day": day}
    listed = connection.scalar(text("SELECT count(*) FROM registered_household WHERE run_id = :run"), values) or 0
    known = {"new": 0, "left": 0}
    if listed:
        connection.execute(text(f"CREATE TEMPORARY TABLE carried ON COMMIT DROP AS {_CARRIED}"), values)
        connection.execute(text(_RENEW), values)
        known["new"] = connection.execute(text(_ADD), values).rowcount
        known["left"] = (
            connection.execute(text(_SAME), values).rowcount + connection.execute(text(_GONE), values).rowcount
        )
        connection.execute(text("DELETE FROM registered_household WHERE run_id = :run"), values)
        connection.execute(text("DROP TABLE carried"))
    return Listed(listed, known["new"], known["left"], end_pairings(connection, at, by))


def leave_by_exit(connection: Connection, cases: Iterable[str]) -> int:
    """Note that the households of exit cases have left (已退出), on the day their cases ended.

    Returns:
        Number of households.
    """
    statement = text(
        "UPDATE helped_household h SET left_on = (c.ended_at AT TIME ZONE 'Asia/Shanghai')::date, left_because = 'exit' "
        "FROM review_case c WHERE c.case_id = ANY(:cases) AND c.flow = 'exit' AND c.state = 'exited' "
        "AND (h.file = ANY(c.files) OR h.subject = c.subject) AND h.left_on IS NULL"
    ).bindparams(bindparam("cases", type_=ARRAY(Text)))
    return connection.execute(statement, {"cases": list(cases)}).rowcount


def file_of_cases(connection: Connection, numbers: Mapping[str, str]) -> None:
    """Note the numbers that the national system gave to filed clues (档案编号), by case: by them their files are known again."""
    for case_id, number in sorted(numbers.items()):
        connection.execute(
            text("UPDATE helped_household SET file = :number WHERE case_id = :case_id AND file IS NULL"),
            {"case_id": case_id, "number": storable(number.strip())},
        )


def end_pairings(connection: Connection, at: datetime, by: str) -> int:
    """End the pairings of households that have left, each once, with the day after they left as the first without.

    A clue that is confirmed no longer has left for good when its case has ended and its last step cannot be taken back.

    Returns:
        Number of pairings that ended.
    """
    statement = (
        "INSERT INTO pairing_entry (household, number, kind, username, at, day, reason) "
        "SELECT h.household, (SELECT max(e.number) FROM pairing_entry e WHERE e.household = h.household) + 1, "
        "'released', :by, :at, h.left_on + 1, h.left_because FROM helped_household h "
        "LEFT JOIN review_case c ON c.case_id = h.case_id "
        f"WHERE h.left_on IS NOT NULL AND {_PAIRED} "
        "AND (h.left_because <> 'unconfirmed' OR c.case_id IS NULL OR c.ended_at <= :settled)"
    )
    settled = at - timedelta(minutes=UNDO_MINUTES)
    return connection.execute(text(statement), {"at": at, "by": by, "settled": settled}).rowcount


def forget_left(connection: Connection, before: date) -> int:
    """Delete the households that left before a day, with the record of their pairings; returns how many."""
    return connection.execute(text("DELETE FROM helped_household WHERE left_on < :before"), {"before": before}).rowcount


_LAST_IS_A_PAIRING = (
    "(SELECT e.kind = 'paired' FROM pairing_entry e WHERE e.household = h.household AND e.kind IN ('paired', 'released') "
    "AND NOT EXISTS (SELECT FROM pairing_entry b WHERE b.household = e.household AND b.takes_back = e.number) "
    "ORDER BY e.number DESC LIMIT 1)"
)
_PAIRED = f"coalesce({_LAST_IS_A_PAIRING}, false)"
"""Whether somebody is responsible for household `h`, or is to be."""

_CARRIED = f"""
    WITH known AS (
        SELECT r.household AS staged, h.household, true AS by_file
        FROM registered_household r JOIN helped_household h ON h.file = r.file WHERE r.run_id = :run
        UNION ALL
        SELECT r.household, h.household, false FROM registered_household r CROSS JOIN unnest(r.members) AS m (subject)
        JOIN helped_household h ON h.subject = m.subject WHERE r.run_id = :run
    ), one AS (
        SELECT DISTINCT ON (household) household, staged, by_file FROM known ORDER BY household, by_file DESC, staged
    )
    SELECT one.household, one.staged, row_number() OVER (PARTITION BY one.staged
        ORDER BY h.left_on IS NULL DESC, {_PAIRED} DESC, one.by_file DESC, h.since, h.household) AS place
    FROM one JOIN helped_household h ON h.household = one.household
"""
"""Known households with the one of the screening that each is; of several that are one, the first place stays."""

_COMES_BACK = "(h.left_on IS NULL OR h.left_because <> 'exit' OR r.returned OR r.filed_on > h.left_on)"
_RENEW = f"""
    UPDATE helped_household h SET county_code = r.county_code, owner_union = r.owner_union,
        union_name = coalesce(r.union_name, h.union_name), name = coalesce(r.name, h.name), file = r.file, filed_on = r.filed_on,
        list_version = :version, left_on = NULL, left_because = NULL,
        since = CASE WHEN h.left_on IS NULL THEN h.since ELSE :day END
    FROM carried c JOIN registered_household r ON r.household = c.staged AND r.run_id = :run
    WHERE c.household = h.household AND c.place = 1 AND {_COMES_BACK}
"""
_ADD = """
    INSERT INTO helped_household (household, file, county_code, owner_union, union_name, name, filed_on, since, list_version)
    SELECT r.household, r.file, r.county_code, r.owner_union, r.union_name, r.name, r.filed_on, :day, :version
    FROM registered_household r
    WHERE r.run_id = :run AND NOT EXISTS (SELECT FROM carried c WHERE c.staged = r.household AND c.place = 1)
"""
_SAME = """
    UPDATE helped_household h SET left_on = :day, left_because = 'same' FROM carried c
    WHERE c.household = h.household AND c.place > 1 AND h.left_on IS NULL
"""
_GONE = """
    UPDATE helped_household SET left_on = :day, left_because = 'archive'
    WHERE left_on IS NULL AND list_version < :version
"""
