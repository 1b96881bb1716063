"""The pairs of a result, scored again with other parameters (换参重评), without comparing anything anew."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching.assignment import Assignment, assign
from matching.calibration.exclusive import exclusive_probabilities
from matching.columns import Ints
from matching.engines.local import Counts
from matching.linkage import LinkResult
from matching.model import Model
from matching.scoring import Floats, effective, level_codes, pattern_weights, probability

Chosen = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Scores:
    """The pairs under one set of parameters.

    Attributes:
        alone: match probability of each kept pair.
        exclusive: the same, given that the assignment holds (`matching.calibration.exclusive`).
        by_group: expected matches in each entry of the candidates' counts.
        rest: expected matches among the candidates that were not kept.
        rest_exclusive: those of records that are not yet matched.
    """

    alone: Floats
    exclusive: Floats
    by_group: Floats
    rest: float
    rest_exclusive: float


class Pairs:
    """The pairs of a result, ready to be scored with other parameters."""

    def __init__(self, result: LinkResult, assignment: Assignment) -> None:
        assert result.counts is not None
        self.model, self.assignment = result.model, assignment
        self.counts: Counts = result.counts
        pairs = result.pairs
        self.left, self.right = _rows(pairs["left_id"]), _rows(pairs["right_id"])
        self.weights = pairs["match_weight"].to_numpy().astype(np.float64)
        self.frequency = pairs["frequency_weight"].to_numpy().astype(np.float64)
        self.patterns, self.inverse = np.unique(pairs["pattern"].to_numpy(), return_inverse=True)
        self.sizes = (result.report.left_rows, result.report.right_rows)

    def scored(self, model: Model) -> Scores:
        """Probabilities with the parameters of another model that has the same comparisons."""
        own = pattern_weights(self.patterns, model)
        base = own[self.inverse]
        weights = base + self.frequency + self._exact_u(model)[self.inverse]
        by_group = self.counts.pairs * probability(pattern_weights(self.counts.patterns, model))
        rest = max(float(by_group.sum() - probability(base).sum()), 0.0)
        alone = probability(weights)
        exclusive = exclusive_probabilities(self.left, self.right, weights, self.assignment)
        unmatched = 1 - min(float(exclusive.sum()) / max(min(self.sizes), 1), 1.0)
        return Scores(alone, exclusive, by_group, rest, rest * unmatched)

    def _exact_u(self, model: Model) -> Floats:
        """How the part of a weight that rare and frequent values give changes with u of exact agreement."""
        change = np.zeros(len(self.patterns))
        counted = effective(self.patterns, model)
        for place, comparison in enumerate(model.comparisons):
            if comparison.frequency is not None:
                new, old = comparison.parameters[0].u, self.model.comparisons[place].parameters[0].u
                change += (level_codes(counted, place) == 1) * np.log2((new or 1.0) / (old or 1.0))
        return change

    def accepted(self, threshold: float, *, assigned: bool) -> Chosen:
        """The pairs that are accepted from a probability on, the assignment respected or not."""
        gain = self.weights - weight_of(threshold)
        return assign(self.left, self.right, gain, self.assignment if assigned else "none")[0]

    def competing(self, chosen: Chosen) -> float:
        """Competing pairs of one record among the accepted: of each such set all but one are false."""
        sides = {"none": (), "many_to_one": (self.right,), "one_to_one": (self.left, self.right)}[self.assignment]
        return float(max((chosen.sum() - len(np.unique(side[chosen])) for side in sides), default=0))


def weight_of(threshold: float) -> float:
    """Match weight of a probability, finite."""
    with np.errstate(divide="ignore"):
        return float(np.clip(np.log2(threshold) - np.log2(1 - threshold), -1000.0, 1000.0))


def _rows(ids: pa.ChunkedArray) -> Ints:
    codes = ids.combine_chunks().dictionary_encode().indices
    return np.asarray(codes.to_numpy(zero_copy_only=False), dtype=np.int32)
