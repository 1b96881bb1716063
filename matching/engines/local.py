"""One machine: walk the blocks in chunks, compare each chunk with compiled code, keep only what is asked for.

A thread pool works on chunks (the kernels hold no interpreter lock); results come back in chunk order, so
that neither the number of threads nor the size of chunks changes any outcome.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from matching.blocking import Plan
from matching.columns import Ints, Longs
from matching.comparisons import Comparer, compare_pairs
from matching.kernels.pairs import count_patterns, emit_pairs

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
"""Told how far a long step is: (step, pairs done, pairs in all)."""


def silent(_step: str, _done: int, _total: int) -> None:
    """The progress nobody watches."""


@dataclass(frozen=True)
class Chunk:
    """Compared pairs: rows of both sides, packed pattern, and one mask bit for every rule that makes the pair."""

    left: Ints
    right: Ints
    patterns: Longs
    masks: Longs


@dataclass(frozen=True)
class Counts:
    """Distinct (pattern, mask) combinations, sorted, with the number of pairs of each."""

    patterns: Longs
    masks: Longs
    pairs: Longs


@dataclass(frozen=True)
class Engine:
    """A plan and its comparers; `chunk_pairs` pairs (or one block, if larger) are in memory per thread."""

    plan: Plan
    comparers: list[Comparer]
    chunk_pairs: int = 500_000
    threads: int = 2
    progress: Progress = silent

    @property
    def pairs(self) -> int:
        """Pairs of all blocks; a pair that several rules make counts once for each."""
        return sum(int(blocks.pairs.sum()) for blocks in self.plan.rules)

    def walk(self, work: Callable[[Chunk], T], step: str = "compare") -> Iterator[T]:
        """Apply `work` to every chunk of candidate pairs, in order; `step` is what progress is told."""
        done, total = 0, self.pairs
        for size, result in _in_order(self._tasks(work), self.threads):
            done += size
            self.progress(step, done, total)
            yield result

    def count(self) -> Counts:
        """How often each pattern occurs under each set of rules."""
        return merge_counts(list(self.walk(_count)))

    def _tasks(self, work: Callable[[Chunk], T]) -> Iterator[Callable[[], tuple[int, T]]]:
        for rule, blocks in enumerate(self.plan.rules):
            ends = np.cumsum(blocks.pairs)
            first, done = 0, 0
            while first < len(ends) and done < ends[-1]:
                last = int(np.searchsorted(ends, done + self.chunk_pairs, side="right"))
                last = max(last, first + 1)
                size = int(ends[last - 1] - done)
                if size:
                    yield lambda rule=rule, first=first, last=last, size=size: (  # type: ignore[misc]
                        size,
                        work(self._chunk(rule, first, last, size)),
                    )
                first, done = last, int(ends[last - 1])

    def _chunk(self, rule: int, first: int, last: int, size: int) -> Chunk:
        blocks = self.plan.rules[rule]
        left, right, masks = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.int64)
        written = emit_pairs(
            rule, first, last, blocks.left_order, blocks.left_starts, blocks.right_order, blocks.right_starts,
            self.plan.left_keys, self.plan.right_keys, self.plan.same_table, left, right, masks,
        )  # fmt: skip
        left, right, masks = left[:written], right[:written], masks[:written]
        return Chunk(left, right, compare_pairs(self.comparers, left, right), masks)


def random_counts(comparers: list[Comparer], sizes: tuple[int, int], same_table: bool, pairs: int, seed: int) -> Counts:
    """Pattern counts of random pairs of rows: all pairs if there are no more than asked for, else a sample."""
    left_rows, right_rows = sizes
    if left_rows * right_rows <= pairs:
        left, right = (
            grid.ravel().astype(np.int32) for grid in np.meshgrid(np.arange(left_rows), np.arange(right_rows))
        )
        chosen = left < right if same_table else np.ones(len(left), dtype=bool)
    else:
        random = np.random.default_rng(seed)
        left = random.integers(0, left_rows, pairs, dtype=np.int32)
        right = random.integers(0, right_rows, pairs, dtype=np.int32)
        if same_table:
            left, right = np.minimum(left, right), np.maximum(left, right)
        chosen = left != right if same_table else np.ones(pairs, dtype=bool)
    left, right = left[chosen], right[chosen]
    parts = [slice(start, start + 100_000) for start in range(0, len(left), 100_000)]

    def task(part: slice) -> Counts:
        patterns = compare_pairs(comparers, left[part], right[part])
        return Counts(*count_patterns(patterns, np.zeros(len(patterns), np.int64)))

    return merge_counts(list(_in_order((lambda part=part: task(part) for part in parts), 2)))  # type: ignore[misc]


def merge_counts(parts: list[Counts]) -> Counts:
    """Add counts up; sorted by pattern and mask."""
    if not parts:
        empty = np.empty(0, np.int64)
        return Counts(empty, empty, empty)
    patterns = np.concatenate([part.patterns for part in parts])
    masks = np.concatenate([part.masks for part in parts])
    pairs = np.concatenate([part.pairs for part in parts])
    order = np.lexsort((masks, patterns))
    patterns, masks, pairs = patterns[order], masks[order], pairs[order]
    new = np.ones(len(patterns), dtype=bool)
    new[1:] = (patterns[1:] != patterns[:-1]) | (masks[1:] != masks[:-1])
    return Counts(patterns[new], masks[new], np.add.reduceat(pairs, np.flatnonzero(new)) if len(pairs) else pairs)


def _count(chunk: Chunk) -> Counts:
    return Counts(*count_patterns(chunk.patterns, chunk.masks))


def _in_order(tasks: Iterator[Callable[[], T]], threads: int) -> Iterator[T]:
    if threads <= 1:
        for task in tasks:
            yield task()
        return
    with ThreadPoolExecutor(max_workers=threads) as pool:
        waiting: deque[Future[T]] = deque()
        for task in tasks:
            waiting.append(pool.submit(task))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
