"""How fast this machine's memory is: reading in order, and fetching single words from anywhere."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import njit

LARGE = 1 << 27
"""Words of four bytes in an array that no cache holds (512 MB)."""

FETCHES = 1 << 24


@njit(cache=True, nogil=True)
def _sum(values: Any) -> int:
    total = 0
    for place in range(values.size):
        total += values[place]
    return total


@njit(cache=True, nogil=True)
def _gather(values: Any, places: Any) -> int:
    total = 0
    for place in range(places.size):
        total += values[places[place]]
    return total


def streaming_rate(threads: int) -> float:
    """Bytes a second read in order by all threads together, from an array that no cache holds."""
    parts = np.array_split(np.ones(LARGE, np.int32), threads)
    return LARGE * 4 / _best(lambda part: _sum(part), parts)


def gather_rate(words: int, threads: int, seed: int = 1) -> float:
    """Single words of four bytes a second that all threads together fetch from random places of `words` words."""
    values = np.ones(words, np.int32)
    places = np.array_split(np.random.default_rng(seed).integers(0, words, FETCHES, dtype=np.int32), threads)
    return FETCHES / _best(lambda part: _gather(values, part), places)


def _best(work: Callable[[Any], object], parts: list[Any], rounds: int = 4) -> float:
    """Seconds of the best round; the first compiles."""
    seconds = []
    with ThreadPoolExecutor(len(parts)) as pool:
        for _ in range(rounds):
            started = time.perf_counter()
            list(pool.map(work, parts))
            seconds.append(time.perf_counter() - started)
    return min(seconds[1:])
