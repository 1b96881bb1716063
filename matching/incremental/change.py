"""What a change means for pairs: those of changed rows are compared, those of the others stay as they were."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from matching.blocking import Plan, RuleBlocks, chosen_blocks, plan
from matching.columns import Columns, Flags, Ints, Longs
from matching.comparisons import compare_pairs, comparer
from matching.engines.local import Chunk, Counts, Engine, Pairs, merge_counts
from matching.incremental.side import Side
from matching.kernels.pairs import count_patterns
from matching.keys import Hashes, Matrix
from matching.model import Model, Rule
from matching.options import LinkOptions, Progress
from matching.weighing import Worthwhile


def compare_changed(
    sides: Sequence[Side],
    changed: Sequence[Flags],
    shared: Sequence[Mapping[str, Hashes]],
    model: Model,
    worthwhile: Worthwhile,
    options: LinkOptions,
    progress: Progress,
) -> tuple[Pairs, Counts, Plan]:
    """The pairs of a changed row that may be matches, the counts of all its pairs, and the plan of those rows."""
    rows = rows_that_meet(sides, changed, model, options.threads)
    flags = [own[met] for own, met in zip(changed, rows, strict=True)]

    def hashes_of(keys: Sequence[str]) -> tuple[Matrix, Matrix]:
        left, right = (side.hashes(keys, met) for side, met in zip(sides, rows, strict=True))
        width = max(left.shape[1], right.shape[1])
        return _as_wide(left, width), _as_wide(right, width)

    blocks = plan(hashes_of, model.blocking, same_table=False, threads=options.threads)
    touched = replace(blocks, rules=tuple(_touched(rule, flags) for rule in blocks.rules))
    engine = Engine(touched, [], options.chunk_pairs, options.threads, progress)

    def of_changed(chunk: Chunk) -> tuple[Ints, Ints, Longs]:
        wanted = np.flatnonzero(flags[0][chunk.left] | flags[1][chunk.right])
        return chunk.left[wanted], chunk.right[wanted], chunk.masks[wanted]

    parts = list(engine.walk(of_changed))
    left, right = (np.concatenate([part[place] for part in parts] or [np.empty(0, np.int32)]) for place in (0, 1))
    masks = np.concatenate([part[2] for part in parts] or [np.empty(0, np.int64)])
    if not len(left):
        empty = np.empty(0, np.int64)
        return Pairs(left, right, empty), Counts(empty, empty, empty), blocks
    met = [distinct_rows(side, len(own)) for side, own in zip((left, right), rows, strict=True)]
    a, b = (among(side, some, len(own)) for side, some, own in zip((left, right), met, rows, strict=True))
    with ThreadPoolExecutor(options.threads) as pool:
        taken = list(pool.map(lambda side, own, some, many: side.some(own[some], many), sides, rows, met, shared))
        columns = Columns(taken[0], taken[1])
        comparers = list(pool.map(lambda item: comparer(item[1], item[0], columns), enumerate(model.comparisons)))
        parts_of = [slice(start, start + options.chunk_pairs) for start in range(0, len(a), options.chunk_pairs)]
        patterns = np.concatenate(list(pool.map(lambda part: compare_pairs(comparers, a[part], b[part]), parts_of)))
    found, marks, pairs, which = count_patterns(patterns, masks)
    kept = np.flatnonzero(worthwhile(found)[which])
    return (
        Pairs(rows[0][left[kept]].astype(np.int32), rows[1][right[kept]].astype(np.int32), patterns[kept]),
        merge_counts([Counts(found, marks, pairs)]),
        blocks,
    )


def _touched(rule: RuleBlocks, changed: Sequence[Flags]) -> RuleBlocks:
    """The blocks that hold a changed row."""
    if not len(rule.pairs):
        return rule
    left = np.logical_or.reduceat(changed[0][rule.left_rows], rule.left_starts[:-1])
    right = np.logical_or.reduceat(changed[1][rule.right_rows], rule.right_starts[:-1])
    return chosen_blocks(rule, left | right)


def still_true(kept: Pairs, sides: Sequence[Side], changed: Sequence[Flags]) -> Pairs:
    """The kept pairs of two rows that are there and have not changed."""
    usable = [side.alive & ~flags for side, flags in zip(sides, changed, strict=True)]
    rows = np.flatnonzero(usable[0][kept.left] & usable[1][kept.right])
    return Pairs(kept.left[rows], kept.right[rows], kept.patterns[rows])


def rows_that_meet(sides: Sequence[Side], changed: Sequence[Flags], model: Model, threads: int) -> list[Longs]:
    """Rows of both sides that share a key with a changed row of either, the changed ones included.

    Only blocks of a changed row are looked at, and of these every row is among them, so that they are as large as in the
    whole tables.
    """
    rows = [np.flatnonzero(flags) for flags in changed]
    wanted = [flags.copy() for flags in changed]

    def look(rule: Rule) -> list[Longs]:
        hashes = np.unique(
            np.concatenate([side.hashes(rule.keys, own).ravel() for side, own in zip(sides, rows, strict=True)])
        )
        return [side.rows_with(rule.keys, hashes[hashes > 0]) for side in sides]

    with ThreadPoolExecutor(threads) as pool:
        for found in pool.map(look, model.blocking.rules):
            for flags, met in zip(wanted, found, strict=True):
                flags[met] = True
    for side, flags in zip(sides, wanted, strict=True):
        flags[side.gone] = False
    return [np.flatnonzero(flags) for flags in wanted]


def distinct_rows(rows: Ints, size: int) -> Longs:
    """Each of some rows once, ascending; they are below `size`."""
    flags = np.zeros(size, np.bool_)
    flags[rows] = True
    return np.flatnonzero(flags)


def among(rows: Ints, chosen: Longs, size: int) -> Ints:
    """The place of each row among the chosen ones, of which it is one."""
    place = np.empty(size, np.int32)
    place[chosen] = np.arange(len(chosen), dtype=np.int32)
    return place[rows]


def _as_wide(matrix: Matrix, width: int) -> Matrix:
    if matrix.shape[1] == width:
        return matrix
    wide = np.zeros((len(matrix), width), np.uint64, order="F")
    wide[:, : matrix.shape[1]] = matrix
    return wide
