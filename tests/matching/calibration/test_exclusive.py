"""A record with one match only: competing pairs share the chance, as counting all matchings says."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.calibration.exclusive import exclusive_probabilities
from matching.scoring import probability


def counted(left, right, weights, one_to_one):
    """Marginals by listing every set of pairs that uses no record (one-to-one) or no right record twice."""
    odds = np.exp2(weights)
    total, each = 0.0, np.zeros(len(odds))
    for size in range(len(odds) + 1):
        for chosen in map(list, combinations(range(len(odds)), size)):
            sides = (left, right) if one_to_one else (right,)
            if all(len({side[place] for place in chosen}) == size for side in sides):
                product = float(np.prod(odds[chosen]))
                total += product
                each[chosen] += product
    return each / total


def test_a_weak_pair_beside_a_strong_one_of_the_same_record_has_no_chance():
    left, right = np.array([0, 1], np.int32), np.array([0, 0], np.int32)
    found = exclusive_probabilities(left, right, np.array([20.0, 3.0]), "many_to_one")
    assert found == pytest.approx([1, 2.0**3 / 2.0**20], rel=1e-4)


def test_a_competitor_that_is_taken_elsewhere_does_not_compete():
    left, right = np.array([0, 1, 1], np.int32), np.array([0, 0, 1], np.int32)
    weights = np.array([4.0, 4.0, 20.0])
    assert exclusive_probabilities(left, right, weights, "one_to_one")[0] == pytest.approx(16 / 17, abs=1e-3)
    assert exclusive_probabilities(left, right, weights, "many_to_one")[0] == pytest.approx(16 / 33)


def test_without_a_claim_the_probabilities_stay():
    weights = np.array([1.0, -3.0, 40.0])
    rows = np.zeros(3, np.int32)
    assert exclusive_probabilities(rows, rows, weights, "none").tolist() == probability(weights).tolist()


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(-10, 10)), min_size=1, max_size=5))
def test_a_chain_is_counted_exactly(steps):
    """Each pair shares a record with the one before, alternately on either side, or begins anew."""
    left, right = [0], [0]
    for place, (kind, _) in enumerate(steps[1:], 1):
        left.append(left[-1] if kind == 0 else place)
        right.append(right[-1] if kind == 1 else place)
    rows = np.array(left, np.int32), np.array(right, np.int32)
    weights = np.array([weight for _, weight in steps])
    for assignment in ("one_to_one", "many_to_one"):
        expected = counted(left, right, weights, assignment == "one_to_one")
        assert exclusive_probabilities(*rows, weights, assignment) == pytest.approx(expected, abs=1e-6)


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4), st.floats(-300, 300)), max_size=20, unique_by=lambda x: x[:2]
    )
)
def test_no_record_has_more_than_one_match_to_expect(pairs):
    left, right = (np.array([pair[side] for pair in pairs], np.int32) for side in (0, 1))
    weights = np.array([pair[2] for pair in pairs], dtype=np.float64)
    many = exclusive_probabilities(left, right, weights, "many_to_one")
    one = exclusive_probabilities(left, right, weights, "one_to_one")
    if pairs:
        assert np.bincount(right, many).max() <= 1 + 1e-9
        assert ((one >= 0) & (one <= 1)).all()
        assert (many <= probability(weights) + 1e-9).all()
