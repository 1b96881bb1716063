"""Cluster ids (人员编号) that last from run to run, and what became of those that did not.

The id of a cluster is the id of one of its records, its founder: so ids are unique, and the same for everybody who holds
the same records. A new cluster is founded by its smallest record id. From then on:

- as long as its founder is in it, a cluster keeps its id, whatever records join or leave;
- where clusters merge, the id survives under which most of the merged records were known, of equals the smallest;
- where a cluster splits, the part with the founder keeps the id, the others are founded anew;
- where the founder was withdrawn, what is left is founded anew.

Every id that records lost is told, with the one they have now: `changes` is what a holder of ids must follow.
"""

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from matching.errors import LinkError

Change = Literal["merged", "split", "founder_gone"]


@dataclass(frozen=True)
class CarriedIds:
    """Clusters under lasting ids, and what changed.

    Attributes:
        clusters: record_id, cluster_id; rows as given.
        changes: former_id, cluster_id, records, change; one row for each former id and each other cluster that records
            of it are in now, `records` being their number. `change` is "merged" where the former cluster's founder is
            among them, "split" where it is in another cluster, "founder_gone" where it is in none. Sorted.
    """

    clusters: pa.Table
    changes: pa.Table


def carry_ids(clusters: pa.Table, former: pa.Table | None = None) -> CarriedIds:
    """Give clusters the ids under which their records were known before.

    Args:
        clusters: record_id, unique; cluster_id: any labels, such as `dedupe` and `link` give.
        former: clusters of the run before, as this function returned them; None for a first run.

    Raises:
        LinkError: a record is in a table twice.

    >>> first = pa.table({"record_id": ["b", "c", "d"], "cluster_id": ["b", "b", "d"]})
    >>> grown = pa.table({"record_id": ["a", "b", "c", "d"], "cluster_id": ["a", "a", "a", "d"]})
    >>> carry_ids(grown, first).clusters["cluster_id"].to_pylist()
    ['b', 'b', 'b', 'd']
    """
    known = clusters.slice(0, 0) if former is None else former
    for table in (clusters, known):
        if pc.count_distinct(table["record_id"]).as_py() != len(table):
            raise LinkError("a record is in two clusters, so cluster ids cannot be carried over")
    id_type = clusters["record_id"].type
    records, labels = _whole(clusters["record_id"]), _whole(clusters["cluster_id"])
    names, knew = _whole(known["record_id"].cast(id_type)), _whole(known["cluster_id"].cast(id_type))
    formerly = knew.take(pc.index_in(records, value_set=names))
    ids = _founded(records, labels, formerly)
    made = ids["id"].combine_chunks().take(pc.index_in(labels, value_set=_whole(ids["label"])))
    return CarriedIds(pa.table({"record_id": records, "cluster_id": made}), _changes(records, made, formerly))


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _founded(records: pa.Array, labels: pa.Array, formerly: pa.Array) -> pa.Table:
    """`label, id` of each cluster: the former id that survives, else the smallest record id."""
    smallest = _first_of_each(
        pa.table({"label": labels, "id": records}).sort_by([("label", "ascending"), ("id", "ascending")])
    )
    surviving = _with_founder(records, labels, formerly).select(["label", "id"])
    founded_anew = smallest.filter(pc.invert(pc.is_in(smallest["label"], value_set=_whole(surviving["label"]))))
    return pa.concat_tables([surviving, founded_anew])


def _with_founder(records: pa.Array, labels: pa.Array, formerly: pa.Array) -> pa.Table:
    """`label, id` of the clusters that hold a founder: that of the most records, of equals the smallest."""
    counted = pa.table({"label": labels, "id": formerly}).filter(pc.is_valid(formerly))
    counted = counted.group_by(["label", "id"]).aggregate([([], "count_all")])
    home = labels.take(pc.index_in(counted["id"], value_set=records))
    kept = counted.filter(pc.fill_null(pc.equal(home, counted["label"]), False))
    order = [("label", "ascending"), ("count_all", "descending"), ("id", "ascending")]
    return _first_of_each(kept.sort_by(order))


def _first_of_each(table: pa.Table) -> pa.Table:
    """The first row of each label of a table that is sorted by label."""
    label = _whole(table["label"])
    if not len(label):
        return table
    changed = pc.not_equal(label.slice(1), label.slice(0, len(label) - 1))
    return table.filter(pa.concat_arrays([pa.array([True]), changed]))


def _changes(records: pa.Array, made: pa.Array, formerly: pa.Array) -> pa.Table:
    moved = pa.table({"former_id": formerly, "cluster_id": made})
    moved = moved.filter(pc.fill_null(pc.not_equal(formerly, made), False))
    counted = moved.group_by(["former_id", "cluster_id"]).aggregate([([], "count_all")])
    home = made.take(pc.index_in(counted["former_id"], value_set=records))
    change = pc.if_else(pc.equal(home, counted["cluster_id"]), "merged", "split")
    told = pa.table(
        {
            "former_id": counted["former_id"],
            "cluster_id": counted["cluster_id"],
            "records": counted["count_all"],
            "change": pc.fill_null(change, "founder_gone"),
        }
    )
    return told.sort_by([("former_id", "ascending"), ("cluster_id", "ascending")])
