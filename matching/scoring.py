"""From packed patterns to match weights (匹配权重, log2 Bayes factors) and probabilities."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from matching.columns import Ints, Longs
from matching.kernels.encoding import join_hashes
from matching.kernels.pairs import add_weights, drop_implied
from matching.levels import BITS
from matching.model import Comparison, Model
from matching.tallies import Tally, frequency_tallies

Floats = npt.NDArray[np.float64]

Sides = tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]
"""Hashes of the rows of both sides, 0 for missing."""

SMOOTHING = 500.0
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
        self._table = _table({place: level_weights(item) for place, item in enumerate(model.comparisons)}, model)
        self._household = household_weight(model)
        self._shared = _table(
            {place: household_level_weights(item) for place, item in enumerate(model.comparisons) if item.shared}, model
        )
        for position, most in (frequencies or {}).items():
            self._table[position, 1] += most
            if model.comparisons[position].shared:
                self._shared[position, 1] += most

    def weights(self, patterns: Longs) -> Floats:
        """Match weight of each pattern, prior included, frequency adjustment not."""
        counted = patterns.copy()
        drop_implied(counted, BITS, self._implications)
        total = np.full(len(patterns), self._prior)
        add_weights(counted, BITS, self._table, total)
        if self._household is not None:
            total -= either(self.household_odds(counted))
        return total

    def household_odds(self, counted: Longs) -> Floats:
        """log2 odds that two persons of an effective pattern are of one household rather than strangers; -inf: never."""
        odds = np.full(len(counted), -np.inf if self._household is None else self._household)
        if self._household is not None:
            add_weights(counted, BITS, self._shared, odds)
        return odds


def _table(weights: Mapping[int, Floats], model: Model) -> Floats:
    """Weights by position and level code; 0 for other positions."""
    table = np.zeros((len(model.comparisons), 1 << BITS))
    for position, by_level in weights.items():
        table[position, : len(by_level)] = by_level
    return table


def either(odds: Floats) -> Floats:
    """What a match weight loses where two persons may be strangers or, with these log2 odds, of one household.

    >>> either(np.array([-np.inf, 0.0, 20.0])).round(3).tolist()
    [0.0, 1.0, 20.0]
    """
    return np.asarray(np.logaddexp2(0.0, odds))


def household_level_weights(comparison: Comparison) -> Floats:
    """log2(h / u) by level code; 0 for missing, and where h is null."""
    known = [(item.h, item.u) for item in comparison.parameters if item.h is not None and item.u is not None]
    return np.array([0.0, *(np.log2(h / u) for h, u in known)])


def household_weight(model: Model) -> float | None:
    """log2 of the household prior; None where households are left out of account."""
    return float(np.log2(model.household_prior)) if model.household_prior else None


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
    """Shares of the values of one column: overall, and within each narrower group that its frequency names."""

    def __init__(
        self,
        comparison: Comparison,
        position: int,
        hashes: Mapping[str, Sides],
        tallies: tuple[Tally, ...] | None = None,
    ) -> None:
        """`hashes`: of both sides by key, for every key of `frequency_keys`; `tallies`: of these, if they are known."""
        frequency = comparison.frequency
        assert frequency is not None
        exact = comparison.parameters[0].u
        assert exact is not None
        self.position = position
        self._exact_u = np.log2(exact)
        self._values, *self._groups = (hashes["+".join(keys)] for keys in frequency_keys(comparison))
        if tallies is None:
            tallies = frequency_tallies(np.concatenate(self._values), [np.concatenate(sides) for sides in self._groups])
        self._shares, self._within = tallies[0], list(zip(tallies[1::2], tallies[2::2], strict=True))

    @property
    def most(self) -> float:
        """An upper bound of the adjustment of any pair."""
        lowest = 1 / max(self._shares.total, 1)
        for _, in_groups in self._within:
            lowest *= SMOOTHING / (in_groups.largest + SMOOTHING)
        return float(max(self._exact_u - np.log2(lowest), 0.0))

    def adjust(self, weights: Floats, patterns: Longs, left: Ints, right: Ints) -> None:
        """Add the adjustment, in place, to pairs that agree exactly; `patterns` are effective ones."""
        values = self._values[0][left]
        rows = np.flatnonzero((level_codes(patterns, self.position) == 1) & (values != 0))
        values = values[rows]
        share = self._shares.counted(values) / self._shares.total
        for (of_left, of_right), (in_cells, in_groups) in zip(self._groups, self._within, strict=True):
            groups = of_left[left[rows]]
            same = np.flatnonzero((groups != 0) & (groups == of_right[right[rows]]))
            cells = np.empty(len(same), np.uint64)
            join_hashes(values[same], groups[same], cells)
            # The pair itself is left out: in a small group it alone would make any value a frequent one.
            within = np.maximum(in_cells.counted(cells) - 2, 0) + SMOOTHING * share[same]
            share[same] = within / (np.maximum(in_groups.counted(groups[same]) - 2, 0) + SMOOTHING)
        weights[rows] += self._exact_u - np.log2(share)


def frequency_weights(
    model: Model, tables: Sequence[FrequencyTable], patterns: Longs, which: Ints, left: Ints, right: Ints
) -> Floats:
    """What rare and frequent values add to the match weight of each pair.

    Members of a household share a rare surname as easily as a frequent one, so that it tells them from strangers only.

    Args:
        model: with all parameters.
        tables: of the comparisons that have frequencies.
        patterns: distinct ones.
        which: the pattern of each pair.
        left: row of each pair.
        right: likewise.
    """
    counted = effective(patterns, model)
    of_pairs = counted[which]
    found, shared = np.zeros(len(which)), np.zeros(len(which))
    for table in tables:
        table.adjust(shared if model.comparisons[table.position].shared else found, of_pairs, left, right)
    odds = Weigher(model).household_odds(counted)[which]
    return np.asarray(found + shared - either(odds + shared) + either(odds))


def frequency_keys(comparison: Comparison) -> tuple[tuple[str, ...], ...]:
    """The keys whose hashes say a record's value, and its groups from the widest: the first given column, the first two..."""
    assert comparison.frequency is not None
    given = tuple(f"{name}:plain" for name in comparison.frequency.given)
    return (f"{comparison.frequency.column}:plain",), *(given[:size] for size in range(1, len(given) + 1))
