"""Log-in: the same work for everybody, a lock that side-by-side attempts cannot outrun."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text

from bangfu.db import access, portal_session_scope, sessions, users
from bangfu.db.users import Role, User
from bangfu.errors import BangfuError

OFFICER = User("wuhua", "五华区总工会", Role.COUNTY_OFFICER, "530102")
PASSWORD = "正确的口令-right"


pytestmark = pytest.mark.usefixtures("cheap_hashes")


@pytest.fixture
def officer(database):
    with database.owner.begin() as connection:
        users.create_user(connection, OFFICER, PASSWORD)
    return database


def test_the_right_password_logs_in(officer) -> None:
    assert users.authenticate(officer.portal, " WuHua ", PASSWORD) == OFFICER
    assert users.authenticate(officer.portal, "wuhua", "wrong") is None
    assert users.authenticate(officer.portal, "nobody", PASSWORD) is None
    assert users.authenticate(officer.portal, "wu\x00hua\ud800", "\ud800\x00") is None


def test_an_unknown_name_costs_a_hash_as_well(officer, monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []
    monkeypatch.setattr(users, "_verify", lambda stored, password: verified.append(stored) or False)
    for name in ("wuhua", "nobody"):
        users.authenticate(officer.portal, name, "wrong")
    assert [stored.split("$")[1:4] for stored in verified] == [verified[0].split("$")[1:4]] * 2


def test_five_failures_lock_for_a_minute_and_then_longer(officer) -> None:
    for _ in range(5):
        assert users.authenticate(officer.portal, "wuhua", "wrong") is None
    assert users.authenticate(officer.portal, "wuhua", PASSWORD) is None, "locked"
    remaining = text("SELECT extract(epoch FROM locked_until - now()) FROM app_user")
    expire = text("UPDATE app_user SET locked_until = now() - interval '1 second'")
    seconds = []
    for _ in range(6):
        with officer.owner.begin() as connection:
            seconds.append(float(connection.scalar(remaining)))
            connection.execute(expire)
        users.authenticate(officer.portal, "wuhua", "wrong")
    assert [round(value / 60) for value in seconds] == [1, 2, 4, 8, 15, 15]
    with officer.owner.begin() as connection:
        connection.execute(expire)
    assert users.authenticate(officer.portal, "wuhua", PASSWORD) == OFFICER
    with officer.owner.begin() as connection:
        assert connection.execute(text("SELECT failed_logins, locked_until FROM app_user")).one() == (0, None)


def test_attempts_side_by_side_do_not_outrun_the_lock(officer, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def verify(stored: str, password: str) -> bool:
        tried.append(stored == real)
        time.sleep(0.05)
        return False

    with officer.owner.begin() as connection:
        real = connection.scalar(text("SELECT password_hash FROM app_user"))
    monkeypatch.setattr(users, "_verify", verify)
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda _: users.authenticate(officer.portal, "wuhua", "wrong"), range(24)))
    assert (len(tried), sum(tried)) == (24, 5)


@pytest.mark.parametrize(
    ("user", "password", "message"),
    [
        (replace(OFFICER, username="X"), PASSWORD, "user name"),
        (OFFICER, "short", "10 characters"),
        (replace(OFFICER, area_code="53"), PASSWORD, "does not fit"),
        (replace(OFFICER, area_code="53010%"), PASSWORD, "division code"),
        (replace(OFFICER, role=Role.PROVINCE_OFFICER), PASSWORD, "does not fit"),
        (replace(OFFICER, role=Role.SECURITY_ADMINISTRATOR), PASSWORD, "does not fit"),
        (replace(OFFICER, union_name="五华区总工会"), PASSWORD, "no name of an industry"),
        (
            replace(OFFICER, role=Role.AUDITOR, area_code="53", union_name="云南省教育工会"),
            PASSWORD,
            "leave --union out",
        ),
    ],
)
def test_a_malformed_account_is_refused(database, user: User, password: str, message: str) -> None:
    with database.owner.begin() as connection, pytest.raises(BangfuError, match=message):
        users.create_user(connection, user, password)


def test_a_name_is_taken_once(officer) -> None:
    with officer.owner.begin() as connection:
        with pytest.raises(BangfuError, match="taken"):
            users.create_user(connection, OFFICER, PASSWORD)
        assert users.list_users(connection) == [OFFICER]


def test_a_session_lives_until_log_out(officer) -> None:
    with portal_session_scope(officer.portal, OFFICER) as connection:
        session = sessions.open_session(connection, "wuhua")
    with officer.portal.begin() as connection:
        found = sessions.find_session(connection, session.token)
        assert found is not None
        assert (found.user, found.csrf_token) == (OFFICER, session.csrf_token)
        assert sessions.find_session(connection, "another\ud800") is None
        sessions.close_session(connection, session.token)
        sessions.close_session(connection, "another")
        assert sessions.find_session(connection, session.token) is None
    with officer.owner.begin() as connection:
        assert session.token not in str(connection.execute(text("SELECT * FROM portal_session")).all())


def test_a_session_ends_idle_and_after_a_working_day(officer) -> None:
    with portal_session_scope(officer.portal, OFFICER) as connection:
        session = sessions.open_session(connection, "wuhua")
    with officer.owner.begin() as connection:
        connection.execute(text("UPDATE portal_session SET created_at = now() - interval '8 hours 50 minutes'"))
    with portal_session_scope(officer.portal, OFFICER) as connection:
        found = sessions.find_session(connection, session.token)
        left = connection.execute(text("SELECT expires_at - now() FROM portal_session")).scalar_one()
    assert found is not None
    assert left.total_seconds() == pytest.approx(600, abs=10)
    with officer.owner.begin() as connection:
        connection.execute(text("UPDATE portal_session SET expires_at = now() - interval '1 second'"))
        assert sessions.purge(connection) == 0
    with officer.portal.begin() as connection:
        assert sessions.find_session(connection, session.token) is None
    with officer.owner.begin() as connection:
        connection.execute(text("UPDATE portal_session SET expires_at = now() - interval '2 days'"))
        assert sessions.purge(connection) == 1


@pytest.mark.parametrize("change", ["disable", "password"])
def test_a_changed_account_loses_its_sessions(officer, change: str) -> None:
    with portal_session_scope(officer.portal, OFFICER) as connection:
        session = sessions.open_session(connection, "wuhua")
    with officer.owner.begin() as connection:
        if change == "disable":
            users.set_active(connection, "wuhua", active=False)
        else:
            users.set_password(connection, "wuhua", "another long password")
    with officer.portal.begin() as connection:
        assert sessions.find_session(connection, session.token) is None
    assert users.authenticate(officer.portal, "wuhua", PASSWORD) is None
    with officer.owner.begin() as connection, pytest.raises(BangfuError, match="no user"):
        users.set_active(connection, "nobody", active=True)


def test_the_portal_adds_to_the_access_log(officer) -> None:
    with portal_session_scope(officer.portal, OFFICER) as connection:
        access.record_access(connection, access.Access("wuhua", "view", "c000001", "530102", "request-1"))
    with officer.owner.begin() as connection:
        rows = connection.execute(text("SELECT username, action, candidate_id, request_id FROM access_log")).all()
    assert rows == [("wuhua", "view", "c000001", "request-1")]


CREDIT_CODE = "11530100MB00000004"
DEPARTMENT = User("km.minzheng", "昆明市民政局", Role.DEPARTMENT, "530100", sources=("civil_affairs", "death_record"))


def test_a_department_s_account_knows_what_it_sends(database) -> None:
    with database.owner.begin() as connection:
        users.create_user(connection, DEPARTMENT, PASSWORD)
        assert users.list_users(connection) == [DEPARTMENT]
    assert users.authenticate(database.portal, "km.minzheng", PASSWORD) == DEPARTMENT
    with portal_session_scope(database.portal, DEPARTMENT) as connection:
        session = sessions.open_session(connection, "km.minzheng")
    with database.portal.begin() as connection:
        found = sessions.find_session(connection, session.token)
    assert found is not None
    assert found.user == DEPARTMENT


def test_a_department_may_send_under_its_credit_code(database) -> None:
    """A hospital or an agency is no division; its code is the one on its certificate."""
    agency = replace(DEPARTMENT, area_code=CREDIT_CODE)
    with database.owner.begin() as connection:
        users.create_user(connection, agency, PASSWORD)
    assert users.authenticate(database.portal, "km.minzheng", PASSWORD) == agency


@pytest.mark.parametrize(
    ("user", "message"),
    [
        (replace(OFFICER, area_code=CREDIT_CODE), "division code"),
        (replace(DEPARTMENT, area_code=f"{CREDIT_CODE[:-1]}5"), "check it for a slip"),
        (replace(DEPARTMENT, area_code=CREDIT_CODE.lower()), "check it for a slip"),
        (replace(DEPARTMENT, area_code="１１５３０１"), "check it for a slip"),
        (replace(DEPARTMENT, sources=()), "at least one source"),
        (replace(DEPARTMENT, sources=("civil_affairs,union_roster",)), "There is no source"),
        (replace(DEPARTMENT, area_code="5301"), "check it for a slip"),
        (replace(OFFICER, sources=("civil_affairs",)), "sends nothing"),
    ],
)
def test_code_and_sources_fit_the_role(database, user: User, message: str) -> None:
    with database.owner.begin() as connection, pytest.raises(BangfuError, match=message):
        users.create_user(connection, user, PASSWORD)
