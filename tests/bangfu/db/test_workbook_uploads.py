"""Uploads between preview and import: an account's own, sealed, and nobody's once their time is over."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from bangfu.db import portal_session_scope
from bangfu.db.account import User
from bangfu.db.users import create_user
from bangfu.db.workbook_uploads import get_upload, keep_receipt, keep_upload, own_uploads, purge_uploads
from schemas.rights import Role

CHEN, SUN = (User(name, name, Role.COUNTY_OFFICER, "530102") for name in ("chen", "sun"))
SHEETS = {"名单": [["张三", "539001198001010014"]]}
KEY = "master"


@pytest.fixture
def kept(database) -> str:
    with database.owner.begin() as connection:
        for user in (CHEN, SUN):
            create_user(connection, user, "correct horse battery")
    with portal_session_scope(database.portal, CHEN) as connection:
        return keep_upload(connection, KEY, "chen", "candidates", SHEETS, datetime.now(UTC))


def test_it_is_read_by_its_account_alone(database, kept) -> None:
    with portal_session_scope(database.portal, CHEN) as connection:
        found = get_upload(connection, KEY, "chen", kept)
        assert found is not None
        assert found.content == SHEETS
        assert get_upload(connection, "another key", "chen", kept) is None
    with portal_session_scope(database.portal, SUN) as connection:
        assert get_upload(connection, KEY, "chen", kept) is None
        assert connection.execute(text("DELETE FROM workbook_upload")).rowcount == 0
    with database.portal.connect() as connection:
        assert connection.execute(text("SELECT * FROM workbook_upload")).all() == []


def test_nobody_uploads_in_anothers_name(database, kept) -> None:
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        portal_session_scope(database.portal, SUN) as connection,
    ):
        keep_upload(connection, KEY, "chen", "candidates", SHEETS, datetime.now(UTC))


def test_moved_to_another_account_it_does_not_open(database, kept) -> None:
    """The seal is bound to the account: not even whoever writes to the table can hand it on."""
    with database.owner.begin() as connection:
        connection.execute(text("UPDATE workbook_upload SET username = 'sun'"))
    with portal_session_scope(database.portal, SUN) as connection:
        assert own_uploads(connection, "sun")
        assert get_upload(connection, KEY, "sun", kept) is None


def test_the_first_receipt_stays(database, kept) -> None:
    with portal_session_scope(database.portal, CHEN) as connection:
        for receipt in ("first", "second"):
            keep_receipt(connection, KEY, "chen", kept, receipt, datetime.now(UTC))
        found = get_upload(connection, KEY, "chen", kept)
        assert found is not None
        assert (found.content, found.applied_at is None) == ("first", False)


def test_it_is_out_of_sight_when_its_time_is_over_and_then_gone(database, kept) -> None:
    with database.owner.begin() as connection:
        connection.execute(text("UPDATE workbook_upload SET expires_at = now()"))
    with portal_session_scope(database.portal, CHEN) as connection:
        assert own_uploads(connection, "chen") == []
    purge_uploads(database.portal)
    with database.owner.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM workbook_upload")) == 0
