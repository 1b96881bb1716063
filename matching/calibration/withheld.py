"""Is the model overconfident? Each comparison in turn is withheld and asked afterwards (留一比对检验).

Among the pairs that all other comparisons are sure of, the levels of the withheld one are a mixture of m and u, and the
share of u says how many of them are false: errors that go together (a household shares surname, address and telephone)
show here, which the model's own probabilities do not know of. Most of these false pairs the withheld comparison then
turns down itself; what counts is the rest, whom it resembles by chance.
"""

import numpy as np

from matching.engines.local import Counts
from matching.levels import BITS
from matching.model import Model
from matching.scoring import Floats, effective, level_codes, pattern_weights, probability

FEWEST_PAIRS = 50
SWEEPS = 200


def unexpected_share(model: Model, candidates: Counts, threshold: float) -> tuple[float, str | None]:
    """Largest share of false pairs beyond the expected that a withheld comparison shows, and which; 0 where none does.

    Shown is what exceeds two standard errors. The share is of all pairs that the whole model accepts; where the withheld
    comparison is missing, nothing is unexpected.

    Args:
        model: with all parameters.
        candidates: pattern counts.
        threshold: probability from which a pair is accepted, and from which the others are sure of it.
    """
    counted = effective(candidates.patterns, model)
    weights = pattern_weights(candidates.patterns, model)
    chance = probability(weights)
    accepted = chance >= threshold
    worst, which = 0.0, None
    for place, comparison in enumerate(model.comparisons):
        codes = level_codes(counted, place)
        others = pattern_weights(candidates.patterns & ~(((1 << BITS) - 1) << (BITS * place)), model)
        asked = (probability(others) >= threshold) & (codes > 0)
        if candidates.pairs[asked].sum() < FEWEST_PAIRS or not (asked & accepted).any():
            continue
        observed = np.bincount(codes[asked], candidates.pairs[asked], minlength=len(comparison.levels) + 1)[1:]
        m, u = (np.array([getattr(item, side) for item in comparison.parameters], np.float64) for side in ("m", "u"))
        right = _surest_share(observed.astype(np.float64), m, u)
        false = (1 - right) * u / (right * m + (1 - right) * u)
        both = asked & accepted
        unexpected = false[codes[both] - 1] - (1 - chance[both])
        share = float((candidates.pairs[both] * unexpected).sum() / candidates.pairs[accepted].sum())
        if share > worst:
            worst, which = share, comparison.name
    return worst, which


def _surest_share(observed: Floats, first: Floats, second: Floats) -> float:
    """Share of the first of two known distributions in a mixture: maximum likelihood and two standard errors more."""
    share = 0.99
    for _ in range(SWEEPS):
        chance = share * first / (share * first + (1 - share) * second)
        share = float((observed * chance).sum() / observed.sum())
    information = (observed * ((first - second) / (share * first + (1 - share) * second)) ** 2).sum()
    return min(share + 2 / float(np.sqrt(max(information, 1e-9))), 1.0)
