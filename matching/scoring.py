"""From packed patterns to match weights (匹配权重, log2 Bayes factors) and probabilities."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from matching.columns import Columns, Ints, Longs
from matching.kernels.encoding import number_pairs
from matching.kernels.pairs import add_weights, drop_implied
from matching.levels import BITS
from matching.model import Comparison, Model

Floats = npt.NDArray[np.float64]

SMOOTHING = 50.0
"""Rows of overall frequencies mixed into the frequencies of each group."""


def level_codes(patterns: Longs, position: int) -> npt.NDArray[np.int64]:
    """Level codes of one comparison in packed patterns; 0 is missing."""
    return (patterns >> (BITS * position)) & ((1 << BITS) - 1)


def effective(patterns: Longs, model: Model) -> Longs:
    """Patterns with implied agreement set to missing, so that nothing is counted twice.

    Only agreement can be implied: a birth date that differs under one identity number is news, and says that the number
    was written beside another person.
    """
    result = patterns.copy()
    drop_implied(result, BITS, _implications(model))
    return result


def _implications(model: Model) -> Longs:
    rows = []
    for position, comparison in enumerate(model.comparisons):
        agreeing = sum(1 << code for code, level in enumerate(comparison.levels, 1) if level.outcome != "differs")
        for implication in comparison.neutral_when:
            other = model.position(implication.comparison)
            implying = sum(1 << model.comparisons[other].code(name) for name in implication.levels)
            rows.append((position, agreeing, other, implying))
    return np.array(rows, dtype=np.int64).reshape(-1, 4)


def level_weights(comparison: Comparison) -> Floats:
    """log2(m / u) by level code; 0 for missing.

    Raises:
        ValueError: a parameter is still null.
    """
    weights = [0.0]
    for parameters in comparison.parameters:
        if parameters.m is None or parameters.u is None:
            raise ValueError(f"comparison '{comparison.name}' still has null parameters; estimate the model first")
        weights.append(float(np.log2(parameters.m / parameters.u)))
    return np.array(weights)


def pattern_weights(patterns: Longs, model: Model) -> Floats:
    """Match weight of each pattern, prior included, frequency adjustment not."""
    return Weigher(model).weights(patterns)


class Weigher:
    """The match weights of a model's patterns; holds no interpreter lock, so that threads may share it."""

    def __init__(self, model: Model, frequencies: Mapping[int, float] | None = None) -> None:
        """`frequencies`: by position, the most that a frequency may add to exact agreement; weights are then upper bounds."""
        self._implications = _implications(model)
        self._prior = prior_weight(model)
        self._table = np.zeros((len(model.comparisons), 1 << BITS))
        for position, comparison in enumerate(model.comparisons):
            weights = level_weights(comparison)
            self._table[position, : len(weights)] = weights
        for position, most in (frequencies or {}).items():
            self._table[position, 1] += most

    def weights(self, patterns: Longs) -> Floats:
        """Match weight of each pattern, prior included, frequency adjustment not."""
        counted = patterns.copy()
        drop_implied(counted, BITS, self._implications)
        total = np.full(len(patterns), self._prior)
        add_weights(counted, BITS, self._table, total)
        return total


def prior_weight(model: Model) -> float:
    """log2 odds of the prior."""
    if model.prior is None:
        raise ValueError("the model has no prior; estimate it first")
    return float(np.log2(model.prior / (1 - model.prior)))


def probability(weights: Floats) -> Floats:
    """Match probability of a match weight.

    >>> probability(np.array([0.0, 1.0, -1.0])).round(3).tolist()
    [0.5, 0.667, 0.333]
    """
    return np.asarray(1 / (1 + np.exp2(-np.clip(weights, -1000, 1000))))


class FrequencyTable:
    """Shares of the values of one column, overall and within the groups its frequency names."""

    def __init__(self, comparison: Comparison, position: int, columns: Columns) -> None:
        frequency = comparison.frequency
        assert frequency is not None
        exact = comparison.parameters[0].u
        assert exact is not None
        self._exact_u = np.log2(exact)
        self.position = position
        self.left, right = value_codes(columns, [frequency.column])
        counts = _counts(self.left, right)
        self._log_share = np.log2(np.maximum(counts, 1) / max(int(counts.sum()), 1))
        self._group_left: Ints | None = None
        if frequency.given and all(all(columns.has(name)) for name in frequency.given):
            self._group_left, self._group_right = value_codes(columns, frequency.given)
            self._by_row = self._within_groups(right)

    def _within_groups(self, right: Ints) -> Floats:
        """For each left row: log2 share of its value within its group, smoothed by the overall share."""
        assert self._group_left is not None
        values = np.concatenate([self.left, right])
        groups = np.concatenate([self._group_left, self._group_right])
        cells = np.empty(len(values), np.int32)
        number_pairs(values, groups, cells)
        rows = len(self.left)
        in_cell = np.bincount(cells[cells >= 0], minlength=1)
        in_group = np.bincount(groups[cells >= 0], minlength=1)
        known = cells[:rows] >= 0
        share = np.zeros(rows)
        overall = np.exp2(self._log_share[self.left[known]])
        share[known] = np.log2(
            (in_cell[cells[:rows][known]] + SMOOTHING * overall) / (in_group[groups[:rows][known]] + SMOOTHING)
        )
        return share

    @property
    def most(self) -> float:
        """The largest adjustment any pair can get."""
        lowest = self._log_share.min(initial=0.0)
        if self._group_left is not None and len(self._by_row):
            lowest = min(lowest, float(self._by_row.min()))
        return float(max(self._exact_u - lowest, 0.0))

    def adjust(self, weights: Floats, patterns: Longs, left: Ints, right: Ints) -> None:
        """Add the adjustment, in place, to pairs that agree exactly; `patterns` are effective ones."""
        rows = np.flatnonzero((level_codes(patterns, self.position) == 1) & (self.left[left] >= 0))
        share = self._log_share[self.left[left[rows]]]
        if self._group_left is not None:
            group = self._group_left[left[rows]]
            same = (group >= 0) & (group == self._group_right[right[rows]])
            share = np.where(same, self._by_row[left[rows]], share)
        weights[rows] += self._exact_u - share


def _counts(left: Ints, right: Ints) -> Longs:
    size = int(max(left.max(initial=-1), right.max(initial=-1))) + 1
    return np.asarray(sum(np.bincount(side[side >= 0], minlength=size) for side in (left, right)), dtype=np.int64)


def value_codes(columns: Columns, names: Sequence[str]) -> tuple[Ints, Ints]:
    """One code per combination of values of the columns; -1 where any is missing."""
    first = columns.plain(names[0])
    joint = np.concatenate([first.left, first.right])
    for name in names[1:]:
        both = columns.plain(name)
        codes = np.empty(len(joint), np.int32)
        number_pairs(joint, np.concatenate([both.left, both.right]), codes)
        joint = codes
    return joint[: len(first.left)], joint[len(first.left) :]
