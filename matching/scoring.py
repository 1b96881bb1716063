"""From packed patterns to match weights (匹配权重, log2 Bayes factors) and probabilities."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching.columns import Ints, Longs, code_points, coded, distinct, plain_text
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
    for position, comparison in enumerate(model.comparisons):
        differing = [code for code, level in enumerate(comparison.levels, 1) if level.outcome == "differs"]
        agrees = ~np.isin(level_codes(patterns, position), differing)
        for implication in comparison.neutral_when:
            other = model.position(implication.comparison)
            implying = [model.comparisons[other].code(name) for name in implication.levels]
            implied = agrees & np.isin(level_codes(patterns, other), implying)
            result[implied] &= ~(((1 << BITS) - 1) << (BITS * position))
    return result


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
    counted = effective(patterns, model)
    total = np.full(len(patterns), prior_weight(model))
    for position, comparison in enumerate(model.comparisons):
        total += level_weights(comparison)[level_codes(counted, position)]
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

    def __init__(self, comparison: Comparison, position: int, left: pa.Table, right: pa.Table) -> None:
        frequency = comparison.frequency
        assert frequency is not None
        exact = comparison.parameters[0].u
        assert exact is not None
        self._exact_u = np.log2(exact)
        self._position = position
        self.left, right_codes = value_codes(left, right, [frequency.column])
        both = np.concatenate([self.left, right_codes])
        known = both >= 0
        counts = np.bincount(both[known])
        self._log_share = np.log2(counts / max(int(known.sum()), 1))
        self._group_left: Ints | None = None
        if frequency.given and all(name in table.column_names for name in frequency.given for table in (left, right)):
            self._group_left, self._group_right = value_codes(left, right, frequency.given)
            self._by_row = self._within_groups(both, np.concatenate([self._group_left, self._group_right]), counts)

    def _within_groups(self, values: Ints, groups: Ints, counts: Longs) -> Floats:
        """For each left row: log2 share of its value within its group, smoothed by the overall share."""
        known = (values >= 0) & (groups >= 0)
        width = len(counts) + 1
        joint = np.where(known, groups.astype(np.int64) * width + values, -1)
        _, inverse, in_cell = np.unique(joint, return_inverse=True, return_counts=True)
        in_group = np.bincount(groups[known], minlength=int(groups.max(initial=-1)) + 1)
        rows = len(self.left)
        cell, group, value = in_cell[inverse][:rows], groups[:rows], values[:rows]
        share = np.exp2(self._log_share)[value] if len(counts) else np.ones(rows)
        size = in_group[group] if len(in_group) else np.zeros(rows)
        return np.asarray(np.log2((cell + SMOOTHING * share) / (size + SMOOTHING)))

    @property
    def most(self) -> float:
        """The largest adjustment any pair can get."""
        lowest = self._log_share.min(initial=0.0)
        if self._group_left is not None and len(self._by_row):
            lowest = min(lowest, float(np.nanmin(self._by_row)))
        return float(max(self._exact_u - lowest, 0.0))

    def adjust(self, weights: Floats, patterns: Longs, left: Ints, right: Ints) -> None:
        """Add the adjustment, in place, to pairs that agree exactly; `patterns` are effective ones."""
        rows = np.flatnonzero((level_codes(patterns, self._position) == 1) & (self.left[left] >= 0))
        share = self._log_share[self.left[left[rows]]]
        if self._group_left is not None:
            group = self._group_left[left[rows]]
            same = (group >= 0) & (group == self._group_right[right[rows]])
            share = np.where(same, self._by_row[left[rows]], share)
        weights[rows] += self._exact_u - share


def value_codes(left: pa.Table, right: pa.Table, columns: Sequence[str]) -> tuple[Ints, Ints]:
    """One code per combination of values of the columns; -1 where any is missing."""
    joint: Longs | None = None
    for column in columns:
        both = coded(left, right, column)
        codes = distinct(plain_text(code_points(both.values)))
        rows = np.concatenate([both.left, both.right])
        values = (
            np.where(rows >= 0, codes[rows], -1).astype(np.int64) if len(codes) else np.full(len(rows), -1, np.int64)
        )
        if joint is None:
            joint = values
        else:
            width = int(values.max(initial=-1)) + 1
            joint = np.where((joint >= 0) & (values >= 0), joint * width + values, -1)
    assert joint is not None
    unique, inverse = np.unique(joint, return_inverse=True)
    dense = (inverse - np.searchsorted(unique, 0)).clip(-1).astype(np.int32)
    return dense[: len(left)], dense[len(left) :]
