"""Task bodies: when a task has nothing to do it is skipped, and what it returns is counts and ids."""

from datetime import UTC, datetime, timedelta

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from hand_built import Database, add, member, opened, stay
from sqlalchemy import text

from bangfu.airflow import work
from bangfu.db.deliveries import Statement, record_delivery
from bangfu.db.intake_models import Announcement
from bangfu.storage import keys, open_store
from tests.approving import approve_latest


@pytest.fixture(autouse=True)
def environment(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Airflow's components give every task."""
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_PORTAL_DATABASE_URL", database.settings.portal_database_url or "")


def wait(database: Database, received_at: datetime) -> None:
    """A delivery that is registered and not in use yet."""
    with database.owner.begin() as connection:
        record_delivery(
            connection, Statement("civil_affairs-d-0", "civil_affairs", "530100/2026-06", Announcement.MANIFEST), []
        )
        connection.execute(text("UPDATE delivery SET received_at = :at"), {"at": received_at})


def linkable(database: Database) -> None:
    add(opened(database), "union_roster", [member(n) for n in range(60)])
    add(opened(database), "medical_settlement", [stay(n, 30_000, "2026-03-01") for n in range(10)])


def test_an_empty_drop_area_is_skipped() -> None:
    with pytest.raises(AirflowSkipException, match="drop area of civil_affairs is empty"):
        work.receive("civil_affairs")


def test_what_is_dropped_is_counted_by_outcome_and_taken_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(database.settings)
    table = "救助证号,救助类别,姓名\nJ1,低保,李娜\n".encode()
    for name, content in (("a.csv", table), ("again.csv", table), ("picture.xlsx", b"\x89PNG\r\n\x1a\n")):
        store.put(keys.drop("civil_affairs", name), content)
    with pytest.raises(AirflowSkipException):  # nobody says that these files are complete, and they are fresh
        work.receive("civil_affairs")
    monkeypatch.setenv("BANGFU_QUIET_SECONDS", "0")
    counts = work.receive("civil_affairs")
    assert counts.pop("bytes") == 2 * len(table) + 8
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
    results = [work.standardise("union_roster"), work.link(), work.screen()]
    approve_latest(opened(database))
    results.append(work.publish())
    assert [json.loads(json.dumps(result)) for result in results] == results
    assert results[0] == {"source": "union_roster", "deliveries": 0}
    assert results[3]["list_version"] == 1
