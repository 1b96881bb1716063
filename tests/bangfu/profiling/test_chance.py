"""The tests of chance agree with the textbook distributions and never stop small extracts for nothing."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.profiling.chance import (
    chance_of_count,
    chance_of_distance,
    chance_of_share,
    chance_of_shares,
    distance,
)

small = st.integers(0, 40)
counts = st.dictionaries(st.sampled_from("abcde"), st.integers(1, 30), min_size=1)


@given(small, small, st.integers(1, 99))
def test_a_share_is_judged_by_the_exact_binomial(count: int, more: int, percent: int) -> None:
    total, share = count + more, percent / 100
    exact = sum(comb(total, i) * share**i * (1 - share) ** (total - i) for i in range(count, total + 1))
    assert chance_of_share(count, total, share) == pytest.approx(exact, rel=1e-9, abs=1e-12)


@given(small, small, small, small)
def test_two_shares_are_judged_by_fishers_exact_test(count: int, rest: int, other: int, others: int) -> None:
    rows, total, every = count + rest, count + rest + other + others, count + other
    ways = {k: comb(every, k) * comb(total - every, rows - k) for k in range(min(every, rows) + 1)}
    larger = count * (other + others) >= other * rows
    tail = sum(way for k, way in ways.items() if (k >= count if larger else k <= count))
    exact = min(1.0, 2 * tail / comb(total, rows))
    assert chance_of_shares((count, rows), (other, other + others)) == pytest.approx(exact, rel=1e-9)


def test_large_extracts_are_judged_at_once_and_without_overflow() -> None:
    assert chance_of_shares((9_000_000, 10_000_000), (9_000_000, 10_000_000)) == 1.0
    assert chance_of_shares((9_000_000, 10_000_000), (7_000_000, 10_000_000)) == 0.0
    assert chance_of_share(1_000_000, 10_000_000, 0.1) == pytest.approx(0.5, abs=0.001)


@pytest.mark.parametrize(
    ("now", "before", "chance"), [(20, 20, 1.0), (27, 20, 0.3817), (40, 20, 0.0135), (20, 40, 0.0135), (0, 0, 1.0)]
)
def test_numbers_of_rows_are_judged_alike_in_both_directions(now: int, before: int, chance: float) -> None:
    assert chance_of_count(now, before) == pytest.approx(chance, abs=5e-5)


@given(counts, counts)
def test_a_distance_lies_between_nothing_and_all_and_is_the_same_both_ways(
    now: dict[str, int], before: dict[str, int]
) -> None:
    assert distance(now, now) == 0
    assert 0 <= distance(now, before) <= 1
    assert distance(now, before) == pytest.approx(distance(before, now))


def test_distributions_are_judged_by_dealing_the_rows_anew() -> None:
    nineteen_groups = {str(code): 1 for code in range(19)}
    other_groups = {str(code + 10): 1 for code in range(19)}
    assert distance(nineteen_groups, other_groups) == pytest.approx(10 / 19)
    assert chance_of_distance(nineteen_groups, other_groups) > 0.5  # nineteen rows of nineteen groups say nothing
    assert chance_of_distance({"1": 18, "2": 2}, {"1": 2, "2": 18}) == 0.0002
    assert chance_of_distance({"1": 10, "2": 10}, {"1": 12, "2": 8}) == pytest.approx(0.75, abs=0.03)
    assert chance_of_distance({"1": 5}, {"1": 90}) == chance_of_distance({}, {"1": 90}) == 1.0
