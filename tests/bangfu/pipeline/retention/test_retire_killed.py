"""Retention survives kill -9 before and after each of its writes: run again, it ends as if nothing had happened."""

from __future__ import annotations

import json
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hand_built import Database, opened
from psycopg import sql
from sqlalchemy import select, text

from bangfu.db import DatabaseUrls, embedded
from bangfu.db.connection import open_engine
from bangfu.db.deliveries import decide
from bangfu.db.intake_models import DataKey, DeliveryStatus, Extract
from bangfu.db.runs import LinkSetRow, add_link_set, finish_run, start_run
from bangfu.pipeline.context import Context
from bangfu.pipeline.retention.retire import retire
from bangfu.pipeline.sealed import ensure_data_key
from bangfu.pipeline.steps import Step
from bangfu.settings import Settings
from bangfu.storage import open_store
from tests.bangfu.pipeline.installing import attempt
from tests.bangfu.pipeline.keeping import TWO_PEOPLE, deliver, grow_old, left_behind, log, objects, on
from tests.bangfu.pipeline.killing_retention import TODAY, RetentionKiller
from tests.bangfu.pipeline.sending import Sending, roster_text

Clones = Callable[[], Context]


@pytest.fixture(scope="module")
def killer() -> Iterator[RetentionKiller]:
    with RetentionKiller() as killer:
        yield killer


def prepare(context: Context) -> None:
    """One of everything that is due on `TODAY`, and something that is not."""
    deliver(context, Sending({"花名册.csv": TWO_PEOPLE}), "2026-06-01")
    deliver(context, Sending({"花名册.csv": roster_text("王芳")}, period="2026Q3"), "2026-09-01")
    undecided = Sending({"花名册.csv": roster_text("赵云")}, period="2025Q4")
    deliver(context, undecided, "2026-05-01")
    with context.engine.begin() as connection:
        decide(connection, undecided.delivery_id, DeliveryStatus.HELD, code="drift")
        run_id = start_run(connection, "link")
    ensure_data_key(context, run_id)
    pairs, model = f"links/{run_id}/union_roster-pairs.parquet", f"models/{run_id}/union_roster.json"
    context.store.put(pairs, b"pairs")
    context.store.put(model, b"model")
    with context.engine.begin() as connection:
        add_link_set(connection, LinkSetRow(run_id, "union_roster", pairs, model, 2, 2, 1, 0))
        finish_run(connection, run_id, {"inputs": ["union_roster-00ff00ff00ff00ff"]})
        connection.execute(text("UPDATE pipeline_run SET started_at = :at"), {"at": on("2026-01-01")})
        connection.execute(
            text("INSERT INTO data_key VALUES ('union_roster-0', 'local', 'x', now() - interval '25 hours', NULL)")
        )
    left_behind(context, "landing/union_roster/union_roster-00ff00ff00ff00ff-abababababababab.parquet")


@pytest.fixture
def clones(database: Database, server: tuple[Settings, DatabaseUrls], tmp_path: Path) -> Iterator[Clones]:
    """Makes copies of one prepared installation, database and objects."""
    prepared = opened(database)
    prepare(prepared)
    grow_old(prepared, objects(prepared))
    prepared.close()
    url = database.owner.url
    made: list[Context] = []

    def administer(statement: str, *names: str) -> None:
        with psycopg.connect(embedded.superuser_address(server[0]), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def clone() -> Context:
        name = f"killed_{secrets.token_hex(6)}"
        administer("CREATE DATABASE {} OWNER bangfu TEMPLATE {}", name, str(url.database))
        home = tmp_path / name
        shutil.copytree(prepared.settings.home, home)
        own = url.set(database=name)
        settings = Settings.from_environment({"BANGFU_HOME": str(home)})
        settings = replace(settings, database_url=own.render_as_string(hide_password=False))
        made.append(Context(settings, open_store(settings), open_engine(own, "test")))
        return made[-1]

    yield clone
    for context in made:
        context.close()
        administer("DROP DATABASE {} WITH (FORCE)", str(context.engine.url.database))


def state(context: Context) -> dict[str, Any]:
    """Everything retention decides about, without run ids and times."""
    tables = {
        "extract": "SELECT extract_id, status, landing_key, standard_key, quarantine_key FROM extract",
        "delivery": "SELECT delivery_id, status, code FROM delivery",
        "key": "SELECT owner_id, wrapped IS NULL FROM data_key",
        "link_set": "SELECT run_id, source FROM link_set",
        "link": "SELECT run_id, status, summary::text FROM pipeline_run WHERE stage = 'link'",
    }
    with context.engine.connect() as connection:
        found: dict[str, Any] = {
            name: sorted(map(tuple, connection.execute(text(query)))) for name, query in tables.items()
        }
    found["objects"] = objects(context)
    found["log"] = Counter(repr({**entry, "run_id": None}) for entry in log(context))
    found["certified"] = [
        Counter((item["object_key"], item["owner_id"], item["reason"]) for item in certificate["entries"])
        for certificate in certificates(context)
    ]
    return found


def certificates(context: Context) -> list[dict[str, Any]]:
    keys = [item.key for item in context.store.list("certificates/")]
    assert [Path(key).name for key in keys] == ["certificate.html", "certificate.json"] * (len(keys) // 2)
    return [json.loads(context.store.read(key)) for key in keys if key.endswith(".json")]


def assert_rows_point_to_objects(context: Context) -> None:
    with context.engine.connect() as connection:
        rows = connection.execute(select(Extract.landing_key, Extract.standard_key, Extract.quarantine_key)).all()
        kept = set(connection.scalars(select(DataKey.owner_id).where(DataKey.wrapped.is_not(None))))
        pairs = connection.scalars(text("SELECT pairs_key FROM link_set")).all()
        owners = connection.execute(text("SELECT extract_id FROM extract WHERE standard_key IS NOT NULL")).scalars()
    named = [key for row in rows for key in row if key] + list(pairs)
    assert [key for key in named if context.store.stat(key) is None] == []
    assert set(owners) <= kept


def test_killed_at_any_write_it_ends_the_same(clones: Clones, killer: RetentionKiller) -> None:
    clean = clones()
    writes = attempt(killer, clean, "retire").writes
    wanted = state(clean)
    assert len(wanted["certified"]) == 1
    assert sum(wanted["log"].values()) == len(wanted["certified"][0]) == 12
    retirement = {step for step in Step if step.value.startswith("retire: ")}
    assert set(writes) == {str(step) for step in retirement}  # every write is named, every name is met
    killed = 0
    for position in range(1, len(writes) + 1):
        for moment in ("before", "after"):
            context = clones()
            ended = attempt(killer, context, "retire", **{moment: position})
            assert not ended.completed
            assert_rows_point_to_objects(context)
            retire(context, today=TODAY)
            assert state(context) == wanted, (moment, position, writes[position - 1])
            context.close()
            killed += 1
    assert killed == 2 * len(writes)


def test_killed_twice_it_ends_the_same(clones: Clones, killer: RetentionKiller) -> None:
    clean = clones()
    retire(clean, today=TODAY)
    wanted = state(clean)
    for first, second in ((6, 3), (11, 2), (14, 6)):
        context = clones()
        attempt(killer, context, "retire", after=first)
        attempt(killer, context, "retire", after=second)
        retire(context, today=TODAY)
        assert state(context) == wanted, (first, second)
        [certificate] = certificates(context)
        assert len(certificate["interrupted_runs"]) >= 1
