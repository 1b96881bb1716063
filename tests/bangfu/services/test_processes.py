"""A service is ended with everything it started, also what left its process group, also after kill -9."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bangfu.services.processes import MARK, Service, end_left_over, left_over, start, stop

FAMILY = """
import subprocess, sys, time
child = [sys.executable, "-c", "import time; time.sleep(600)"]
subprocess.Popen(child)                            # stays in the group
subprocess.Popen(child, start_new_session=True)    # leaves it
print("ready", flush=True)
time.sleep(600)
"""
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
)


def service(home: Path, program: str) -> Service:
    return Service("family", (sys.executable, "-c", program), dict(os.environ), home / "logs" / "family.log")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    directory = tmp_path / "home"
    directory.mkdir()
    return directory


def wait_for(condition: object, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def test_stopping_ends_children_and_those_that_left_the_group(home: Path) -> None:
    running = start(service(home, FAMILY), home)
    wait_for(lambda: len(left_over(home)) == 3)
    stop([running], home, patience=3)
    assert running.exit_code is not None
    assert left_over(home) == []


def test_service_that_ignores_the_request_is_killed_after_the_patience(home: Path) -> None:
    running = start(service(home, STUBBORN), home)
    wait_for(lambda: "ready" in running.service.log.read_text())
    begun = time.monotonic()
    stop([running], home, patience=0.5)
    assert time.monotonic() - begun < 3
    assert running.exit_code == -signal.SIGKILL


def test_output_goes_to_the_log_after_what_is_there(home: Path) -> None:
    for _ in range(2):
        running = start(service(home, "print('hello')"), home)
        running.process.wait(timeout=10)
    assert running.service.log.read_text() == "hello\nhello\n"


def test_processes_of_another_installation_are_left_alone(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "home-other"  # begins with the same path
    other.mkdir()
    running = start(service(other, FAMILY), other)
    try:
        wait_for(lambda: len(left_over(other)) == 3)
        assert left_over(home) == []
        assert end_left_over(home) == 0
        assert running.exit_code is None
    finally:
        stop([running], other, patience=3)


def test_nothing_is_left_when_the_supervisor_was_killed(home: Path) -> None:
    """The kernel ends the services (setpriv), their families are found by the mark."""
    supervisor = f"""
import os, sys, time
from pathlib import Path
from bangfu.services.processes import Service, start
start(Service("family", (sys.executable, "-c", {FAMILY!r}), dict(os.environ), Path({str(home / "log")!r})), Path({str(home)!r}))
time.sleep(600)
"""
    process = subprocess.Popen([sys.executable, "-c", supervisor])
    wait_for(lambda: len(left_over(home)) == 3)
    process.kill()
    process.wait()
    end_left_over(home, patience=3)
    assert left_over(home) == []


def test_mark_is_not_in_our_own_environment() -> None:
    assert MARK not in os.environ
