"""Addresses: which role gets which, and no password in any message."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from bangfu.db import database_urls, embedded, engine, portal_engine
from bangfu.db.connection import open_engine
from bangfu.errors import BangfuError


def test_the_embedded_server_starts_where_no_address_is_given(settings) -> None:
    try:
        owner, portal = engine(settings), portal_engine(settings)
        with owner.connect() as connection:
            assert connection.exec_driver_sql("SELECT current_user").scalar() == "bangfu"
        with portal.connect() as connection:
            assert connection.exec_driver_sql("SELECT current_user").scalar() == "bangfu_portal"
        owner.dispose()
        portal.dispose()
    finally:
        embedded.stop(settings)


def test_given_addresses_are_used_with_our_driver(settings) -> None:
    given = replace(settings, database_url="postgresql://o:p@db/bangfu", portal_database_url="postgres://w:p@db/b")
    urls = database_urls(given)
    assert urls.owner.drivername == "postgresql+psycopg"
    assert urls.portal is not None
    assert urls.portal.username == "w"
    assert not settings.home.exists(), "no server was started"


def test_the_portal_needs_only_its_own_address(settings) -> None:
    portal_engine(replace(settings, portal_database_url="postgresql://w:p@db/bangfu")).dispose()
    assert not settings.home.exists()


def test_the_portal_never_gets_the_owners_address(settings) -> None:
    with pytest.raises(BangfuError, match="BANGFU_PORTAL_DATABASE_URL"):
        portal_engine(replace(settings, database_url="postgresql://o:p@db/bangfu"))


@pytest.mark.parametrize("address", ["hunter2", "mysql://o:hunter2@db/b", "postgresql://o:hunter2@db:port/b"])
def test_an_address_that_cannot_be_read_is_named_and_not_repeated(settings, address: str) -> None:
    with pytest.raises(BangfuError, match="BANGFU_DATABASE_URL") as caught:
        database_urls(replace(settings, database_url=address))
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_connection_that_the_server_ended_is_replaced_without_an_error(database) -> None:
    engine = open_engine(database.portal.url, "pooled")
    backend = text("SELECT pg_backend_pid()")
    with engine.connect() as connection, engine.connect() as another:
        ended = {connection.scalar(backend), another.scalar(backend)}
    with database.portal.connect() as connection:  # a role ends its own connections; waits until each is gone
        end = text("SELECT bool_and(pg_terminate_backend(pid, 5000)) FROM unnest(CAST(:ended AS int[])) AS pid")
        assert connection.scalar(end, {"ended": list(ended)})
    with engine.connect() as connection:
        assert connection.scalar(backend) not in ended
    engine.dispose()
