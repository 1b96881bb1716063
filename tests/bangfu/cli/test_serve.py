"""The portal in several processes: one socket, no state of its own in any of them, and none that outlives the others."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import httpx2
import psutil
import pytest

from bangfu.db import portal_session_scope
from bangfu.db.account import User
from bangfu.db.sessions import open_session
from bangfu.db.users import create_user
from schemas.rights import Role
from tests.conftest import Database

OFFICER = User("wuhua", "经办人", Role.COUNTY_OFFICER, "530102")


@pytest.fixture
def served(database: Database) -> Iterator[tuple[subprocess.Popen[bytes], httpx2.Client]]:
    """Two processes, and a browser that opens a connection for every page, so that both are met."""
    with database.owner.begin() as connection:
        create_user(connection, OFFICER, "a-long-password")
    with portal_session_scope(database.portal, OFFICER) as connection:
        token = open_session(connection, OFFICER.username).token
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ, "BANGFU_HOME": str(database.settings.home), "BANGFU_DATABASE_URL": str(database.settings.database_url),
        "BANGFU_PORTAL_DATABASE_URL": str(database.settings.portal_database_url), "BANGFU_SECOND_FACTOR": "off",
        "BANGFU_PORTAL_PROCESSES": "2", "PYTHONPATH": os.pathsep.join(sys.path),
    }  # fmt: skip
    command = [sys.executable, "-c", "from bangfu.cli import main; main()", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    browser = httpx2.Client(
        base_url=f"http://127.0.0.1:{port}", cookies={"bangfu": token}, headers={"Connection": "close"}, timeout=60
    )
    try:
        yield process, browser
    finally:
        browser.close()
        process.kill()
        process.wait()


def test_processes_share_their_work_are_replaced_and_end_together(
    served: tuple[subprocess.Popen[bytes], httpx2.Client],
) -> None:
    process, browser = served
    _await(lambda: len(_listening(process)) == 2 and _answers(browser), "both processes listen")
    first = _listening(process)
    assert {browser.get("/cases").status_code for _ in range(8)} == {200}, "each knows the session"
    first[0].send_signal(signal.SIGKILL)
    _await(lambda: len(_listening(process)) == 2, "the one that was killed is replaced")
    assert first[0].pid not in {item.pid for item in _listening(process)}
    assert browser.get("/cases").status_code == 200
    left = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    _await(lambda: not any(_alive(item) for item in left), "those it had started end with it")
    with pytest.raises(httpx2.TransportError):
        browser.get("/cases")


def _listening(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Children that serve: the portal's code is loaded, and connections of the database are open."""
    found = []
    for child in psutil.Process(process.pid).children():
        try:
            if any(connection.status == psutil.CONN_LISTEN for connection in child.net_connections("tcp")):
                found.append(child)
        except psutil.Error:
            continue
    return found


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _answers(browser: httpx2.Client) -> bool:
    try:
        return browser.get("/healthz").status_code == 200
    except httpx2.TransportError:
        return False


def _await(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 120
    while not done():
        assert time.monotonic() < end, f"not within two minutes: {what}"
        time.sleep(0.1)
