"""Members of one household (同户家庭成员): two persons who agree on telephone, address and surname all at once.

Three classes of pairs are told apart, as Larsen and Rubin (2001) do: one person, two members of one household, two
strangers. Members of a household agree on what is `shared` with probability h instead of u; on everything else they are
as strangers are. An identity number is hardly shared, but a clerk may write it beside the wrong member. Their share of all pairs and h come from EM over all candidates, m, u and the prior held fixed: blocking
finds whoever agrees on much, so that what it does not find need not be known.

Without the third class a telephone, a street and a postcode that agree would count as three pieces of evidence that two
records are one person, where a wife's record explains them at one stroke.
"""

from dataclasses import replace

import numpy as np

from matching.em import by_level
from matching.engines.local import Counts
from matching.model import Comparison, Model, Parameters
from matching.scoring import Floats, Weigher, effective, level_codes, pattern_weights

MOSTLY = 0.5
FEWEST_SHARED = 2
"""With fewer shared comparisons nothing is counted twice."""
FEWEST_MEMBERS = 10.0
"""Expected pairs of members below which they are left out of account."""
PRIOR_MEMBERS = 20.0
"""Pairs of members that the first guess weighs as much as."""
START = 1e-4
MOST_ITERATIONS = 60
TOLERANCE = 1e-4


def has_households(model: Model) -> bool:
    """Whether a model tells members of a household apart: they share several things, and something else is compared."""
    shared = sum(item.shared > MOSTLY for item in model.comparisons)
    return FEWEST_SHARED <= shared < len(model.comparisons)


def is_told(model: Model) -> bool:
    """Whether nothing of households need be estimated: they are left out of account, or h and their prior are there."""
    if model.household_prior == 0 or not has_households(model):
        return True
    return model.household_prior is not None and all(
        level.h is not None for item in model.comparisons if item.shared for level in item.parameters
    )


def with_households(model: Model, given: Model, candidates: Counts, possible_pairs: int) -> Model:
    """The model with h and the household prior.

    Args:
        model: with m, u and prior.
        given: as the caller gave it; parameters stated there stay.
        candidates: pattern counts.
        possible_pairs: pairs in the whole comparison space.
    """
    if given.household_prior == 0 or not has_households(model) or not len(candidates.pairs):
        return replace(model, household_prior=0.0)
    stated = [item.parameters for item in given.comparisons]
    current = model if model.household_prior else _started(model, stated, given.household_prior or START)
    matches = pattern_weights(candidates.patterns, replace(current, household_prior=0.0))
    counted = effective(candidates.patterns, current)
    for _ in range(MOST_ITERATIONS):
        odds = Weigher(current).household_odds(counted)
        share = np.exp2(odds - np.logaddexp2(np.logaddexp2(0.0, odds), matches))
        members = np.asarray(candidates.pairs * share, dtype=np.float64)
        found = float(members.sum())
        if found < FEWEST_MEMBERS and given.household_prior is None:
            return replace(current, household_prior=0.0)
        before, current = current, _updated(current, stated, given, candidates, members, possible_pairs)
        if _moved(before, current) < TOLERANCE:
            break
    return current


def _started(model: Model, stated: list[tuple[Parameters, ...]], prior: float) -> Model:
    comparisons = tuple(
        _with_h(item, stated[place], _default(item)) if item.shared else item
        for place, item in enumerate(model.comparisons)
    )
    return replace(model, comparisons=comparisons, household_prior=prior)


def _default(comparison: Comparison) -> Floats:
    m, u = (np.array([getattr(level, side) for level in comparison.levels]) for side in ("m", "u"))
    return np.asarray(comparison.shared * m / m.sum() + (1 - comparison.shared) * u / u.sum())


def _with_h(comparison: Comparison, stated: tuple[Parameters, ...], h: Floats) -> Comparison:
    """The comparison with h, unless it was stated."""
    if stated and all(item.h is not None for item in stated):
        return comparison
    return replace(
        comparison,
        parameters=tuple(
            replace(item, h=max(float(value), 1e-12), h_from="em")
            for item, value in zip(comparison.parameters, h, strict=True)
        ),
    )


def _updated(
    model: Model,
    stated: list[tuple[Parameters, ...]],
    given: Model,
    candidates: Counts,
    members: Floats,
    possible_pairs: int,
) -> Model:
    comparisons = []
    for place, item in enumerate(model.comparisons):
        if item.shared:
            found = by_level(level_codes(candidates.patterns, place), members, len(item.levels))
            h = (found + PRIOR_MEMBERS * _default(item)) / (found.sum() + PRIOR_MEMBERS)
            item = _with_h(item, stated[place], h)
        comparisons.append(item)
    prior = given.household_prior or min(float(members.sum()) / possible_pairs, 0.5)
    return replace(model, comparisons=tuple(comparisons), household_prior=prior)


def _moved(before: Model, after: Model) -> float:
    """How far the household prior (relatively) and h moved."""
    moves = [abs((after.household_prior or 0.0) / (before.household_prior or 1.0) - 1)]
    for old, new in zip(before.comparisons, after.comparisons, strict=True):
        moves += [abs((b.h or 0.0) - (a.h or 0.0)) for a, b in zip(old.parameters, new.parameters, strict=True)]
    return max(moves)
