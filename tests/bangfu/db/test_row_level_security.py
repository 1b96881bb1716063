"""The portal role cannot see or change what is not its officer's, whatever the portal's code does."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from bangfu.db import portal_session_scope
from bangfu.db.users import Role, User, create_user

COUNT = text("SELECT count(*) FROM candidate")


@pytest.fixture
def three_counties(published, candidate, database):
    """Two published candidates of Kunming, one of Dali."""
    published([candidate(1, "530102"), candidate(2, "530103"), candidate(3, "532901")])
    return database


@pytest.mark.parametrize(
    ("area", "count"), [("530102", 1), ("530103", 1), ("5301", 2), ("53", 3), ("530111", 0), ("52", 0)]
)
def test_an_area_sees_its_own_candidates(three_counties, area: str, count: int) -> None:
    with portal_session_scope(three_counties.portal, area) as connection:
        assert connection.scalar(COUNT) == count


def test_without_an_area_nothing_is_seen(three_counties) -> None:
    with three_counties.portal.begin() as connection:
        assert connection.scalar(COUNT) == 0


@pytest.mark.parametrize("setting", ["", "%", "5", "530", "53%", "53\n", "530102 ", "_3", "53|", "5301020"])
def test_a_setting_that_is_no_area_sees_nothing(three_counties, setting: str) -> None:
    with three_counties.portal.begin() as connection:
        connection.execute(text("SELECT set_config('bangfu.area', :value, true)"), {"value": setting})
        assert connection.scalar(COUNT) == 0


@pytest.mark.parametrize("area", ["", "5", "530", "53%", "云南", "53\n", "５３"])
def test_the_scope_refuses_what_is_no_area(three_counties, area: str) -> None:
    with pytest.raises(ValueError, match="division code"), portal_session_scope(three_counties.portal, area):
        pass


def test_the_area_ends_with_the_transaction(three_counties) -> None:
    """The pool hands the same connection to the next officer."""
    with portal_session_scope(three_counties.portal, "53") as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
    with three_counties.portal.begin() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) == backend
        assert connection.scalar(COUNT) == 0


def test_screened_and_withdrawn_candidates_are_not_seen(three_counties, published, screened, candidate) -> None:
    published([candidate(1, "530102")])  # withdraws the list before
    screened([candidate(4, "530102")])
    with portal_session_scope(three_counties.portal, "53") as connection:
        found = connection.execute(text("SELECT candidate_id, status FROM candidate")).all()
    assert found == [("c000001", "published")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE candidate SET county_code = '530102'",
        "DELETE FROM candidate",
        "INSERT INTO candidate SELECT * FROM candidate",
        "TRUNCATE candidate",
        "ALTER TABLE candidate DISABLE ROW LEVEL SECURITY",
        "DROP POLICY candidate_portal ON candidate",
        "SELECT password_hash FROM app_user",
        "SELECT * FROM app_user",
        "UPDATE app_user SET role = 'administrator'",
        "INSERT INTO app_user (username) VALUES ('x')",
        "SELECT * FROM access_log",
        "UPDATE access_log SET username = 'another'",
        "DELETE FROM access_log",
        "SELECT landing_key FROM extract",
        "SELECT * FROM pipeline_run",
        "UPDATE portal_session SET username = 'another'",
        "CREATE TABLE mine (x int)",
        "CREATE TEMP TABLE mine (x int)",
        "CREATE FUNCTION lower(text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
        "SET ROLE bangfu",
    ],
)
def test_what_the_portal_may_not_do(three_counties, statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        portal_session_scope(three_counties.portal, "53") as connection,
    ):
        connection.execute(text(statement))


def test_the_owner_is_held_by_a_policy_of_its_own(three_counties) -> None:
    """FORCE: without its policy even the owner would see nothing."""
    with three_counties.owner.begin() as connection:
        assert connection.scalar(COUNT) == 3
        forced = text("SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = 'candidate'")
        assert connection.scalar(forced) is True


def test_the_log_in_functions_are_not_for_everybody(database) -> None:
    create = User("wuhua", "五华区", Role.COUNTY_OFFICER, "530102")
    with database.owner.begin() as connection:
        create_user(connection, create, "a-long-password")
        public = text(
            "SELECT count(*) FROM pg_proc p, aclexplode(p.proacl) a "
            "WHERE p.proname LIKE 'portal_login%' AND a.grantee = 0"
        )
        assert connection.scalar(public) == 0
