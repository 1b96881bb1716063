"""Papers of a case: sealed, seen with their case, removed by who added them as long as it is open."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from bangfu.db import portal_session_scope
from bangfu.db.account import User
from bangfu.db.attachments import add_attachment, attachments_of, open_attachment, remove_attachment
from bangfu.errors import Refused
from schemas.attachments import MOST_BYTES, MOST_PER_CASE
from schemas.rights import Role

NOW = datetime(2026, 6, 1, 4, tzinfo=UTC)
KEY = "a key of the test"
PAPER = b"%PDF-1.7 " + "授权书 张某某".encode()
LI, WANG, FAR = (
    User(name, name, Role.COUNTY_OFFICER, area)
    for name, area in (("li", "530102"), ("wang", "530102"), ("far", "530103"))
)


@pytest.fixture
def case_id(published, candidate, database) -> str:
    """A case of Wuhua."""
    published([candidate(1, "530102")])
    with database.owner.connect() as connection:
        return str(connection.scalar(text("SELECT case_id FROM review_case")))


def added(database, case_id: str, content: bytes = PAPER, kind: str = "authorisation", user: User = LI) -> str:
    with portal_session_scope(database.portal, user) as connection:
        return add_attachment(connection, KEY, case_id, user.username, kind, content, NOW)


def end(database, case_id: str) -> None:
    with database.owner.begin() as connection:
        connection.execute(text("UPDATE review_case SET ended_at = now() WHERE case_id = :id"), {"id": case_id})


def test_a_paper_comes_back_as_it_was(database, case_id: str) -> None:
    attachment_id = added(database, case_id)
    with portal_session_scope(database.portal, WANG) as connection:
        (listed,) = attachments_of(connection, case_id)
        opened = open_attachment(connection, KEY, case_id, attachment_id)
    assert (listed.kind, listed.media_type, listed.size) == ("authorisation", "application/pdf", len(PAPER))
    assert (listed.username, listed.added_at) == ("li", NOW)
    assert opened == (listed, PAPER)


def test_the_database_holds_nothing_of_it_in_the_clear(database, case_id: str) -> None:
    added(database, case_id)
    with database.owner.connect() as connection:
        row = connection.execute(text("SELECT content, digest FROM case_attachment")).one()
    assert "张某某".encode() not in row.content
    assert PAPER[:5] not in row.content
    assert len(row.digest) == 64


def test_under_another_key_or_in_another_case_it_does_not_open(database, case_id: str, published, candidate) -> None:
    attachment_id = added(database, case_id)
    published([candidate(1, "530102"), candidate(2, "530102")])
    move = "UPDATE case_attachment SET case_id = (SELECT case_id FROM review_case WHERE case_id <> :id LIMIT 1) RETURNING case_id"
    with database.owner.begin() as connection:
        assert open_attachment(connection, "another key", case_id, attachment_id) is None
        other = connection.scalar(text(move), {"id": case_id})
        assert open_attachment(connection, KEY, other, attachment_id) is None


def test_another_area_neither_sees_nor_adds(database, case_id: str) -> None:
    attachment_id = added(database, case_id)
    with portal_session_scope(database.portal, FAR) as connection:
        assert attachments_of(connection, case_id) == []
        assert open_attachment(connection, KEY, case_id, attachment_id) is None
    with pytest.raises(ProgrammingError, match="row-level security"):
        added(database, case_id, user=FAR)


def test_nobody_adds_under_another_name(database, case_id: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        portal_session_scope(database.portal, LI) as connection,
    ):
        add_attachment(connection, KEY, case_id, "wang", "consent", PAPER, NOW)


def test_who_added_it_removes_it_as_long_as_the_case_is_open(database, case_id: str) -> None:
    first, second = added(database, case_id), added(database, case_id, PAPER + b"2")
    with portal_session_scope(database.portal, WANG) as connection:
        assert not remove_attachment(connection, case_id, first)
    with portal_session_scope(database.portal, LI) as connection:
        assert remove_attachment(connection, case_id, first)
    end(database, case_id)
    with portal_session_scope(database.portal, LI) as connection:
        assert not remove_attachment(connection, case_id, second)
        assert [item.attachment_id for item in attachments_of(connection, case_id)] == [second]


def test_an_ended_case_takes_no_more(database, case_id: str) -> None:
    end(database, case_id)
    with pytest.raises(ProgrammingError, match="row-level security"):
        added(database, case_id)


def test_the_same_file_twice_is_kept_once(database, case_id: str) -> None:
    assert added(database, case_id) == added(database, case_id, user=WANG)


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"", "consent", "no_file"),
        (b"MZ\x90\x00", "consent", "not_a_paper"),
        (b"<html>%PDF-", "consent", "not_a_paper"),
        (b"%PDF-" + b"0" * MOST_BYTES, "consent", "too_large"),
        (PAPER, "diagnosis", "no_such_kind"),
    ],
)
def test_what_is_no_paper_is_refused(database, case_id: str, content: bytes, kind: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        added(database, case_id, content, kind)
    assert refused.value.code == code


def test_a_case_takes_so_many_and_no_more(database, case_id: str) -> None:
    for number in range(MOST_PER_CASE):
        added(database, case_id, PAPER + str(number).encode())
    with pytest.raises(Refused, match=str(MOST_PER_CASE)):
        added(database, case_id, PAPER + b"one more")
