"""`bangfu up` as a block: everything of one installation runs inside it and nothing after it."""

import contextlib
import fcntl
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import FrameType
from typing import IO

from bangfu.errors import BangfuError
from bangfu.services import processes
from bangfu.services.airflow_api import AirflowApi, is_healthy
from bangfu.services.airflow_settings import airflow_environment, write_passwords
from bangfu.services.catalogue import PORTAL, services
from bangfu.services.http import LocalRequestError, request
from bangfu.services.metadata import migrate_metadata
from bangfu.services.ports import HOST, check_free, service_ports
from bangfu.services.processes import RunningService
from bangfu.settings import Settings

__all__ = ["RunningInstallation", "exclusive", "running_installation"]

Say = Callable[[str], None]
"""Takes one line of progress for the person at the terminal."""

FREE_BYTES = 500_000_000
"""Below this nothing is started: a database on a full disk ends in worse ways."""

_PATIENCE = 240  # seconds until everything must answer; cold byte code on a slow machine takes minutes


@dataclass(frozen=True)
class RunningInstallation:
    """What runs now.

    Attributes:
        settings: The installation.
        services: Its processes.
    """

    settings: Settings
    services: tuple[RunningService, ...]

    @property
    def airflow_url(self) -> str:
        """Address of Airflow's user interface."""
        return f"http://{HOST}:{self.settings.airflow_port}"

    @property
    def portal_url(self) -> str:
        """Address of the officers' portal."""
        return f"http://{HOST}:{self.settings.portal_port}"

    def check(self) -> None:
        """Raise BangfuError when a service has ended."""
        for item in self.services:
            if item.exit_code is not None:
                raise BangfuError(f"{item.service.name} ended with code {item.exit_code}; see {item.service.log}.")

    def serve(self) -> None:
        """Stay until interrupted, which is how serving is meant to end, or until a service ends."""
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                self.check()
                time.sleep(1.0)


@contextlib.contextmanager
def exclusive(settings: Settings) -> Iterator[None]:
    """Hold an installation for one supervisor; the kernel lets go of it however this process ends.

    Raises:
        BangfuError: It is running already.
    """
    path = settings.home / "up.lock"
    with _opened(settings, path.name) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise BangfuError(
                f"bangfu is already running in {settings.home} ({holder}): use it, stop it with Ctrl-C there, "
                "or set BANGFU_HOME to another directory."
            ) from None
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()}, http://{HOST}:{settings.airflow_port}\n")
        file.flush()
        yield


@contextlib.contextmanager
def running_installation(settings: Settings, say: Say) -> Iterator[RunningInstallation]:
    """Start PostgreSQL, the portal and Airflow, wait until they answer, and stop them at the end.

    Call it inside `exclusive`. SIGTERM and a closed terminal end it like Ctrl-C.

    Args:
        settings: The installation.
        say: Takes progress, one line at a time.

    Raises:
        BangfuError: A port is taken, the disk is full, a service does not start; what was started
            is stopped again.
    """
    with _interruptible():
        ended = processes.end_left_over(settings.home)
        if ended:
            say(f"ended {ended} processes that an earlier run had left")
        check_free(service_ports(settings))
        _check_disk(settings)
        running: list[RunningService] = []
        try:
            installation = _start(settings, running, say)
            yield installation
        finally:
            with _uninterruptible():
                say("stopping ...")
                processes.stop(running, settings.home)
                _stop_database(settings)
                say("stopped")


def _start(settings: Settings, running: list[RunningService], say: Say) -> RunningInstallation:
    from bangfu.db import database_urls
    from bangfu.pipeline.context import open_context

    begun = time.monotonic()
    metadata = database_urls(settings).airflow
    open_context(settings).close()  # our own tables
    write_passwords(settings)
    say(f"PostgreSQL is ready ({time.monotonic() - begun:.1f} s)")
    environment = airflow_environment(settings, metadata)
    if migrate_metadata(environment, settings.home, metadata):
        say(f"Airflow's tables are made ({time.monotonic() - begun:.1f} s)")
    since = datetime.now(UTC)
    running += [processes.start(service, settings.home) for service in services(settings, metadata)]
    installation = RunningInstallation(settings, tuple(running))
    _wait(installation, lambda: _portal_answers(settings), PORTAL)
    say(f"the portal answers ({time.monotonic() - begun:.1f} s)")
    _wait(installation, lambda: is_healthy(settings.airflow_port, since), "Airflow")
    _wait(installation, lambda: _dags_known(settings), "Airflow's DAG processor")
    say(f"Airflow answers and knows its DAGs ({time.monotonic() - begun:.1f} s)")
    return installation


def _wait(installation: RunningInstallation, ready: Callable[[], bool], name: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not ready():
        installation.check()
        if time.monotonic() > deadline:
            raise BangfuError(f"{name} does not answer after {_PATIENCE} s; see {installation.settings.home}/logs.")
        time.sleep(0.5)


def _portal_answers(settings: Settings) -> bool:
    try:
        request(settings.portal_port, "/healthz", timeout=5.0)
    except LocalRequestError:
        return False
    return True


def _dags_known(settings: Settings) -> bool:
    """Whether the last DAG of the chain and the first of every source are there."""
    from schemas.sources import SOURCES

    try:
        known = AirflowApi(settings).dag_ids()
    except LocalRequestError:
        return False
    return {"publish", *(f"receive_{source}" for source in SOURCES)} <= known


def _check_disk(settings: Settings) -> None:
    free = shutil.disk_usage(settings.home).free
    if free < FREE_BYTES:
        raise BangfuError(
            f"The disk of {settings.home} is nearly full ({free // 1_000_000} MB free, {FREE_BYTES // 1_000_000} MB "
            "wanted): free some space, or set BANGFU_HOME to another disk."
        )


def _stop_database(settings: Settings) -> None:
    if settings.database_url is None:
        from bangfu.db import embedded

        embedded.stop(settings)


def _opened(settings: Settings, name: str) -> IO[str]:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        return open(settings.home / name, "a+", encoding="utf-8")
    except OSError as error:
        raise BangfuError(
            f"Cannot write in {settings.home}: {error.strerror}. Set BANGFU_HOME to a directory you may write."
        ) from error


_ENDING = (signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM and SIGHUP raise KeyboardInterrupt, as Ctrl-C does; outside the main thread, no change."""
    with _handlers(dict.fromkeys(_ENDING, _interrupt)):
        yield


@contextlib.contextmanager
def _uninterruptible() -> Iterator[None]:
    """Stopping is bounded in time and must not be cut short by an impatient second Ctrl-C."""
    with _handlers(dict.fromkeys((signal.SIGINT, *_ENDING), signal.SIG_IGN)):
        yield


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


Handler = Callable[[int, FrameType | None], object] | int | signal.Handlers | None


@contextlib.contextmanager
def _handlers(wanted: dict[signal.Signals, Handler]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
