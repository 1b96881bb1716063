"""`bangfu demo` as a newcomer meets it: real processes, from the command to the officer's page and back to silence."""

import http.cookiejar
import json
import re
import signal
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from bangfu.db import embedded
from bangfu.settings import Settings
from schemas.sources import SOURCES

from .conftest import SERVING, Demo

MEMBERS = 1_500
SUMMARY_COLUMNS = ["files", "refused", "rows in", "rows accepted", "rows rejected", "pairs scored", "matches"]


class Officer:
    """A browser of one officer, over real HTTP."""

    def __init__(self, address: str) -> None:
        self.address = address
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page."""
        return self._open(self.address + path, None)

    def log_in(self, username: str, password: str) -> tuple[int, str]:
        """Fill in the form; the page that follows."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/login")[1])
        assert token
        form = {"username": username, "password": password, "csrf_token": token.group(1)}
        return self._open(f"{self.address}/login", urllib.parse.urlencode(form).encode())

    def _open(self, url: str, form: bytes | None) -> tuple[int, str]:
        try:
            with self.opener.open(url, form, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()


def summary_rows(printed: str) -> dict[str, list[int]]:
    """The summary table by source code."""
    rows = re.findall(r"^\S+ ([a-z_]+) +([\d, ]+)$", printed, re.MULTILINE)
    return {source: [int(number.replace(",", "")) for number in numbers.split()] for source, numbers in rows}


def personal_values(home: Path) -> Iterator[str]:
    """Values of the synthetic people that no operator, log or table of Airflow may show."""
    persons = pl.read_parquet(home / "demo" / "province" / "truth" / "persons.parquet")
    yield from persons["id_number"].drop_nulls().unique()
    yield from persons["phone"].drop_nulls().unique()


def airflow_tables(home: Path) -> str:
    """Everything in Airflow's own database, as text."""
    settings = Settings.from_environment({"BANGFU_HOME": str(home)})
    address = embedded.superuser_address(settings)
    found = []
    with psycopg.connect(re.sub(r"dbname=\S+", "dbname=airflow", address)) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in names:
            identifier = psycopg.sql.Identifier(name)
            rows = connection.execute(psycopg.sql.SQL("SELECT t::text FROM {} t").format(identifier)).fetchall()
            found += [str(row[0]) for row in rows]
    assert any("bangfu://links" in text for text in found)
    return "\n".join(found)


def leaked(home: Path, where: str) -> list[str]:
    digits = set(re.findall(r"[0-9]{11,18}X?", where))
    return [value for value in personal_values(home) if value in digits]


@pytest.mark.timeout(420)
def test_a_newcomer_runs_the_demonstration_looks_at_it_and_stops_it(demo: Demo) -> None:
    demo.start("--members", str(MEMBERS), "--seed", "5")
    demo.until(re.escape(SERVING), 300)
    _the_summary_adds_up(demo)
    _officers_see_their_own_county_only(demo)
    logs = "\n".join(path.read_text("utf-8", "replace") for path in demo.home.rglob("logs/**/*.log"))
    assert "publish" in logs
    assert leaked(demo.home, logs + airflow_tables(demo.home) + demo.printed) == []
    demo.send(signal.SIGINT)
    assert demo.ended() == 0
    assert demo.lines[-1] == "stopped"
    demo.assert_gone()


def _the_summary_adds_up(demo: Demo) -> None:
    assert all(name in demo.printed for name in SUMMARY_COLUMNS)
    rows = summary_rows(demo.printed)
    assert set(rows) == set(SOURCES)
    for files, refused, rows_in, accepted, rejected, pairs, matches in rows.values():
        assert files > 0
        assert refused == 0
        assert rows_in == accepted + rejected
        assert pairs >= matches > 0
    assert rows["union_roster"][2] >= MEMBERS
    for stage in ("receive_union_roster", "standardise_union_roster", "link", "screen", "publish"):
        assert re.search(rf"{stage} +done in", demo.printed)
    recall, precision = re.search(r"recall (0\.\d+), precision (0\.\d+)", demo.printed).groups()  # type: ignore[union-attr]
    assert float(recall) > 0.3
    assert float(precision) > 0.3


def _officers_see_their_own_county_only(demo: Demo) -> None:
    log_ins = dict(re.findall(r"(demo53\d{0,4}) / (\S+)", demo.printed))
    counties = sorted(name for name in log_ins if len(name) == len("demo530102"))
    assert len(counties) >= 2
    found: dict[str, Any] = {}
    for name in counties[:2]:
        officer = Officer(f"http://127.0.0.1:{demo.ports[1]}")
        status, page = officer.log_in(name, log_ins[name])
        assert status == 200
        links = re.findall(r'href="(/cases/[0-9a-f]{24})', page)
        assert links
        found[name] = officer, links[0]
    (one, own), (_, others) = found.values()
    status, page = one.get(own)
    assert status == 200
    assert "比对" in page
    assert one.get(others)[0] == 404


@pytest.mark.timeout(600)
@pytest.mark.soak
@pytest.mark.parametrize("moment", ["deliveries put into", "receive_union_roster", "standardise_civil_affairs", "link"])
def test_a_killed_demonstration_goes_on_where_it_was(demo: Demo, moment: str) -> None:
    """kill -9 of the supervisor in the middle of the chain: the next call cleans up, finishes and loses nothing.

    Tasks that died with it are still running as far as Airflow knows; it takes them for dead after a minute.
    """
    demo.start("--members", str(MEMBERS), "--seed", "5", "--exit")
    demo.until(rf"\b{moment}\b", 240)
    demo.send(signal.SIGKILL)
    assert demo.ended() == -signal.SIGKILL
    demo.start("--members", str(MEMBERS), "--seed", "5", "--exit")
    assert demo.ended(300) == 0, demo.printed
    _the_rows_are_whole(demo)
    demo.assert_gone()


def _the_rows_are_whole(demo: Demo) -> None:
    records = pl.read_parquet(demo.home / "demo" / "province" / "truth" / "records.parquet").filter(~pl.col("late"))
    rows = summary_rows(demo.printed)
    written = dict(records.group_by("source").len().iter_rows())
    assert {source: numbers[2] for source, numbers in rows.items()} == written


@pytest.mark.timeout(420)
@pytest.mark.soak
def test_interrupted_while_it_starts_nothing_is_left(demo: Demo) -> None:
    demo.start("--members", "500")
    demo.until(r"PostgreSQL is ready", 120)
    demo.send(signal.SIGINT)
    assert demo.ended() in {0, 130}
    assert "Traceback" not in demo.printed
    demo.assert_gone()


def test_a_taken_port_is_told_before_any_work(demo: Demo) -> None:
    with socket.create_server(("127.0.0.1", demo.ports[0])):
        demo.start("--members", "500", "--exit")
        assert demo.ended(60) == 1
    assert str(demo.ports[0]) in demo.printed
    assert "BANGFU_AIRFLOW_PORT" in demo.printed
    assert "Traceback" not in demo.printed
    assert not (demo.home / "demo" / "province").exists()


def test_another_demonstration_is_not_overwritten(demo: Demo) -> None:
    (demo.home / "demo" / "province").mkdir(parents=True)
    (demo.home / "demo" / "request.json").write_text(json.dumps({"members": 700, "seed": 9}))
    demo.start("--members", "500", "--exit")
    assert demo.ended(60) == 1
    assert "--members 700 --seed 9" in demo.printed
    assert "--fresh" in demo.printed
