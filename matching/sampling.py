"""Samples of candidate pairs: what estimation may expect, and what the cap on block size costs."""

import numpy as np

from matching.blocking import Plan, RuleBlocks, sample_pairs
from matching.columns import Longs
from matching.comparisons import Comparer, compare_pairs
from matching.engines.local import Counts, merge_counts
from matching.kernels.blocks import made_by
from matching.kernels.pairs import count_patterns
from matching.model import Model
from matching.scoring import pattern_weights, probability

PILOT = 50_000
"""Pairs of each rule that are compared before all are."""
SKIPPED = 100_000
"""Pairs of each rule's oversize blocks that are compared."""


def sample_counts(plan: Plan, comparers: list[Comparer], pairs: int, seed: int) -> Counts:
    """Pattern counts of about as many pairs of each rule, scaled to all its pairs; for estimates to come, not for results.

    A pair that several rules make is drawn for each and counts as a part for each.
    """
    parts = []
    for rule, blocks in enumerate(plan.rules):
        if not len(blocks.pairs):
            continue
        left, right = sample_pairs(blocks, plan.same_table, pairs, np.random.default_rng(seed + rule))
        masks = np.empty(len(left), np.int64)
        made_by(left, right, plan.left_keys, plan.right_keys, plan.slots, masks)
        patterns, marks, found, _ = count_patterns(compare_pairs(comparers, left, right), masks)
        scale = float(blocks.pairs.sum()) / len(left)
        parts.append(Counts(patterns, marks, np.ceil(found * scale / _rules_of(marks)).astype(np.int64)))
    return merge_counts(parts)


def _rules_of(masks: Longs) -> Longs:
    return np.asarray(np.bitwise_count(masks), dtype=np.int64)


def skipped_matches(plan: Plan, comparers: list[Comparer], model: Model, seed: int) -> tuple[float, ...]:
    """For each rule, about how many matches the cap leaves out that no other rule makes; 0 where no block is oversize.

    A sample of the pairs of the oversize blocks, as they were before they were cut up, is compared and weighed. A pair
    that several rules leave out counts for each of them.
    """
    return tuple(_of_rule(blocks.skipped, plan, comparers, model, seed) for blocks in plan.rules)


def _of_rule(skipped: RuleBlocks | None, plan: Plan, comparers: list[Comparer], model: Model, seed: int) -> float:
    if skipped is None:
        return 0.0
    left, right = sample_pairs(skipped, plan.same_table, SKIPPED, np.random.default_rng(seed))
    masks = np.empty(len(left), np.int64)
    made_by(left, right, plan.left_keys, plan.right_keys, plan.slots, masks)
    unseen = masks == 0
    if not unseen.any():
        return 0.0
    chance = probability(pattern_weights(compare_pairs(comparers, left[unseen], right[unseen]), model))
    return float(chance.sum() / len(left) * skipped.pairs.sum())
