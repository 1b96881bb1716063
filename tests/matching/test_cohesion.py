"""Duplicates are grouped so that one wrong pair does not glue two persons together."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from matching import dedupe
from matching.cohesion import cohesive_clusters
from matching.evaluation import cluster_pairs
from matching.proposal.propose import propose
from tests.matching.people import scene


def clusters(rows, pairs, conflicts=()):
    """`pairs`: (row, row, match probability); from .5 on a pair is accepted."""
    first, second, chance = (np.array(side) for side in zip(*pairs, strict=True))
    codes = [np.array(column, dtype=np.int32) for column in conflicts]
    return cohesive_clusters(rows, first, second, chance, chance >= 0.5, codes).tolist()


def test_two_records_are_one_person_from_the_threshold_on():
    assert clusters(4, [(0, 1, 0.5), (2, 3, 0.49)]) == [0, 0, 2, 3]


def test_one_pair_does_not_glue_two_groups():
    """Two persons of three records each, and one pair between them: a ninth of what lies between."""
    groups = [(a, b, 0.95) for a, b in [(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5)]]
    assert clusters(6, [*groups, (2, 3, 0.9)]) == [0, 0, 0, 3, 3, 3]


def test_a_record_that_blocking_brings_to_some_of_its_group_belongs_to_it():
    group = [(0, 1, 0.9), (0, 2, 0.9), (1, 2, 0.9)]
    assert clusters(4, [*group, (2, 3, 0.8)]) == [0, 0, 0, 0]


def test_conflicting_values_stay_apart():
    assert clusters(3, [(0, 1, 0.99), (1, 2, 0.98)], conflicts=[[7, -1, 8]]) == [0, 0, 2]


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.floats(0.01, 1)), min_size=1, max_size=20)
    .map(
        lambda pairs: list(
            {(min(a, b), max(a, b)): (min(a, b), max(a, b), chance) for a, b, chance in pairs if a != b}.values()
        )
    )
    .filter(bool)
)
def test_neither_the_order_of_pairs_nor_of_their_rows_tells(pairs):
    as_given = clusters(9, pairs)
    assert clusters(9, [(b, a, chance) for a, b, chance in reversed(pairs)]) == as_given
    assert all(as_given[row] <= row for row in range(9))
    joined = {row for pair in pairs if pair[2] >= 0.5 for row in pair[:2]}
    assert all(as_given[row] == row for row in set(range(9)) - joined)


def test_a_refused_pair_is_not_accepted():
    """Accepted pairs and clusters say the same."""
    people = scene(800, 500, seed=9)
    both = pa.concat_tables([people.left, people.right])
    found = propose(both)
    result = dedupe(found.left, found.model)
    accepted = result.pairs.filter(result.pairs["accepted"])
    pairs = set(zip(accepted["left_id"].to_pylist(), accepted["right_id"].to_pylist(), strict=True))
    assert pairs <= cluster_pairs(result.clusters)
    assert result.report.accepted_pairs == len(pairs)
    assert len(pairs & people.truth) > 0.95 * len(people.truth)
