"""Matches no blocking rule makes (分块遗漏), by capture and recapture over the rules (捕获-再捕获).

Two sets of rules that read no column in common are two lists of the same matches: what one list makes of the matches the
other made tells what both missed (C. J. Lloyd Petersen 1896; D. G. Chapman, 1951). Each pair counts with its match
probability.

Assumption: given that a pair is a match, errors and gaps in the columns of one list are independent of those of the
other. In careless sources they go together, so that more is missed than independence says. The limits therefore let the
odds ratio of the two lists lie between 1/2 and 4 (sensitivity analysis as in S. Gerritse, P. van der Heijden, B. Bakker,
2015), or, where the matches of a third list show it, up to twice what they show, and at least 2. The upper limit holds
besides `HARD`, for matches so poor that no list sees them. Nothing is stated where the two lists together make too few of
the matches, or the limits are too wide to be of use. What stays unseen: a group of records most of which reach no rule at
all leaves next to no trace in the others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from matching.bilingual import Words
from matching.columns import Longs
from matching.keys import columns_of
from matching.model import Rule
from matching.scoring import Floats

DEPENDENCE = 4.0
"""Odds ratio of two lists up to which the limits reach where no third list tells it."""
WIDEST = 0.1
"""Share of the expected matches that the upper limit may be."""
HARD = 0.2
"""Matches as poor as those that a single rule makes which nothing may see, as a share of these: what few lists see tells
of what none does (I. J. Good, A. Turing, 1953). The share is the one that covered the truth of synthetic sources."""
COVERAGE = 0.9
"""Share of the expected matches that the two lists must make between them."""
FEWEST = 50.0
"""Expected matches below which nothing is stated."""


@dataclass(frozen=True)
class Missed:
    """Expected matches that no rule makes, with limits at 95 %; all None where `declined` says why.

    `lists`: the names of the rules of both lists. `odds_ratio`: how much likelier a match of one list is to be on the
    other, among the matches of a third list; None without one.
    """

    value: float | None
    low: float | None
    high: float | None
    lists: tuple[tuple[str, ...], ...] = ()
    odds_ratio: float | None = None
    declined: Words | None = None


def missed_by_blocking(rules: Sequence[Rule], masks: Longs, matches: Floats) -> Missed:
    """Estimate the matches that no rule makes.

    Args:
        rules: blocking rules, in the order of the mask bits.
        masks: rules that make each group of pairs, one bit per rule.
        matches: expected matches in each group.
    """
    total = float(matches.sum())
    if total < FEWEST:
        return Missed(None, None, None, declined=too_few(total))
    unique, inverse = np.unique(masks, return_inverse=True)
    expected = np.bincount(inverse, matches).astype(np.float64)
    made = ((unique[:, None] >> np.arange(len(rules))) & 1).astype(bool)
    found = [_recapture(made, expected, *pair) for pair in _disjoint(rules)]
    usable = [item for item in found if item is not None]
    if not usable:
        return _declined(
            "no two blocking rules read different columns, so none can tell what another missed",
            "没有两条分块规则使用完全不同的列，无法相互检验遗漏",
        )
    best = min(usable, key=lambda item: item.error)
    share = best.union / total
    if share < COVERAGE:
        return _declined(
            f"the rules that read different columns make {share:.0%} of the expected matches between them; "
            f"{COVERAGE:.0%} are needed",
            f"使用不同列的分块规则合计只覆盖预计匹配的 {share:.0%}，至少需要 {COVERAGE:.0%}",
        )
    ratio = _odds_ratio(rules, made, expected, best)
    dependence = DEPENDENCE if ratio is None else max(2 * ratio, 2.0)
    beyond = best.union - total  # what other rules make that neither list does, negative
    high = _upper(max(dependence * best.unseen + beyond, 0.0) + 2 * best.error + hard_matches(masks, matches))
    if high > WIDEST * total:
        seen = ("", "") if ratio is None else (f", odds ratio {ratio:.1f}", f"（比值比 {ratio:.1f}）")
        return _declined(
            f"the blocking rules depend on each other{seen[0]}: up to {high / total:.0%} may be missed by all",
            f"分块规则相互依赖{seen[1]}：全部规则都遗漏的可能多达 {high / total:.0%}",
        )
    names = tuple(tuple(rules[place].name for place in chosen) for chosen in (best.first, best.second))
    low = np.floor(max(best.unseen / 2 + beyond - 2 * best.error, 0.0))
    return Missed(max(best.unseen + beyond, 0.0), float(low), high, names, ratio)


def hard_matches(masks: Longs, matches: Floats) -> float:
    """Matches that may be too poor for any rule or comparison to see, from those that a single rule makes."""
    single = (masks & (masks - 1)) == 0
    return HARD * float(matches[single].sum())


def _declined(en: str, zh: str) -> Missed:
    return Missed(None, None, None, declined=Words(en, zh))


def too_few(matches: float) -> Words:
    """The reason to state nothing where few matches are expected."""
    return Words(
        f"only {matches:.0f} matches are expected; at least {FEWEST:.0f} are needed",
        f"预计只有 {matches:.0f} 对匹配，至少需要 {FEWEST:.0f} 对",
    )


def _upper(count: float) -> float:
    """Upper limit of a Poisson mean of which `count` were seen (F. Garwood, 1936), as a whole number: 3 where none was."""
    from scipy.stats import chi2

    return float(np.floor(chi2.ppf(0.975, 2 * (count + 1)) / 2))


@dataclass(frozen=True)
class _Recapture:
    first: tuple[int, ...]
    second: tuple[int, ...]
    unseen: float
    union: float
    error: float


def _disjoint(rules: Sequence[Rule]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Pairs of sets of rules without a column in common, each set as large as it can be for its columns."""
    read = [frozenset(column for key in rule.keys for column in columns_of(key)) for rule in rules]
    columns = sorted(frozenset().union(*read))
    seen = set()
    for size in range(1, len(columns)):
        for inside in map(frozenset, combinations(columns, size)):
            first = tuple(place for place, own in enumerate(read) if own <= inside)
            second = tuple(place for place, own in enumerate(read) if not own & inside)
            if first and second and (first, second) not in seen:
                seen |= {(first, second), (second, first)}
                yield first, second


def _recapture(
    made: npt.NDArray[np.bool_], expected: Floats, first: tuple[int, ...], second: tuple[int, ...]
) -> _Recapture | None:
    """Chapman's estimator, as what both lists missed, and its standard error; None where the lists share no match."""
    on_first, on_second = made[:, first].any(axis=1), made[:, second].any(axis=1)
    both = float(expected[on_first & on_second].sum())
    one, other = float(expected[on_first & ~on_second].sum()), float(expected[on_second & ~on_first].sum())
    if both < 1:
        return None
    a, b = one + both, other + both
    error = np.sqrt((a + 1) * (b + 1) * one * other / ((both + 1) ** 2 * (both + 2)))
    return _Recapture(first, second, one * other / (both + 1), one + other + both, float(error))


def _odds_ratio(rules: Sequence[Rule], made: npt.NDArray[np.bool_], expected: Floats, best: _Recapture) -> float | None:
    """Odds ratio of the lists' own rules among the matches of rules that share no column with them, where there are.

    The best pair of lists uses most columns, so smaller lists, one rule of each, are looked at; the median counts.
    """
    read = [frozenset(column for key in rule.keys for column in columns_of(key)) for rule in rules]
    ratios = []
    for a in best.first:
        for b in best.second:
            for c in range(len(rules)):
                if read[a] & read[c] or read[b] & read[c]:
                    continue
                among = made[:, c]
                cells = [
                    float(expected[among & (made[:, a] == x) & (made[:, b] == y)].sum())
                    for x, y in ((1, 1), (0, 0), (1, 0), (0, 1))
                ]
                if sum(cells) >= FEWEST and min(cells[2:]) >= 1:
                    n11, n00, n10, n01 = (cell + 0.5 for cell in cells)
                    ratios.append(n11 * n00 / (n10 * n01))
    return float(np.median(ratios)) if ratios else None
