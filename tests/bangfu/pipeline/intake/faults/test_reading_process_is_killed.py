"""The process that reads a file is killed, or the one from which it is forked."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import pytest

from tests.bangfu.pipeline.installing import Installations
from tests.bangfu.pipeline.intake.faults.breaking import broken_once, intake, soak
from tests.bangfu.pipeline.sending import Sending
from tests.bangfu.pipeline.standing import outcome


def processes(parent: int) -> list[int]:
    """The child processes of a process."""
    with suppress(FileNotFoundError):
        tasks = Path(f"/proc/{parent}/task").iterdir()
        return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
    return []


def reading() -> Iterator[tuple[int, int]]:
    """The processes that read a file of this process, each behind the one from which it is forked."""
    for server in processes(os.getpid()):
        with suppress(OSError):
            if b"readers/server.py" in Path(f"/proc/{server}/cmdline").read_bytes():
                yield from ((server, child) for child in processes(server))


@contextmanager
def killing_readers(whom: str, most: int) -> Iterator[list[int]]:
    """As often as wanted, kill the process that reads a file (`child`) or the one that forks it (`server`)."""
    killed: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.is_set() and len(killed) < most:
            for server, child in reading():
                victim = server if whom == "server" else child
                if victim not in killed and len(killed) < most:
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
