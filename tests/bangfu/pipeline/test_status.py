"""Where an installation stands: counts and ids, and nothing about a person."""

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from hand_built import Database, add, member, opened, person

from bangfu.db import candidates, runs
from bangfu.db.candidates import NewCandidate
from bangfu.db.models import RunStatus
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.receive import receive
from bangfu.pipeline.intake.retract import retract
from bangfu.pipeline.status import status
from tests.approving import publish


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listed(context: Context, *counties: str) -> None:
    rows = [
        NewCandidate(f"c{n}", county, f"r:{n}", [{"code": "S1"}], 0.5, name=person(n)["name"])
        for n, county in enumerate(counties)
    ]
    with context.engine.begin() as connection:
        run = runs.start_run(connection, "screen")
        candidates.replace_screened(connection, run, rows)
        runs.finish_run(connection, run, {})


def test_an_empty_installation(context: Context) -> None:
    told = status(context)
    assert told["home"] == str(context.settings.home)
    assert (told["deliveries"], told["runs"]) == ([], [])
    assert (told["list_version"], told["candidates"], told["candidates_by_county"]) == (None, 0, [])


def test_deliveries_by_source_and_status(context: Context, tmp_path: Path) -> None:
    add(context, "union_roster", [member(n) for n in range(3)])
    add(context, "union_roster", [member(n) for n in range(5)], period="2026Q3")
    gone = add(context, "union_roster", [member(9)])
    retract(context, gone, "sent by mistake")
    (tmp_path / "a.csv").write_text("救助证号,救助类别,姓名\nJ1,低保,李娜\n", encoding="utf-8")
    receive(context, "civil_affairs", [tmp_path / "a.csv"])
    found = {(row["source"], str(row["status"])): row for row in status(context)["deliveries"]}
    assert list(found) == [
        ("civil_affairs", "received"),
        ("union_roster", "accepted"),
        ("union_roster", "retracted"),
    ]
    roster = found["union_roster", "accepted"]
    assert [roster[name] for name in ("deliveries", "rows_in", "rows_accepted", "rows_rejected")] == [2, 8, 8, 0]
    assert found["civil_affairs", "received"]["rows_in"] is None


def test_the_latest_runs_newest_first(context: Context) -> None:
    with context.engine.begin() as connection:
        done = runs.start_run(connection, "link")
        runs.finish_run(connection, done, {})
    with context.engine.begin() as connection:
        failed = runs.start_run(connection, "screen")
        runs.finish_run(connection, failed, {}, status=RunStatus.FAILED)
    with context.engine.begin() as connection:
        going = runs.start_run(connection, "screen")
    told = status(context)["runs"]
    by_id = {run["run_id"]: run for run in told}
    assert {run: by_id[run]["status"] for run in (done, failed, going)} == {
        done: "done", failed: "failed", going: "running",
    }  # fmt: skip
    assert [run["run_id"] for run in told] == sorted(by_id, reverse=True)
    assert by_id[going]["finished_at"] is None
    assert by_id[done]["finished_at"] is not None
    assert len(status(context, runs=2)["runs"]) == 2


def test_candidates_of_the_published_list_by_county(context: Context) -> None:
    listed(context, "530102", "530102", "533102")
    assert status(context)["candidates"] == 0
    publish(context)
    told = status(context)
    assert (told["list_version"], told["candidates"]) == (1, 3)
    assert told["candidates_by_county"] == [
        {"county_code": "530102", "county": "五华区", "candidates": 2},
        {"county_code": "533102", "county": "瑞丽市", "candidates": 1},
    ]


def test_a_service_is_up_where_something_listens(context: Context) -> None:
    with socket.socket() as portal:
        portal.bind(("127.0.0.1", 0))
        portal.listen()
        port = int(portal.getsockname()[1])
        there = replace(context.settings, portal_port=port, airflow_port=free_port())
        services = {row["service"]: row for row in status(replace(context, settings=there))["services"]}
    assert {name: row["state"] for name, row in services.items()} == {
        "database": "up",
        "portal": "up",
        "airflow": "down",
    }
    assert services["portal"]["address"] == f"127.0.0.1:{port}"


def test_it_can_be_printed_and_names_nobody(context: Context) -> None:
    add(context, "union_roster", [member(1)])
    listed(context, "530102")
    publish(context)
    told = json.dumps(status(context), ensure_ascii=False)
    assert person(0)["name"] not in told
    assert person(1)["id_number"] not in told
    password = context.engine.url.password
    assert password
    assert str(password) not in told
