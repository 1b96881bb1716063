"""Expectation maximisation (EM 算法) over level codes: two classes, levels independent within each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from matching.columns import Longs
from matching.scoring import Floats, probability

TOLERANCE = 1e-5
MOST_ITERATIONS = 200


@dataclass(frozen=True)
class Classes:
    """P(level | match) and P(level | no match) of each comparison, and the share of matches."""

    m: tuple[Floats, ...]
    u: tuple[Floats, ...]
    share: float


@dataclass(frozen=True)
class EmResult:
    """Where EM came to rest; `matches` are the expected matches by level of each comparison."""

    classes: Classes
    matches: tuple[Floats, ...]
    iterations: int
    converged: bool


Update = Callable[[int, Floats], Floats]
"""`update(comparison, expected pairs by level)` gives new probabilities by level."""


def expectation_maximisation(
    codes: Sequence[tuple[Longs, Longs]],
    pairs: Floats,
    start: Classes,
    update_m: Update,
    *,
    free_u: bool = False,
    losses: Floats | None = None,
) -> EmResult:
    """Fit the two classes to counted vectors of level codes.

    Args:
        codes: for each comparison the levels that count as evidence and the levels observed, one entry per
            distinct vector; code 0 is missing and says nothing. They differ where a comparison is implied by another.
        pairs: how often each vector occurs.
        start: where to begin.
        update_m: turns expected matches by level into m.
        losses: bits that each vector's match weight loses, since something else than chance explains it too.
        free_u: also re-estimate u; by default it stays as it is.
    """
    m, u, share = list(start.m), list(start.u), start.share
    total = float(pairs.sum())
    iterations, converged = 0, False
    matches: tuple[Floats, ...] = ()
    while iterations < MOST_ITERATIONS and not converged:
        iterations += 1
        weights = match_weights([counted for counted, _ in codes], Classes(tuple(m), tuple(u), share))
        chance = probability(weights if losses is None else weights - losses)
        matches = tuple(by_level(observed, pairs * chance, len(m[place])) for place, (_, observed) in enumerate(codes))
        change = 0.0
        for place, found in enumerate(matches):
            new = update_m(place, found)
            change = max(change, float(np.abs(new - m[place]).max()))
            m[place] = new
            if free_u:
                rest = by_level(codes[place][1], pairs * (1 - chance), len(u[place]))
                u[place] = (rest + 1e-9) / (rest.sum() + len(rest) * 1e-9)
        new_share = float(np.clip((pairs * chance).sum() / total, 1e-9, 1 - 1e-9))
        converged = change < TOLERANCE and abs(new_share - share) < TOLERANCE
        share = new_share
    return EmResult(Classes(tuple(m), tuple(u), share), matches, iterations, converged)


def match_weights(codes: Sequence[Longs], classes: Classes) -> Floats:
    """log2 odds of a match for each vector of level codes."""
    weight = np.full(len(codes[0]), np.log2(classes.share / (1 - classes.share)))
    for counted, m, u in zip(codes, classes.m, classes.u, strict=True):
        weight += np.concatenate([[0.0], np.log2(m / u)])[counted]
    return weight


def by_level(codes: Longs, weights: Floats, levels: int) -> Floats:
    """Weight by level 1..`levels`, missing left out."""
    by_code = np.bincount(codes, weights, minlength=levels + 1)
    return np.asarray(by_code[1 : levels + 1], dtype=np.float64)
