"""Retention: what has been kept long enough goes on its day, not before, and nothing else goes with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from hand_built import Database, opened
from sqlalchemy import text

from bangfu.db import DatabaseUrls, embedded
from bangfu.db.deliveries import decide, get_delivery
from bangfu.db.intake_models import DeliveryStatus
from bangfu.db.registry import get_extract
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.approve import turn_down
from bangfu.pipeline.intake.retract import retract
from bangfu.pipeline.intake.settle import settle_pending
from bangfu.pipeline.receipts.giving import receipt_of, workbook_of
from bangfu.pipeline.retention.certificate import certificate_page
from bangfu.pipeline.retention.retire import retire
from bangfu.pipeline.sealed import data_key, ensure_data_key
from bangfu.pipeline.stage import alone
from bangfu.pipeline.standard_tables import active_extracts, read_standard
from bangfu.settings import S3Settings, Settings
from bangfu.storage import open_store
from bangfu.vault import VaultError, read_table
from tests.bangfu.pipeline.keeping import (
    TWO_PEOPLE,
    deliver,
    left_behind,
    live_keys,
    log,
    objects,
    on,
    status_of,
    zones_of,
)
from tests.bangfu.pipeline.sending import Sending, correction, roster_text
from tests.bangfu.storage.conftest import ACCESS_KEY, SECRET_KEY, rclone

__all__ = ["rclone"]

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


@pytest.mark.parametrize("settle", [True, False], ids=["held", "never standardised"])
def test_its_sender_is_told(context: Context, settle: bool) -> None:
    sending = Sending(FILES)
    deliver(context, sending, "2026-05-01", settle=settle)
    if settle:
        with context.engine.begin() as connection:
            decide(connection, sending.delivery_id, DeliveryStatus.HELD, code="drift")
    retire(context, today=date(2026, 10, 28))
    told = receipt_of(context, sending.delivery_id)
    assert (told["outcome"], told["code"]) == ("rejected", "expired")
    assert told["verdict_zh"] == "未采用：保存期满仍未审核，数据已销毁。"
    assert told["next_zh"] == ["如仍需使用，请把这一期的全部文件重新报送；版次不变，仍是第 1 版。"]
    assert workbook_of(context.store, told)[:2] == b"PK"
    retire(context, today=date(2026, 10, 29))
    assert receipt_of(context, sending.delivery_id) == told


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


def test_what_somebody_works_on_waits_for_the_next_run(context: Context) -> None:
    extract = deliver(context, Sending(FILES), "2026-06-01")
    with context.engine.begin() as connection:
        connection.execute(text("SELECT FROM extract WHERE extract_id = :id FOR NO KEY UPDATE"), {"id": extract})
        assert retire(context, today=date(2026, 7, 1)).objects == 0
    assert retire(context, today=date(2026, 7, 1)).objects == 1


def test_one_at_a_time(context: Context) -> None:
    with alone(context, "retire"), pytest.raises(BangfuError, match="Another retire run is going on"):
        retire(context)


def test_on_s3_the_copies_in_the_cache_of_this_machine_go_too(
    database: Database, request: pytest.FixtureRequest
) -> None:
    s3 = S3Settings(request.getfixturevalue("rclone"), ACCESS_KEY, SECRET_KEY, secure=False)
    settings = replace(database.settings, object_store=f"s3://bangfu/{database.settings.home.parent.name}", s3=s3)
    context = Context(settings, open_store(settings), database.owner)
    gone = deliver(context, Sending(FILES), "2026-06-01")
    stays = deliver(context, Sending({"花名册.csv": roster_text("王芳")}, period="2026Q3"), "2026-11-01")
    copies = {key: context.store.get_file(key) for key in objects(context, *ALL)}
    assert all(copy.exists() for copy in copies.values())
    done = retire(context, today=date(2026, 11, 28))
    assert (done.objects, done.keys_destroyed) == (3, 1)
    assert status_of(context, gone) == "expired"
    assert zones_of(context, stays) == {"landing", "standard"}
    assert {key for key, copy in copies.items() if copy.exists()} == set(objects(context, *ALL))
    assert certificate_page(context, str(done.run_id)).count(b"sha256") >= 2


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
