"""Blocking (分块): which pairs are looked at. Rules make blocks; a pair belongs to the first rule that makes it.

Blocks with more pairs than the model allows are subdivided by the refining keys; what is still too large is
skipped and counted, so that one giant block can neither exhaust the machine nor vanish in silence.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from matching.columns import Flags, Ints, Longs
from matching.kernels.blocks import group, meet, sort_words
from matching.kernels.encoding import join_hashes
from matching.keys import Hashes, Matrix
from matching.model import Blocking, Rule


@dataclass(frozen=True)
class RuleBlocks:
    """Blocks of one rule: block `b` pairs `left_rows[left_starts[b]:left_starts[b + 1]]` with its right rows.

    `numbers`: of the blocks in the keys of the plan. `skipped`: the blocks that the cap cut up or left out, as they were
    before.
    """

    left_rows: Ints
    left_starts: Longs
    right_rows: Ints
    right_starts: Longs
    pairs: Longs
    numbers: Ints
    skipped: "RuleBlocks | None" = None


@dataclass(frozen=True)
class RuleReport:
    """What a rule makes: pairs before the union, and what the cap on block size did."""

    rule: str
    blocks: int
    pairs: int
    largest_block: int
    subdivided_blocks: int
    skipped_pairs: int


@dataclass(frozen=True)
class Plan:
    """All rules over two tables (or one against itself), ready to be walked block by block.

    `left_keys`, `right_keys`: number of the block of every row, -1 for none, in columns `slots[r]:slots[r + 1]` for rule
    `r` (several where its key has alternatives).
    """

    rules: tuple[RuleBlocks, ...]
    left_keys: Ints
    right_keys: Ints
    slots: Longs
    same_table: bool
    reports: tuple[RuleReport, ...]


HashesOf = Callable[[Sequence[str]], tuple[Matrix, Matrix]]
"""The hashes of the rows of both sides under some keys, which the plan may change; see `matching.keys.rule_hashes`."""


def plan(hashes_of: HashesOf, blocking: Blocking, *, same_table: bool, threads: int = 2) -> Plan:
    """Form blocks, apply the cap. Rows are referred to by position."""
    with ThreadPoolExecutor(threads) as pool:
        made = list(pool.map(lambda rule: _rule_blocks(hashes_of, rule, blocking, same_table), blocking.rules))
    slots = np.concatenate([[0], np.cumsum([item.left_keys.shape[1] for item in made])])
    by_row = _side_by_side([item.left_keys for item in made])
    return Plan(
        tuple(item.blocks for item in made),
        by_row,
        by_row if same_table else _side_by_side([item.right_keys for item in made]),
        slots,
        same_table,
        tuple(item.report for item in made),
    )


@dataclass(frozen=True)
class _Made:
    blocks: RuleBlocks
    left_keys: Ints
    right_keys: Ints
    report: RuleReport


def _rule_blocks(hashes_of: HashesOf, rule: Rule, blocking: Blocking, same_table: bool) -> _Made:
    left, right = hashes_of(rule.keys)
    blocks, lost = _capped(left, right, hashes_of, blocking, rule.keys, same_table)
    left_keys = _block_numbers(blocks.left_rows, blocks.left_starts, left.shape)
    right_keys = left_keys if same_table else _block_numbers(blocks.right_rows, blocks.right_starts, right.shape)
    report = RuleReport(
        rule.name,
        len(blocks.pairs),
        int(blocks.pairs.sum()),
        int(blocks.pairs.max(initial=0)),
        len(blocks.skipped.pairs) if blocks.skipped else 0,
        lost,
    )
    return _Made(_of_rows(blocks, (len(left), len(right))), left_keys, right_keys, report)


def sample_pairs(blocks: RuleBlocks, same_table: bool, size: int, random: np.random.Generator) -> tuple[Ints, Ints]:
    """Random pairs of the blocks, every pair as likely as any other; of one table the lower row left, no row with itself."""
    chosen = random.choice(len(blocks.pairs), size, p=blocks.pairs / blocks.pairs.sum())
    left, a = _rows_of(blocks.left_rows, blocks.left_starts, chosen, random)
    right, b = _rows_of(blocks.right_rows, blocks.right_starts, chosen, random)
    if not same_table:
        return left, right
    two = a != b
    return np.minimum(left, right)[two], np.maximum(left, right)[two]


def _rows_of(rows: Ints, starts: Longs, chosen: Longs, random: np.random.Generator) -> tuple[Ints, Longs]:
    places = starts[chosen] + random.integers(0, np.diff(starts)[chosen])
    return rows[places], places


def _capped(
    left: Matrix, right: Matrix, hashes_of: HashesOf, blocking: Blocking, used: Sequence[str], same_table: bool
) -> tuple[RuleBlocks, int]:
    """Blocks of entries, those of too many pairs subdivided by further keys and at last left out; the pairs lost."""
    blocks = _meet(left, right, same_table)
    large = blocks.pairs > blocking.max_block_pairs
    if not large.any():
        return blocks, 0
    skipped, before = chosen_blocks(blocks, large), int(blocks.pairs.sum())
    for key in blocking.refine:
        if key in used or not large.any():
            continue
        finer = hashes_of((key,))
        _refine(left, chosen_blocks(blocks, large).left_rows, finer[0])
        if not same_table:
            _refine(right, chosen_blocks(blocks, large).right_rows, finer[1])
        blocks = _meet(left, right, same_table)
        large = blocks.pairs > blocking.max_block_pairs
    blocks = chosen_blocks(blocks, ~large)
    blocks = replace(blocks, numbers=_numbered(len(blocks.pairs)), skipped=skipped)
    return blocks, before - int(blocks.pairs.sum())


def _refine(hashes: Matrix, entries: Ints, finer: Matrix) -> None:
    """Join the finer key to the hashes of some entries, in place."""
    flat = hashes.ravel(order="K")
    joint = np.empty(len(entries), np.uint64)
    join_hashes(flat[entries], finer[entries % len(hashes), 0], joint)
    flat[entries] = joint
    hashes[...] = flat.reshape(hashes.shape, order="F")


def _meet(left: Matrix, right: Matrix, same_table: bool) -> RuleBlocks:
    """Blocks whose rows are still entries: the row plus, for each further alternative, the number of rows."""
    bits = max(24, (max(left.size, right.size) - 1).bit_length())
    a_words = _sorted(left, bits)
    if same_table:
        entries, starts = np.empty(len(a_words), np.int32), np.empty(len(a_words) // 2 + 1, np.int64)
        starts = starts[: group(a_words, bits, entries, starts) + 1].copy()
        sizes = np.diff(starts)
        entries = entries[: starts[-1]].copy()
        return RuleBlocks(entries, starts, entries, starts, sizes * (sizes - 1) // 2, _numbered(len(sizes)))
    b_words = _sorted(right, bits)
    most = min(len(a_words), len(b_words)) + 1
    a_entries, b_entries = np.empty(len(a_words), np.int32), np.empty(len(b_words), np.int32)
    a_starts, b_starts = np.empty(most, np.int64), np.empty(most, np.int64)
    blocks = meet(a_words, b_words, bits, a_entries, a_starts, b_entries, b_starts)
    a_starts, b_starts = a_starts[: blocks + 1].copy(), b_starts[: blocks + 1].copy()
    return RuleBlocks(
        a_entries[: a_starts[-1]].copy(), a_starts, b_entries[: b_starts[-1]].copy(), b_starts,
        np.diff(a_starts) * np.diff(b_starts), _numbered(blocks),
    )  # fmt: skip


def _numbered(blocks: int) -> Ints:
    return np.arange(blocks, dtype=np.int32)


def _sorted(matrix: Matrix, bits: int) -> Hashes:
    """Sort words of all entries that have a hash, ascending."""
    words = np.empty(matrix.size, np.uint64)
    words = words[: sort_words(matrix.ravel(order="F"), bits, words)]
    words.sort()
    return words


def chosen_blocks(blocks: RuleBlocks, chosen: Flags) -> RuleBlocks:
    """Some of the blocks, under the numbers they had."""
    numbers = blocks.numbers[chosen]
    left, left_starts = _runs(blocks.left_rows, blocks.left_starts, chosen)
    if blocks.left_rows is blocks.right_rows:
        return RuleBlocks(left, left_starts, left, left_starts, blocks.pairs[chosen], numbers)
    right, right_starts = _runs(blocks.right_rows, blocks.right_starts, chosen)
    return RuleBlocks(left, left_starts, right, right_starts, blocks.pairs[chosen], numbers)


def _runs(rows: Ints, starts: Longs, chosen: Flags) -> tuple[Ints, Longs]:
    sizes = np.diff(starts)
    return rows[np.repeat(chosen, sizes)], np.concatenate([[0], np.cumsum(sizes[chosen])])


def _block_numbers(entries: Ints, starts: Longs, shape: tuple[int, ...]) -> Ints:
    """The number of the block of every row, by alternative; -1 for none."""
    numbers = np.full(shape, -1, np.int32, order="F")
    flat = numbers.ravel(order="K")
    flat[entries] = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
    return flat.reshape(shape, order="F")


def _of_rows(blocks: RuleBlocks, rows: tuple[int, int]) -> RuleBlocks:
    """Blocks of rows in place of entries."""
    left = blocks.left_rows % np.int32(rows[0])
    right = left if blocks.left_rows is blocks.right_rows else blocks.right_rows % np.int32(rows[1])
    skipped = _of_rows(blocks.skipped, rows) if blocks.skipped else None
    return replace(blocks, left_rows=left, right_rows=right, skipped=skipped)


def _side_by_side(keys: list[Ints]) -> Ints:
    return np.ascontiguousarray(np.hstack(keys), dtype=np.int32)
