"""Whether a difference between two extracts is more than chance (偶然波动): small extracts differ without a cause.

Every function returns the probability that chance alone makes a difference as large as the one seen. Rows are taken to
be independent; members of one household or enterprise are not, so the true probability of a small extract is somewhat
higher.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["chance_of_count", "chance_of_distance", "chance_of_share", "chance_of_shares", "distance"]

_NEGLIGIBLE = 1e-12
_DRAWS = 4_999
_SEED = 20_260_101


def chance_of_share(count: int, total: int, share: float) -> float:
    """That at least `count` of `total` rows are met where each is with the probability `share`: the exact binomial.

    P(X ≥ k) = Σ_{i ≥ k} C(n, i) sⁱ (1 - s)ⁿ⁻ⁱ.

    >>> round(chance_of_share(6, 20, 0.1), 4)
    0.0113
    """
    if count <= 0 or share >= 1:
        return 1.0
    if share <= 0:
        return 0.0
    first = _log_choose(total, count) + count * math.log(share) + (total - count) * math.log1p(-share)
    odds = share / (1 - share)
    return _tail(first, count, total, lambda i: (total - i) / (i + 1) * odds)


def chance_of_shares(now: tuple[int, int], before: tuple[int, int]) -> float:
    """That two shares of one population differ so much: Fisher's exact test, its smaller tail doubled.

    With n rows now, N in both extracts, K of them counted, k of those now: P(X ≥ k) = Σ_{i ≥ k} C(K, i) C(N - K, n - i)
    / C(N, n).

    Args:
        now: Rows counted and all rows of this extract.
        before: The same of the previous one.

    >>> round(chance_of_shares((10, 20), (18, 20)), 4), round(chance_of_shares((2, 3), (3, 3)), 4)
    (0.0138, 1.0)
    """
    (count, rows), (other, others) = now, before
    if count * others < other * rows:
        count, other = rows - count, others - other
    every, total = count + other, rows + others
    first = _log_choose(every, count) + _log_choose(total - every, rows - count) - _log_choose(total, rows)
    most = min(every, rows)
    upper = _tail(first, count, most, lambda i: (every - i) * (rows - i) / ((i + 1) * (total - every - rows + i + 1)))
    return min(1.0, 2 * upper)


def chance_of_count(now: int, before: int) -> float:
    """That two numbers of rows of one rate differ so much: the larger is binomial with ½ given their sum, doubled.

    >>> round(chance_of_count(40, 20), 4), round(chance_of_count(27, 20), 2)
    (0.0135, 0.38)
    """
    return min(1.0, 2 * chance_of_share(max(now, before), now + before, 0.5))


def distance(now: Mapping[str, int], before: Mapping[str, int]) -> float:
    """The total-variation distance of two distributions: half the sum of the absolute differences of their shares.

    >>> distance({"1": 5, "2": 5}, {"1": 9, "2": 1})
    0.4
    """
    rows, others = max(1, sum(now.values())), max(1, sum(before.values()))
    return sum(abs(now.get(code, 0) / rows - before.get(code, 0) / others) for code in {*now, *before}) / 2


def chance_of_distance(now: Mapping[str, int], before: Mapping[str, int]) -> float:
    """That two samples of one distribution lie so far apart: a permutation test of the distance.

    Rows of both extracts are dealt out anew 4,999 times, by a generator with a fixed seed; with b deals at least as far
    apart as what was seen, the chance is (b + 1) / 5,000 (B. Phipson and G. Smyth, "Permutation p-values should never
    be zero", 2010).

    >>> chance_of_distance({"1": 500, "2": 500}, {"1": 900, "2": 100})
    0.0002
    """
    codes = sorted({*now, *before})
    pooled = np.array([now.get(code, 0) + before.get(code, 0) for code in codes])
    rows, others = sum(now.values()), sum(before.values())
    if not rows or not others or len(codes) < 2:
        return 1.0
    deals = np.random.default_rng(_SEED).multivariate_hypergeometric(pooled, rows, _DRAWS)
    apart = np.abs(deals / rows - (pooled - deals) / others).sum(axis=1) / 2
    return float((np.count_nonzero(apart >= distance(now, before) - _NEGLIGIBLE) + 1) / (_DRAWS + 1))


def _log_choose(total: int, count: int) -> float:
    return math.lgamma(total + 1) - math.lgamma(count + 1) - math.lgamma(total - count + 1)


def _tail(first: float, start: int, end: int, factor: Callable[[int], float]) -> float:
    """A sum of terms from a first one's logarithm, each next one by its factor, until they are negligible."""
    term = total = 1.0
    for place in range(start, end):
        ratio = factor(place)
        term *= ratio
        total += term
        if ratio < 1 and term < _NEGLIGIBLE * total:
            break
    return min(1.0, math.exp(first) * total)
