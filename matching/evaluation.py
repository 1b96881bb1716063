"""Evaluation (质量评价): precision, recall and F1 against truth with intervals, and what the model itself expects."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Pair = tuple[object, object]


@dataclass(frozen=True)
class Share:
    """A share with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Quality:
    """Pairs found against true pairs; intervals are Wilson's at 95 %."""

    right: int
    found: int
    true: int
    precision: Share
    recall: Share

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where nothing was found and nothing is true."""
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 0.0


def wilson(successes: float, trials: float, z: float = 1.959964) -> Share:
    """Share of successes with its Wilson score interval (E. B. Wilson, 1927); 0..1 where there are no trials.

    >>> share = wilson(98, 100)
    >>> round(share.value, 3), round(share.low, 3), round(share.high, 3)
    (0.98, 0.93, 0.994)
    """
    if trials <= 0:
        return Share(0.0, 0.0, 1.0)
    share = successes / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return Share(share, max(middle - half, 0.0), min(middle + half, 1.0))


def compare_with_truth(found: Iterable[Pair], true: Iterable[Pair]) -> Quality:
    """Quality of a set of pairs; both sets in the same orientation."""
    found_set, true_set = set(found), set(true)
    right = len(found_set & true_set)
    return Quality(right, len(found_set), len(true_set), wilson(right, len(found_set)), wilson(right, len(true_set)))


def accepted_pairs(pairs: pa.Table) -> set[Pair]:
    """The accepted pairs of a result as tuples (left_id, right_id)."""
    accepted = pairs.filter(pairs["accepted"])
    return set(zip(accepted["left_id"].to_pylist(), accepted["right_id"].to_pylist(), strict=True))


def cluster_pairs(clusters: pa.Table) -> set[Pair]:
    """All pairs of records in one cluster, smaller id first.

    >>> sorted(cluster_pairs(pa.table({"record_id": [1, 2, 3], "cluster_id": [1, 1, 3]})))
    [(1, 2)]
    """
    members = clusters.group_by("cluster_id").aggregate([("record_id", "list")])["record_id_list"].to_pylist()
    return {pair for group in members if len(group) > 1 for pair in combinations(sorted(group), 2)}


@dataclass(frozen=True)
class Expected:
    """What the match probabilities themselves say about a threshold; no truth needed, right as far as they are."""

    accepted: int
    precision: float
    recall: float


def expected_quality(pairs: pa.Table, expected_matches: float | None = None) -> Expected:
    """Expected precision and recall of the accepted pairs.

    Args:
        pairs: pairs of a result.
        expected_matches: all matches expected among candidate pairs (`report.expected_matches`); default: those
            among `pairs`. Matches that no blocking rule made are not in it.
    """
    probabilities = pairs["match_probability"].to_numpy()
    accepted = pairs["accepted"].to_numpy()
    count, right = int(accepted.sum()), float(probabilities[accepted].sum())
    whole = float(pc.sum(pairs["match_probability"]).as_py() or 0.0) if expected_matches is None else expected_matches
    return Expected(count, right / count if count else 0.0, min(right / whole, 1.0) if whole else 0.0)


@dataclass(frozen=True)
class ReliabilityBin:
    """Pairs whose probability lies in [low, high): the mean of it, and the share that are matches with its interval."""

    low: float
    high: float
    pairs: int
    predicted: float
    observed: Share


@dataclass(frozen=True)
class Reliability:
    """A reliability table (可靠性表): the bins that hold pairs, and the expected calibration error over them."""

    bins: tuple[ReliabilityBin, ...]
    error: float


def reliability(probabilities: npt.ArrayLike, true: npt.ArrayLike, bins: int = 10) -> Reliability:
    """Compare match probabilities with the truth.

    Args:
        probabilities: match probability of each pair.
        true: whether it is a match.
        bins: bins of equal width; the last one holds 1.

    >>> table = reliability([0.92, 0.98, 0.1], [1, 0, 0], bins=2)
    >>> [(item.pairs, item.predicted, item.observed.value) for item in table.bins], table.error
    ([(1, 0.1, 0.0), (2, 0.95, 0.5)], 0.333333333333)
    """
    chance, truth = np.asarray(probabilities, dtype=np.float64), np.asarray(true, dtype=np.float64)
    place = np.minimum((chance * bins).astype(np.int64), bins - 1)
    pairs, predicted, matches = (np.bincount(place, weights, bins) for weights in (None, chance, truth))
    table = tuple(
        ReliabilityBin(
            number / bins,
            (number + 1) / bins,
            int(pairs[number]),
            round(float(predicted[number] / pairs[number]), 12),
            wilson(float(matches[number]), float(pairs[number])),
        )
        for number in np.flatnonzero(pairs).tolist()
    )
    return Reliability(table, round(float(np.abs(predicted - matches).sum() / max(len(chance), 1)), 12))


def calibration_error(probabilities: npt.ArrayLike, true: npt.ArrayLike, bins: int = 10) -> float:
    """Expected calibration error: mean gap between probability and share of matches, over equal-width bins.

    >>> calibration_error([0.9, 0.9, 0.1, 0.1], [1, 1, 0, 0])
    0.1
    """
    return reliability(probabilities, true, bins).error
