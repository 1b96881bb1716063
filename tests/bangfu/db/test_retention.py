"""Retention and reception of the same extract at the same time: one waits, and no delivery rests on destroyed rows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

import pytest
from hand_built import Database, add, member, opened
from sqlalchemy import Connection, text

from bangfu.db.data_keys import destroy_key
from bangfu.db.deliveries import DeliveredFile, Statement, record_delivery
from bangfu.db.intake_models import Announcement
from bangfu.db.registry import get_extract
from bangfu.db.retention import (
    forget_objects,
    hold_extract,
    hold_key,
    hold_run,
    is_referenced,
    kept_extracts,
    ownerless_keys,
    read_register,
    still_readable,
)
from bangfu.pipeline.retention.due import unclaimed_before

ZONES = ("landing", "standard", "quarantine")


@pytest.fixture
def extract(database: Database) -> str:
    return add(opened(database), "union_roster", [member(1)])


def test_an_extract_is_readable_until_it_or_its_key_is_destroyed(database: Database, extract: str) -> None:
    with database.owner.connect() as connection:
        assert still_readable(connection, [extract])
        assert still_readable(connection, [])
        connection.rollback()
        destroy_key(connection, extract)
        assert not still_readable(connection, [extract])
        connection.rollback()
        forget_objects(connection, extract, ZONES, expired=True)
        assert not still_readable(connection, [extract])


def waits_for(database: Database, first: Callable[[Connection], None], then: Callable[[], bool]) -> bool:
    """What somebody hears who had to wait for the end of another's transaction."""
    with ThreadPoolExecutor(1) as pool:
        with database.owner.begin() as connection:
            first(connection)
            waiting = pool.submit(then)
            with pytest.raises(NotYet):
                waiting.result(0.3)
        return waiting.result(10)


def test_whoever_registers_waits_for_a_key_that_is_being_destroyed(database: Database, extract: str) -> None:
    def register() -> bool:
        with database.owner.begin() as connection:
            return still_readable(connection, [extract])

    def retire(connection: Connection) -> None:
        assert hold_key(connection, extract) is not None
        destroy_key(connection, extract)

    assert waits_for(database, retire, register) is False


def test_a_delivery_that_brings_an_extract_again_waits_while_it_is_deleted(database: Database, extract: str) -> None:
    statement = Statement("union_roster-d-again", "union_roster", "530102/2026Q3", Announcement.MANIFEST)

    def register() -> bool:
        with database.owner.begin() as connection:
            record_delivery(connection, statement, [DeliveredFile("again", "0" * 64, 1, 1, extract)])
            return still_readable(connection, [extract])

    def retire(connection: Connection) -> None:
        assert hold_extract(connection, extract) is not None
        forget_objects(connection, extract, ZONES, expired=True)

    assert waits_for(database, retire, register) is False


def test_an_extract_that_is_being_brought_again_is_not_held(database: Database, extract: str) -> None:
    statement = Statement("union_roster-d-again", "union_roster", "530102/2026Q3", Announcement.MANIFEST)
    with database.owner.begin() as registering:
        record_delivery(registering, statement, [DeliveredFile("again", "0" * 64, 1, 1, extract)])
        with database.owner.begin() as retiring:
            assert hold_extract(retiring, extract) is None
    with database.owner.begin() as retiring:
        held = hold_extract(retiring, extract)
        assert held is not None
        assert {row.delivery_id for row in held[1]} >= {"union_roster-d-again"}


def test_what_belongs_to_somebody(database: Database, extract: str) -> None:
    with database.owner.connect() as connection:
        row = get_extract(connection, extract)
        assert row is not None
        assert row.standard_key is not None
        assert row.standard_key in read_register(connection).objects
        assert is_referenced(connection, row.standard_key)
        assert not is_referenced(connection, "standard/union_roster/other.parquet")
        assert kept_extracts(connection) == [extract]
        assert hold_run(connection, "no such run") is None
        connection.execute(text("UPDATE data_key SET created_at = now() - interval '2 days'"))
        assert ownerless_keys(connection, unclaimed_before()) == []
        forget_objects(connection, extract, ZONES, expired=True)
        assert kept_extracts(connection) == []
        assert ownerless_keys(connection, unclaimed_before()) == [extract]
        assert ownerless_keys(connection, unclaimed_before(), "other") == []
