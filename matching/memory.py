"""Memory that is free but still held: given back to the system between the steps of a job."""

import ctypes
from collections.abc import Callable
from functools import cache

import pyarrow as pa


def give_back() -> None:
    """Give free memory of Arrow and of the C library back, as far as the platform can."""
    pa.default_memory_pool().release_unused()
    _trim()(0)


@cache
def _trim() -> Callable[[int], object]:
    """glibc keeps what it has freed, in pieces too small for the next column; others have no such call."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return lambda _: None
