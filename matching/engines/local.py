"""One machine: walk the blocks in chunks, compare each chunk with compiled code, keep only what is asked for.

A chunk fits the cache of a core, so that pairing, comparing and counting it are one pass over memory. A thread pool
works on chunks (the kernels hold no interpreter lock); results come back in chunk order, so that neither the number of
threads nor the size of chunks changes any outcome.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import local
from typing import TypeVar

import numpy as np

from matching.blocking import Plan, RuleBlocks
from matching.columns import Flags, Ints, Longs
from matching.comparisons import Comparer, compare_into, compare_pairs
from matching.kernels.blocks import emit_pairs
from matching.kernels.pairs import count_patterns
from matching.options import Progress, silent

T = TypeVar("T")


@dataclass(frozen=True)
class Chunk:
    """Compared pairs: rows of both sides, packed pattern, and one mask bit for every rule that makes the pair.

    Its arrays are used again for the next chunk; copy what shall last.
    """

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
class Pairs:
    """Compared pairs that were kept."""

    left: Ints
    right: Ints
    patterns: Longs


@dataclass(frozen=True)
class Engine:
    """A plan and its comparers; `chunk_pairs` pairs (or one left row's, if more) are in memory per thread."""

    plan: Plan
    comparers: list[Comparer]
    chunk_pairs: int = 100_000
    threads: int = 2
    progress: Progress = silent
    _scratch: local = field(default_factory=local, repr=False, compare=False)

    @property
    def pairs(self) -> int:
        """Pairs of all blocks; a pair that several rules make counts once for each."""
        return sum(int(blocks.pairs.sum()) for blocks in self.plan.rules)

    def walk(self, work: Callable[[Chunk], T], step: str = "compare") -> Iterator[T]:
        """Apply `work` to every chunk of candidate pairs, in order; `step` is what progress is told."""
        done, total = 0, self.pairs
        for size, result in in_order(self._tasks(work), self.threads):
            done += size
            self.progress(step, done, total)
            yield result

    def count(self, keep: Callable[[Longs], Flags], most: int) -> tuple[Counts, Pairs | None]:
        """How often each pattern occurs under each set of rules, and the pairs whose pattern is worth keeping.

        None in place of the pairs where they are more than `most`.
        """

        def work(chunk: Chunk) -> tuple[Counts, Pairs]:
            patterns, masks, pairs, which = count_patterns(chunk.patterns, chunk.masks)
            return Counts(patterns, masks, pairs), _chosen(chunk, keep(patterns)[which])

        counts: list[Counts] = []
        kept: list[Pairs] | None = []
        size = 0
        for found, pairs in self.walk(work):
            counts.append(found)
            if len(counts) == _MERGED_AT_ONCE:
                counts = [merge_counts(counts)]
            size += len(pairs.left)
            if size > most:
                kept = None
            elif kept is not None:
                kept.append(pairs)
        return merge_counts(counts), None if kept is None else joined(kept)

    def keep(self, keep: Callable[[Longs], Flags]) -> Pairs:
        """The pairs whose pattern is worth keeping."""

        def work(chunk: Chunk) -> Pairs:
            patterns, _, _, which = count_patterns(chunk.patterns, np.zeros_like(chunk.patterns))
            return _chosen(chunk, keep(patterns)[which])

        return joined(list(self.walk(work, "score")))

    def _tasks(self, work: Callable[[Chunk], T]) -> Iterator[Callable[[], tuple[int, T]]]:
        for rule, blocks in enumerate(self.plan.rules):
            for part in self._parts(blocks):
                yield lambda rule=rule, part=part: (part.pairs, work(self._chunk(rule, part)))  # type: ignore[misc]

    def _parts(self, blocks: RuleBlocks) -> Iterator["_Part"]:
        """Runs of small blocks, and slices of blocks that are too large for a chunk."""
        ends = np.cumsum(blocks.pairs)
        first, done = 0, 0
        while first < len(ends):
            last = max(int(np.searchsorted(ends, done + self.chunk_pairs, side="right")), first + 1)
            pairs = int(ends[last - 1] - done)
            start, stop = int(blocks.left_starts[first]), int(blocks.left_starts[last])
            if pairs <= self.chunk_pairs:
                yield _Part(first, last, start, stop, pairs)
            else:
                yield from self._slices(blocks, first, start, stop)
            first, done = last, int(ends[last - 1])

    def _slices(self, blocks: RuleBlocks, block: int, start: int, stop: int) -> Iterator["_Part"]:
        width = int(blocks.right_starts[block + 1] - blocks.right_starts[block])
        rows = max(self.chunk_pairs // width, 1)
        for first in range(start, stop, rows):
            last = min(first + rows, stop)
            pairs = (last - first) * width
            if self.plan.same_table:  # row i pairs with the rows after it
                pairs = sum(stop - 1 - row for row in range(first, last))
            yield _Part(block, block + 1, first, last, pairs)

    def _chunk(self, rule: int, part: "_Part") -> Chunk:
        blocks, plan = self.plan.rules[rule], self.plan
        left, right, masks, patterns = self._buffers(part.pairs)
        written = emit_pairs(
            rule, blocks.numbers, part.first_block, part.last_block, part.first_row, part.last_row,
            blocks.left_rows, blocks.left_starts, blocks.right_rows, blocks.right_starts,
            plan.left_keys, plan.right_keys, plan.slots, plan.same_table, left, right, masks,
        )  # fmt: skip
        left, right, masks, patterns = left[:written], right[:written], masks[:written], patterns[:written]
        compare_into(self.comparers, left, right, patterns)
        return Chunk(left, right, patterns, masks)

    def _buffers(self, size: int) -> tuple[Ints, Ints, Longs, Longs]:
        """Arrays of this thread, used again and again: fresh memory would cost more than the comparison."""
        held: tuple[Ints, Ints, Longs, Longs] | None = getattr(self._scratch, "arrays", None)
        if held is None or len(held[0]) < size:
            room = max(size, self.chunk_pairs)
            held = (
                np.empty(room, np.int32),
                np.empty(room, np.int32),
                np.empty(room, np.int64),
                np.empty(room, np.int64),
            )
            self._scratch.arrays = held
        return held


_MERGED_AT_ONCE = 64


@dataclass(frozen=True)
class _Part:
    """What one chunk compares: blocks, of their left rows those at positions `first_row` to `last_row`; so many pairs."""

    first_block: int
    last_block: int
    first_row: int
    last_row: int
    pairs: int


def _chosen(chunk: Chunk, wanted: Flags) -> Pairs:
    rows = np.flatnonzero(wanted)
    return Pairs(chunk.left[rows], chunk.right[rows], chunk.patterns[rows])


def joined(parts: list[Pairs]) -> Pairs:
    """All parts one after the other."""
    if not parts:
        return Pairs(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64))
    return Pairs(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("left", "right", "patterns")))


def random_pairs(sizes: tuple[int, int], same_table: bool, pairs: int, seed: int) -> tuple[Ints, Ints]:
    """Random pairs of rows: all pairs if there are no more than asked for, else a sample."""
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
    return left[chosen], right[chosen]


def random_counts(
    comparers: list[Comparer], sizes: tuple[int, int], same_table: bool, pairs: int, seed: int, threads: int = 2
) -> Counts:
    """Pattern counts of random pairs of rows; see `random_pairs`."""
    left, right = random_pairs(sizes, same_table, pairs, seed)
    parts = [slice(start, start + 100_000) for start in range(0, len(left), 100_000)]

    def task(part: slice) -> Counts:
        patterns = compare_pairs(comparers, left[part], right[part])
        return Counts(*count_patterns(patterns, np.zeros(len(patterns), np.int64))[:3])

    return merge_counts(list(in_order((lambda part=part: task(part) for part in parts), threads)))  # type: ignore[misc]


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


def in_order(tasks: Iterator[Callable[[], T]], threads: int) -> Iterator[T]:
    """Results of the tasks in their order, a few of them at work at a time."""
    if threads <= 1:
        for task in tasks:
            yield task()
        return
    with ThreadPoolExecutor(max_workers=threads) as pool:
        waiting: deque[Future[T]] = deque()
        for task in tasks:
            waiting.append(pool.submit(task))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
