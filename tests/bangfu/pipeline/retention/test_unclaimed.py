"""What interrupted tasks left behind goes a day later; what somebody may still need stays."""

from __future__ import annotations

import pytest
from hand_built import Database, opened
from sqlalchemy import text

from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.settle import settle_pending
from bangfu.pipeline.retention.retire import retire
from tests.bangfu.pipeline.keeping import (
    TWO_PEOPLE,
    deliver,
    grow_old,
    left_behind,
    live_keys,
    objects,
    today,
    zones_of,
)
from tests.bangfu.pipeline.sending import Sending

ALL = {"landing", "standard", "quarantine"}
FILES = {"花名册.csv": TWO_PEOPLE}


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


@pytest.mark.parametrize(
    "key",
    [
        "landing/union_roster/union_roster-00ff00ff00ff00ff-abababababababab.parquet",
        "standard/union_roster/union_roster-00ff00ff00ff00ff-abababababababab.parquet",
        "quarantine/union_roster/union_roster-00ff00ff00ff00ff-abababababababab.parquet",
        "links/20260101T000000000-00ff00ff/union_roster-pairs.parquet",
        "models/20260101T000000000-00ff00ff/union_roster.json",
        "reports/union_roster-d-00ff00ff00ff00ff/profile-abababababababab.json",
        "receipts/union_roster/union_roster-d-00ff00ff00ff00ff-abababababababab.xlsx",
    ],
)
def test_what_nobody_registered_goes_after_a_day(context: Context, key: str) -> None:
    deliver(context, Sending(FILES), today())
    kept = objects(context)
    left_behind(context, key, hours=23.9)
    retire(context)
    assert key in objects(context)
    grow_old(context, [*kept, key])
    done = retire(context)
    assert objects(context) == kept
    assert [(line.zone, line.reason, line.due_on, line.objects) for line in done.lines] == [
        (key.partition("/")[0], "unclaimed", None, 1)
    ]


def test_what_waits_for_its_next_attempt_is_left_to_it(context: Context) -> None:
    """A plain table or a profile is put under the same key again, so it must not vanish under the second attempt."""
    sending = Sending(FILES)
    extract = deliver(context, sending, today(), settle=False)
    keys = [
        left_behind(context, f"standard/union_roster/{extract}-abababababababab.parquet"),
        left_behind(context, f"reports/{sending.delivery_id}/profile-abababababababab.json"),
        left_behind(context, f"receipts/union_roster/{sending.delivery_id}-abababababababab.json"),
    ]
    assert retire(context).objects == 0
    settle_pending(context)
    assert {line.zone for line in retire(context).lines} == {"standard", "reports", "receipts"}
    assert not set(keys) & set(objects(context))


def test_partners_files_and_certificates_are_not_touched(context: Context) -> None:
    keys = [
        left_behind(context, "drop/union_roster/花名册.xlsx", hours=9999),
        left_behind(context, "certificates/20260101T000000000-00ff00ff/certificate.json", hours=9999),
    ]
    retire(context)
    assert all(context.store.stat(key) for key in keys)


def test_a_key_that_opens_nothing_goes_after_a_day(context: Context) -> None:
    """A refused file leaves the key that was made before it was read."""
    Sending(FILES, rows={"花名册.csv": 7}).put(context)
    [receipt] = receive_dropped(context, "union_roster")
    assert receipt.code == "rows_differ"
    [owner] = live_keys(context)
    assert retire(context).keys_destroyed == 0
    with context.engine.begin() as connection:
        connection.execute(text("UPDATE data_key SET created_at = now() - interval '25 hours'"))
    done = retire(context)
    assert (done.objects, done.keys_destroyed, [(line.owner_id, line.zone) for line in done.lines]) == (
        0,
        1,
        [(owner, "data_key")],
    )
    assert live_keys(context) == set()
    assert deliver(context, Sending(FILES), today()) == owner
    assert zones_of(context, owner) == ALL
