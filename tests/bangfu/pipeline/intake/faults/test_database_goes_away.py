"""The database goes away at a commit: its connections end, or its server stops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from bangfu.db import DatabaseUrls, embedded
from bangfu.db.connection import open_engine
from bangfu.db.migrating import migrate
from bangfu.pipeline.context import Context
from bangfu.settings import Settings
from bangfu.storage import open_store
from tests.bangfu.pipeline.intake.faults.breaking import (
    Arrivals,
    broken_once,
    check_told,
    intake,
    soak,
    spread,
)
from tests.bangfu.pipeline.killing import IMPATIENT
from tests.bangfu.pipeline.sending import Sending
from tests.bangfu.pipeline.standing import check_sound, outcome


@contextmanager
def terminated_at(engine: Engine, server: Settings, at: int, seen: list[int], *, before: bool) -> Iterator[None]:
    """All connections to the database end right before or right after the given commit.

    Of every commit it is told how many connections are in use at it, its own among them.
    """
    commit = engine.dialect.do_commit

    def terminate() -> None:
        with psycopg.connect(embedded.superuser_address(server), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [engine.url.database]
            )

    def watched(connection: Any) -> None:
        seen.append(engine.pool.checkedout())  # type: ignore[attr-defined]
        if before and len(seen) == at:
            terminate()
        commit(connection)
        if not before and len(seen) == at:
            terminate()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.dialect, "do_commit", watched)
        yield


@pytest.mark.parametrize("wanted", [2, pytest.param(60, marks=soak)])
@pytest.mark.parametrize("before", [True, False])
def test_the_database_goes_away_at_a_commit(
    arrivals: Arrivals,
    counts: Counter[str],
    server: tuple[Settings, DatabaseUrls],
    logged: None,
    wanted: int,
    before: bool,
) -> None:
    seen: list[int] = []
    context = arrivals.fresh()
    assert not broken_once(context, arrivals.outcome, terminated_at(context.engine, server[0], 0, seen, before=True))
    arrivals.drop(context)
    places = spread(len(seen), wanted)
    noticed = 0
    if not before:  # then only who has a connection of his own besides can notice it
        places = sorted({*places, 1 + next(place for place, used in enumerate(seen) if used > 1)})
    for at in places:
        context = arrivals.fresh()
        fault = terminated_at(context.engine, server[0], at, [], before=before)
        noticed += broken_once(context, arrivals.outcome, fault)
        counts["database connections end before a commit" if before else "... after a commit"] += 1
        arrivals.drop(context)
    assert noticed >= (len(places) if before else 1)


def test_the_database_server_stops_and_starts_again(counts: Counter[str], logged: None, tmp_path: Path) -> None:
    """A server of its own, stopped within the work; also while nothing is tried at all."""
    own = Settings.from_environment({"BANGFU_HOME": str(tmp_path), **IMPATIENT})
    with embedded.running(own) as urls:
        context = Context(own, open_store(own), open_engine(urls.owner, "test"))
        migrate(context.engine)
        Sending({"一.csv": "姓名,身份证号\n李娜,539210199003070036\n".encode()}).put(context)
        for step in (2, 3):
            seen: list[int] = []
            with pytest.raises(Exception) as raised, stopped_at(context.engine, own, step, seen):  # noqa: PT011
                intake(context)
            check_told(raised.value)
            with pytest.raises(Exception) as raised:  # noqa: PT011
                intake(context)
            check_told(raised.value)
            embedded.ensure_running(own)
            check_sound(context)
            counts["database server stopped and started"] += 1
        intake(context)
        told = outcome(context)
        assert (len(told["standing"]), len(told["exchanges"]), told["drop area"]) == (1, 1, [])
        context.close()


@contextmanager
def stopped_at(engine: Engine, server: Settings, at: int, seen: list[int]) -> Iterator[None]:
    """The server stops before the given commit."""
    commit = engine.dialect.do_commit

    def watched(connection: Any) -> None:
        seen.append(1)
        if len(seen) == at:
            embedded.stop(server)
        commit(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.dialect, "do_commit", watched)
        yield
