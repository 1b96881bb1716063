"""Match probabilities where a record can have one match only (一对一条件下的概率): competing pairs share the chance.

A pair of 90 % beside one of 99.99 % for the same record is no 90 % chance. With o the odds of each pair:

- many-to-one: p(ij) = o(ij) / (1 + sum over i' of o(i'j)), exactly;
- one-to-one: the marginals of the distribution over all matchings that gives each the product of its pairs' odds
  (monomer-dimer model; O. J. Heilmann, E. H. Lieb, 1972), by belief propagation: exact where the graph of pairs has no
  cycles, and convergent elsewhere (M. Bayati et al., "Simple deterministic approximation algorithms for counting
  matchings", 2007).
"""

import numpy as np

from matching.assignment import Assignment
from matching.columns import Ints
from matching.scoring import Floats, probability

SWEEPS = 30
MOST_WEIGHT = 200.0
"""Bits at which weights are cut off; products of two odds then still fit a double."""


def exclusive_probabilities(left: Ints, right: Ints, weights: Floats, assignment: Assignment) -> Floats:
    """Match probability of each pair, given that the assignment holds in truth.

    Args:
        left, right: row of each pair on either side, numbered from 0.
        weights: match weight in bits, prior included.
        assignment: "none" gives the probabilities as they are.
    """
    if assignment == "none" or not len(weights):
        return probability(weights)
    odds = np.exp2(np.clip(weights, -MOST_WEIGHT, MOST_WEIGHT))
    others_right = _others(right, odds)
    if assignment == "many_to_one":
        return np.asarray(odds / (1 + odds + others_right))
    # Odds of the pair among the other pairs of its left row, and of its right row, as told to the other side.
    by_left, by_right = odds.copy(), odds.copy()
    for _ in range(SWEEPS):
        by_left, by_right = odds / (1 + _others(left, by_right)), odds / (1 + _others(right, by_left))
    beside = (1 + _others(left, by_right)) * (1 + _others(right, by_left))
    return np.asarray(odds / (odds + beside))


def _others(rows: Ints, values: Floats) -> Floats:
    """For each pair, the sum over the other pairs of its row."""
    total = np.bincount(rows, values)[rows]
    return np.asarray(np.maximum(total - values, 0.0))
