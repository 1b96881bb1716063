"""Ids of clusters last: what keeps its id, which id survives, and that nobody is left with an id that means nothing."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.cluster_ids import carry_ids
from matching.errors import LinkError


def table(*groups: str) -> pa.Table:
    """Clusters of one-letter records, labelled as linkage does: `table("ab", "c")`."""
    rows = [(record, min(group)) for group in groups for record in group]
    return pa.table(
        {
            "record_id": pa.array([row[0] for row in rows], pa.string()),
            "cluster_id": pa.array([row[1] for row in rows], pa.string()),
        }
    )


def ids(clusters: pa.Table) -> dict[str, str]:
    return dict(zip(clusters["record_id"].to_pylist(), clusters["cluster_id"].to_pylist(), strict=True))


def run(*runs: pa.Table) -> tuple[dict[str, str], list[tuple[str, str, int, str]]]:
    """Ids and changes after the last of successive runs."""
    former = None
    for clusters in runs:
        carried = carry_ids(clusters, former)
        former = carried.clusters
    assert former is not None
    return ids(former), [tuple(row.values()) for row in carried.changes.to_pylist()]


def test_a_first_run_names_clusters_by_their_smallest_record() -> None:
    assert run(table("cb", "a")) == ({"c": "b", "b": "b", "a": "a"}, [])


def test_a_cluster_that_grows_keeps_its_id_even_where_the_new_record_is_smaller() -> None:
    assert run(table("bc"), table("abc")) == ({"a": "b", "b": "b", "c": "b"}, [])


def test_a_cluster_that_loses_a_record_keeps_its_id() -> None:
    assert run(table("abc"), table("ab")) == ({"a": "a", "b": "a"}, [])


def test_where_clusters_merge_the_id_of_most_records_survives_and_the_other_is_told() -> None:
    merged, changes = run(table("a", "bcd"), table("abcd"))
    assert set(merged.values()) == {"b"}
    assert changes == [("a", "b", 1, "merged")]


def test_where_equally_large_clusters_merge_the_smallest_id_survives() -> None:
    merged, changes = run(table("cd", "ab", "ef"), table("abcdef"))
    assert set(merged.values()) == {"a"}
    assert changes == [("c", "a", 2, "merged"), ("e", "a", 2, "merged")]


def test_where_a_cluster_splits_the_founder_keeps_the_id() -> None:
    """A conflict found later, say: the larger part is founded anew, for an id is that of one of its own records."""
    assert run(table("abc"), table("a", "bc")) == ({"a": "a", "b": "b", "c": "b"}, [("a", "b", 2, "split")])


def test_where_the_founder_is_withdrawn_the_rest_is_founded_anew() -> None:
    assert run(table("abc"), table("bc")) == ({"b": "b", "c": "b"}, [("a", "b", 2, "founder_gone")])


def test_a_record_that_moves_is_told_as_split() -> None:
    moved, changes = run(table("ab", "cd"), table("a", "bcd"))
    assert moved == {"a": "a", "b": "c", "c": "c", "d": "c"}
    assert changes == [("a", "c", 1, "split")]


def test_a_withdrawn_founder_that_comes_back_alone_has_its_own_name_again() -> None:
    assert run(table("abc"), table("bc"), table("a", "bc")) == ({"a": "a", "b": "b", "c": "b"}, [])


def test_integer_ids_stay_integers_in_their_own_order() -> None:
    first = pa.table({"record_id": [9, 10], "cluster_id": [9, 9]})
    carried = carry_ids(pa.table({"record_id": [2, 9, 10], "cluster_id": [2, 2, 2]}), first)
    assert carried.clusters["cluster_id"].to_pylist() == [9, 9, 9]
    assert carried.clusters["cluster_id"].type == pa.int64()
    assert carry_ids(first).clusters["cluster_id"].to_pylist() == [9, 9]


def test_a_record_in_two_clusters_is_an_error() -> None:
    with pytest.raises(LinkError, match="two clusters"):
        carry_ids(table("ab", "bc"))
    with pytest.raises(LinkError, match="two clusters"):
        carry_ids(table("ab"), table("ab", "a"))


def partitions(records: str = "abcdefgh") -> st.SearchStrategy[pa.Table]:
    """Some of the records, in any clusters; 0 leaves a record out."""
    labels = st.lists(st.integers(0, 4), min_size=len(records), max_size=len(records))

    def made(numbers: list[int]) -> pa.Table:
        together: dict[int, str] = {}
        for record, number in zip(records, numbers, strict=True):
            if number:
                together[number] = together.get(number, "") + record
        return table(*together.values())

    return labels.map(made)


@settings(max_examples=200, deadline=None)
@given(partitions(), partitions(), partitions())
def test_ids_are_unique_founders_and_every_lost_id_is_told(one: pa.Table, two: pa.Table, three: pa.Table) -> None:
    before = carry_ids(two, carry_ids(one).clusters).clusters
    carried = carry_ids(three, before)
    now, then, given_as = ids(carried.clusters), ids(before), ids(three)
    assert carried.clusters["record_id"].to_pylist() == three["record_id"].to_pylist()
    for record, cluster in now.items():
        assert now[cluster] == cluster, "the id is that of a record of the cluster"
        assert {other for other in now if now[other] == cluster} == {
            other for other in now if given_as[other] == given_as[record]
        }, "and the clusters are those that were given"
    lost: dict[tuple[str, str], int] = {}
    for record in now.keys() & then.keys():
        if now[record] != then[record]:
            lost[then[record], now[record]] = lost.get((then[record], now[record]), 0) + 1
    assert {(row["former_id"], row["cluster_id"]): row["records"] for row in carried.changes.to_pylist()} == lost
    for row in carried.changes.to_pylist():
        where = now.get(row["former_id"])
        expected = "founder_gone" if where is None else "merged" if where == row["cluster_id"] else "split"
        assert row["change"] == expected


@settings(max_examples=100, deadline=None)
@given(partitions(), partitions())
def test_the_same_clusters_again_keep_every_id(one: pa.Table, two: pa.Table) -> None:
    before = carry_ids(two, carry_ids(one).clusters).clusters
    again = carry_ids(two, before)
    assert again.clusters.equals(before)
    assert len(again.changes) == 0


@settings(max_examples=100, deadline=None)
@given(partitions("bdfhjl"), st.lists(st.sampled_from(["", "b", "d", "f", "h", "j", "l"]), min_size=6, max_size=6))
def test_new_records_alone_or_joining_change_no_id(one: pa.Table, joined: list[str]) -> None:
    """Records `a c e g i k`, smaller than any that is there or between them, each alone or beside a known one."""
    before = carry_ids(one).clusters
    then = ids(before)
    groups: dict[str, str] = {}
    for record, cluster in then.items():
        groups[cluster] = groups.get(cluster, "") + record
    for record, beside in zip("acegik", joined, strict=True):
        cluster = then.get(beside, record)
        groups[cluster] = groups.get(cluster, "") + record
    carried = carry_ids(table(*groups.values()), before)
    now = ids(carried.clusters)
    assert {record: now[record] for record in then} == then
    assert len(carried.changes) == 0


@settings(max_examples=100, deadline=None)
@given(partitions(), partitions(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_the_labels_do_not_tell(one: pa.Table, two: pa.Table, random: object) -> None:
    before = carry_ids(one).clusters
    straight = carry_ids(two, before)
    shuffled = two.take(pa.array(random.sample(range(len(two)), len(two)), pa.int64()))  # type: ignore[attr-defined]
    labelled = shuffled.set_column(
        1, "cluster_id", pa.array([f"~{x}" for x in shuffled["cluster_id"].to_pylist()], pa.string())
    )
    turned = before.take(pa.array(random.sample(range(len(before)), len(before)), pa.int64()))  # type: ignore[attr-defined]
    other = carry_ids(labelled, turned)
    assert ids(other.clusters) == ids(straight.clusters)
    assert other.changes.equals(straight.changes)
