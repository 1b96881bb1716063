"""A demonstration run for real: Airflow, PostgreSQL and the portal as processes, started from the command line."""

import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

BANGFU = Path(sys.executable).with_name("bangfu")
SERVING = "Ctrl-C stops everything."


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def is_open(port: int) -> bool:
    """Whether somebody listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Demo:
    """One `bangfu demo`.

    Attributes:
        home: Its BANGFU_HOME.
        ports: Ports of Airflow and the portal.
        lines: What it has printed so far.
    """

    home: Path
    ports: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    lines: list[str] = field(default_factory=list)
    process: "subprocess.Popen[str] | None" = None

    @property
    def printed(self) -> str:
        """Everything printed, as one text."""
        return "\n".join(self.lines)

    def start(self, *arguments: str) -> None:
        """Start it as a terminal would: in a process group of its own, in an environment without our settings."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "BANGFU"))}
        environment = {
            **inherited,
            "BANGFU_HOME": str(self.home),
            "BANGFU_AIRFLOW_PORT": str(self.ports[0]),
            "BANGFU_PORTAL_PORT": str(self.ports[1]),
        }
        self.lines, self._queue = [], queue.SimpleQueue[str | None]()
        self.process = subprocess.Popen(
            [str(BANGFU), "demo", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, args=(self.process,), daemon=True)
        self._listener.start()

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        with process.stdout as printed:
            for line in printed:
                self._queue.put(line.rstrip("\n"))
        self._queue.put(None)

    def until(self, pattern: str, seconds: float) -> str:
        """Read on until a line fits; that line. Fails when the demonstration ends before, or takes too long."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._queue.get(timeout=max(0.1, deadline - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"no line like {pattern!r} within {seconds:.0f} s; it printed:\n{self.printed}")
            if line is None:
                pytest.fail(f"it ended before a line like {pattern!r}; it printed:\n{self.printed}")
            self.lines.append(line)
            if re.search(pattern, line):
                return line

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it alone."""
        assert self.process is not None
        self.process.send_signal(number)

    def ended(self, seconds: float = 60) -> int:
        """Its exit code, once everything it prints has been read."""
        assert self.process is not None
        code = self.process.wait(seconds)
        while (line := self._queue.get(timeout=10)) is not None:
            self.lines.append(line)
        self._listener.join()
        return code

    def left_over(self) -> list[str]:
        """Command lines of processes that still belong to it, by the mark in their environment or their files."""
        marks = (f"BANGFU_SUPERVISED_HOME={self.home}".encode(), f"BANGFU_HOME={self.home}".encode())
        found = []
        for directory in Path("/proc").glob("[0-9]*"):
            try:
                command = (directory / "cmdline").read_bytes()
                environment = (directory / "environ").read_bytes().split(b"\0")
                alive = (directory / "stat").read_text().rsplit(")", 1)[1].split()[0] not in {"Z", "X"}
            except OSError:
                continue
            if alive and (any(mark in environment for mark in marks) or str(self.home).encode() in command):
                found.append(command.replace(b"\0", b" ").decode())
        return found

    def assert_gone(self) -> None:
        """No process is left, and both ports are free."""
        assert self.left_over() == []
        assert [port for port in self.ports if is_open(port)] == []


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A demonstration that is not started yet; whatever is left of it is ended after the test."""
    started = Demo(tmp_path / "home")
    yield started
    if started.process is not None and started.process.poll() is None:
        started.process.terminate()
        try:
            started.process.wait(60)
        except subprocess.TimeoutExpired:
            started.process.kill()
