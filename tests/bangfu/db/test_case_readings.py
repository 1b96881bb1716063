"""What an account has read of a case is its own, and a sitting does not forget what it began with."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from bangfu.db import portal_session_scope
from bangfu.db.case_models import CaseReading
from bangfu.db.case_readings import Reading, read_again
from bangfu.db.cases import HOLD
from bangfu.db.users import create_user

from .conftest import viewer

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
AWAY = HOLD + timedelta(seconds=1)


@pytest.fixture
def case_id(published, candidate, database) -> str:
    """A case of Wuhua, and an officer there."""
    published([candidate(1, "530102")])
    with database.owner.begin() as connection:
        create_user(connection, viewer("530102"), "a-long-password")
        return str(connection.scalar(text("SELECT case_id FROM review_case")))


def read(database, case_id: str, version: int, at: datetime, area: str = "530102") -> Reading:
    with portal_session_scope(database.portal, viewer(area)) as connection:
        return read_again(connection, case_id, version, at)


def test_at_the_first_look_nothing_is_new(database, case_id: str) -> None:
    assert read(database, case_id, 2, NOON) == Reading(2, NOON)


def test_after_having_been_away_what_came_meanwhile_is_new(database, case_id: str) -> None:
    read(database, case_id, 2, NOON)
    assert read(database, case_id, 5, NOON + AWAY) == Reading(2, NOON)


def test_within_a_sitting_it_stays_new(database, case_id: str) -> None:
    read(database, case_id, 2, NOON)
    for minute in range(3):
        known = read(database, case_id, 5 + minute, NOON + AWAY + timedelta(minutes=minute))
        assert known == Reading(2, NOON)
    later = NOON + AWAY + timedelta(minutes=2) + AWAY
    assert read(database, case_id, 8, later) == Reading(7, NOON + AWAY + timedelta(minutes=2))


def test_nobody_reads_a_case_of_another_area(database, case_id: str) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        read(database, case_id, 2, NOON, "530103")


def test_what_others_have_read_is_not_seen(database, case_id: str) -> None:
    with database.owner.begin() as connection:
        create_user(connection, viewer("53").__class__("another", "别人", viewer("53").role, "53"), "a-long-password")
        connection.execute(
            text("INSERT INTO case_reading VALUES ('another', :case_id, 1, now(), 1, now())"), {"case_id": case_id}
        )
    read(database, case_id, 2, NOON)
    with portal_session_scope(database.portal, viewer("530102")) as connection:
        assert list(connection.scalars(select(CaseReading.username))) == ["viewer"]
