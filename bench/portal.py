"""The portal under a province's officers: how long pages take while everybody works.

    python bench/portal.py [--candidates 1000000] [--officers 5] [--seconds 180] [--home DIR]

A list of so many candidates is written, published and turned into cases as the pipeline does it (`portal_province.py`), then
`bangfu serve` runs as processes of its own and so many officers of each county work at once: every one opens lists, cases and the
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
from base64 import urlsafe_b64encode
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import psutil
import uvloop
from portal_province import GIVEN, SURNAMES, Session, build_province, officers_of, sessions

from bangfu.china_time import CHINA
from bangfu.cli.output import table
from bangfu.db import embedded
from bangfu.db.account import User
from bangfu.pipeline.context import open_context
from bangfu.settings import Settings
from schemas.rights import Role

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
            build_province(context, given.candidates)
            officers = officers_of(context, given.officers)
            above = sessions(context, [User("above", "省级", Role.PROVINCE_OFFICER, "53"), User("middle", "州级", Role.PREFECTURE_OFFICER, "5301")])  # fmt: skip
        port = _free_port()
        command = [sys.executable, "-c", "from bangfu.cli import main; main()", "serve", "--port", str(port)]
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            uvloop.run(_day(port, officers, above, given.seconds, server.pid, settings))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
    finally:
        embedded.stop(settings)
        if given.home is None:
            shutil.rmtree(home)


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


@dataclass
class Answer:
    """What came back: `status`, where a redirect leads, and the page."""

    status: int
    location: str
    text: str


@dataclass
class Browser:
    """A connection to the portal that is kept, and the cookies of an account: as little as can be, since it shares the cores."""

    port: int
    session: Session
    find: str = ""
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Answer:
        """A page."""
        return await self._ask("GET", path, b"")

    async def post(self, path: str, form: dict[str, str]) -> Answer:
        """What a form is answered."""
        return await self._ask("POST", path, urlencode({"csrf_token": self.session.csrf_token, **form}).encode())

    async def fetch(self, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        """Status and content of a file."""
        body = urlencode({"csrf_token": self.session.csrf_token, **form}).encode()
        head, content = await self._exchange(self._request("POST", path, body))
        return int(head.split(b" ", 2)[1]), content

    def close(self) -> None:
        """Go home."""
        if self.streams:
            self.streams[1].close()

    async def _ask(self, method: str, path: str, body: bytes) -> Answer:
        request = self._request(method, path, body)
        async with asyncio.timeout(60):
            try:
                head, content = await self._exchange(request)
            except (ConnectionError, asyncio.IncompleteReadError):
                if self.streams is None or method == "POST":
                    raise
                self.streams = None  # an idle connection that the server has ended
                head, content = await self._exchange(request)
        location = re.search(rb"(?i)\r\nlocation: ([^\r]*)", head)
        return Answer(int(head.split(b" ", 2)[1]), location[1].decode() if location else "", content.decode())

    def _request(self, method: str, path: str, body: bytes) -> bytes:
        cookies = f"bangfu={self.session.token}" + (f"; bangfu-find={self.find}" if self.find else "")
        kind = "Content-Type: application/x-www-form-urlencoded\r\n" if body else ""
        return (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {cookies}\r\n{kind}"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    async def _exchange(self, request: bytes) -> tuple[bytes, bytes]:
        if self.streams is None or self.streams[0].at_eof():
            self.streams = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22)
        reader, writer = self.streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        return head, await reader.readexactly(int(length[1])) if length else b""


async def _day(port: int, officers: list[Session], above: list[Session], seconds: float, server: int, settings: Settings) -> None:  # fmt: skip
    measured = Measured()
    await _answers(port)
    tasks = [asyncio.create_task(_work(port, session, measured, number)) for number, session in enumerate(officers)]
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
    memory = [sum(map(_memory, pids)) for pids in (_family(server), _database(settings))]
    print(f"memory: server {memory[0]:,.0f} MB, database {memory[1]:,.0f} MB")
    await _alone(port, officers, above)


async def _answers(port: int) -> None:
    for _ in range(600):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            if b" 200 " in answer[:20]:
                return
        except OSError:
            pass
        await asyncio.sleep(0.2)
    raise SystemExit("the portal does not answer")


async def _work(port: int, session: Session, measured: Measured, seed: int) -> None:
    """One officer's day."""
    chance, browser = random.Random(seed), Browser(port, session)
    try:
        await asyncio.sleep(chance.uniform(0, THINK[1]))
        officer = Officer(browser, measured, chance)
        while True:
            (act,) = chance.choices([name for name, _ in ACTS], [share for _, share in ACTS])
            await getattr(officer, act)()
            await asyncio.sleep(chance.uniform(*THINK))
    finally:
        browser.close()


@dataclass
class Officer:
    """Somebody before a browser: remembers the list and the case it shows."""

    browser: Browser
    measured: Measured
    chance: random.Random
    cases: list[str] = field(default_factory=list)
    page: str = ""

    async def list(self) -> None:
        """A page of the inbox, of some part and order."""
        part, sort = (
            self.chance.choice(("new", "new", "in_hand", "due_soon", "overdue", "")),
            self.chance.choice(("", "", "strength", "newest", "name")),
        )
        asked = {"part": part, "sort": sort, "page": str(self.chance.choice((1, 1, 1, 2, 3, 40)))}
        answer = await self.get("list", "/cases?" + urlencode({name: value for name, value in asked.items() if value}))
        if answer.status == 303:
            answer = await self.get("list", answer.location)
        self.cases = re.findall(r'<tr id="([0-9a-f]{24})"', answer.text)

    async def case(self) -> None:
        """A case of the list."""
        if not self.cases:
            await self.list()
            return
        self.page = (await self.get("case", f"/cases/{self.chance.choice(self.cases)}")).text

    async def search(self) -> None:
        """A name, or everybody again."""
        name = "" if self.browser.find else self.chance.choice(SURNAMES) + self.chance.choice(GIVEN)
        started = time.perf_counter()
        answer = await self.browser.post("/cases/search", {"name": name, "back": "/cases"})
        self.browser.find = urlsafe_b64encode(name.encode()).decode()
        if answer.status == 303:
            answer = await self.browser.get(answer.location)
        self.measured.add("search", started, answer.status)
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
            answer = await self.get("list", f"/cases?part=new&page={self.chance.randint(1, 60)}")
            self.cases = re.findall(r'<tr id="([0-9a-f]{24})"', answer.text) or self.cases
            await self.case()
            return
        path, code = found[0]
        words = {"today": datetime.now(CHINA).date().isoformat(), "me": self.browser.session.user.username}
        details = {name: value.format(**words) for name, value in GIVEN_IN_STEPS[code].items()}
        started = time.perf_counter()
        answer = await self.browser.post(path.replace("&amp;", "&"), {"version": version[1], **details})
        self.measured.add("step", started, answer.status)
        if answer.status == 303:
            self.page = (await self.get("case", answer.location)).text

    async def get(self, kind: str, path: str) -> Answer:
        """A page, timed."""
        started = time.perf_counter()
        answer = await self.browser.get(path)
        self.measured.add(kind, started, answer.status)
        return answer


def _report(measured: Measured, passed: float, spent: dict[str, float], officers: int, failed: list[Exception]) -> None:
    rows = []
    for kind, seconds in sorted(measured.seconds.items()):
        told = np.percentile(seconds, (50, 95, 99)) * 1000
        rows.append((kind, f"{len(seconds):,}", *(f"{value:,.0f}" for value in told), f"{max(seconds) * 1000:,.0f}"))
    print("\n".join(table(("act", "times", "p50 ms", "p95 ms", "p99 ms", "longest ms"), rows)))
    acts = sum(map(len, measured.seconds.values()))
    print(f"{officers} officers, {acts:,} requests in {passed:.0f} s: {acts / passed:.1f} a second; failures: {dict(measured.failures) or 0}, officers that stopped: {len(failed)} {failed[:1] or ''}; conflicts told: {measured.conflicts}")  # fmt: skip
    told = (
        f"{name} {value / passed:.0%} of a core ({1000 * value / acts:.1f} ms a request)"
        for name, value in spent.items()
    )
    print(f"processor: {', '.join(told)}, of {os.cpu_count()} cores; load of the machine {os.getloadavg()[0]:.1f}")


async def _alone(port: int, officers: list[Session], above: list[Session]) -> None:
    """What is heavy, once each, with nobody else there."""
    for session in above:
        browser = Browser(port, session)
        for path in ("/overview", "/cases"):
            started = time.perf_counter()
            answer = await browser.get(path)
            print(f"{path} of {session.user.area_code}: {time.perf_counter() - started:.2f} s, {answer.status}")
        browser.close()
    browser = Browser(port, officers[1])
    password = "a password 2026"
    started = time.perf_counter()
    status, content = await browser.fetch(
        "/workbook/files", {"listing": "candidates", "choice": "own", "password": password, "again": password}
    )
    print(f"workbook: {time.perf_counter() - started:.2f} s, {status}, {len(content) / 1e6:.2f} MB")
    browser.close()


def _database(settings: Settings) -> list[int]:
    return _family(int((settings.home / "postgres" / "data" / "postmaster.pid").read_text().split()[0]))


def _family(pid: int) -> list[int]:
    """A process and those it started."""
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def _spent(server: int, settings: Settings) -> dict[str, float]:
    """Processor's seconds so far."""
    return {"server": _processor(_family(server)), "database": _processor(_database(settings)), "officers": _processor([os.getpid()])}  # fmt: skip


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
