"""The task that seals the access log every hour, and verifies it after midnight."""

from datetime import datetime

import pytest
from hand_built import opened
from sqlalchemy import text

from bangfu.airflow import work
from bangfu.db.access import Access, record_access
from bangfu.errors import BangfuError
from tests.conftest import Database


class Midnight(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime(2026, 12, 1, 0, 7, tzinfo=tz)


class Noon(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime(2026, 12, 1, 12, 7, tzinfo=tz)


def test_the_task_of_the_night_fails_where_something_was_changed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_PORTAL_DATABASE_URL", database.settings.portal_database_url or "")
    context = opened(database)
    with context.engine.begin() as connection:
        for number in range(5):
            record_access(connection, Access("viewer", "view", f"c{number:06d}"))
    monkeypatch.setattr(work, "datetime", Noon)
    told = work.audit()
    assert (told["sealed"], told["position"], "verified" in told) == (5, 5, False)
    monkeypatch.setattr(work, "datetime", Midnight)
    assert work.audit()["verified"] == 5
    with context.engine.begin() as connection:
        connection.execute(text("ALTER TABLE access_log DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE access_log SET username = 'another' WHERE position = 2"))
    with pytest.raises(BangfuError, match="changed at position 2"):
        work.audit()
