"""The chain of the access log: what was changed, deleted, moved or put in is found, and the entry is named."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bangfu.db import audit, portal_session_scope
from bangfu.db.access import Access, record_access
from bangfu.db.audit import Head, LogFilter
from schemas.rights import Role
from tests.conftest import Database

from .conftest import viewer

OFFICER = viewer("530102")


def log(database: Database, *accesses: Access) -> None:
    with portal_session_scope(database.portal, OFFICER) as connection:
        for access in accesses:
            record_access(connection, access)


@pytest.fixture
def sealed(database: Database) -> Database:
    """Ten sealed entries at the positions 1 to 10."""
    log(database, *(Access("viewer", "view", f"c{number:06d}", "530102", f"r{number}") for number in range(1, 11)))
    assert audit.seal(database.portal) == 10
    return database


def findings(database: Database, *heads: Head) -> list[tuple[str, int, int | None]]:
    with database.owner.begin() as connection:
        found = audit.verify(connection, heads)
    return [(item.code, item.position, item.entry_id) for item in found.findings]


def entry_at(connection: Connection, position: int) -> int:
    return connection.scalar(text("SELECT entry_id FROM access_log WHERE position = :p"), {"p": position}) or 0


def tamper(database: Database, *statements: str) -> None:
    """What the owner of the database can do: take the guard away, change, put it back."""
    with database.owner.begin() as connection:
        connection.execute(text("ALTER TABLE access_log DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement))
        connection.execute(text("ALTER TABLE access_log ENABLE TRIGGER USER"))


def test_an_untouched_log_verifies(sealed: Database) -> None:
    with sealed.owner.begin() as connection:
        found = audit.verify(connection, [audit.head(connection)])
    assert (found.sealed, found.unsealed, found.heads, list(found.findings)) == (10, 0, 1, [])


def test_the_program_and_the_database_hash_the_same(database: Database) -> None:
    """Whatever text a name, an address or a browser puts into it."""
    awkward = ['"', "\\", "\n\t\r\b\f", "\x01\x1f\x7f", "é中🏮\u2028", "", " , ", "{}", "\u200b"]
    log(
        database,
        *(Access("viewer", value, value, value, value, value, value, value, [value, "x"]) for value in awkward),
        Access(None, "login_failed"),
        Access("viewer", "list", shown=[]),
    )
    assert audit.seal(database.portal) == len(awkward) + 2
    assert findings(database) == []


def test_what_is_not_sealed_yet_is_told_apart_and_waits(sealed: Database) -> None:
    log(sealed, Access("viewer", "list"))
    with sealed.owner.begin() as connection:
        found = audit.verify(connection)
        assert (found.sealed, found.unsealed, list(found.findings)) == (10, 1, [])
    assert audit.seal(sealed.portal) == 1
    assert audit.seal(sealed.portal) == 0


@pytest.mark.parametrize(
    "change",
    [
        "username = 'another'",
        "candidate_id = 'c999999'",
        "at = at + interval '1 microsecond'",
        "shown = '{c1}'",
        "role = 'x'",
    ],
)
def test_a_changed_entry_is_named(sealed: Database, change: str) -> None:
    tamper(sealed, f"UPDATE access_log SET {change} WHERE position = 4")
    with sealed.owner.connect() as connection:
        entry = entry_at(connection, 4)
    assert findings(sealed) == [("changed", 4, entry)]


def test_a_deleted_entry_is_named_by_its_place(sealed: Database) -> None:
    tamper(sealed, "DELETE FROM access_log WHERE position IN (3, 7, 8)")
    assert findings(sealed) == [("missing", 3, None), ("missing", 7, None)]


def test_a_deleted_entry_whose_gap_was_closed_is_found(sealed: Database) -> None:
    tamper(
        sealed,
        "DELETE FROM access_log WHERE position = 3",
        "UPDATE access_log SET position = -position WHERE position > 3",
        "UPDATE access_log SET position = -position - 1 WHERE position < 0",
    )
    assert [(code, position) for code, position, _ in findings(sealed)] == [("changed", 3)]


def test_deleted_last_entries_are_found_by_the_head(sealed: Database) -> None:
    with sealed.owner.connect() as connection:
        head = audit.head(connection)
    tamper(sealed, "DELETE FROM access_log WHERE position > 8")
    assert findings(sealed) == [], "a chain alone cannot know its end"
    assert findings(sealed, head) == [("missing", 9, None)]


def test_entries_that_changed_places_are_named(sealed: Database) -> None:
    with sealed.owner.connect() as connection:
        second, fifth = entry_at(connection, 2), entry_at(connection, 5)
    tamper(
        sealed,
        "UPDATE access_log SET position = -1 WHERE position = 2",
        "UPDATE access_log SET position = 2 WHERE position = 5",
        "UPDATE access_log SET position = 5 WHERE position = -1",
    )
    found = findings(sealed)
    assert ("changed", 2, fifth) in found
    assert ("changed", 5, second) in found
    assert {position for _, position, _ in found} == {2, 3, 5, 6}, "and what followed them"


def test_an_entry_that_was_put_in_is_named(sealed: Database) -> None:
    tamper(
        sealed,
        "UPDATE access_log SET position = -position WHERE position > 4",
        "UPDATE access_log SET position = -position + 1 WHERE position < 0",
        "INSERT INTO access_log (username, action, position, hash) VALUES ('viewer', 'view', 5, sha256('made up'))",
    )
    with sealed.owner.connect() as connection:
        entry, following = entry_at(connection, 5), entry_at(connection, 6)
    assert findings(sealed) == [("changed", 5, entry), ("changed", 6, following)]


def test_an_entry_of_the_past_that_is_logged_today_stands_out(sealed: Database) -> None:
    """It is sealed like any other: but everything around it is newer."""
    with sealed.owner.begin() as connection:
        connection.execute(text("INSERT INTO access_log (at, action) VALUES (now() - interval '3 days', 'view')"))
    audit.seal(sealed.owner)
    assert [(code, position) for code, position, _ in findings(sealed)] == [("out_of_time", 11)]


def test_a_chain_that_was_computed_anew_differs_from_the_head_kept_elsewhere(sealed: Database) -> None:
    """Whoever owns the database can make a chain without a fault; not one that ends as the former did."""
    with sealed.owner.connect() as connection:
        head = audit.head(connection)
        entry = entry_at(connection, 10)
    tamper(
        sealed,
        "UPDATE access_log SET username = 'another' WHERE position = 4",
        "UPDATE access_log SET position = NULL, hash = NULL",
    )
    assert audit.seal(sealed.owner) == 10
    assert findings(sealed) == []
    assert findings(sealed, head) == [("rewritten", 10, entry)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE access_log SET username = 'another'",
        "UPDATE access_log SET position = NULL, hash = NULL",
        "DELETE FROM access_log",
        "TRUNCATE access_log",
    ],
)
def test_a_mistake_of_the_owner_changes_nothing(sealed: Database, statement: str) -> None:
    with sealed.owner.begin() as connection, pytest.raises(DBAPIError, match="only ever added"):
        connection.execute(text(statement))


def test_entries_are_kept_for_three_years_and_no_longer(database: Database) -> None:
    with database.owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO access_log (at, action)"
                " VALUES (now() - interval '3 years 1 day', 'view'), (now() - interval '2 years', 'view')"
            )
        )
        old = text("DELETE FROM access_log WHERE at < now() - interval '3 years'")
        assert connection.execute(old).rowcount == 1


def test_sealers_side_by_side_make_one_chain(database: Database) -> None:
    """While officers go on reading."""

    def work(number: int) -> int:
        log(database, *(Access("viewer", "view", f"c{number:06d}", "530102") for _ in range(20)))
        return audit.seal(database.portal)

    with ThreadPoolExecutor(8) as pool:
        done = sum(pool.map(work, range(16)))
    done += audit.seal(database.portal)
    assert done == 320
    assert findings(database) == []


def test_who_saw_a_person_counts_lists_and_cases(database: Database) -> None:
    other = viewer("53", Role.PROVINCE_OFFICER)
    log(
        database,
        Access("viewer", "list", area_code="530102", role="county_officer", shown=["c000001", "c000002"]),
        Access("viewer", "view", "c000001", "530102", role="county_officer"),
        Access("viewer", "view", "c000001", "530102", role="county_officer"),
        Access("viewer", "view", "c000002", "530102", role="county_officer"),
    )
    with database.owner.begin() as connection:
        record_access(connection, Access("other", "view_refused", "c000001", other.area_code))
        seen = audit.who_saw(connection, "c000001")
        assert [(item["username"], item["action"], item["times"]) for item in seen] == [
            ("other", "view_refused", 1),
            ("viewer", "list", 1),
            ("viewer", "view", 2),
        ]
        assert audit.who_saw(connection, "c000003") == []


def test_the_auditor_searches_by_person_account_and_time(sealed: Database) -> None:
    log(sealed, Access("viewer", "list", area_code="530102", shown=["c000003"]))
    now = datetime.now(UTC)
    with portal_session_scope(sealed.portal, viewer("53", Role.AUDITOR)) as connection:
        by_person = audit.search(connection, LogFilter(candidate_id="c000003"))
        assert [(item.action, item.position) for item in by_person] == [("list", None), ("view", 3)]
        assert len(audit.search(connection, LogFilter(username="viewer"), limit=4)) == 4
        assert audit.search(connection, LogFilter(since=now)) == []
        assert len(audit.search(connection, LogFilter(until=now))) == 11
    with portal_session_scope(sealed.portal, OFFICER) as connection:
        assert audit.search(connection, LogFilter()) == []
