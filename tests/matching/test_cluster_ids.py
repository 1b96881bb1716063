"""Ids of clusters last: what keeps its id, which id survives, and that nobody is left with an id that means nothing."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.cluster_ids import Lineage, carry_ids
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


def test_where_a_cluster_splits_the_part_with_most_records_keeps_the_id() -> None:
    """A conflict found later, say: what most records were known under stays, though it is named after another's."""
    assert run(table("abc"), table("a", "bc")) == ({"a": "a~2", "b": "a", "c": "a"}, [("a", "a~2", 1, "split")])


def test_of_equal_parts_the_one_that_holds_the_name_giving_record_keeps_the_id() -> None:
    assert run(table("abcd"), table("ad", "bc")) == (
        {"a": "a", "d": "a", "b": "b", "c": "b"},
        [("a", "b", 2, "split")],
    )


def test_a_cluster_keeps_its_id_where_the_record_it_is_named_after_is_withdrawn() -> None:
    """Records come and go with their deliveries; the person stays."""
    assert run(table("abc"), table("bc")) == ({"b": "a", "c": "a"}, [])


def test_a_withdrawn_record_that_comes_back_alone_is_not_taken_for_the_person_named_after_it() -> None:
    assert run(table("abc"), table("bc"), table("a", "bc")) == ({"a": "a~2", "b": "a", "c": "a"}, [])


def test_a_record_that_moves_is_told_as_split() -> None:
    moved, changes = run(table("abe", "cd"), table("ae", "bcd"))
    assert moved == {"a": "a", "e": "a", "b": "c", "c": "c", "d": "c"}
    assert changes == [("a", "c", 1, "split")]


def test_an_id_whose_records_all_joined_other_clusters_is_told_as_merged() -> None:
    _, changes = run(table("ab", "cde", "fgh"), table("acde", "bfgh"))
    assert changes == [("a", "c", 1, "merged"), ("a", "f", 1, "merged")]


def test_the_lineage_counts_what_became_of_every_id() -> None:
    """`a` is split, `d` merges into `f`, `j` is withdrawn, `k` is as before; `z` is new, and so is `c`."""
    former = carry_ids(table("abc", "de", "fgh", "j", "k")).clusters
    made = carry_ids(table("ab", "c", "defgh", "k", "z"), former)
    assert made.lineage == Lineage(carried=3, new=2, merged=1, split=1, gone=1)
    assert carry_ids(table("ab", "c")).lineage == Lineage(new=2)


def test_lasting_ids_are_texts_and_integers_keep_their_own_order() -> None:
    first = pa.table({"record_id": [9, 10], "cluster_id": [9, 9]})
    assert carry_ids(first).clusters["cluster_id"].to_pylist() == ["9", "9"]
    carried = carry_ids(pa.table({"record_id": [2, 9, 10], "cluster_id": [2, 2, 2]}), first)
    assert carried.clusters["cluster_id"].to_pylist() == ["9", "9", "9"]


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


def shares(now: dict[str, str], then: dict[str, str]) -> dict[tuple[str, str], int]:
    """How many records each former cluster has in each present one."""
    counted: dict[tuple[str, str], int] = {}
    for record in now.keys() & then.keys():
        counted[then[record], now[record]] = counted.get((then[record], now[record]), 0) + 1
    return counted


@settings(max_examples=200, deadline=None)
@given(partitions(), partitions(), partitions())
def test_ids_are_unique_and_every_lost_id_is_told(one: pa.Table, two: pa.Table, three: pa.Table) -> None:
    before = carry_ids(two, carry_ids(one).clusters).clusters
    carried = carry_ids(three, before)
    now, then, given_as = ids(carried.clusters), ids(before), ids(three)
    assert carried.clusters["record_id"].to_pylist() == three["record_id"].to_pylist()
    for record in now:
        assert {other for other in now if now[other] == now[record]} == {
            other for other in now if given_as[other] == given_as[record]
        }, "the clusters are those that were given"
    shared = shares(now, then)
    lost = {pair: records for pair, records in shared.items() if pair[0] != pair[1]}
    assert {(row["former_id"], row["cluster_id"]): row["records"] for row in carried.changes.to_pylist()} == lost
    for row in carried.changes.to_pylist():
        assert row["change"] == ("split" if row["former_id"] in now.values() else "merged")
    lineage, kept = carried.lineage, set(now.values()) & set(then.values())
    assert (lineage.carried, lineage.new) == (len(kept), len(set(now.values())) - len(kept))
    left = {former for former, _ in shared}
    assert (lineage.gone, lineage.merged) == (len(set(then.values()) - left), len(left - kept))
    assert lineage.split == len({former for former, _ in lost} & kept)


@settings(max_examples=200, deadline=None)
@given(partitions(), partitions(), partitions())
def test_the_largest_share_keeps_the_id(one: pa.Table, two: pa.Table, three: pa.Table) -> None:
    """Where a cluster did not get the id of some of its records, the cluster or the id has a share as large elsewhere;
    and no id passes to a cluster that has no record of it."""
    before = carry_ids(two, carry_ids(one).clusters).clusters
    now, then = ids(carry_ids(three, before).clusters), ids(before)
    shared = shares(now, then)
    for (former, cluster), records in shared.items():
        if former != cluster:
            assert max(shared.get((cluster, cluster), 0), shared.get((former, former), 0)) >= records
    for cluster in set(now.values()) & set(then.values()):
        assert shared.get((cluster, cluster), 0) > 0


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


@settings(max_examples=100, deadline=None)
@given(partitions(), partitions(), st.integers(1, 5))
def test_numbers_as_labels_a_dictionary_and_pieces_give_the_same(one: pa.Table, two: pa.Table, piece: int) -> None:
    """What takes least memory, and the texts that anybody else hands over."""
    before = carry_ids(one).clusters
    straight = carry_ids(two, before)
    numbers = two.set_column(1, "cluster_id", two["cluster_id"].combine_chunks().dictionary_encode().indices)
    codes = before.set_column(1, "cluster_id", before["cluster_id"].combine_chunks().dictionary_encode())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("matching.cluster_ids._PIECE", piece)
        sparing = carry_ids(numbers, codes)
    assert sparing.clusters.equals(straight.clusters)
    assert sparing.changes.equals(straight.changes)
    assert sparing.lineage == straight.lineage
