"""The nightly task returns counts and the certificate's number; which extracts it deleted stays out of Airflow."""

from datetime import UTC, datetime, timedelta

import pytest
from hand_built import Database, opened

from bangfu.airflow import work
from bangfu.pipeline.retention.records import CLEARED
from tests.bangfu.pipeline.keeping import TWO_PEOPLE, deliver
from tests.bangfu.pipeline.sending import Sending


def test_it_returns_counts(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_PORTAL_DATABASE_URL", database.settings.portal_database_url or "")
    day = (datetime.now(UTC) - timedelta(days=181)).date()
    deliver(opened(database), Sending({"花名册.csv": TWO_PEOPLE}), day.isoformat())
    told = work.retire()
    assert (told["objects"], told["rows"], told["keys_destroyed"]) == (3, 4, 1)
    assert told["certificate_key"] == f"certificates/{told['run_id']}/certificate.html"
    assert "lines" not in told
    assert work.retire()["objects"] == 0


def test_clearing_returns_counts_by_kind(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_PORTAL_DATABASE_URL", database.settings.portal_database_url or "")
    assert work.clear() == dict.fromkeys(CLEARED, 0)
