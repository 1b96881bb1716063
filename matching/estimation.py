"""Estimation (参数估计): u from random pairs, m by EM within each training rule, prior from all candidates.

EM over the union of blocks would find the blocks, not the matches; within one rule the remaining comparisons
vary freely. A comparison takes no part in a rule that reads one of its columns, nor where another comparison
implies it. Both passes are repeated, because the few true matches among random pairs inflate u of
discriminating levels: random pairs are weighted by their probability of being no match. And they are too few to show
what two persons seldom share, such as an identity number that one of them carries by mistake: the candidates that are
no match show it, and u is at least their share of all possible pairs. What the members of a household agree on all at
once is the third pass (`matching.households`).

Levels seldom or never observed fall back on the declared defaults: for u each default weighs as much as one
observation, (n + 1) / (N + 1/default); for m the defaults weigh as much as `PRIOR_MATCHES` pairs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from matching.em import MOST_ITERATIONS, Classes, by_level, expectation_maximisation
from matching.engines.local import Counts, merge_counts
from matching.households import MOSTLY, is_told, with_households
from matching.keys import columns_of
from matching.levels import BITS
from matching.model import Comparison, Model, Origin, Parameters
from matching.scoring import Floats, Weigher, effective, either, level_codes, pattern_weights, prior_weight, probability

Side = Literal["m", "u"]

PRIOR_MATCHES = 20.0
ROUNDS = 3
MOST_SWEEPS = 10


@dataclass(frozen=True)
class RuleEstimate:
    """EM within one rule: iterations, whether it converged, the share and number of matches it expects."""

    rule: str
    iterations: int
    converged: bool
    match_share: float
    expected_matches: float


@dataclass(frozen=True)
class Estimate:
    """The model with parameters, and how they came about."""

    model: Model
    rules: tuple[RuleEstimate, ...]
    expected_matches: float
    notes: tuple[str, ...]


def estimate(model: Model, candidates: Counts, random: Counts, possible_pairs: int) -> Estimate:
    """Fill the model's null parameters and prior.

    Args:
        model: given parameters stay as they are.
        candidates: pattern counts by the set of rules that make each pair.
        random: pattern counts of random pairs.
        possible_pairs: pairs in the whole comparison space.
    """
    given = model
    current = _with_u(_defaults(model), given, random, np.ones(len(random.pairs)))
    rules: tuple[RuleEstimate, ...] = ()
    seen: set[str] = set()
    expected = 0.0
    for _ in range(ROUNDS):
        current, rules, seen = _with_m(current, given, candidates)
        current = with_households(current, given, candidates, possible_pairs)
        current, learnt = _with_m_beside_households(current, given, candidates, seen)
        seen |= learnt
        current, expected = _with_prior(current, given, candidates, possible_pairs)
        no_match = 1 - probability(pattern_weights(random.patterns, current))
        current = _with_u(current, given, random, no_match, _least_u(current, candidates, possible_pairs))
    current, expected = _with_prior(current, given, candidates, possible_pairs)
    notes = tuple(
        f"comparison '{item.name}': no training rule leaves it free; its m are the declared defaults"
        for item in given.comparisons
        if item.name not in seen and not _is_given(item, "m")
    )
    slow = tuple(f"EM did not converge within rule '{rule.rule}'" for rule in rules if not rule.converged)
    if not any(rule.train for rule in model.blocking.rules):
        slow += ("no training rule fits the tables, so m is estimated within all rules; check the result",)
    return Estimate(current, rules, expected, notes + slow)


def is_complete(model: Model) -> bool:
    """Whether every parameter and the prior are set, so that nothing need be estimated."""
    return (
        model.prior is not None
        and is_told(model)
        and all(_is_given(item, "m") and _is_given(item, "u") for item in model.comparisons)
    )


def _is_given(comparison: Comparison, side: str) -> bool:
    return bool(comparison.parameters) and all(getattr(item, side) is not None for item in comparison.parameters)


def _defaults(model: Model) -> Model:
    filled = []
    for comparison in model.comparisons:
        stated = comparison.parameters or tuple(Parameters() for _ in comparison.levels)
        m = _normal(np.array([level.m for level in comparison.levels]), [item.m for item in stated])
        u = _normal(np.array([level.u for level in comparison.levels]), [item.u for item in stated])
        filled.append(_set(_set(comparison, "m", m, stated, "default"), "u", u, stated, "default"))
    return replace(model, comparisons=tuple(filled), prior=model.prior or 1e-4)


def _normal(values: Floats, given: Sequence[float | None]) -> Floats:
    """Values that sum to one, given ones unchanged."""
    fixed = np.array([value is not None for value in given])
    stated = np.array([value or 0.0 for value in given])
    rest = max(1 - stated[fixed].sum(), 1e-12)
    free = values[~fixed].sum()
    return np.asarray(np.where(fixed, stated, values * rest / free if free else stated))


def _set(
    comparison: Comparison, side: Side, values: Floats, stated: Sequence[Parameters], origin: Origin
) -> Comparison:
    """One parameter of every level; where it was stated, its origin stays."""
    least = {"m": 1e-12, "u": 1e-15}[side]
    return replace(
        comparison,
        parameters=tuple(
            replace(now, **_one_side(side, max(float(value), least), was, origin))
            for now, value, was in zip(comparison.parameters or stated, values, stated, strict=True)
        ),
    )


def _one_side(side: Side, value: float, was: Parameters, origin: Origin) -> dict[str, Any]:
    return {side: value, f"{side}_from": origin if getattr(was, side) is None else getattr(was, f"{side}_from")}


def _stated(given: Model, position: int) -> tuple[Parameters, ...]:
    comparison = given.comparisons[position]
    return comparison.parameters or tuple(Parameters() for _ in comparison.levels)


def _least_u(model: Model, candidates: Counts, possible_pairs: int) -> list[Floats]:
    """For each comparison the share of all possible pairs that are candidates of a level, and no match.

    Blocking finds every pair that shares an identity number, so there it is u itself; elsewhere it is less.
    """
    no_match = candidates.pairs * (1 - probability(pattern_weights(candidates.patterns, model)))
    return [
        by_level(level_codes(candidates.patterns, place), no_match, len(item.levels)) / possible_pairs
        for place, item in enumerate(model.comparisons)
    ]


def _with_u(
    model: Model, given: Model, random: Counts, no_match: Floats, least: Sequence[Floats] | None = None
) -> Model:
    weights = random.pairs * no_match
    updated = []
    for position, comparison in enumerate(model.comparisons):
        levels = comparison.levels
        found = by_level(level_codes(random.patterns, position), weights, len(levels))
        default = np.array([level.u for level in levels])
        u = (found + 1) / (found.sum() + 1 / default)
        if least is not None:
            u = np.maximum(u, least[position])
        stated = _stated(given, position)
        origin: Origin = "random_pairs" if found.sum() else "default"
        updated.append(_set(comparison, "u", _normal(u, [item.u for item in stated]), stated, origin))
    return replace(model, comparisons=tuple(updated))


def _with_m(model: Model, given: Model, candidates: Counts) -> tuple[Model, tuple[RuleEstimate, ...], set[str]]:
    totals = [np.zeros(len(item.levels)) for item in model.comparisons]
    estimates, seen = [], set()
    counted = effective(candidates.patterns, model)
    lost = np.round(either(Weigher(model).household_odds(counted)) * 4) / 4
    any_trains = any(rule.train for rule in model.blocking.rules)
    for number, rule in enumerate(model.blocking.rules):
        if any_trains and not rule.train:
            continue
        read = {column for key in rule.keys for column in columns_of(key)}
        free = [place for place, item in enumerate(model.comparisons) if not read.intersection(item.columns)]
        chosen = (candidates.masks >> number) & 1 == 1
        if not chosen.any() or not free:
            continue
        mask = np.int64(sum(((1 << BITS) - 1) << (BITS * place) for place in free))
        within, losses = _within(
            Counts(candidates.patterns[chosen] & mask, counted[chosen] & mask, candidates.pairs[chosen]),
            lost[chosen],
        )
        result, found = _em(model, given, within, losses, free, rule.name)
        estimates.append(result)
        for place in free:
            totals[place] += found[place]
            if found[place].sum() > 1:
                seen.add(model.comparisons[place].name)
    updated = []
    for position, comparison in enumerate(model.comparisons):
        m = _posterior_m(comparison, totals[position])
        stated = _stated(given, position)
        origin: Origin = "em" if comparison.name in seen else "default"
        updated.append(_set(comparison, "m", _normal(m, [item.m for item in stated]), stated, origin))
    return replace(model, comparisons=tuple(updated)), tuple(estimates), seen


def _within(observed: Counts, lost: Floats) -> tuple[Counts, Floats]:
    """Distinct (observed levels, counted levels, bits lost) with their pairs."""
    if not lost.any():
        merged = merge_counts([observed])
        return merged, np.zeros(len(merged.pairs))
    keys = np.column_stack([observed.patterns, observed.masks, (lost * 4).astype(np.int64)])
    distinct, which = np.unique(keys, axis=0, return_inverse=True)
    pairs = np.bincount(which.ravel(), observed.pairs, len(distinct)).astype(np.int64)
    return Counts(distinct[:, 0].copy(), distinct[:, 1].copy(), pairs), distinct[:, 2] / 4


def _with_m_beside_households(model: Model, given: Model, candidates: Counts, seen: set[str]) -> tuple[Model, set[str]]:
    """m of comparisons that no training rule leaves free, from the other rules, which hold members of households too.

    Since those are told apart, what remains are matches as within a training rule.
    """
    if not model.household_prior:
        return model, set()
    learnt = set()
    for place, item in enumerate(model.comparisons):
        rules = [
            number
            for number, rule in enumerate(model.blocking.rules)
            if not any(item.columns[0] in columns_of(key) for key in rule.keys)
        ]
        chosen = candidates.masks & sum(1 << number for number in rules) != 0
        if item.name in seen or item.shared > MOSTLY or not chosen.any():
            continue
        codes = level_codes(candidates.patterns[chosen], place)
        stated = _stated(given, place)
        for _ in range(MOST_SWEEPS):
            chance = probability(pattern_weights(candidates.patterns[chosen], model))
            found = by_level(codes, candidates.pairs[chosen] * chance, len(item.levels))
            m = _normal(_posterior_m(item, found), [level.m for level in stated])
            item = _set(item, "m", m, stated, "em")
            model = replace(model, comparisons=(*model.comparisons[:place], item, *model.comparisons[place + 1 :]))
        if found.sum() > 1:
            learnt.add(item.name)
    return model, learnt


def _posterior_m(comparison: Comparison, found: Floats) -> Floats:
    default = np.array([level.m for level in comparison.levels])
    default /= default.sum()
    return np.asarray((found + PRIOR_MATCHES * default) / (found.sum() + PRIOR_MATCHES))


def _em(
    model: Model, given: Model, within: Counts, losses: Floats, free: Sequence[int], name: str
) -> tuple[RuleEstimate, dict[int, Floats]]:
    """EM over the pairs of one rule with u held fixed; the expected matches by level of each free comparison.

    `within.patterns` are the observed levels, `within.masks` those that count, `losses` the bits by which members of a
    household explain them better than chance does. Implied comparisons do not help
    to tell matches apart, but once told, their levels are counted: pairs with equal identity numbers are the
    best evidence on how often birth dates are wrong.
    """

    def update(place: int, found: Floats) -> Floats:
        stated = [item.m for item in _stated(given, free[place])]
        return _normal(_posterior_m(model.comparisons[free[place]], found), stated)

    parameters = [model.comparisons[place].parameters for place in free]
    start = Classes(
        tuple(np.array([item.m for item in levels], dtype=np.float64) for levels in parameters),
        tuple(np.array([item.u for item in levels], dtype=np.float64) for levels in parameters),
        0.5,
    )
    codes = [(level_codes(within.masks, place), level_codes(within.patterns, place)) for place in free]
    result = expectation_maximisation(codes, within.pairs.astype(np.float64), start, update, losses=losses)
    share = result.classes.share
    expected = share * float(within.pairs.sum())
    report = RuleEstimate(name, result.iterations, result.converged, share, expected)
    return report, dict(zip(free, result.matches, strict=True))


def _with_prior(model: Model, given: Model, candidates: Counts, possible_pairs: int) -> tuple[Model, float]:
    """Prior such that the expected matches among all candidates are its share of all possible pairs."""
    if not len(candidates.pairs):
        return model, 0.0
    factors = pattern_weights(candidates.patterns, model) - prior_weight(model)
    share = model.prior or 1e-4
    matches = 0.0
    for _ in range(MOST_ITERATIONS):
        matches = float((candidates.pairs * probability(factors + np.log2(share / (1 - share)))).sum())
        if given.prior is not None:
            return model, matches
        new = float(np.clip(matches / possible_pairs, 0.1 / possible_pairs, 0.5))
        if abs(new - share) <= 1e-6 * share:
            break
        share = new
    return replace(model, prior=share), matches
