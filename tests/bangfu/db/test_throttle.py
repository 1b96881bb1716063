"""One client address is held to a number of attempts, in the database, for all processes."""

from sqlalchemy import text

from bangfu.db.throttle import MOST, client_may_try, client_succeeded
from tests.conftest import Database


def test_a_client_is_stopped_once_the_bucket_is_full_and_others_are_not(database: Database) -> None:
    allowed = [client_may_try(database.portal, "203.0.113.7") for _ in range(MOST + 5)]
    assert allowed == [True] * MOST + [False] * 5
    assert client_may_try(database.portal, "203.0.113.8")


def test_it_is_let_in_again_as_the_bucket_leaks(database: Database) -> None:
    for _ in range(MOST + 20):
        client_may_try(database.portal, "203.0.113.7")
    with database.owner.begin() as connection:
        connection.execute(text("UPDATE client_attempt SET at = at - interval '60 seconds'"))
    assert [client_may_try(database.portal, "203.0.113.7") for _ in range(5)] == [True, True, True, False, False]


def test_log_ins_that_succeed_do_not_fill_it(database: Database) -> None:
    """An office of a hundred officers behind one address."""
    for _ in range(100):
        assert client_may_try(database.portal, "203.0.113.7")
        client_succeeded(database.portal, "203.0.113.7")


def test_addresses_of_one_network_of_version_6_are_one_client(database: Database) -> None:
    for number in range(MOST):
        assert client_may_try(database.portal, f"2001:db8:1:2::{number:x}")
    assert not client_may_try(database.portal, "2001:db8:1:2:ffff::1")
    assert client_may_try(database.portal, "2001:db8:1:3::1")
