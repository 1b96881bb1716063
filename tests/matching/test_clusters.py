"""Clusters refuse contradictions, say so, and do not depend on the order of pairs."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.clusters import Lists, conflict_values, form_clusters
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


def formed(rows, pairs, *columns, lists=()):
    """Clusters of the pairs; `lists` names for each row the lists it stands on, if any."""
    first, second, weight = (np.array([pair[place] for pair in pairs]) for place in range(3))
    codes = [np.array(column, dtype=np.int32) for column in columns]
    standing = [(row, number) for row, numbers in enumerate(lists) for number in numbers]
    apart = Lists(*(np.array([entry[place] for entry in standing], dtype=np.int32) for place in range(2)))
    return form_clusters(
        rows, first.astype(np.int32), second.astype(np.int32), weight.astype(float), codes, [apart] if lists else ()
    )


def pairs_of(weights):
    return [(min(pair), max(pair), weight) for pair, weight in weights.items() if pair[0] < pair[1]]


def contradict(some, others, columns):
    """Whether two sets of rows hold different values of a column."""
    return any(
        column[a] >= 0 and column[b] >= 0 and column[a] != column[b] for column in columns for a in some for b in others
    )


TIES = st.dictionaries(st.tuples(st.integers(0, 7), st.integers(0, 7)), st.integers(0, 3).map(float), max_size=14)


@settings(max_examples=150, deadline=None)
@given(TIES, NUMBERS, NUMBERS)
def test_every_pair_lies_in_one_cluster_or_is_refused_for_a_contradiction(weights, numbers, tax_numbers):
    """Refusals are complete and right: no pair is lost in silence, and none is refused without a reason."""
    columns, pairs = (numbers, tax_numbers), pairs_of(weights)
    made = formed(8, pairs, *columns)
    refused = made.refused.tolist()
    assert refused == sorted(set(refused))
    members = {name: np.flatnonzero(made.cluster == name).tolist() for name in made.cluster.tolist()}
    assert not any(contradict(rows, rows, columns) for rows in members.values())
    for position, (first, second, _) in enumerate(pairs):
        one, other = made.cluster[first], made.cluster[second]
        assert (one == other) == (position not in refused)
        if position in refused:
            assert contradict(members[one], members[other], columns)


@settings(max_examples=100, deadline=None)
@given(TIES, NUMBERS, st.randoms(use_true_random=False))
def test_neither_the_order_of_pairs_nor_of_their_rows_tells(weights, numbers, random):
    """With many equal weights: where two merges exclude each other, ties must not be broken by chance."""
    pairs = pairs_of(weights)
    turned = [(b, a, weight) if random.random() < 0.5 else (a, b, weight) for a, b, weight in pairs]
    shuffled = random.sample(range(len(pairs)), len(pairs))
    straight, other = formed(8, pairs, numbers), formed(8, [turned[place] for place in shuffled], numbers)
    assert other.cluster.tolist() == straight.cluster.tolist()
    assert sorted(shuffled[place] for place in other.refused) == straight.refused.tolist()


@settings(max_examples=100, deadline=None)
@given(TIES, NUMBERS, st.integers(0, 8))
def test_unrelated_records_change_no_cluster(weights, numbers, place):
    """Two records of somebody else, anywhere among the ids: the same records are together, under the same ids."""
    pairs = pairs_of(weights)
    names = [f"record-{row}" for row in range(8)]
    alone = [names[row] for row in formed(8, pairs, numbers).cluster]
    wider = [*names[:place], "new-a", "new-b", *names[place:]]

    def moved(row):
        return row + 2 * (row >= place)

    more = [*((moved(a), moved(b), weight) for a, b, weight in pairs), (place, place + 1, 2.0)]
    made = formed(10, more, [*numbers[:place], 5, 5, *numbers[place:]])
    together = dict(zip(wider, (wider[row] for row in made.cluster), strict=True))
    assert [together[name] for name in names] == alone
    assert together["new-b"] == "new-a"


LISTS = st.lists(st.sets(st.integers(0, 2), max_size=2), min_size=8, max_size=8)


@settings(max_examples=150, deadline=None)
@given(TIES, NUMBERS, LISTS)
def test_no_cluster_names_two_rows_of_a_list_and_every_refusal_says_why(weights, numbers, lists):
    pairs = pairs_of(weights)
    made = formed(8, pairs, numbers, lists=lists)
    members = {name: np.flatnonzero(made.cluster == name).tolist() for name in made.cluster.tolist()}
    for rows in members.values():
        standing = [number for row in rows for number in lists[row]]
        assert len(standing) == len(set(standing))
        assert not contradict(rows, rows, [numbers])
    for position, reason in zip(made.refused.tolist(), made.reasons.tolist(), strict=True):
        some, others = (members[made.cluster[row]] for row in pairs[position][:2])
        if reason == 0:
            assert contradict(some, others, [numbers])
        else:
            assert set.union(*(lists[row] for row in some)) & set.union(*(lists[row] for row in others))
    together = {position for position, (a, b, _) in enumerate(pairs) if made.cluster[a] == made.cluster[b]}
    assert together | set(made.refused.tolist()) == set(range(len(pairs)))
    assert not together & set(made.refused.tolist())


def test_a_row_may_stand_on_a_list_twice_without_contradicting_itself():
    apart = [Lists(np.array([0, 0, 1], dtype=np.int32), np.array([5, 5, 6], dtype=np.int32))]
    pair = np.array([0], dtype=np.int32), np.array([1], dtype=np.int32), np.array([1.0])
    assert form_clusters(2, *pair, (), apart).cluster.tolist() == [0, 0]


def one_by_one(rows, pairs, numbers, lists):
    """The definition, without the shortcut for components that hold no contradiction."""
    of = {row: {row} for row in range(rows)}
    for a, b, _ in sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1])):
        some, others = of[a], of[b]
        standing = [set().union(*(lists[row] for row in group)) for group in (some, others)]
        if some is not others and not contradict(some, others, [numbers]) and not standing[0] & standing[1]:
            of.update(dict.fromkeys(some | others, some | others))
    return [min(of[row]) for row in range(rows)]


@settings(max_examples=150, deadline=None)
@given(TIES, NUMBERS, LISTS)
def test_clusters_are_those_of_joining_pair_by_pair(weights, numbers, lists):
    pairs = pairs_of(weights)
    assert formed(8, pairs, numbers, lists=lists).cluster.tolist() == one_by_one(8, pairs, numbers, lists)
