"""Is the model overconfident? Each comparison in turn is withheld and asked afterwards (留一比对检验).

Among the pairs that all other comparisons are sure of, the levels of the withheld one are a mixture of m and u, and the
share of u says how many of them are false: errors that go together (a household shares surname, address and telephone)
show here, which the model's own probabilities do not know of.
"""

import numpy as np

from matching.engines.local import Counts
from matching.model import Model
from matching.scoring import Floats, effective, level_codes, level_weights, pattern_weights, probability

FEWEST_PAIRS = 50
SWEEPS = 200


def unexpected_share(model: Model, candidates: Counts, threshold: float) -> tuple[float, str | None]:
    """Largest share of false pairs beyond the expected that a withheld comparison shows, and which; 0 where none does.

    Shown is what exceeds two standard errors. The share is of all pairs that the other comparisons accept; where the
    withheld one is missing, nothing is unexpected.

    Args:
        model: with all parameters.
        candidates: pattern counts.
        threshold: probability from which the others are sure of a pair.
    """
    counted = effective(candidates.patterns, model)
    weights = pattern_weights(candidates.patterns, model)
    worst, which = 0.0, None
    for place, comparison in enumerate(model.comparisons):
        codes = level_codes(counted, place)
        others = weights - level_weights(comparison)[codes]
        sure = probability(others) >= threshold
        asked = sure & (codes > 0)
        pairs = candidates.pairs[asked]
        if pairs.sum() < FEWEST_PAIRS:
            continue
        observed = np.bincount(codes[asked], pairs, minlength=len(comparison.levels) + 1)[1:].astype(np.float64)
        m, u = (np.array([getattr(item, side) for item in comparison.parameters], np.float64) for side in ("m", "u"))
        right = _share_of_first(observed, m, u)
        error = 1 / np.sqrt((observed * ((m - u) / (right * m + (1 - right) * u)) ** 2).sum())
        expected = float((pairs * probability(others[asked])).sum() / pairs.sum())
        share = float((expected - right - 2 * error) * pairs.sum() / candidates.pairs[sure].sum())
        if share > worst:
            worst, which = share, comparison.name
    return worst, which


def _share_of_first(observed: Floats, first: Floats, second: Floats) -> float:
    """Maximum-likelihood share of the first of two known distributions in a mixture."""
    share = 0.99
    for _ in range(SWEEPS):
        chance = share * first / (share * first + (1 - share) * second)
        share = float((observed * chance).sum() / observed.sum())
    return share
