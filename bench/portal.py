"""The portal under a province's officers: how long pages take while everybody works.

    python bench/portal.py [--candidates 1000000] [--officers 5] [--seconds 180] [--home DIR]

A list of so many candidates is written, published and turned into cases as the pipeline does it (each timed), then `bangfu
serve` runs as a process of its own and so many officers of each county work at once: every one opens lists, cases and the
dashboard, searches names and takes steps, one act in five of these, with 5 to 15 seconds to think between. Server, database and
officers share the cores of the machine. `DIR` is used again where it holds such a province.
"""

import argparse
import asyncio
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import numpy as np
import psutil
from sqlalchemy import text

from bangfu.china_time import CHINA
from bangfu.cli.output import table
from bangfu.db import candidates, embedded, portal_session_scope, runs
from bangfu.db.account import User
from bangfu.db.candidates import NewCandidate
from bangfu.db.connection import portal_engine
from bangfu.db.sessions import open_session
from bangfu.db.users import create_user
from bangfu.pipeline.context import Context, open_context
from bangfu.pipeline.review.openings import open_cases
from bangfu.review.deadlines import Calendar
from bangfu.settings import Settings
from schemas.reference import counties
from schemas.rights import Role
from tests.bangfu.portal.conftest import make_candidate

SURNAMES, GIVEN = (
    "王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗",
    "伟芳娜敏静丽强磊洋艳勇军杰娟涛明超秀兰霞平刚桂英华玉萍红玲",
)
THINK = (5.0, 15.0)
"""Seconds between two acts of an officer."""
WARM_UP = 20.0
"""Seconds at the beginning that do not count."""
ACTS = (("list", 0.30), ("case", 0.40), ("search", 0.07), ("dashboard", 0.03), ("step", 0.20))
GIVEN_IN_STEPS = {
    "receive": {}, "judge": {"same_person": "yes"}, "contact": {"on": "{today}"}, "attempt": {"on": "{today}"},
    "ask": {"informed": "1", "agreed_on": "{today}"}, "authorise": {"authorisation": "授2026-1"}, "assign": {"assignee": "{me}"},
}  # fmt: skip
"""Steps that an officer takes, with what the form asks for."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--candidates", type=int, default=1_000_000)
    arguments.add_argument("--officers", type=int, default=5, help="of each of the 129 counties")
    arguments.add_argument("--seconds", type=float, default=180)
    arguments.add_argument("--home", type=Path, help="where the installation is kept; a fresh directory by default")
    given = arguments.parse_args()
    home = given.home or Path(tempfile.mkdtemp(prefix="bangfu-bench-"))
    os.environ["BANGFU_HOME"], os.environ["BANGFU_SECOND_FACTOR"] = str(home), "off"
    settings = Settings.from_environment()
    try:
        with open_context(settings) as context:
            _province(context, given.candidates)
            officers = _officers(context, given.officers)
            above = _sessions(context, [User("above", "省级", Role.PROVINCE_OFFICER, "53"), User("middle", "州级", Role.PREFECTURE_OFFICER, "5301")])  # fmt: skip
        port = _free_port()
        server = subprocess.Popen([sys.executable, "-c", "from bangfu.cli import main; main()", "serve", "--port", str(port)], stderr=subprocess.DEVNULL)  # fmt: skip
        try:
            asyncio.run(_day(f"http://127.0.0.1:{port}", officers, above, given.seconds, server.pid, settings))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)
    finally:
        embedded.stop(settings)
        if given.home is None:
            shutil.rmtree(home)


def _province(context: Context, count: int) -> None:
    """A list of so many candidates, published; nothing where there is one."""
    with context.engine.connect() as connection:
        if connection.scalar(text("SELECT count(*) FROM review_case")):
            return
    with context.engine.begin() as connection:
        run_id = runs.start_run(connection, "screen")
        _timed(
            f"{count:,} candidates written", lambda: candidates.replace_screened(connection, run_id, _candidates(count))
        )
    with context.engine.begin() as connection:
        version = _timed("list published", lambda: candidates.publish(connection, run_id))
        _timed("cases opened", lambda: open_cases(connection, run_id, version, datetime.now(UTC), Calendar()))
    with context.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _timed("statistics gathered", lambda: connection.execute(text("VACUUM ANALYZE")))


def _timed(what: str, call):  # type: ignore[no-untyped-def]
    started = time.perf_counter()
    result = call()
    print(f"{what}: {time.perf_counter() - started:.1f} s", flush=True)
    return result


def _candidates(count: int) -> Iterator[NewCandidate]:
    """Candidates of every county in turn, no two of one name and year in a row."""
    chance, codes = random.Random(1), [county.code for county in counties()]
    for number in range(count):
        name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=2))
        yield make_candidate(
            number, county_code=codes[number % len(codes)], name=name, strength=round(chance.random(), 3),
            birth_year=1960 + number % 45, sex="12"[number % 2],
        )  # fmt: skip


@dataclass(frozen=True)
class Session:
    """An account that has logged in."""

    user: User
    token: str
    csrf_token: str


def _officers(context: Context, each: int) -> list[Session]:
    users = [
        User(f"{'approver' if number == 0 else 'officer'}.{county.code}.{number}", f"经办{number}", Role.APPROVER if number == 0 else Role.COUNTY_OFFICER, county.code)
        for county in counties()
        for number in range(each)
    ]  # fmt: skip
    return _sessions(context, users)


def _sessions(context: Context, users: list[User]) -> list[Session]:
    """Sessions as the log-in opens them; the password, which costs 64 MiB and a tenth of a second, is not what is measured."""
    engine, opened = portal_engine(context.settings), []
    with context.engine.begin() as connection:
        known = set(connection.scalars(text("SELECT username FROM app_user")))
        template: str | None = None
        for user in users:
            if user.username not in known:
                create_user(connection, user, "a-long-password-of-the-bench") if template is None else _copied(
                    connection, user, template
                )
            template = template or user.username
    for user in users:
        with portal_session_scope(engine, user) as connection:
            session = open_session(connection, user.username)
        opened.append(Session(user, session.token, session.csrf_token))
    engine.dispose()
    return opened


def _copied(connection, user: User, template: str) -> None:  # type: ignore[no-untyped-def]
    """An account with the password of another: 645 hashes would take a minute."""
    connection.execute(
        text(
            "INSERT INTO app_user (username, display_name, role, area_code, password_hash) "
            "SELECT :username, :name, :role, :area, password_hash FROM app_user WHERE username = :template"
        ),
        {"username": user.username, "name": user.display_name, "role": str(user.role), "area": user.area_code, "template": template},
    )  # fmt: skip


@dataclass
class Measured:
    """What the officers saw: seconds by kind of act, failures, and steps that somebody else was before."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: Counter[str] = field(default_factory=Counter)
    conflicts: int = 0
    counts: bool = False

    def add(self, kind: str, started: float, status: int) -> None:
        if not self.counts:
            return
        self.seconds[kind].append(time.perf_counter() - started)
        if status == 409 and kind == "step":
            self.conflicts += 1
        elif status >= 400:
            self.failures[f"{kind} {status}"] += 1


async def _day(address: str, officers: list[Session], above: list[Session], seconds: float, server: int, settings: Settings) -> None:  # fmt: skip
    measured = Measured()
    await _answers(address)
    tasks = [asyncio.create_task(_work(address, session, measured, number)) for number, session in enumerate(officers)]
    await asyncio.sleep(WARM_UP)
    measured.counts, before = True, _spent(server, settings)
    started = time.perf_counter()
    await asyncio.sleep(seconds)
    measured.counts, passed = False, time.perf_counter() - started
    spent = {name: after - before[name] for name, after in _spent(server, settings).items()}
    for task in tasks:
        task.cancel()
    failed = [done for done in await asyncio.gather(*tasks, return_exceptions=True) if isinstance(done, Exception)]
    _report(measured, passed, spent, len(officers), failed)
    print(f"memory: server {_memory(server):,.0f} MB, database {sum(map(_memory, _database(settings))):,.0f} MB")
    await _alone(address, officers, above)


async def _answers(address: str) -> None:
    async with httpx2.AsyncClient() as client:
        for _ in range(300):
            try:
                if (await client.get(f"{address}/healthz")).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.2)
    raise SystemExit("the portal does not answer")


def _client(address: str, session: Session) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=address, cookies={"bangfu": session.token}, timeout=60)


async def _work(address: str, session: Session, measured: Measured, seed: int) -> None:
    """One officer's day."""
    chance = random.Random(seed)
    async with _client(address, session) as client:
        await asyncio.sleep(chance.uniform(0, THINK[1]))
        officer = Officer(client, session, measured, chance)
        while True:
            (act,) = chance.choices([name for name, _ in ACTS], [share for _, share in ACTS])
            await getattr(officer, act)()
            await asyncio.sleep(chance.uniform(*THINK))


@dataclass
class Officer:
    """A browser with somebody before it: remembers the list and the case it shows."""

    client: httpx2.AsyncClient
    session: Session
    measured: Measured
    chance: random.Random
    cases: list[str] = field(default_factory=list)
    page: str = ""
    searched: bool = False

    async def list(self) -> None:
        """A page of the inbox, of some part and order."""
        part, sort = (
            self.chance.choice(("new", "new", "in_hand", "due_soon", "overdue", "")),
            self.chance.choice(("", "", "strength", "newest", "name")),
        )
        answer = await self.get(
            "list", "/cases", part=part, sort=sort, page=str(self.chance.choice((1, 1, 1, 2, 3, 40)))
        )
        if answer.status_code == 303:
            answer = await self.get("list", answer.headers["location"])
        self.cases = re.findall(r'<tr id="([0-9a-f]{24})"', answer.text)

    async def case(self) -> None:
        """A case of the list."""
        if not self.cases:
            await self.list()
            return
        self.page = (await self.get("case", f"/cases/{self.chance.choice(self.cases)}")).text

    async def search(self) -> None:
        """A name, or everybody again."""
        name = "" if self.searched else self.chance.choice(SURNAMES) + self.chance.choice(GIVEN)
        self.searched = bool(name)
        started = time.perf_counter()
        form = {"csrf_token": self.session.csrf_token, "name": name, "back": "/cases"}
        answer = await self.client.post("/cases/search", data=form)
        if answer.status_code == 303:
            answer = await self.client.get(answer.headers["location"])
        self.measured.add("search", started, answer.status_code)
        self.cases = re.findall(r'<tr id="([0-9a-f]{24})"', answer.text)

    async def dashboard(self) -> None:
        """How the own county stands."""
        await self.get("dashboard", "/overview")

    async def step(self) -> None:
        """The first step of the open case that is in `GIVEN_IN_STEPS`; without one, a case that is new."""
        found = [
            (path, code)
            for path, code in re.findall(r'action="(/cases/[0-9a-f]{24}/steps/([a-z_]+)[^"]*)"', self.page)
            if code in GIVEN_IN_STEPS
        ]
        version = re.search(r'name="version" value="(\d+)"', self.page)
        self.page = ""
        if not found or version is None:
            answer = await self.get("list", "/cases", part="new", page=str(self.chance.randint(1, 60)))
            self.cases = re.findall(r'<tr id="([0-9a-f]{24})"', answer.text) or self.cases
            await self.case()
            return
        path, code = found[0]
        words = {"today": datetime.now(CHINA).date().isoformat(), "me": self.session.user.username}
        details = {name: value.format(**words) for name, value in GIVEN_IN_STEPS[code].items()}
        started = time.perf_counter()
        form = {"csrf_token": self.session.csrf_token, "version": version[1], **details}
        answer = await self.client.post(path.replace("&amp;", "&"), data=form)
        self.measured.add("step", started, answer.status_code)
        if answer.status_code == 303:
            self.page = (await self.get("case", answer.headers["location"])).text

    async def get(self, kind: str, path: str, **parameters: str) -> httpx2.Response:
        """A page, timed."""
        started = time.perf_counter()
        answer = await self.client.get(
            path, params={name: value for name, value in parameters.items() if value} or None
        )
        self.measured.add(kind, started, answer.status_code)
        return answer


def _report(measured: Measured, passed: float, spent: dict[str, float], officers: int, failed: list[Exception]) -> None:
    rows = []
    for kind, seconds in sorted(measured.seconds.items()):
        told = np.percentile(seconds, (50, 95, 99)) * 1000
        rows.append((kind, f"{len(seconds):,}", *(f"{value:,.0f}" for value in told), f"{max(seconds) * 1000:,.0f}"))
    print("\n".join(table(("act", "times", "p50 ms", "p95 ms", "p99 ms", "longest ms"), rows)))
    acts = sum(map(len, measured.seconds.values()))
    print(f"{officers} officers, {acts:,} requests in {passed:.0f} s: {acts / passed:.1f} a second; failures: {dict(measured.failures) or 0}, officers that stopped: {len(failed)} {failed[:1] or ''}; conflicts told: {measured.conflicts}")  # fmt: skip
    print(
        "processor: "
        + ", ".join(f"{name} {value / passed:.0%}" for name, value in spent.items())
        + f" of a core, of {os.cpu_count()}"
    )


async def _alone(address: str, officers: list[Session], above: list[Session]) -> None:
    """What is heavy, once each, with nobody else there."""
    for session in above:
        async with _client(address, session) as client:
            for path in ("/overview", "/cases"):
                started = time.perf_counter()
                answer = await client.get(path)
                print(
                    f"{path} of {session.user.area_code}: {time.perf_counter() - started:.2f} s, {answer.status_code}"
                )
    async with _client(address, officers[1]) as client:
        form = {
            "csrf_token": officers[1].csrf_token,
            "listing": "candidates",
            "choice": "own",
            "password": "a password 2026",
            "again": "a password 2026",
        }
        started = time.perf_counter()
        answer = await client.post("/workbook/files", data=form)
        print(
            f"workbook: {time.perf_counter() - started:.2f} s, {answer.status_code}, {len(answer.content) / 1e6:.2f} MB"
        )


def _database(settings: Settings) -> list[int]:
    found = int((settings.home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    return [found, *(child.pid for child in psutil.Process(found).children(recursive=True))]


def _spent(server: int, settings: Settings) -> dict[str, float]:
    """Processor's seconds so far."""
    return {"server": _processor([server]), "database": _processor(_database(settings)), "officers": _processor([os.getpid()])}  # fmt: skip


def _processor(pids: list[int]) -> float:
    total = 0.0
    for pid in pids:
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def _memory(pid: int) -> float:
    """Own megabytes of a process, without what it shares."""
    try:
        return float(psutil.Process(pid).memory_full_info().uss) / 1024**2
    except psutil.NoSuchProcess:
        return 0.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
