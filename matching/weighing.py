"""From compared pairs to weighed ones: frequencies added, unlikely pairs left out, in the order of their rows."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from matching.columns import Flags, Ints, Longs
from matching.engines.local import Pairs
from matching.kernels.pairs import count_patterns
from matching.model import Model
from matching.scoring import Floats, FrequencyTable, Sides, Weigher, frequency_weights, pattern_weights
from matching.tallies import Tally

_AT_ONCE = 200_000
"""Pairs that a thread weighs at a time: each takes some hundred bytes meanwhile."""


@dataclass(frozen=True)
class Weighed:
    """Pairs with their match weights, sorted by rows; `frequency` is the part of a weight due to rare or frequent values."""

    left: Ints
    right: Ints
    weights: Floats
    patterns: Longs
    frequency: Floats


class Worthwhile:
    """Which patterns may belong to a pair that reaches the probability worth keeping, frequencies included."""

    def __init__(
        self,
        model: Model,
        hashes: Mapping[str, Sides],
        keep_probability: float,
        margin: float = 0.0,
        tallies: Mapping[str, tuple[Tally, ...]] | None = None,
    ) -> None:
        """`margin`: bits below what is needed that still count. `tallies`: by comparison, if they are known."""
        self.frequencies = [
            FrequencyTable(item, place, hashes, (tallies or {}).get(item.name))
            for place, item in enumerate(model.comparisons)
            if item.frequency
        ]
        self.lowest = weight_of(keep_probability)
        most = {table.position: table.most for table in self.frequencies}
        self._weigher = Weigher(model, most)

        self._least = self.lowest - margin

    def __call__(self, patterns: Longs) -> Flags:
        """One flag per pattern."""
        return np.asarray(self._weigher.weights(patterns) >= self._least)


def weight_of(chance: float) -> float:
    """Match weight of a match probability.

    >>> weight_of(0.5), round(weight_of(0.8), 9)
    (0.0, 2.0)
    """
    with np.errstate(divide="ignore"):
        return float(np.log2(chance) - np.log2(1 - chance))


def weigh(model: Model, pairs: Pairs, worthwhile: Worthwhile, threads: int = 2) -> Weighed:
    """Weights of all pairs that reach the probability worth keeping, sorted by rows."""
    patterns, _, _, which = count_patterns(pairs.patterns, np.zeros_like(pairs.patterns))
    rows = np.flatnonzero(worthwhile(patterns)[which])
    left, right, which = pairs.left[rows], pairs.right[rows], which[rows]

    def frequencies(start: int) -> Floats:
        part = slice(start, start + _AT_ONCE)
        return frequency_weights(model, worthwhile.frequencies, patterns, which[part], left[part], right[part])

    with ThreadPoolExecutor(threads) as pool:
        frequency = np.concatenate([np.empty(0), *pool.map(frequencies, range(0, len(rows), _AT_ONCE))])
    weights = pattern_weights(patterns, model)[which] + frequency
    kept = np.flatnonzero(weights >= worthwhile.lowest)
    order = kept[np.argsort(left[kept].astype(np.int64) << 32 | right[kept])]
    return Weighed(left[order], right[order], weights[order], patterns[which[order]], frequency[order])
