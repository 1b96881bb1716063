"""Task bodies: when a task has nothing to do it is skipped, and what it returns is counts and ids."""

from datetime import UTC, datetime, timedelta

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from hand_built import Database, add, member, opened, stay
from sqlalchemy import text

from bangfu.airflow import work
from bangfu.db.registry import Received, register_extract
from bangfu.storage import keys, open_store
from schemas.sources import SOURCES


@pytest.fixture(autouse=True)
def environment(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Airflow's components give every task."""
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_PORTAL_DATABASE_URL", database.settings.portal_database_url or "")


def wait(database: Database, received_at: datetime) -> None:
    """An extract that is registered and not standardised yet."""
    with database.owner.begin() as connection:
        register_extract(connection, Received("civil_affairs", "0" * 64, 1, f"landing/civil_affairs/{'0' * 64}", "x"))
        connection.execute(text("UPDATE extract SET received_at = :at WHERE sha256 = :sha"), {"at": received_at, "sha": "0" * 64})  # fmt: skip


def linkable(database: Database) -> None:
    add(opened(database), "union_roster", [member(n) for n in range(60)])
    add(opened(database), "medical_settlement", [stay(n, 30_000, "2026-03-01") for n in range(10)])


def test_an_empty_drop_area_is_skipped() -> None:
    with pytest.raises(AirflowSkipException, match="drop area of civil_affairs is empty"):
        work.receive("civil_affairs")


def test_what_is_dropped_is_counted_by_outcome_and_taken_away(database: Database) -> None:
    store = open_store(database.settings)
    header = ",".join(column.aliases[0] for column in SOURCES["civil_affairs"].columns)
    for name, content in (("a.csv", header), ("again.csv", header), ("picture.xlsx", "\x89PNG\r\n\x1a\n")):
        store.put(keys.drop("civil_affairs", name), content.encode("latin-1" if "PNG" in content else "utf-8"))
    counts = work.receive("civil_affairs")
    assert counts.pop("bytes") == 2 * len(header.encode()) + 8
    assert counts == {"source": "civil_affairs", "registered": 1, "already_received": 1, "rejected": 1}
    assert list(store.list(keys.drop_prefix("civil_affairs"))) == []


def test_linkage_starts_with_the_first_roster(database: Database) -> None:
    add(opened(database), "medical_settlement", [stay(1, 30_000, "2026-03-01")])
    with pytest.raises(AirflowSkipException, match="No union roster"):
        work.link()


def test_linkage_waits_for_extracts_on_their_way_unless_told_not_to(database: Database) -> None:
    linkable(database)
    wait(database, datetime.now(UTC))
    with pytest.raises(AirflowSkipException, match="1 extracts are still being standardised"):
        work.link()
    assert work.link(force=True)["roster_persons"] == 60


def test_an_extract_that_never_gets_ready_does_not_stop_the_others(database: Database) -> None:
    linkable(database)
    wait(database, datetime.now(UTC) - work.WAITING_ENDS - timedelta(minutes=1))
    assert work.link()["extracts"] == 2


def test_unchanged_inputs_are_linked_again_only_until_they_are_screened(database: Database) -> None:
    """A crash between link and screen must not end the chain: the asset is updated until screening has seen it."""
    linkable(database)
    first = work.link()
    assert first["unchanged"] is False
    assert work.link() == first | {"unchanged": True}
    assert work.screen()["candidates"] == 10
    with pytest.raises(AirflowSkipException, match=f"run {first['run_id']}, which has been screened"):
        work.link()


def test_results_are_plain_json(database: Database) -> None:
    import json

    linkable(database)
    results = [work.standardise("union_roster"), work.link(), work.screen(), work.publish()]
    assert [json.loads(json.dumps(result)) for result in results] == results
    assert results[0] == {"source": "union_roster", "extracts": 0}
    assert results[3]["list_version"] == 1
