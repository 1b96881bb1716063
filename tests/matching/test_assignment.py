"""One-to-one is the best sum of weights, not the best pair first."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from matching import assignment
from matching.assignment import assign


def chosen(pairs, kind):
    left, right, gain = (np.array(column) for column in zip(*pairs, strict=True))
    return [pair for pair, taken in zip(pairs, assign(left, right, gain, kind)[0], strict=True) if taken]


CHAIN = [(0, 0, 5.0), (0, 1, 6.0), (1, 1, 5.0)]


def test_one_to_one_is_optimal_where_best_first_is_not():
    assert chosen(CHAIN, "one_to_one") == [(0, 0, 5.0), (1, 1, 5.0)]


def test_many_to_one_gives_each_right_row_its_best():
    assert chosen(CHAIN, "many_to_one") == [(0, 0, 5.0), (0, 1, 6.0)]


def test_below_the_threshold_nothing_is_accepted():
    for kind in ("none", "one_to_one", "many_to_one"):
        assert chosen([(0, 0, -1.0)], kind) == []


def test_a_component_too_large_is_assigned_best_first_and_counted(monkeypatch):
    monkeypatch.setattr(assignment, "LARGEST", 2)
    left, right, gain = (np.array(column) for column in zip(*CHAIN, strict=True))
    taken, large = assign(left, right, gain, "one_to_one")
    assert (taken.tolist(), large) == ([False, True, False], 1)
    assert assign(left[:1], right[:1], gain[:1], "one_to_one")[1] == 0, "a pair alone is no component to assign"


def test_of_equally_heavy_sets_earlier_rows_are_paired_with_earlier_ones():
    """Two households' twins, and three claimants of one record: what is taken is stated, not the solver's whim."""
    square = [(row, column, 5.0) for row in range(3) for column in range(3)]
    assert [pair[:2] for pair in chosen(square, "one_to_one")] == [(0, 0), (1, 1), (2, 2)]
    column = [(row, 4, 5.0) for row in range(3)]
    assert chosen(column, "one_to_one") == chosen(column, "many_to_one") == [(0, 4, 5.0)]


def test_of_equally_heavy_sets_the_one_with_more_pairs_is_taken():
    assert chosen([(0, 0, 3.0), (0, 1, 6.0), (1, 1, 3.0)], "one_to_one") == [(0, 0, 3.0), (1, 1, 3.0)]
    assert chosen([(0, 0, 0.0), (0, 1, 1.0)], "one_to_one") == [(0, 1, 1.0)]


def test_far_above_the_threshold_more_pairs_come_before_heavier_ones():
    """Where anything is acceptable, a threshold far below every weight, all that can be matched is matched."""
    far = 1000.0
    assert chosen([(0, 0, far), (0, 1, far + 20), (1, 1, far + 1)], "one_to_one") == [(0, 0, far), (1, 1, far + 1)]
    assert chosen([(0, 0, far + 2), (0, 1, far + 1)], "one_to_one") == [(0, 0, far + 2)]


PAIRS = st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 3)), st.integers(0, 20), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(PAIRS)
def test_no_other_one_to_one_choice_weighs_more(weights):
    pairs = [(*pair, float(gain)) for pair, gain in weights.items()]
    best = max(
        sum(pair[2] for pair in some)
        for size in range(len(pairs) + 1)
        for some in combinations(pairs, size)
        if len({pair[0] for pair in some}) == len({pair[1] for pair in some}) == size
    )
    found = chosen(pairs, "one_to_one")
    assert sum(pair[2] for pair in found) == pytest.approx(best)
    assert len({pair[0] for pair in found}) == len({pair[1] for pair in found}) == len(found)


TIED = st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 3)), st.integers(0, 2), min_size=2, max_size=9)


def connected(pairs):
    """Whether the pairs are one component."""
    reached = {pairs[0]}
    while (
        grown := {pair for pair in pairs for other in reached if pair[0] == other[0] or pair[1] == other[1]} - reached
    ):
        reached |= grown
    return len(reached) == len(pairs)


@pytest.mark.parametrize("dense", [0, 200], ids=["sparse", "dense"])
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(weights=TIED)
def test_ties_are_broken_as_stated(dense, weights):
    """Against every possible choice: weight, then number of pairs, then earlier rows with earlier rows, exactly."""
    assume(connected(list(weights)))
    rows, columns = (sorted({pair[side] for pair in weights}) for side in (0, 1))

    def rank(some):
        earlier = sum(
            Fraction(len(rows) - rows.index(row), len(rows))
            * Fraction(len(columns) - columns.index(column), len(columns))
            for row, column in some
        )
        return sum(weights[pair] for pair in some), len(some), earlier

    choices = [
        some
        for size in range(len(weights) + 1)
        for some in combinations(weights, size)
        if len({row for row, _ in some}) == len({column for _, column in some}) == size
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignment, "DENSE", dense)
        found = chosen([(*pair, float(weight)) for pair, weight in weights.items()], "one_to_one")
    assert rank([pair[:2] for pair in found]) == max(map(rank, choices))


LARGER = st.dictionaries(
    st.tuples(st.integers(0, 11), st.integers(0, 11)),
    st.one_of(st.integers(-3, 6).map(float), st.floats(-5, 40)),
    min_size=1,
    max_size=60,
)
KINDS = ("one_to_one", "many_to_one")


def arrays(pairs):
    return tuple(np.array(column) for column in zip(*pairs, strict=True))


@pytest.mark.parametrize("dense", [0, 200], ids=["sparse", "dense"])
@settings(max_examples=100, deadline=None)
@given(weights=LARGER)
def test_the_sum_is_that_of_an_assignment_without_components(dense, weights):
    """Against scipy on the one full matrix, where a cell without an acceptable pair gains nothing."""
    left, right, gain = arrays([(*pair, weight) for pair, weight in weights.items()])
    matrix = np.zeros((12, 12))
    matrix[left, right] = np.maximum(gain, 0)
    best = matrix[linear_sum_assignment(matrix, maximize=True)].sum()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignment, "DENSE", dense)
        taken, large = assign(left, right, gain, "one_to_one")
    assert large == 0
    assert gain[taken].sum() == pytest.approx(best, abs=12 * assignment.TIE)
    assert (gain[taken] >= 0).all()
    for side in (left[taken], right[taken]):
        assert len(np.unique(side)) == len(side)


@settings(max_examples=60, deadline=None)
@given(LARGER)
def test_both_solvers_agree_on_weight_and_number(weights):
    left, right, gain = arrays([(*pair, float(round(weight))) for pair, weight in weights.items()])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignment, "DENSE", 0)
        sparse = assign(left, right, gain, "one_to_one")[0]
    dense = assign(left, right, gain, "one_to_one")[0]
    assert gain[sparse].sum() == gain[dense].sum()
    assert sparse.sum() == dense.sum()


@settings(max_examples=100, deadline=None)
@given(LARGER, st.randoms(use_true_random=False))
def test_the_order_of_pairs_does_not_tell(weights, random):
    pairs = [(*pair, weight) for pair, weight in weights.items()]
    shuffled = random.sample(pairs, len(pairs))
    for kind in KINDS:
        assert set(chosen(shuffled, kind)) == set(chosen(pairs, kind))


@settings(max_examples=100, deadline=None)
@given(LARGER)
def test_an_unrelated_pair_changes_nothing(weights):
    pairs = [(*pair, weight) for pair, weight in weights.items()]
    for kind in KINDS:
        assert set(chosen([*pairs, (50, 50, 1.0)], kind)) == {*chosen(pairs, kind), (50, 50, 1.0)}


@settings(max_examples=100, deadline=None)
@given(LARGER)
def test_many_to_one_gives_each_right_row_the_heaviest_acceptable_pair(weights):
    pairs = [(*pair, weight) for pair, weight in weights.items() if weight >= 0]
    best = {column: min((-w, row) for row, c, w in pairs if c == column) for column in {pair[1] for pair in pairs}}
    everything = [(*pair, weight) for pair, weight in weights.items()]
    found = chosen(everything, "many_to_one")
    assert {column: (-weight, row) for row, column, weight in found} == best
    assert len(found) == len(best)


@settings(max_examples=100, deadline=None)
@given(LARGER)
def test_best_first_weighs_at_least_half_of_the_best(weights):
    """The stated bound for components that are too large."""
    left, right, gain = arrays([(*pair, weight) for pair, weight in weights.items()])
    best = gain[assign(left, right, gain, "one_to_one")[0]].sum()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignment, "LARGEST", 0)
        taken = assign(left, right, gain, "one_to_one")[0]
    assert best / 2 - 1e-4 <= gain[taken].sum() <= best + 1e-4
    assert len(np.unique(left[taken])) == len(np.unique(right[taken])) == taken.sum()
