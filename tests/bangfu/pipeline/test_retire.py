"""Retention: what has been kept long enough goes on its day, not before, and nothing else goes with it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from hand_built import Database, add, member, opened, stay
from sqlalchemy import text

from bangfu.db import DatabaseUrls, embedded
from bangfu.db.deliveries import decide, get_delivery
from bangfu.db.intake_models import DeliveryStatus
from bangfu.db.models import RunStatus
from bangfu.db.registry import get_extract
from bangfu.db.runs import finish_run, get_run, start_run
from bangfu.errors import BangfuError
from bangfu.pipeline.approve import turn_down
from bangfu.pipeline.context import Context
from bangfu.pipeline.link import link
from bangfu.pipeline.receive import receive_dropped
from bangfu.pipeline.retire import retire
from bangfu.pipeline.retract import retract
from bangfu.pipeline.sealed import data_key, ensure_data_key
from bangfu.pipeline.settle import settle_pending
from bangfu.pipeline.stage import alone
from bangfu.pipeline.standard_tables import active_extracts, read_standard
from bangfu.settings import Settings
from bangfu.vault import VaultError, read_table
from tests.bangfu.pipeline.keeping import (
    TWO_PEOPLE,
    deliver,
    grow_old,
    left_behind,
    live_keys,
    log,
    objects,
    on,
    status_of,
    today,
    zones_of,
)
from tests.bangfu.pipeline.sending import Sending, correction, roster_text

ALL = {"landing", "standard", "quarantine"}
FILES = {"花名册.csv": TWO_PEOPLE}


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


@pytest.mark.parametrize(
    ("day", "left", "status"),
    [
        ("2026-06-30", ALL, "standardised"),
        ("2026-07-01", {"standard", "quarantine"}, "standardised"),
        ("2026-11-27", {"standard", "quarantine"}, "standardised"),
        ("2026-11-28", set(), "expired"),
    ],
)
def test_each_area_is_emptied_on_its_day(context: Context, day: str, left: set[str], status: str) -> None:
    """Received on 1 June: landed cells are kept for 30 days, rows for 180."""
    extract = deliver(context, Sending(FILES), "2026-06-01")
    assert zones_of(context, extract) == ALL
    retire(context, today=date.fromisoformat(day))
    assert zones_of(context, extract) == left
    assert {key.partition("/")[0] for key in objects(context, *ALL)} == left
    assert status_of(context, extract) == status
    assert (extract in live_keys(context)) == bool(left)


def test_a_day_is_one_of_the_calendar_in_china(context: Context) -> None:
    extract = deliver(context, Sending(FILES), "2026-06-01")
    with context.engine.begin() as connection:  # the last moment of 31 May in London is the morning of 1 June in China
        late = datetime(2026, 5, 31, 23, 59, tzinfo=UTC)
        connection.execute(text("UPDATE delivery SET received_at = :at"), {"at": late})
    retire(context, today=date(2026, 6, 30))
    assert zones_of(context, extract) == ALL
    retire(context, today=date(2026, 7, 1))
    assert zones_of(context, extract) == ALL - {"landing"}


def test_days_are_counted_from_the_latest_receipt(context: Context) -> None:
    """The same content sent for the next period counts again from then."""
    first = deliver(context, Sending(FILES), "2026-06-01")
    again = deliver(context, Sending(FILES, period="2026Q3"), "2026-09-01")
    assert first == again
    retire(context, today=date(2026, 9, 30))
    assert zones_of(context, first) == ALL
    retire(context, today=date(2026, 11, 28))
    assert zones_of(context, first) == ALL - {"landing"}
    retire(context, today=date(2027, 2, 28))
    assert status_of(context, first) == "expired"


@pytest.mark.parametrize(
    ("day", "left"),
    [
        ("2026-05-30", ALL),
        ("2026-05-31", {"standard", "quarantine"}),  # 30 days after receipt: retracting makes nothing stay longer
        ("2026-06-14", {"standard", "quarantine"}),
        ("2026-06-15", set()),
    ],
)
def test_what_is_retracted_goes_a_month_later(context: Context, day: str, left: set[str]) -> None:
    sending = Sending(FILES)
    extract = deliver(context, sending, "2026-05-01")
    retract(context, sending.delivery_id, "sent by mistake")
    with context.engine.begin() as connection:
        connection.execute(text("UPDATE delivery SET retracted_at = :at"), {"at": on("2026-05-16")})
    retire(context, today=date.fromisoformat(day))
    assert zones_of(context, extract) == left
    reasons = {(item["zone"], item["reason"], item["due_on"]) for item in log(context)}
    last = date(2026, 6, 15)
    assert (
        reasons
        == {
            "2026-05-30": set(),
            "2026-05-31": {("landing", "landing_days", date(2026, 5, 31))},
            "2026-06-14": {("landing", "landing_days", date(2026, 5, 31))},
            "2026-06-15": {
                ("landing", "landing_days", date(2026, 5, 31)),
                ("standard", "withdrawn", last),
                ("quarantine", "withdrawn", last),
            },
        }[day]
    )


def test_retracting_a_delivery_keeps_what_another_brings(context: Context) -> None:
    first = Sending(FILES)
    extract = deliver(context, first, "2026-05-01")
    deliver(context, Sending(FILES, period="2026Q3"), "2026-05-02")
    retract(context, first.delivery_id, "the wrong period")
    retire(context, today=date(2026, 9, 1))
    assert zones_of(context, extract) == {"standard", "quarantine"}


def test_what_is_turned_down_goes_a_month_after_its_receipt(context: Context) -> None:
    sending = Sending(FILES)
    extract = deliver(context, sending, "2026-05-01")
    with context.engine.begin() as connection:
        decide(connection, sending.delivery_id, DeliveryStatus.HELD, code="drift")
    turn_down(context, sending.delivery_id, by="chen.jie", reason="wrong month")
    retire(context, today=date(2026, 5, 30))
    assert zones_of(context, extract) == ALL
    retire(context, today=date(2026, 5, 31))
    assert status_of(context, extract) == "expired"


def test_a_held_delivery_keeps_everything_until_it_is_decided_about(context: Context) -> None:
    sending = Sending(FILES)
    extract = deliver(context, sending, "2026-05-01")
    with context.engine.begin() as connection:
        decide(connection, sending.delivery_id, DeliveryStatus.HELD, code="drift")
    retire(context, today=date(2026, 10, 27))
    assert zones_of(context, extract) == ALL


def test_but_not_for_ever(context: Context) -> None:
    """At the end of its days it is turned down, and may be sent again."""
    sending = Sending(FILES)
    extract = deliver(context, sending, "2026-05-01", settle=False)
    assert zones_of(context, extract) == {"landing"}
    retire(context, today=date(2026, 10, 27))
    assert zones_of(context, extract) == {"landing"}
    retire(context, today=date(2026, 10, 28))
    assert status_of(context, extract) == "expired"
    with context.engine.connect() as connection:
        delivery = get_delivery(connection, sending.delivery_id)
    assert delivery is not None
    assert (delivery.status, delivery.code) == (DeliveryStatus.REJECTED, "expired")
    assert settle_pending(context) == []
    assert deliver(context, sending, "2026-10-29") == extract
    assert zones_of(context, extract) == ALL
    assert read_standard(context, active_extracts(context), ["name"])["name"].to_list() == ["李娜"]


def test_what_was_corrected_is_kept_as_long_as_what_counts(context: Context) -> None:
    first = Sending(FILES)
    former = deliver(context, first, "2026-05-01")
    latter = deliver(context, correction(first, {"花名册.csv": roster_text("王芳")}), "2026-06-01")
    retire(context, today=date(2026, 10, 28))
    assert status_of(context, former) == "expired"
    assert zones_of(context, latter) == {"standard"}


def test_a_destroyed_key_makes_every_copy_unreadable(context: Context, tmp_path: Path) -> None:
    extract = deliver(context, Sending(FILES), "2026-06-01")
    with context.engine.connect() as connection:
        row = get_extract(connection, extract)
    assert row is not None
    assert row.standard_key is not None
    copy = tmp_path / "copy.parquet"
    copy.write_bytes(context.store.read(row.standard_key))
    assert read_table(copy, data_key(context, extract), ["name"])["name"].to_list() == ["李娜"]
    retire(context, today=date(2026, 11, 28))
    with pytest.raises(VaultError, match="was destroyed at the end of its retention"):
        data_key(context, extract)
    with pytest.raises(VaultError, match="no key is given"):
        read_table(copy, None)
    with pytest.raises(VaultError, match="does not open"):
        read_table(copy, ensure_data_key(context, extract))  # a new key of the same owner is another key


def test_a_destroyed_key_leaves_the_file_of_its_table(context: Context, server: tuple[Settings, DatabaseUrls]) -> None:
    """A plain VACUUM only marks the space as free: the wrapped key of the last row would still lie there."""
    deliver(context, Sending({"花名册.csv": roster_text("王芳")}), "2026-11-01")
    extract = deliver(context, Sending(FILES, period="2026Q3"), "2026-06-01")
    with context.engine.connect() as connection:
        wrapped = {
            owner: bytes(key) for owner, key in connection.execute(text("SELECT owner_id, wrapped FROM data_key")).all()
        }

    def on_disk() -> set[str]:
        with psycopg.connect(embedded.superuser_address(server[0]), autocommit=True) as superuser:
            superuser.execute("CHECKPOINT")
            row = superuser.execute("SHOW data_directory").fetchone()
            assert row is not None
            folder = Path(row[0])
        with context.engine.connect() as connection:
            path = connection.scalar(text("SELECT pg_relation_filepath('data_key')"))
        content = (folder / str(path)).read_bytes()
        return {owner for owner, key in wrapped.items() if key in content}

    assert on_disk() == set(wrapped)
    retire(context, today=date(2026, 11, 28))
    assert on_disk() == set(wrapped) - {extract}


def test_plain_tables_are_deleted_alike(database: Database) -> None:
    context = opened(database)
    context = Context(Settings(**{**vars(context.settings), "encrypted": False}), context.store, context.engine)
    extract = deliver(context, Sending(FILES), "2026-06-01")
    done = retire(context, today=date(2026, 11, 28))
    assert (done.objects, done.keys_destroyed) == (3, 0)
    assert status_of(context, extract) == "expired"


def test_what_it_did_is_told_by_owner_and_kept_in_the_log(context: Context) -> None:
    extract = deliver(context, Sending(FILES), "2026-06-01")
    sizes = {key.partition("/")[0]: len(context.store.read(key)) for key in objects(context, *ALL)}
    first = retire(context, today=date(2026, 7, 1))
    assert [(line.owner_id, line.zone, line.reason, line.due_on, line.rows) for line in first.lines] == [
        (extract, "landing", "landing_days", date(2026, 7, 1), 2)
    ]
    assert (first.objects, first.rows, first.byte_size, first.keys_destroyed) == (1, 2, sizes["landing"], 0)
    second = retire(context, today=date(2026, 12, 24))
    assert (second.objects, second.rows, second.keys_destroyed) == (2, 2, 1)
    told = [(item["run_id"], item["zone"], item["rows"], item["byte_size"], item["reason"], item["due_on"], item["key_destroyed"]) for item in log(context)]  # fmt: skip
    late = date(2026, 11, 28)
    assert told == [
        (first.run_id, "landing", 2, sizes["landing"], "landing_days", date(2026, 7, 1), False),
        (second.run_id, "standard", 1, sizes["standard"], "standard_days", late, True),
        (second.run_id, "quarantine", 1, sizes["quarantine"], "quarantine_days", late, True),
    ]
    with pytest.raises(Exception, match="only ever added"), context.engine.begin() as connection:
        connection.execute(text("DELETE FROM deletion"))


def test_doing_it_again_deletes_nothing_and_issues_nothing(context: Context) -> None:
    deliver(context, Sending(FILES), "2026-06-01")
    retire(context, today=date(2026, 11, 28))
    before, entries = objects(context), log(context)
    again = retire(context, today=date(2026, 11, 28))
    assert (again.objects, again.certificate, again.lines) == (0, None, ())
    assert (objects(context), log(context)) == (before, entries)
    assert not list(context.store.list(f"certificates/{again.run_id}/"))


def test_asking_changes_nothing(context: Context) -> None:
    deliver(context, Sending(FILES), "2026-06-01")
    left_behind(context, "standard/union_roster/union_roster-00ff00ff00ff00ff-abababababababab.parquet")
    counts = "SELECT (SELECT count(*) FROM pipeline_run), (SELECT count(*) FROM deletion), (SELECT count(*) FROM data_key WHERE wrapped IS NULL)"

    def everything() -> object:
        with context.engine.connect() as connection:
            return objects(context), live_keys(context), connection.execute(text(counts)).all()

    before = everything()
    asked = retire(context, today=date(2026, 11, 28), dry_run=True)
    assert everything() == before
    assert (asked.run_id, asked.certificate) == (None, None)
    done = retire(context, today=date(2026, 11, 28))
    assert (asked.objects, asked.rows, asked.byte_size, asked.keys_destroyed, asked.lines) == (
        done.objects,
        done.rows,
        done.byte_size,
        done.keys_destroyed,
        done.lines,
    )
    assert done.objects == 4


def test_history_can_be_told_afterwards(context: Context) -> None:
    deliver(context, Sending(FILES), "2026-06-01")
    moment = datetime.now(UTC)
    kept = deliver(context, Sending({"花名册.csv": roster_text("王芳")}, period="2026Q3"), "2026-09-01")
    assert len(active_extracts(context, moment)) == 1
    retire(context, today=date(2026, 11, 28))
    assert active_extracts(context, moment) == []
    assert [row.extract_id for row in active_extracts(context, datetime.now(UTC))] == [kept]
    assert read_standard(context, active_extracts(context), ["name"])["name"].to_list() == ["王芳"]


def test_what_is_deleted_can_be_sent_again(context: Context) -> None:
    sending = Sending(FILES)
    extract = deliver(context, sending, "2026-01-01")
    retire(context, today=date(2026, 6, 30))
    assert deliver(context, Sending(FILES, period="2026Q3"), "2026-07-01") == extract
    assert zones_of(context, extract) == ALL
    retire(context, today=date(2026, 7, 2))
    assert zones_of(context, extract) == ALL


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


def linked(context: Context, received: str, ran: str) -> str:
    """A linkage run of a day over extracts received on another."""
    add(context, "union_roster", [member(n) for n in range(60)])
    add(context, "medical_settlement", [stay(n, 30_000, "2026-03-01") for n in range(10)])
    run_id = link(context).run_id
    with context.engine.begin() as connection:
        connection.execute(text("UPDATE delivery SET received_at = :at"), {"at": on(received)})
        connection.execute(text("UPDATE pipeline_run SET started_at = :at"), {"at": on(ran)})
    return run_id


def test_links_go_with_their_key_when_their_days_are_over(context: Context) -> None:
    run_id = linked(context, "2026-01-01", "2026-01-02")
    retire(context, today=date(2026, 6, 30))
    assert objects(context, "standard") == []
    assert len(objects(context, "links", "models")) > 4
    assert run_id in live_keys(context)
    done = retire(context, today=date(2026, 7, 1))
    assert objects(context, "links", "models") == []
    assert live_keys(context) == set()
    assert {line.due_on for line in done.lines} == {date(2026, 7, 1)}
    with context.engine.connect() as connection:
        run = get_run(connection, run_id)
        sets = connection.scalar(text("SELECT count(*) FROM link_set"))
    assert run is not None
    assert (run.status, run.summary["failure"], run.summary["roster_records"], sets) == (RunStatus.FAILED, "expired", 60, 0)  # fmt: skip


def test_the_newest_links_stay_while_what_they_read_stays(context: Context) -> None:
    """The same content was sent again since, so that linking would find nothing new and give no other run."""
    run_id = linked(context, "2026-06-01", "2026-01-02")
    before = objects(context, "links", "models")
    retire(context, today=date(2026, 7, 1))
    assert objects(context, "links", "models") == before
    assert link(context).unchanged
    with context.engine.begin() as connection:
        newer = start_run(connection, "link")
        finish_run(connection, newer, {"inputs": []})
    retire(context, today=date(2026, 7, 1))
    assert objects(context, "links", "models") == []
    assert run_id not in live_keys(context)
    assert link(context).run_id not in {run_id, newer}  # made again, since the former is built on no more


def test_a_linkage_whose_process_died_leaves_nothing(context: Context) -> None:
    with context.engine.begin() as connection:
        run_id = start_run(connection, "link")
    ensure_data_key(context, run_id)
    key = left_behind(context, f"links/{run_id}/inputs.parquet")
    with context.engine.begin() as connection:
        connection.execute(text("UPDATE data_key SET created_at = now() - interval '25 hours'"))
    with alone(context, "screen"):
        done = retire(context)
    assert [(line.owner_id, line.zone, line.key_destroyed) for line in done.lines] == [(run_id, "links", True)]
    assert context.store.stat(key) is None
    assert live_keys(context) == set()


def test_a_linkage_at_work_is_left_alone(context: Context) -> None:
    with alone(context, "link"):
        with context.engine.begin() as connection:
            run_id = start_run(connection, "link")
        key = left_behind(context, f"links/{run_id}/inputs.parquet")
        assert retire(context).objects == 0
        assert context.store.stat(key)


def test_what_somebody_works_on_waits_for_the_next_run(context: Context) -> None:
    extract = deliver(context, Sending(FILES), "2026-06-01")
    with context.engine.begin() as connection:
        connection.execute(text("SELECT FROM extract WHERE extract_id = :id FOR NO KEY UPDATE"), {"id": extract})
        assert retire(context, today=date(2026, 7, 1)).objects == 0
    assert retire(context, today=date(2026, 7, 1)).objects == 1


def test_one_at_a_time(context: Context) -> None:
    with alone(context, "retire"), pytest.raises(BangfuError, match="Another retire run is going on"):
        retire(context)


def test_copies_in_the_cache_of_this_machine_go_too(context: Context) -> None:
    deliver(context, Sending(FILES), "2026-06-01")
    [key] = objects(context, "landing")
    info = context.store.stat(key)
    assert info is not None
    assert info.sha256 is not None
    cached = context.settings.home / "cache" / "objects" / info.sha256[:2] / info.sha256
    cached.parent.mkdir(parents=True)
    cached.write_bytes(context.store.read(key))
    retire(context, today=date(2026, 7, 1))
    assert not cached.exists()


def test_a_key_is_vacuumed_for_a_week(context: Context) -> None:
    """A transaction that is open when a key is destroyed holds its former row back."""
    deliver(context, Sending(FILES), "2026-06-01")
    file = "SELECT pg_relation_filepath('data_key')"

    def path() -> object:
        with context.engine.connect() as connection:
            return connection.scalar(text(file))

    retire(context, today=date(2026, 11, 28))
    first = path()
    retire(context, today=date(2026, 11, 29))
    assert path() != first
    with context.engine.begin() as connection:
        connection.execute(text("UPDATE data_key SET destroyed_at = now() - interval '8 days'"))
    second = path()
    retire(context, today=date(2026, 11, 30))
    assert path() == second
