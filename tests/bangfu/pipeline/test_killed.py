"""Every write of several steps survives kill -9 after each of them: run again, it ends as if nothing had happened."""

import csv
import random
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
from hand_built import add, allowance, archived, member, stay
from psycopg import sql
from sqlalchemy import Engine, select, text

from bangfu.db import DatabaseUrls, embedded, runs
from bangfu.db.connection import open_engine
from bangfu.db.models import Candidate
from bangfu.db.registry import list_extracts
from bangfu.pipeline.context import Context
from bangfu.pipeline.drop import drop
from bangfu.pipeline.link import link
from bangfu.pipeline.publish import publish
from bangfu.pipeline.receive import receive_dropped
from bangfu.pipeline.run import run
from bangfu.pipeline.screen import screen
from bangfu.pipeline.standardise import standardise_pending
from bangfu.settings import Settings
from bangfu.storage import keys, open_store
from schemas.sources import SOURCES
from tests.bangfu.pipeline.killing import APPLICATION, Killer

Installations = Callable[[], Context]
MOST_STEPS = 40


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    with Killer() as killer:
        yield killer


@pytest.fixture
def installations(server: tuple[Settings, DatabaseUrls], tmp_path: Path, home: Path) -> Iterator[Installations]:
    """Makes fresh installations, each with a migrated database of its own."""
    server_settings, urls = server
    made: list[tuple[str, Engine]] = []

    def administer(statement: str, name: str) -> None:
        with psycopg.connect(embedded.superuser_address(server_settings), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))

    def make() -> Context:
        name = f"killed_{secrets.token_hex(6)}"
        administer("CREATE DATABASE {} OWNER bangfu TEMPLATE migrated", name)
        url = urls.owner.set(database=name)
        address = url.render_as_string(hide_password=False)
        settings = replace(Settings.from_environment({"BANGFU_HOME": str(tmp_path / name)}), database_url=address)
        engine = open_engine(url, "test")
        made.append((name, engine))
        return Context(settings, open_store(settings), engine)

    yield make
    for name, engine in made:
        engine.dispose()
        administer("DROP DATABASE {} WITH (FORCE)", name)


def attempt(killer: Killer, context: Context, work: str, **dying: Any) -> bool:
    """One attempt that dies; returns only when the server has noticed, which lets go of locks."""
    came_to_its_end = killer.attempt(context.settings, work, **dying)
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = :name AND datname = current_database()"
    )
    deadline = time.monotonic() + 10
    with context.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.scalar(query, {"name": APPLICATION}):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    return came_to_its_end


def extracts(context: Context) -> list[tuple[Any, ...]]:
    """What the registry holds, without the times."""
    with context.engine.connect() as connection:
        rows = list_extracts(connection)
    ignored = {"received_at", "standardised_at"}
    return sorted(tuple(str(value) for name, value in vars(row).items() if name not in ignored) for row in rows)


def objects(context: Context, *areas: str) -> list[tuple[str, str | None]]:
    return [(item.key, item.sha256) for area in areas for item in context.store.list(f"{area}/")]


def links(context: Context) -> dict[str, list[tuple[Any, ...]]]:
    """Everything the latest finished linkage found."""
    with context.engine.connect() as connection:
        latest = runs.latest_run(connection, "link")
        assert latest is not None
        sets = runs.link_sets(connection, latest.run_id)
    tables = {row.source: pl.read_parquet(context.store.get_file(row.pairs_key)) for row in sets}
    tables["inputs"] = pl.read_parquet(context.store.get_file(keys.links(latest.run_id, "inputs")))
    assert all(row.model_key and context.store.stat(row.model_key) for row in sets)
    return {source: sorted(table.rows(), key=repr) for source, table in tables.items()}


def clues(context: Context) -> list[tuple[Any, ...]]:
    """Every candidate of every list: who, why, and in which version."""
    wanted = ("roster_person_id", "county_code", "status", "list_version", "strength", "reasons")
    with context.engine.connect() as connection:
        rows = connection.execute(select(*[Candidate.__table__.c[name] for name in wanted]))
        return sorted((tuple(row) for row in rows), key=repr)


def unfinished(context: Context) -> list[str]:
    with context.engine.connect() as connection:
        return [run.stage for run in runs.list_runs(connection) if str(run.status) == "running"]


def interrupted(context: Context) -> int:
    """How many runs a later one found dead and closed."""
    with context.engine.connect() as connection:
        return sum(run.summary == {"failure": "interrupted"} for run in runs.list_runs(connection))


@contextmanager
def counted(least: int) -> Iterator[list[int]]:
    """Guards that a sweep really killed somebody: a renamed method would make it pass without."""
    killed: list[int] = []
    yield killed
    assert least <= len(killed) < MOST_STEPS


def csv_extract(folder: Path, source: str, header: list[str], rows: list[list[Any]]) -> Path:
    path = folder / f"{source}.csv"
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def dropped(context: Context, folder: Path) -> None:
    """A roster with a row to reject, and a page that is no extract."""
    people = [[member(n)["name"], member(n)["id_number"]] for n in range(5)]
    drop(
        context,
        "union_roster",
        csv_extract(folder, "union_roster", ["姓名", "身份证号"], [*people, ["", people[0][1]]]),
    )
    page = folder / "名单.xls"
    page.write_text("<html></html>")
    drop(context, "civil_affairs", page)


def test_receiving(killer: Killer, installations: Installations, tmp_path: Path) -> None:
    undisturbed = installations()
    dropped(undisturbed, tmp_path)
    for source in SOURCES:
        receive_dropped(undisturbed, source)
    with counted(7) as killed:
        for steps in range(1, MOST_STEPS):
            context = installations()
            dropped(context, tmp_path)
            if attempt(killer, context, "receive", steps=steps):
                break
            killed.append(steps)
            assert len(objects(context, "drop", "landing")) >= 2  # each file is at one of the two places at least
            for source in SOURCES:
                receive_dropped(context, source)
            assert extracts(context) == extracts(undisturbed)
            assert objects(context, "drop", "landing") == objects(undisturbed, "drop", "landing")


def test_standardising(killer: Killer, installations: Installations, tmp_path: Path) -> None:
    def received() -> Context:
        context = installations()
        dropped(context, tmp_path)
        receive_dropped(context, "union_roster")
        return context

    undisturbed = received()
    standardise_pending(undisturbed)
    with counted(3) as killed:
        for steps in range(1, MOST_STEPS):
            context = received()
            if attempt(killer, context, "standardise", steps=steps):
                break
            killed.append(steps)
            standardise_pending(context)
            assert extracts(context) == extracts(undisturbed)
            assert objects(context, "standard", "quarantine") == objects(undisturbed, "standard", "quarantine")


def standardised(context: Context) -> Context:
    """Enough people for linkage: 150 members, some in hospital, some with a listed family."""
    add(context, "union_roster", [member(n) for n in range(150)])
    add(
        context,
        "medical_settlement",
        [stay(n, 30_000, "2026-03-01") for n in range(10)] + [stay(501, 9_000, "2026-03-01")],
    )
    add(
        context, "hardship_archive", [archived(1, "exited"), archived(501, "exited", household_ref="DA1", relation="1")]
    )
    add(context, "civil_affairs", [allowance(n) for n in range(20, 25)])
    return context


@pytest.mark.parametrize("stride", [6, pytest.param(1, marks=pytest.mark.soak)])
def test_linking(killer: Killer, installations: Installations, stride: int) -> None:
    """One installation survives all of them in turn: nothing of a dead run may get into a later one."""
    undisturbed, context = standardised(installations()), standardised(installations())
    link(undisturbed)
    with counted(16 // stride) as killed:
        for steps in range(1, MOST_STEPS, stride):
            if attempt(killer, context, "link", steps=steps):
                break
            killed.append(steps)
            with context.engine.connect() as connection:
                finished = runs.latest_run(connection, "link")
            assert (finished is not None) == (link_sets_of_finished(context) > 0)
    link(context)
    assert links(context) == links(undisturbed)
    assert unfinished(context) == []
    assert interrupted(context) >= len(killed) // 2


def link_sets_of_finished(context: Context) -> int:
    with context.engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM link_set")) or 0)


def test_screening(killer: Killer, installations: Installations) -> None:
    undisturbed, context = standardised(installations()), standardised(installations())
    for each in (undisturbed, context):
        link(each)
    expected = screen(undisturbed)
    with counted(2) as killed:
        for steps in range(1, MOST_STEPS):
            if attempt(killer, context, "screen", steps=steps):
                break
            killed.append(steps)
            assert clues(context) in ([], clues(undisturbed))
    assert screen(context).candidates == expected.candidates > 0
    assert clues(context) == clues(undisturbed)
    assert unfinished(context) == []


def test_publishing(killer: Killer, installations: Installations) -> None:
    context = standardised(installations())
    link(context)
    screen(context)
    before = clues(context)
    with counted(1) as killed:
        for steps in range(1, MOST_STEPS):
            if attempt(killer, context, "publish", steps=steps):
                break
            killed.append(steps)
    assert publish(context).list_version == 1
    assert [clue[:2] for clue in clues(context)] == [clue[:2] for clue in before]
    assert {clue[2:4] for clue in clues(context)} == {("published", 1)}


def province(context: Context, folder: Path) -> None:
    """Files of three sources in the drop area."""
    people = [member(n) for n in range(300)]
    roster = [[p["person_ref"], p["name"], p["id_number"], p["phone"], p["union_name"], "正常"] for p in people]
    header = ["会员证号", "姓名", "身份证号", "手机号码", "所属基层工会名称", "会籍状态"]
    drop(context, "union_roster", csv_extract(folder, "union_roster", header, roster))
    bills = [stay(n, 55_000, "2026-03-01") for n in range(40)]
    rows = [[b["settlement_ref"], b["name"], b["id_number"], "2026-03-01", b["personal_amount"]] for b in bills]
    header = ["setl_id", "psn_name", "certno", "setl_time", "psn_part_amt"]
    drop(context, "medical_settlement", csv_extract(folder, "medical_settlement", header, rows))
    poor = [[f"J{n}", "城市低保", member(n)["name"], member(n)["id_number"], "2026-01"] for n in range(40, 60)]
    header = ["救助证号", "救助类别", "姓名", "身份证号", "纳入时间"]
    drop(context, "civil_affairs", csv_extract(folder, "civil_affairs", header, poor))


def outcome(context: Context) -> tuple[Any, ...]:
    kept = objects(context, "drop", "landing", "standard", "quarantine")
    return extracts(context), kept, links(context), clues(context)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_the_whole_way_killed_at_any_moment(
    killer: Killer, installations: Installations, tmp_path: Path, seed: int
) -> None:
    """Not only after a step: within a transaction, while a file is being written, before anything began."""
    rng = random.Random(seed)
    undisturbed, context = installations(), installations()
    for each in (undisturbed, context):
        province(each, tmp_path)
    for source in SOURCES:
        receive_dropped(undisturbed, source)
    run(undisturbed)
    for work, longest in (("receive", 0.3), ("run", 4.0)):
        for _ in range(12):
            attempt(killer, context, work, seconds=rng.uniform(0.01, longest))
        assert attempt(killer, context, work)
    assert outcome(context) == outcome(undisturbed)
    assert unfinished(context) == []
