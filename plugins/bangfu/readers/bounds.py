"""What a process that reads a stranger's file may take (解析进程的限额), set by itself before it opens the file.

Linux and the like: resource limits and an alarm. Windows: a job object with a limit of memory and of processor time and
without further processes; silence is ended by the process that waits.
"""

from __future__ import annotations

import signal
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bangfu.readers.safety import Limits

__all__ = ["Bounds", "place"]

_ADDRESSES_BEYOND_MEMORY = 2 << 30  # reserved by threads and allocators, and never touched


class Bounds:
    """The limits of this process; what it loaded before counts as nothing."""

    def __init__(self, limits: Limits) -> None:
        """Sets what reading any file may take.

        Raises:
            OSError: Windows would not set the limits; nothing may be read then.
        """
        self._seconds = limits.seconds
        if sys.platform == "win32":
            from bangfu.readers.windows_job import Job

            self._job = Job(limits.processor_seconds)
            self._job.allow_memory(limits.base_bytes)
            return
        _allow_memory(limits.base_bytes, finally_so=False)
        resource.setrlimit(resource.RLIMIT_CPU, (limits.processor_seconds, limits.processor_seconds + 5))
        self._set_alarm()

    def settle(self, memory: int) -> None:
        """Let this process take `memory` bytes more than it has now, and no more after that, whatever it asks."""
        if sys.platform == "win32":
            self._job.allow_memory(memory)
            self._job.let_go()
            return
        _allow_memory(memory, finally_so=True)

    @contextmanager
    def patience(self) -> Iterator[None]:
        """No alarm within, and the whole time again after."""
        if sys.platform == "win32":
            yield
            return
        signal.setitimer(signal.ITIMER_REAL, 0)
        yield
        signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def _set_alarm(self) -> None:
        """End this process after so many seconds, whatever it is doing."""
        if sys.platform != "win32":
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, self._seconds)


def place(error: BaseException) -> str:
    """Type and place of an exception; its text may quote a cell."""
    here = Path(__file__).parent
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent == here]
    return f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"


def _allow_memory(amount: int, *, finally_so: bool) -> None:
    """Let this process take `amount` bytes more than it has now; no more after that, if finally."""
    sizes = Path("/proc/self/statm")
    if (
        sys.platform == "win32" or not sizes.exists()
    ):  # a system that tells nothing of the kind has no such limits either
        return
    pages = sizes.read_text().split()
    now = {resource.RLIMIT_DATA: pages[5], resource.RLIMIT_AS: pages[0]}
    beyond = {resource.RLIMIT_DATA: 0, resource.RLIMIT_AS: _ADDRESSES_BEYOND_MEMORY}
    for limit, have in now.items():
        most = int(have) * resource.getpagesize() + amount + beyond[limit]
        _, hard = resource.getrlimit(limit)
        hard = most if finally_so and (hard == resource.RLIM_INFINITY or most < hard) else hard
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (soft, hard))
