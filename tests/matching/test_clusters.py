"""Clusters refuse contradictions, say so, and do not depend on the order of pairs."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.clusters import conflict_values, form_clusters
from matching.linkage import dedupe
from matching.model import Blocking, Comparison, Conflict, Model, Parameters, Rule

PAIRS = st.dictionaries(st.tuples(st.integers(0, 7), st.integers(0, 7)), st.floats(0, 30), max_size=12)
NUMBERS = st.lists(st.integers(-1, 2), min_size=8, max_size=8)


@settings(max_examples=60, deadline=None)
@given(PAIRS, NUMBERS, st.randoms(use_true_random=False))
def test_no_cluster_holds_a_contradiction_in_any_order_of_pairs(weights, numbers, random):
    pairs = [(min(pair), max(pair), weight) for pair, weight in weights.items() if pair[0] != pair[1]]
    codes = np.array(numbers, dtype=np.int32)

    def formed(some):
        first, second, weight = (np.array([pair[place] for pair in some]) for place in range(3))
        return form_clusters(8, first.astype(np.int32), second.astype(np.int32), weight.astype(float), [codes])

    made = formed(pairs)
    for cluster in set(made.cluster.tolist()):
        members = np.flatnonzero(made.cluster == cluster)
        assert members.min() == cluster
        assert len({numbers[row] for row in members} - {-1}) <= 1
    shuffled = random.sample(pairs, len(pairs))
    assert formed(shuffled).cluster.tolist() == made.cluster.tolist()


def test_only_complete_numbers_with_a_right_checksum_contradict():
    numbers = ["539102199003070030", "539102199003070073", "539102199003070031", "539102********0030", None]
    table = pa.table({"id_number": pa.array(numbers)})
    codes = conflict_values((table, table.slice(0, 0)), [Conflict("id_number", "identity_number")])[0]
    assert [code >= 0 for code in codes.tolist()] == [True, True, False, False, False]


def test_a_refused_merge_is_listed_and_not_accepted():
    """Two people of one name share a third, incomplete record: it joins one of them, not both."""
    certain = (Parameters(0.99, 1e-6), Parameters(0.01, 1 - 1e-6))
    model = Model(
        "names only",
        (Comparison("name", "exact", ("name",), parameters=certain),),
        Blocking((Rule(("name",)),)),
        prior=0.01,
        conflicts=(Conflict("id_number", "identity_number"),),
    )
    table = pa.table(
        {
            "record_id": [1, 2, 3],
            "name": ["岩罕"] * 3,
            "id_number": ["539102199003070030", None, "539102199003070073"],
        }
    )
    result = dedupe(table, model)
    assert result.clusters["cluster_id"].to_pylist() == [1, 1, 3]
    assert result.report.refused_merges == len(result.refused) == 2
    assert result.pairs["accepted"].to_pylist() == [True, False, False]
