"""The feed of a union: its own notices alone, in the order of the commits, none ever skipped."""

import datetime as dt
import random
import threading
import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from bangfu.db import portal_session_scope
from bangfu.db.account import User
from bangfu.db.outbox.channels import open_desk
from bangfu.db.outbox.feed import acknowledge, cursor_of, page, position_of, union_scope
from bangfu.db.outbox.notices import NewNotice, write_notices
from schemas.notices import NoticeKind
from schemas.rights import Role
from tests.conftest import Database

DAY = dt.date(2026, 12, 2)
EDUCATION = "昆明市教育工会"


def tell(database: Database, *unions: str, version: int = 1) -> None:
    with database.owner.begin() as connection:
        if EDUCATION in unions:
            open_desk(connection, EDUCATION, "5301")
        write_notices(connection, [NewNotice(union, NoticeKind.LIST, version, {"new": 1}, DAY) for union in unions])


@pytest.mark.parametrize("union", ["530102", "530103", "5301", "53", EDUCATION])
def test_a_union_sees_its_own_notices_alone(database: Database, union: str) -> None:
    tell(database, "530102", "530103", "5301", "53", EDUCATION)
    with union_scope(database.portal, union) as connection:
        assert [row.notice.union_code for row in page(connection, 0, 50)] == [union]


@pytest.mark.parametrize("union", ["", "%", "5", "530199", "昆明市", "530102' OR true --", "_" * 6])
def test_what_is_no_union_sees_nothing(database: Database, union: str) -> None:
    tell(database, "530102", EDUCATION)
    with union_scope(database.portal, union) as connection:
        assert page(connection, 0, 50) == []


def test_without_a_scope_nothing_is_seen(database: Database) -> None:
    tell(database, "530102")
    with union_scope(database.portal, "530102") as connection:
        assert len(page(connection, 0, 50)) == 1
    with database.portal.begin() as connection:  # the same connection, from the pool
        assert page(connection, 0, 50) == []


def officer_of(area: str) -> User:
    """An officer of the federation of an area."""
    role = {2: Role.PROVINCE_OFFICER, 4: Role.PREFECTURE_OFFICER, 6: Role.COUNTY_OFFICER}[len(area)]
    return User("li.na", "李娜", role, area)


def test_an_officer_of_an_industry_union_sees_its_notices_alone(database: Database) -> None:
    tell(database, "530102", "53", EDUCATION)
    officer = User("jy.wang", "王老师", Role.COUNTY_OFFICER, "53", union_name=EDUCATION)
    with portal_session_scope(database.portal, officer) as connection:
        assert [row.notice.union_code for row in page(connection, 0, 50)] == [EDUCATION]
        assert acknowledge(connection, first_of(database, EDUCATION), "inbox", "jy.wang") is not None
        assert acknowledge(connection, first_of(database, "53"), "inbox", "jy.wang") is None


@pytest.mark.parametrize(
    ("area", "seen"), [("530102", ["530102"]), ("5301", ["530102", "5301"]), ("53", ["530102", "5301", "53"])]
)
def test_an_officer_sees_the_federations_of_the_area(database: Database, area: str, seen: list[str]) -> None:
    tell(database, "530102", "5301", "53", EDUCATION)
    with portal_session_scope(database.portal, officer_of(area)) as connection:
        assert [row.notice.union_code for row in page(connection, 0, 50)] == seen


def first_of(database: Database, union: str) -> str:
    with database.owner.connect() as connection:
        return str(connection.scalar(text("SELECT notice_id FROM notice WHERE union_code = :union"), {"union": union}))


def test_acknowledging_once_and_again(database: Database) -> None:
    tell(database, "530102", "530103")
    own, foreign = first_of(database, "530102"), first_of(database, "530103")
    with union_scope(database.portal, "530102") as connection:
        at = acknowledge(connection, own, "api", "token")
        assert at is not None
        assert acknowledge(connection, own, "api", "another") == at
        assert acknowledge(connection, foreign, "api", "token") is None
        assert acknowledge(connection, "ntc_0", "api", "token") is None
        [row] = page(connection, 0, 50)
        assert row.acknowledged_at == at
    with database.owner.connect() as connection:
        rows = connection.execute(text("SELECT notice_id, channel, by FROM notice_acknowledgement")).all()
    assert [tuple(row) for row in rows] == [(own, "api", "token")]


def test_an_officer_acknowledges_for_the_own_federation_alone(database: Database) -> None:
    """A prefecture sees what its counties were told, and cannot say that they have read it."""
    tell(database, "530102", "5301")
    with portal_session_scope(database.portal, officer_of("5301")) as connection:
        assert acknowledge(connection, first_of(database, "5301"), "inbox", "wang.wei")
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        portal_session_scope(database.portal, officer_of("5301")) as connection,
    ):
        acknowledge(connection, first_of(database, "530102"), "inbox", "wang.wei")
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        union_scope(database.portal, "530102") as connection,
    ):
        acknowledge(connection, first_of(database, "530102"), "inbox", "token")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO notice (notice_id) VALUES ('x')", "UPDATE notice SET union_code = '530103'", "DELETE FROM notice",
        "UPDATE notice_acknowledgement SET by = 'another'", "DELETE FROM notice_acknowledgement",
        "INSERT INTO notice_acknowledgement (notice_id, channel, by, at) VALUES ('x', 'api', 'x', now())",
        "SELECT * FROM notice_message", "SELECT * FROM notice_attempt", "SELECT * FROM union_channel",
        "SELECT * FROM union_desk", "SELECT * FROM api_token", "SELECT * FROM channel_circuit", "SELECT * FROM notice_reminder",
        "SELECT nextval('notice_position')",
    ],
)  # fmt: skip
def test_what_the_portal_may_not_do(database: Database, statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        union_scope(database.portal, "530102") as connection,
    ):
        connection.execute(text(statement))


def test_acknowledgements_and_attempts_stay(database: Database) -> None:
    with database.owner.begin() as connection:
        write_notices(connection, [NewNotice("530102", NoticeKind.LIST, 1, {"new": 1}, DAY)])
        for statement in (
            "INSERT INTO notice_acknowledgement (notice_id, channel, by) SELECT notice_id, 'inbox', 'li' FROM notice",
            "INSERT INTO notice_attempt (message_id, number, code, milliseconds) SELECT message_id, 1, 'ok', 1 FROM notice_message",
        ):
            connection.execute(text(statement))
    for statement in (
        "UPDATE notice_acknowledgement SET by = 'x'",
        "DELETE FROM notice_acknowledgement",
        "DELETE FROM notice_attempt",
        "TRUNCATE notice_attempt",
    ):
        with pytest.raises(DBAPIError, match="only ever added"), database.owner.begin() as connection:
            connection.execute(text(statement))


def test_pages_by_cursor(database: Database) -> None:
    for version in range(1, 8):
        tell(database, "530102", "530103", version=version)
    seen, after = [], 0
    with union_scope(database.portal, "530102") as connection:
        while rows := page(connection, after, 3):
            assert len(rows) <= 3
            after = rows[-1].position
            seen += [row.notice.list_version for row in rows]
    assert seen == [1, 2, 3, 4, 5, 6, 7]


def test_nothing_that_is_committed_late_is_skipped(database: Database) -> None:
    """Four writers whose transactions overlap, some of them rolled back; a reader that follows as fast as it can."""
    written: list[int] = []
    stopped = threading.Event()

    def write(number: int) -> None:
        rng = random.Random(number)
        for turn in range(25):
            version = number * 1000 + turn + 1
            with database.owner.connect() as connection, connection.begin() as transaction:
                write_notices(connection, [NewNotice("530102", NoticeKind.LIST, version, {"new": 1}, DAY)])
                time.sleep(rng.uniform(0, 0.004))
                if rng.random() < 0.2:
                    transaction.rollback()
                else:
                    transaction.commit()
                    written.append(version)

    seen: list[int] = []

    def read() -> None:
        after = 0
        while True:
            last = stopped.is_set()
            with union_scope(database.portal, "530102") as connection:
                rows = page(connection, after, 2)
            seen.extend(row.notice.list_version for row in rows)
            after = rows[-1].position if rows else after
            if last and not rows:
                return

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join(60)
    stopped.set()
    reader.join(60)
    assert len(seen) == len(set(seen))
    assert sorted(seen) == sorted(written)
    assert len(written) > 50


@pytest.mark.parametrize(
    "cursor", ["", "x", "AQAAAAAAAAEC=", "AgAAAAAAAAEC", "AYAAAAAAAAEC", "岩", "A" * 64, "AQ AAAAAAAEC"]
)
def test_what_is_no_cursor(cursor: str) -> None:
    with pytest.raises(ValueError, match="no cursor"):
        position_of(cursor)


def test_cursors_go_and_come() -> None:
    for position in (0, 1, 2**40, 2**63 - 1):
        assert position_of(cursor_of(position)) == position
