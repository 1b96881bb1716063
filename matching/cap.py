"""What the cap on block size costs: matches among the pairs that no rule compares because their block is too large.

A sample of the pairs of the oversize blocks, as they were before they were cut up, is compared and weighed. A pair that
several rules leave out counts for each of them.
"""

import numpy as np

from matching.blocking import Plan, RuleBlocks
from matching.columns import Ints, Longs
from matching.comparisons import Comparer, compare_pairs
from matching.kernels.blocks import made_by
from matching.model import Model
from matching.scoring import pattern_weights, probability

SAMPLE = 100_000


def skipped_matches(plan: Plan, comparers: list[Comparer], model: Model, seed: int) -> tuple[float, ...]:
    """For each rule, about how many matches it leaves out that no other rule makes; 0 where no block is oversize."""
    return tuple(_of_rule(blocks.skipped, plan, comparers, model, seed) for blocks in plan.rules)


def _of_rule(skipped: RuleBlocks | None, plan: Plan, comparers: list[Comparer], model: Model, seed: int) -> float:
    if skipped is None:
        return 0.0
    left, right = _sample(skipped, plan.same_table, np.random.default_rng(seed))
    masks = np.empty(len(left), np.int64)
    made_by(left, right, plan.left_keys, plan.right_keys, plan.slots, masks)
    unseen = masks == 0
    if not unseen.any():
        return 0.0
    chance = probability(pattern_weights(compare_pairs(comparers, left[unseen], right[unseen]), model))
    return float(chance.sum() / len(left) * skipped.pairs.sum())


def _sample(blocks: RuleBlocks, same_table: bool, random: np.random.Generator) -> tuple[Ints, Ints]:
    """Random pairs of the blocks, every pair as likely as any other."""
    chosen = random.choice(len(blocks.pairs), SAMPLE, p=blocks.pairs / blocks.pairs.sum())
    left, a = _rows(blocks.left_rows, blocks.left_starts, chosen, random)
    right, b = _rows(blocks.right_rows, blocks.right_starts, chosen, random)
    if not same_table:
        return left, right
    two = a != b
    return np.minimum(left, right)[two], np.maximum(left, right)[two]


def _rows(rows: Ints, starts: Longs, chosen: Longs, random: np.random.Generator) -> tuple[Ints, Longs]:
    places = starts[chosen] + random.integers(0, np.diff(starts)[chosen])
    return rows[places], places
