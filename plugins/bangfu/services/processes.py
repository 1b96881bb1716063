"""Service processes: started in their own session, ended with everything they started themselves.

Airflow's components start children of their own and do not always take them along. So a service is ended
by its process group first, and what left the group is found by a mark in its environment that
children inherit. The same mark finds what a killed supervisor left behind.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bangfu.errors import BangfuError

__all__ = ["RunningService", "Service", "end_left_over", "left_over", "start", "stop"]

MARK = "BANGFU_SUPERVISED_HOME"
"""Variable that every process of an installation carries; its value is BANGFU_HOME."""


@dataclass(frozen=True)
class Service:
    """One process to run.

    Attributes:
        name: Name for people and for the log file.
        command: Program and arguments.
        environment: The whole environment.
        log: File that takes its output, appended.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path


@dataclass(frozen=True)
class RunningService:
    """A service that was started."""

    service: Service
    process: subprocess.Popen[bytes]

    @property
    def exit_code(self) -> int | None:
        """Code it ended with; None while it runs."""
        return self.process.poll()


def start(service: Service, home: Path) -> RunningService:
    """Start a service in a session of its own, so that a terminal's Ctrl-C reaches the supervisor alone.

    Where the system has `setpriv`, the kernel ends the service when its supervisor is killed.

    Raises:
        BangfuError: The log cannot be written.
    """
    guard = shutil.which("setpriv")
    command = (guard, "--pdeathsig", "TERM", *service.command) if guard else service.command
    try:
        service.log.parent.mkdir(parents=True, exist_ok=True)
        with open(service.log, "ab") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # SPT_NOENV: a process that renames itself must leave its environment, and the mark, readable.
                env={**service.environment, MARK: str(home), "SPT_NOENV": "1"},
                cwd=home,
                start_new_session=True,
            )
    except OSError as error:
        raise BangfuError(f"Cannot start {service.name}: {error.strerror} ({service.log}).") from error
    return RunningService(service, process)


def stop(running: Iterable[RunningService], home: Path, *, patience: float = 15.0) -> None:
    """End services and all their descendants.

    Args:
        running: Services of `start`; ended ones are fine.
        home: Installation whose marked processes are ended as well, also those nobody remembers.
        patience: Seconds they get to end by themselves.
    """
    processes = [item.process for item in running]
    for process in processes:
        _signal_group(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
    for process in processes:
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()
    end_left_over(home, patience=max(2.0, deadline - time.monotonic()))


def left_over(home: Path) -> list[int]:
    """Return the process ids that carry the mark of an installation, this one's own excepted.

    Empty on systems without `/proc`; there the process groups have to suffice.
    """
    mark = f"{MARK}={home}".encode()
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        process = int(directory.name)
        if process == os.getpid():
            continue
        try:
            environment = (directory / "environ").read_bytes().split(b"\0")
            # A database server started by a task outlives it by design; `embedded.stop` ends that one.
            if mark in environment and (directory / "comm").read_text().strip() != "postgres":
                found.append(process)
        except OSError:
            continue  # it ended meanwhile, or is another user's
    return found


def end_left_over(home: Path, *, patience: float = 10.0) -> int:
    """End what a killed supervisor left running, and return how many processes that were."""
    found = left_over(home)
    for process in found:
        _signal(process, signal.SIGTERM)
    _end(found, time.monotonic() + patience)
    return len(found)


def _end(processes: Collection[int], deadline: float) -> None:
    """Wait for processes that are not our children, then kill those that stay."""
    while any(_exists(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.1)
    for process in processes:
        _signal(process, signal.SIGKILL)
    limit = time.monotonic() + 5
    while any(_exists(process) for process in processes) and time.monotonic() < limit:
        time.sleep(0.05)


def _exists(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


def _signal(process: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process, number)


def _signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
