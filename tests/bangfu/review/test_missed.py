"""Missed cases: the estimate is unbiased, its interval covers, and what cannot be known is refused."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.errors import Refused
from bangfu.review.missed import Stratum, missed


@st.composite
def strata(draw: st.DrawFn) -> Stratum:
    size = draw(st.integers(1, 100_000))
    answered = draw(st.integers(1, min(size, 2_000)))
    drawn = draw(st.integers(answered, size))
    return Stratum(draw(st.text(max_size=3)), size, drawn, answered, draw(st.integers(0, answered)))


def test_candidates_and_the_rest_together() -> None:
    """1,800 candidates, 126 of 300 missed; 48,200 others, 2 of 600: 756 + 161 = 917, 1.83 %, standard error 0.24 points."""
    found = missed([Stratum("rest", 48_200, 600, 600, 2)], [Stratum("candidates", 1_800, 300, 300, 126)])
    assert round(found.total) == 917
    assert (round(100 * found.share, 2), round(100 * found.error / 50_000, 2)) == (1.83, 0.24)
    assert (found.drawn, found.answered) == (900, 900)
    assert found.low < 500 < 917 < 1_400 < found.high


def test_nobody_found_does_not_mean_nobody_missed() -> None:
    """One hundred without a case: 3.6 % cannot be excluded."""
    found = missed([Stratum("rest", 48_200, 100, 100, 0)])
    assert (found.total, found.low, round(found.share_high, 3)) == (0, 0, 0.036)


def test_a_census_is_certain() -> None:
    found = missed([Stratum("a", 50, 50, 50, 3), Stratum("b", 20, 20, 20, 0)])
    assert (found.total, found.low, found.high, found.error) == (3, 3, 3, 0)


@pytest.mark.parametrize(
    ("rest", "candidates", "says"),
    [
        ((), (Stratum("candidates", 1_800, 300, 300, 126),), "随机样本"),
        ((Stratum("rest", 0, 0, 0, 0),), (Stratum("candidates", 1_800, 300, 300, 126),), "随机样本"),
        ((Stratum("昆明", 900, 20, 0, 0), Stratum("曲靖", 900, 20, 20, 0)), (), "昆明"),
    ],
)
def test_what_cannot_be_known_is_refused(rest: tuple[Stratum, ...], candidates: tuple[Stratum, ...], says: str) -> None:
    """A list cannot tell whom it lacks; a stratum nobody answered from is not zero."""
    with pytest.raises(Refused) as raised:
        missed(rest, candidates)
    assert raised.value.code == "not_estimable"
    assert says in raised.value.zh


@pytest.mark.parametrize("numbers", [(10, 11, 5, 1), (10, 5, 6, 1), (10, 5, 5, 6), (10, 5, 5, -1)])
def test_numbers_contain_each_other(numbers: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="does not hold"):
        Stratum("a", *numbers)


def test_the_estimate_and_its_variance_are_unbiased() -> None:
    """Over every sample there is: the mean of the estimates is the truth, the mean variance that of the estimates."""
    one, other = (1, 1, 0, 0, 0, 0), (1, 0, 0, 0, 0)
    totals, variances = [], []
    for first in combinations(one, 3):
        for second in combinations(other, 2):
            found = missed([Stratum("a", 6, 3, 3, sum(first)), Stratum("b", 5, 2, 2, sum(second))])
            totals.append(found.total)
            variances.append(found.error**2)
    assert np.mean(totals) == pytest.approx(3)
    assert np.mean(variances) == pytest.approx(np.var(totals))


@pytest.mark.parametrize("shares", [(0.001, 0.03), (0.01, 0.01), (0.2, 0.002)])
def test_the_interval_covers_at_least_as_often_as_it_says(shares: tuple[float, float]) -> None:
    """2,000 draws from strata of unlike rates and unlike sampling fractions."""
    sizes, samples = (40_000, 3_000), (600, 150)
    truths = [round(size * share) for size, share in zip(sizes, shares, strict=True)]
    random = np.random.default_rng(7)
    covered = 0
    for _ in range(2_000):
        found = [
            int(random.hypergeometric(true, size - true, n))
            for true, size, n in zip(truths, sizes, samples, strict=True)
        ]
        estimate = missed([Stratum(str(h), sizes[h], samples[h], samples[h], found[h]) for h in (0, 1)])
        covered += estimate.low <= sum(truths) <= estimate.high
    assert covered / 2_000 >= 0.94


def with_stand_ins(
    random: np.random.Generator, needy: int, size: int, planned: int, reach: tuple[float, float]
) -> float:
    """An estimate from one stratum: households are asked in random order until so many answered.

    Args:
        random: Where chance comes from.
        needy, size: Households in hardship, and all.
        planned: Households drawn.
        reach: Share that is reached of those in hardship, and of the others.
    """
    order = random.permutation(size) < needy
    reached = random.random(size) < np.where(order, *reach)
    asked = int(np.searchsorted(np.cumsum(reached), planned)) + 1
    found = int((order & reached)[:asked].sum())
    return missed([Stratum("a", size, asked, planned, found)]).total


def test_stand_ins_take_no_household_out_of_the_estimate() -> None:
    """900 of 9,000 are in hardship and two of five of all are not reached: with stand-ins the mean of the estimates is the truth."""
    random = np.random.default_rng(11)
    totals = [with_stand_ins(random, 900, 9_000, 60, (0.6, 0.6)) for _ in range(1_500)]
    error = np.std(totals) / len(totals) ** 0.5
    assert np.mean(totals) == pytest.approx(900, abs=3 * error)
    assert error < 12, "or the comparison would tell nothing"


def test_where_hardship_is_harder_to_reach_the_estimate_is_too_low_by_what_is_said() -> None:
    """N p r1 / (p r1 + (1 - p) r0): 900 of 9,000, of whom half as many are reached: 474, stand-ins or none."""
    random = np.random.default_rng(12)
    totals = [with_stand_ins(random, 900, 9_000, 60, (0.4, 0.8)) for _ in range(1_500)]
    expected = 9_000 * 0.1 * 0.4 / (0.1 * 0.4 + 0.9 * 0.8)
    assert round(expected) == 474
    assert np.mean(totals) == pytest.approx(expected, abs=3 * np.std(totals) / len(totals) ** 0.5)


@given(st.lists(strata(), min_size=1, max_size=5), st.floats(1, 3))
def test_the_estimate_lies_in_its_interval_and_the_interval_in_what_is_possible(
    rest: list[Stratum], effect: float
) -> None:
    found, wider = missed(rest), missed(rest, design_effect=effect)
    seen, size = sum(item.missed for item in rest), sum(item.size for item in rest)
    possible = size - sum(item.answered - item.missed for item in rest)
    slack = 1e-6 * size
    assert seen - slack <= found.low <= found.total + slack
    assert found.total - slack <= found.high <= possible + slack
    assert 0 <= found.share_low <= found.share_high <= 1
    assert wider.low <= found.low + slack
    assert wider.high >= found.high - slack
