"""The record of an export: complete, by two persons, and never changed."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from bangfu.db import audit, portal_session_scope
from bangfu.db.audit import LogFilter
from bangfu.db.exports import Export, list_exports, record_export
from schemas.rights import Role
from tests.conftest import Database

from .conftest import viewer

EXPORT = Export(
    "viewer",
    "530102",
    "五华区总工会",
    "入户核查",
    "encrypted workbook",
    ("name", "address"),
    31,
    "ab" * 32,
    "approver.one",
)


def test_an_export_is_recorded_whole_and_in_the_log(database: Database) -> None:
    with portal_session_scope(database.portal, viewer("530102")) as connection:
        number = record_export(connection, EXPORT, request_id="r1", most=500)
        [own] = list_exports(connection)
    assert replace(own, at=None, columns=tuple(own.columns)) == replace(own, at=None, **vars(EXPORT))
    with portal_session_scope(database.portal, viewer("53", Role.AUDITOR)) as connection:
        assert [item.export_id for item in list_exports(connection)] == [number]
        [entry] = audit.search(connection, LogFilter(username="viewer"))
    assert (entry.action, entry.subject, entry.request_id) == ("export", number, "r1")
    with portal_session_scope(database.portal, replace(viewer("530102"), username="another")) as connection:
        assert list_exports(connection) == []


@pytest.mark.parametrize("wrong", [{"approved_by": "viewer"}, {"purpose": ""}, {"recipient": ""}, {"setting": ""}])
def test_half_a_record_and_one_person_twice_are_refused(database: Database, wrong: dict[str, str]) -> None:
    with (
        pytest.raises(IntegrityError, match=r"two_persons|stated"),
        portal_session_scope(database.portal, viewer("530102")) as connection,
    ):
        record_export(connection, replace(EXPORT, **wrong), most=500)


def test_a_record_stays_and_is_nobody_else_s(database: Database) -> None:
    with portal_session_scope(database.portal, viewer("530102")) as connection:
        record_export(connection, EXPORT, most=500)
    with database.owner.begin() as connection, pytest.raises(DBAPIError, match="only ever added"):
        connection.execute(text("UPDATE export_record SET rows = 1"))
    with (
        pytest.raises(DBAPIError, match="row-level security"),
        portal_session_scope(database.portal, viewer("530102")) as connection,
    ):
        record_export(connection, replace(EXPORT, username="another", export_id="x"), most=500)
