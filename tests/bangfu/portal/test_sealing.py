"""The portal seals its access log while it serves, and stops with it."""

import time
from threading import enumerate as threads

from sqlalchemy import text

from bangfu.db import audit
from bangfu.db.access import Access, record_access
from bangfu.portal.sealing import sealing
from tests.conftest import Database


def test_entries_are_sealed_in_the_background(database: Database) -> None:
    with database.owner.begin() as connection:
        record_access(connection, Access("viewer", "view"))
    with sealing(database.portal, every=0.05):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with database.owner.connect() as connection:
                if audit.unsealed(connection) == 0:
                    break
            time.sleep(0.02)
    with database.owner.connect() as connection:
        assert connection.scalars(text("SELECT position FROM access_log")).all() == [1]
    assert not [thread for thread in threads() if thread.name == "sealing"]
