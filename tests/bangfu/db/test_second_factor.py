"""The second factor: encrypted, confirmed by a code, each code right once, wrong ones counted and locked."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from bangfu.db import portal_session_scope, second_factor
from bangfu.db.one_time_codes import code_at, step_at
from bangfu.db.users import User, create_user
from schemas.rights import Role
from tests.conftest import Database

OFFICER = User("wuhua", "五华区总工会", Role.COUNTY_OFFICER, "530102")
OTHER = User("panlong", "盘龙区总工会", Role.COUNTY_OFFICER, "530103")
MASTER = "key of this installation"


@pytest.fixture
def accounts(database: Database, cheap_hashes: None) -> Database:
    with database.owner.begin() as connection:
        for user in (OFFICER, OTHER):
            create_user(connection, user, "a-long-password")
    return database


class Authenticator:
    """An account with its telephone; the clock can be moved."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch, user: User = OFFICER) -> None:
        self.database, self.user, self.now = database, user, 1_800_000_000.0
        monkeypatch.setattr(second_factor.time, "time", lambda: self.now)
        with portal_session_scope(database.portal, user) as connection:
            self.key = second_factor.begin(connection, MASTER, user.username)
            codes = second_factor.confirm(connection, MASTER, user.username, self.code())
        assert codes is not None
        self.codes = codes
        self.now += 30

    def code(self) -> str:
        return code_at(self.key, step_at(self.now))

    def try_code(self, code: str) -> bool:
        with portal_session_scope(self.database.portal, self.user) as connection:
            return second_factor.check(connection, MASTER, self.user.username, code)

    def state(self) -> second_factor.FactorState:
        with portal_session_scope(self.database.portal, self.user) as connection:
            return second_factor.factor_state(connection, self.user.username)


@pytest.fixture
def phone(accounts: Database, monkeypatch: pytest.MonkeyPatch) -> Authenticator:
    return Authenticator(accounts, monkeypatch)


def test_a_key_is_the_same_until_a_code_confirms_it(accounts: Database) -> None:
    """A page that is loaded again must not make the telephone's key useless."""
    with portal_session_scope(accounts.portal, OFFICER) as connection:
        key = second_factor.begin(connection, MASTER, "wuhua")
        assert second_factor.begin(connection, MASTER, "wuhua") == key
        assert second_factor.confirm(connection, MASTER, "wuhua", "000000") is None
        assert second_factor.factor_state(connection, "wuhua") == second_factor.FactorState()
        assert not second_factor.check(connection, MASTER, "wuhua", code_at(key, step_at(time.time())))


def test_a_code_is_right_once(phone: Authenticator) -> None:
    code = phone.code()
    assert phone.try_code(code)
    assert not phone.try_code(code)
    phone.now += 30
    assert phone.try_code(phone.code())


def test_the_code_of_the_enrolment_does_not_log_in_again(phone: Authenticator) -> None:
    phone.now -= 30
    assert not phone.try_code(phone.code())


def test_the_same_code_side_by_side_is_right_once(phone: Authenticator) -> None:
    code = phone.code()
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(phone.try_code, [code] * 4)) == [False, False, False, True]


def test_five_wrong_codes_lock_and_a_right_one_is_not_looked_at(phone: Authenticator) -> None:
    for _ in range(5):
        assert not phone.try_code("000000")
    assert not phone.try_code(phone.code())
    assert not phone.try_code(phone.codes[0])
    with phone.database.owner.begin() as connection:
        minutes = connection.scalar(text("SELECT extract(epoch FROM locked_until - now()) / 60 FROM second_factor"))
        connection.execute(text("UPDATE second_factor SET locked_until = now() - interval '1 second'"))
    assert 0.9 < float(minutes) < 1.1
    assert phone.try_code(phone.code())
    with phone.database.owner.begin() as connection:
        assert connection.execute(text("SELECT failures, locked_until FROM second_factor")).one() == (0, None)


def test_ten_recovery_codes_each_right_once(phone: Authenticator) -> None:
    assert len(set(phone.codes)) == 10
    assert phone.state().codes_left == 10
    assert phone.try_code(phone.codes[3].lower().replace("-", " "))
    assert not phone.try_code(phone.codes[3])
    assert phone.state().codes_left == 9
    with portal_session_scope(phone.database.portal, OFFICER) as connection:
        fresh = second_factor.new_codes(connection, MASTER, "wuhua")
    assert not phone.try_code(phone.codes[4]), "the old ones end with the new ones"
    assert phone.try_code(fresh[4])


def test_nothing_of_it_can_be_read_in_the_database(phone: Authenticator) -> None:
    with phone.database.owner.connect() as connection:
        [(secret,)] = connection.execute(text("SELECT secret FROM second_factor")).all()
        digests = connection.scalars(text("SELECT digest FROM recovery_code")).all()
    assert phone.key not in bytes(secret)
    assert not any(code.replace("-", "") in str(digests) for code in phone.codes)


def test_a_key_that_was_moved_to_another_account_opens_nothing(phone: Authenticator) -> None:
    """Somebody with the database, and without the key of the installation, puts an own telephone into another's account."""
    with phone.database.owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO second_factor (username, secret, confirmed_at) SELECT 'panlong', secret, now() FROM second_factor"
            )
        )
    with portal_session_scope(phone.database.portal, OTHER) as connection:
        assert not second_factor.check(connection, MASTER, "panlong", phone.code())


def test_an_account_sees_its_own_alone(phone: Authenticator) -> None:
    with portal_session_scope(phone.database.portal, OTHER) as connection:
        assert second_factor.factor_state(connection, "wuhua") == second_factor.FactorState()
        assert not second_factor.check(connection, MASTER, "wuhua", phone.code())
        second_factor.remove(connection, "wuhua")
    assert phone.state().confirmed_at is not None
    with portal_session_scope(phone.database.portal, OFFICER) as connection:
        with pytest.raises(ValueError, match="has a second factor"):
            second_factor.begin(connection, MASTER, "wuhua")
        second_factor.remove(connection, "wuhua")
    assert phone.state() == second_factor.FactorState()
