"""Links and models go when the days of what they were made of are over."""

from __future__ import annotations

from datetime import date

import pytest
from hand_built import Database, add, member, opened, stay
from sqlalchemy import text

from bangfu.db.models import RunStatus
from bangfu.db.runs import finish_run, get_run, start_run
from bangfu.pipeline.context import Context
from bangfu.pipeline.linkage.link import link
from bangfu.pipeline.retention.retire import retire
from bangfu.pipeline.sealed import ensure_data_key
from bangfu.pipeline.stage import alone
from tests.bangfu.pipeline.keeping import (
    left_behind,
    live_keys,
    objects,
    on,
)


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


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
