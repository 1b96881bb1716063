"""The portal's process is killed (kill -9) at each statement of a step: it is saved whole, or not at all, and never twice.

The database holds the server at a statement: a trigger waits for a lock that the test has. Then the process is killed, the
lock released, another process started, and the officer, who saw no answer, does what one does: looks, and tries again.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from bangfu.db import portal_session_scope
from bangfu.db.sessions import open_session
from bangfu.pipeline.review.acting import case_now
from bangfu.review.deadlines import Calendar
from bangfu.review.standing import standing

from .conftest import OFFICERS, Site, make_candidate

MOMENTS = {
    "the event is added": ("BEFORE INSERT ON case_event", ""),
    "the case is changed": ("BEFORE UPDATE ON review_case", "WHEN (old.state IS DISTINCT FROM new.state)"),
    "the log is written": ("BEFORE INSERT ON access_log", "WHEN (new.action = 'step')"),
    "all of it is committed": ("AFTER INSERT ON case_event DEFERRABLE INITIALLY DEFERRED", ""),
}
"""Where the server is held: the trigger's event, and when it fires."""

_LOCK = 20261130


@dataclass
class Served:
    """A portal in a process of its own, and a browser of an officer before it."""

    process: subprocess.Popen[bytes]
    browser: httpx2.Client

    def kill(self) -> None:
        """No warning, no clearing up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def served(site: Site, token: str) -> Iterator[Served]:
    settings = site.database.settings
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ, "BANGFU_HOME": str(settings.home), "BANGFU_DATABASE_URL": settings.database_url,
        "BANGFU_PORTAL_DATABASE_URL": settings.portal_database_url, "BANGFU_SECOND_FACTOR": "off",
        "BANGFU_PORTAL_PROCESSES": "1", "PYTHONPATH": os.pathsep.join(sys.path),
    }  # fmt: skip
    command = [sys.executable, "-c", "from bangfu.cli import main; main()", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", cookies={"bangfu": token}, timeout=60) as browser:
            _await(lambda: _answers(browser), "the portal answers")
            yield Served(process, browser)
    finally:
        process.kill()
        process.wait()


def _answers(browser: httpx2.Client) -> bool:
    try:
        return browser.get("/healthz").status_code == 200
    except httpx2.TransportError:
        return False


def _await(done: Any, what: str) -> None:
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end, f"not within a minute: {what}"
        time.sleep(0.02)


@contextmanager
def held(site: Site, moment: str) -> Iterator[Any]:
    """The database waits at a moment as long as the block lasts; gives whether somebody waits."""
    event, condition = MOMENTS[moment]
    table = event.split(" ON ")[1].split()[0]
    constraint = "CONSTRAINT" if "DEFERRABLE" in event else ""
    with site.database.owner.begin() as connection:
        connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION hold_here() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN PERFORM pg_advisory_xact_lock({_LOCK}); RETURN new; END $$"
            )
        )
        connection.execute(
            text(f"CREATE {constraint} TRIGGER hold_here {event} FOR EACH ROW {condition} EXECUTE FUNCTION hold_here()")
        )
    waiting = text(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {_LOCK} AND NOT granted")
    with site.database.owner.connect() as lock, site.database.owner.connect() as look:
        lock.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
        lock.commit()
        yield lambda: look.scalar(waiting) == 1
        lock.execute(text("SELECT pg_advisory_unlock_all()"))
        lock.commit()
        _await(lambda: not look.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE usename = 'bangfu_portal' AND state <> 'idle'")), "the database has let go")  # fmt: skip
    with site.database.owner.begin() as connection:
        connection.execute(text(f"DROP TRIGGER hold_here ON {table}"))


@pytest.fixture
def session(site: Site) -> tuple[str, str]:
    """Token and form token of an officer of Wuhua."""
    site.publish([make_candidate(1)])
    with portal_session_scope(site.database.portal, OFFICERS[0]) as connection:
        opened = open_session(connection, OFFICERS[0].username)
    return opened.token, opened.csrf_token


def receive(browser: httpx2.Client, case_id: str, csrf_token: str) -> httpx2.Response | None:
    """Take the step; None where no answer came."""
    form = {"csrf_token": csrf_token, "version": "2"}
    try:
        return browser.post(f"/cases/{case_id}/steps/receive", data=form)
    except httpx2.TransportError:
        return None


def saved(site: Site, case_id: str) -> tuple[int, int]:
    """How often the step was taken, and how often the log says so; the row of the case is what its events add up to."""
    with site.database.owner.connect() as connection:
        case = case_now(connection, case_id)
        row = connection.execute(text("SELECT * FROM review_case WHERE case_id = :id"), {"id": case_id}).one()
        stands = standing(case, Calendar(), row.seen_at)
        assert {name: getattr(row, name) for name in vars(stands)} == vars(stands)
        logged = connection.scalar(text("SELECT count(*) FROM access_log WHERE action = 'step'"))
    return [event.step for event in case.history].count("receive"), int(logged)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_step_is_saved_whole_or_not_at_all(site: Site, session: tuple[str, str], moment: str) -> None:
    (token, csrf_token), case_id, answers = session, site.case(1), []
    with served(site, token) as portal, held(site, moment) as somebody_waits:
        officer = Thread(target=lambda: answers.append(receive(portal.browser, case_id, csrf_token)))
        officer.start()
        _await(somebody_waits, f"the server is where {moment}")
        portal.kill()
        officer.join(60)
    assert answers == [None]
    times, logged = saved(site, case_id)
    assert times == logged
    assert times <= (moment == "all of it is committed")
    with served(site, token) as portal:
        again = receive(portal.browser, case_id, csrf_token)
    assert again is not None
    assert again.status_code == (409 if times else 303)
    assert saved(site, case_id) == (1, 1)
