"""One-to-one is the best sum of weights, not the best pair first."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
