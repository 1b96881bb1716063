"""Store, database, disk and reader fail at any moment: run again, intake ends as if nothing had happened.

What is reported meanwhile says what to do, and names nobody.
"""

from __future__ import annotations

import errno
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

import bangfu.storage.local as local_driver
from bangfu.cli.failures import explain
from bangfu.db import DatabaseUrls, embedded
from bangfu.db.connection import open_engine
from bangfu.db.migrating import migrate
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.settle import settle_pending
from bangfu.settings import S3Settings, Settings
from bangfu.storage import StoreError, open_store
from tests.bangfu.pipeline.arrivals import PERSONAL, everything, stated
from tests.bangfu.pipeline.installing import Installations
from tests.bangfu.pipeline.killing import IMPATIENT, receive_all
from tests.bangfu.pipeline.proxy import Breaking, Proxy
from tests.bangfu.pipeline.sending import Sending
from tests.bangfu.pipeline.standing import check_sound, outcome
from tests.bangfu.storage.conftest import ACCESS_KEY, SECRET_KEY, free_port, served

Fault = AbstractContextManager[Any]
soak = pytest.mark.soak, pytest.mark.timeout(3600)


def intake(context: Context) -> None:
    receive_all(context)
    settle_pending(context)


@pytest.fixture(scope="module")
def counts() -> Iterator[Counter[str]]:
    """Faults by kind; told at the end."""
    counts: Counter[str] = Counter()
    yield counts
    width = max(map(len, counts), default=0)
    print("\n" + "\n".join(f"{kind:<{width}} {count:>6} faults, 0 losses" for kind, count in counts.items()))


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nobody's name gets into a log."""
    with caplog.at_level(logging.DEBUG):
        yield
    for record in caplog.records:
        check_nobody_is_named(record.getMessage() + str(record.exc_info or ""))


def check_nobody_is_named(told: str) -> None:
    assert not [word for word in PERSONAL if word in told], told


def check_told(error: Exception) -> None:
    """The operator reads what happened and what to do."""
    told = explain(error)
    assert "unexpected failure" not in told, repr(error)
    check_nobody_is_named(told)


def broken_once(context: Context, expected: dict[str, list[Any]], fault: Fault) -> bool:
    """Whether a fault was noticed; afterwards everything is as it must be."""
    noticed = False
    try:
        with fault:
            intake(context)
    except Exception as error:
        noticed = True
        check_told(error)
    check_sound(context)
    intake(context)
    assert outcome(context) == expected
    check_sound(context)
    return noticed


class Arrivals:
    """One installation with a full drop area, and what becomes of it where nothing fails."""

    def __init__(self, context: Context, installations: Installations) -> None:
        everything(context)
        self._full, self._installations = context, installations
        undisturbed = installations(context)
        intake(undisturbed)
        self.outcome = outcome(undisturbed)

    def fresh(self) -> Context:
        return self._installations(self._full)

    def drop(self, context: Context) -> None:
        self._installations.drop(context)


@pytest.fixture(scope="module")
def arrivals(installations: Installations) -> Arrivals:
    return Arrivals(installations(), installations)


def spread(total: int, wanted: int) -> list[int]:
    """Some places among 1 to `total`, evenly, or all of them."""
    step = max(total / wanted, 1)
    return sorted({int(1 + step * number) for number in range(min(wanted, total))})


class _Failing:
    """An object store that fails at one call, or from one call on."""

    def __init__(self, store: Any, at: int, *, for_good: bool) -> None:
        self._store, self._at, self._for_good, self.calls = store, at, for_good, 0

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._store, name)

        def call(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            if self.calls == self._at or (self._for_good and self.calls > self._at > 0):
                raise StoreError("The S3 service does not answer: check BANGFU_S3_ENDPOINT, and that the service runs.")
            return function(*arguments, **options)

        return call


@pytest.mark.parametrize("wanted", [5, pytest.param(60, marks=soak)])
@pytest.mark.parametrize("for_good", [False, True])
def test_the_store_fails_at_a_call(
    arrivals: Arrivals, counts: Counter[str], logged: None, wanted: int, for_good: bool
) -> None:
    context = arrivals.fresh()
    whole = _Failing(context.store, 0, for_good=False)
    intake(replace(context, store=whole))  # type: ignore[arg-type]
    assert whole.calls > 200
    arrivals.drop(context)
    for at in spread(whole.calls, wanted):
        context = arrivals.fresh()
        failing = _Failing(context.store, at, for_good=for_good)
        with pytest.raises(StoreError, match="does not answer"):
            intake(replace(context, store=failing))  # type: ignore[arg-type]
        broken_once(context, arrivals.outcome, nullcontext())
        counts["store down from a call on" if for_good else "store fails at a call"] += 1
        arrivals.drop(context)


@contextmanager
def full_disk(at: int, seen: list[int]) -> Iterator[None]:
    """The disk of the object store is full in the middle of the given write."""
    write = local_driver._write

    def half(path: Path, content: Path | bytes) -> None:
        seen.append(1)
        if len(seen) != at:
            write(path, content)
            return
        path.write_bytes((content if isinstance(content, bytes) else content.read_bytes())[:7])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_driver, "_write", half)
        yield


@pytest.mark.parametrize("wanted", [5, pytest.param(60, marks=soak)])
def test_the_disk_of_the_store_is_full_within_a_write(
    arrivals: Arrivals, counts: Counter[str], logged: None, wanted: int
) -> None:
    seen: list[int] = []
    context = arrivals.fresh()
    assert not broken_once(context, arrivals.outcome, full_disk(0, seen))
    arrivals.drop(context)
    for at in spread(len(seen), wanted):
        context = arrivals.fresh()
        assert broken_once(context, arrivals.outcome, full_disk(at, []))
        assert not list((context.settings.home / "objects" / ".unfinished").iterdir())
        counts["disk of the store full within a write"] += 1
        arrivals.drop(context)


@contextmanager
def tmpfs(folder: Path, size: int) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def mounts(folder: Path) -> bool:
    try:
        with tmpfs(folder, 4096):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@contextmanager
def temporary_folder(folder: Path, size: int) -> Iterator[None]:
    """Temporary files lie on a disk of so many bytes."""
    with tmpfs(folder, size), pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        yield


@pytest.mark.parametrize("pages", [(1, 3, 6, 10), pytest.param(tuple(range(1, 31)), marks=soak)])
def test_the_disk_of_temporary_files_is_full(
    arrivals: Arrivals, counts: Counter[str], logged: None, tmp_path: Path, pages: tuple[int, ...]
) -> None:
    """A real file system of a few pages: tables and workbooks are made there before they are put."""
    if not mounts(tmp_path / "small"):
        pytest.skip("file systems can be mounted by root alone")
    noticed = 0
    for number in pages:
        context = arrivals.fresh()
        noticed += broken_once(context, arrivals.outcome, temporary_folder(tmp_path / "small", 4096 * number))
        arrivals.drop(context)
    counts["disk of temporary files full"] += noticed
    assert noticed >= 2


@contextmanager
def terminated_at(engine: Engine, server: Settings, at: int, seen: list[int], *, before: bool) -> Iterator[None]:
    """All connections to the database end right before or right after the given commit."""
    commit = engine.dialect.do_commit

    def terminate() -> None:
        with psycopg.connect(embedded.superuser_address(server), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [engine.url.database]
            )

    def watched(connection: Any) -> None:
        seen.append(1)
        if before and len(seen) == at:
            terminate()
        commit(connection)
        if not before and len(seen) == at:
            terminate()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.dialect, "do_commit", watched)
        yield


@pytest.mark.parametrize("wanted", [4, pytest.param(60, marks=soak)])
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
    noticed = 0
    for at in spread(len(seen), wanted):
        context = arrivals.fresh()
        fault = terminated_at(context.engine, server[0], at, [], before=before)
        noticed += broken_once(context, arrivals.outcome, fault)
        counts["database connections end before a commit" if before else "... after a commit"] += 1
        arrivals.drop(context)
    assert noticed >= (len(spread(len(seen), wanted)) if before else 1)


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


def processes(parent: int) -> list[int]:
    """The child processes of a process."""
    with suppress(FileNotFoundError):
        tasks = Path(f"/proc/{parent}/task").iterdir()
        return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
    return []


def reading_server() -> int | None:
    """The process from which the readers of this process's files are forked."""
    for child in processes(os.getpid()):
        with suppress(OSError):
            if b"readers/server.py" in Path(f"/proc/{child}/cmdline").read_bytes():
                return child
    return None


@contextmanager
def killing_readers(whom: str, most: int) -> Iterator[list[int]]:
    """As often as wanted, kill the process that reads a file (`child`) or the one that forks it (`server`)."""
    killed: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.is_set() and len(killed) < most:
            server = reading_server()
            children = processes(server) if server is not None else []
            if server is not None and children and server not in killed and children[0] not in killed:
                victim = server if whom == "server" else children[0]
                with suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
                killed.append(victim)
            time.sleep(0.0005)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


LONG = "姓名,身份证号\n" + "".join(f"李娜{n},53921019900307{n % 900 + 100:03d}X\n" for n in range(60_000))


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found through /proc")
@pytest.mark.parametrize("whom", ["child", "server"])
@pytest.mark.parametrize("times", [2, pytest.param(20, marks=soak)])
def test_the_process_that_reads_is_killed(
    installations: Installations, counts: Counter[str], logged: None, whom: str, times: int
) -> None:
    sending = Sending({"一.csv": LONG.encode()})
    undisturbed = installations()
    sending.put(undisturbed, folder="long")
    intake(undisturbed)
    expected = outcome(undisturbed)
    for _ in range(times):
        context = installations()
        sending.put(context, folder="long")
        with killing_readers(whom, 1) as killed:
            broken_once(context, expected, nullcontext())
        assert len(killed) == 1
        counts[f"reading {whom} killed"] += 1
        installations.drop(context)


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A real S3 server."""
    folder, port = tmp_path_factory.mktemp("moto"), free_port()
    command = [str(Path(sys.executable).parent / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with served(command, port, folder / "log"):
        yield "127.0.0.1", port


@pytest.fixture
def proxy(upstream: tuple[str, int]) -> Iterator[Proxy]:
    with Proxy(upstream) as proxy:
        yield proxy


def on_s3(installations: Installations, proxy: Proxy) -> Context:
    """An installation whose store is reached through the proxy, with a full drop area."""
    s3 = S3Settings(proxy.address, ACCESS_KEY, SECRET_KEY, secure=False)
    context = installations(object_store=f"s3://bangfu/{os.urandom(6).hex()}", s3=s3)
    stated(context)
    return context


@pytest.mark.parametrize("wanted", [2, pytest.param(25, marks=soak)])
@pytest.mark.parametrize("breaking", list(Breaking))
def test_the_way_to_s3_breaks(
    installations: Installations,
    proxy: Proxy,
    counts: Counter[str],
    logged: None,
    breaking: Breaking,
    wanted: int,
) -> None:
    context = on_s3(installations, proxy)
    sent, answered = proxy.sent, proxy.answered
    intake(context)
    expected = outcome(context)
    total = proxy.sent - sent if breaking is Breaking.RESET_REQUEST else proxy.answered - answered
    installations.drop(context)
    before = proxy.broken
    for at in spread(total * 3 // 4, wanted):
        context = on_s3(installations, proxy)
        broken_once(context, expected, breaking_at(proxy, breaking, at))
        counts[f"S3: {breaking.value}"] += 1
        installations.drop(context)
    assert proxy.broken - before >= len(spread(total * 3 // 4, wanted))


@contextmanager
def breaking_at(proxy: Proxy, breaking: Breaking, at: int) -> Iterator[None]:
    proxy.break_after(breaking, at)
    try:
        yield
    finally:
        proxy.break_after(None)


def test_a_slow_s3_changes_nothing(
    installations: Installations, proxy: Proxy, counts: Counter[str], logged: None
) -> None:
    context = on_s3(installations, proxy)
    proxy.pause = 0.01
    intake(context)
    check_sound(context)
    assert outcome(context)["drop area"] == []
    counts["S3: slow"] += 1


def test_s3_is_down_from_the_start(installations: Installations, proxy: Proxy, counts: Counter[str]) -> None:
    context = on_s3(installations, proxy)
    proxy.break_after(Breaking.REFUSED)
    for work in (lambda: open_store(context.settings), lambda: intake(context)):
        with pytest.raises(StoreError, match="does not answer"):
            work()
    counts["S3: down for the whole run"] += 1
    proxy.break_after(None)
    intake(context)
    check_sound(context)
