"""A Windows job object around this process (作业对象): the memory and time it may take, and no further process."""

from __future__ import annotations

import ctypes

__all__ = ["Job"]

_PROCESS_TIME, _ACTIVE_PROCESS, _PROCESS_MEMORY, _DIE_QUIETLY = 0x2, 0x8, 0x100, 0x400
_EXTENDED_LIMITS = 9  # JobObjectExtendedLimitInformation
_TICKS = 10_000_000  # a second in units of 100 ns
_Word = ctypes.c_uint32
_Size = ctypes.c_size_t


class _Basic(ctypes.Structure):
    _fields_ = (
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", _Word),
        ("least_working_set", _Size),
        ("most_working_set", _Size),
        ("active_processes", _Word),
        ("affinity", _Size),
        ("priority", _Word),
        ("scheduling", _Word),
    )


class _Extended(ctypes.Structure):
    _fields_ = (
        ("basic", _Basic),
        ("transfers", ctypes.c_uint64 * 6),
        ("process_memory", _Size),
        ("job_memory", _Size),
        ("peak_process_memory", _Size),
        ("peak_job_memory", _Size),
    )


class _Memory(ctypes.Structure):
    _fields_ = (
        ("size", _Word),
        ("page_faults", _Word),
        ("peak_working_set", _Size),
        ("working_set", _Size),
        ("peak_paged_pool", _Size),
        ("paged_pool", _Size),
        ("peak_unpaged_pool", _Size),
        ("unpaged_pool", _Size),
        ("committed", _Size),
        ("peak_committed", _Size),
    )


class Job:
    """The job of this process alone."""

    def __init__(self, processor_seconds: int) -> None:
        """Puts this process into a new job.

        Raises:
            OSError: Windows refuses.
        """
        self._kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
        for function in (self._kernel.CreateJobObjectW, self._kernel.GetCurrentProcess):
            function.restype = ctypes.c_void_p
        self._handle = ctypes.c_void_p(self._kernel.CreateJobObjectW(None, None))
        self._limits = _Extended()
        self._limits.basic.flags = _PROCESS_TIME | _ACTIVE_PROCESS | _DIE_QUIETLY
        self._limits.basic.process_time = processor_seconds * _TICKS
        self._limits.basic.active_processes = 1
        self._set()
        self._check(self._kernel.AssignProcessToJobObject(self._handle, self._process()))

    def allow_memory(self, amount: int) -> None:
        """Let this process commit `amount` bytes more than it has now.

        Raises:
            OSError: Windows refuses.
        """
        now = _Memory(size=ctypes.sizeof(_Memory))
        self._check(self._kernel.K32GetProcessMemoryInfo(self._process(), ctypes.byref(now), _Word(now.size)))
        self._limits.basic.flags |= _PROCESS_MEMORY
        self._limits.process_memory = now.committed + amount
        self._set()

    def let_go(self) -> None:
        """Give up the handle: the limits stay for as long as the process lives, and it cannot change them any more."""
        self._check(self._kernel.CloseHandle(self._handle))

    def _process(self) -> ctypes.c_void_p:
        return ctypes.c_void_p(self._kernel.GetCurrentProcess())

    def _set(self) -> None:
        size = _Word(ctypes.sizeof(self._limits))
        done = self._kernel.SetInformationJobObject(self._handle, _EXTENDED_LIMITS, ctypes.byref(self._limits), size)
        self._check(done)

    def _check(self, done: int) -> None:
        if not done:
            raise OSError(ctypes.get_last_error(), "no limits could be set")  # type: ignore[attr-defined]
