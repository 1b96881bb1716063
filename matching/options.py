"""How a linkage runs, as opposed to what it looks for, which is the model."""

from collections.abc import Callable
from dataclasses import dataclass

from matching.assignment import Assignment

Progress = Callable[[str, int, int], None]
"""Told how far a long step is: (step, pairs done, pairs in all)."""


def silent(_step: str, _done: int, _total: int) -> None:
    """The progress nobody watches."""


@dataclass(frozen=True)
class LinkOptions:
    """How a linkage runs; none of these is a property of the data.

    `keep_probability`: pairs below it are not returned. `random_pairs`: sample for u. `chunk_pairs`: pairs compared
    at a time by each thread. `cached_pairs`: up to so many pairs that may be matches are kept between estimating and
    scoring (16 bytes each); more are compared a second time instead. `clusters`: also form clusters. `memory_limit`: bytes
    that the process may take, None for any number: the numbers of pairs and threads are then the most there may be; see
    `matching.memory_limit`.
    """

    seed: int = 20_260_101
    keep_probability: float = 0.01
    random_pairs: int = 1_000_000
    chunk_pairs: int = 100_000
    cached_pairs: int = 50_000_000
    threads: int = 2
    clusters: bool = False
    memory_limit: int | None = None


@dataclass(frozen=True)
class Job:
    """One linkage: what the caller of `link` or `dedupe` asked for."""

    id_column: str
    assignment: Assignment
    threshold: float | None
    options: LinkOptions
    progress: Progress = silent
