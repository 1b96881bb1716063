"""Cluster ids (人员编号) that last from run to run, and what became of those that did not.

The id of a cluster is a text. A new cluster is named after its smallest record id, so that everybody who holds the same
records gives the same names. From then on an id stays with the records that were known under it:

- a cluster keeps its id whatever records join or leave it, also where the record it was named after is withdrawn;
- where clusters merge, the id survives under which most of the merged records were known;
- where a cluster splits, the part with most of its records keeps the id, and the others are new clusters.

Of equal numbers of records, the part that holds the record the id is named after counts first, then the smallest id,
then the part with the smallest record. A new cluster whose smallest record has given its name to another one, now or in
the run before, is named `record~2`, `record~3` ...

Every id that records lost is told, with the one they have now: `changes` is what a holder of ids must follow.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from matching.errors import LinkError

Change = Literal["merged", "split"]


@dataclass(frozen=True)
class Lineage:
    """How many ids went which way between two runs (编号沿革).

    Attributes:
        carried: ids that clusters keep.
        new: clusters that were named anew.
        merged: former ids given up, since their records joined clusters that keep other ids.
        split: former ids that stayed, while some of their records went to other clusters.
        gone: former ids none of whose records is left.
    """

    carried: int = 0
    new: int = 0
    merged: int = 0
    split: int = 0
    gone: int = 0


@dataclass(frozen=True)
class CarriedIds:
    """Clusters under lasting ids, and what changed.

    Attributes:
        clusters: record_id, cluster_id (text); rows as given.
        changes: former_id, cluster_id, records, change; one row for each former id and each other cluster that records
            of it are in now, `records` being their number. `change` is "split" where another cluster keeps the former
            id, and "merged" where none does. Sorted.
        lineage: counts of former and present ids.
    """

    clusters: pa.Table
    changes: pa.Table
    lineage: Lineage


def carry_ids(clusters: pa.Table, former: pa.Table | None = None) -> CarriedIds:
    """Give clusters the ids under which their records were known before.

    Args:
        clusters: record_id, unique; cluster_id: any labels, such as `dedupe`, `link` and `form_persons` give.
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
    records, labels = _whole(clusters["record_id"]), _whole(clusters["cluster_id"])
    before, ids_before = _whole(known["record_id"].cast(records.type)), _whole(known["cluster_id"].cast(pa.string()))
    formerly = ids_before.take(pc.index_in(records, value_set=before))
    carried = _carried(_overlaps(records, labels, formerly))
    new = _named(records, labels, carried["label"], ids_before.unique())
    names = pa.concat_tables([carried, new])
    made = _whole(_whole(names["id"]).take(pc.index_in(labels, value_set=_whole(names["label"]))))
    changes = _changes(made, formerly)
    former_ids, left = ids_before.unique(), formerly.drop_null().unique()
    lineage = Lineage(
        carried=len(carried),
        new=len(new),
        merged=len(left) - len(carried),
        split=len(pc.unique(changes.filter(pc.equal(changes["change"], "split"))["former_id"])),
        gone=len(former_ids) - len(left),
    )
    return CarriedIds(pa.table({"record_id": records, "cluster_id": made}), changes, lineage)


def _whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _overlaps(records: pa.Array, labels: pa.Array, formerly: pa.Array) -> pa.Table:
    """`label, id` of each cluster and each former id of its records, in the order in which they have a claim."""
    held = pa.table({"label": labels, "id": formerly, "record": records}).filter(pc.is_valid(formerly))
    held = held.append_column("named_after", pc.equal(held["record"].cast(pa.string()), held["id"]).cast(pa.int8()))
    counted = held.group_by(["label", "id"]).aggregate([([], "count_all"), ("named_after", "max"), ("record", "min")])
    order = [("count_all", "descending"), ("named_after_max", "descending"), ("id", "ascending")]
    return counted.sort_by([*order, ("record_min", "ascending")]).select(["label", "id"])


def _carried(claims: pa.Table) -> pa.Table:
    """`label, id` of the clusters that keep an id: the first claim on each id and by each cluster."""
    label, name = (_whole(claims[column].dictionary_encode()).indices.to_pylist() for column in ("label", "id"))
    clusters: set[int] = set()
    ids: set[int] = set()
    kept = []
    for place, (cluster, former) in enumerate(zip(label, name, strict=True)):
        if cluster not in clusters and former not in ids:
            clusters.add(cluster)
            ids.add(former)
            kept.append(place)
    return claims.take(pa.array(kept, pa.int64()))


def _named(records: pa.Array, labels: pa.Array, carried: pa.ChunkedArray, former_ids: pa.Array) -> pa.Table:
    """`label, id` of the clusters that keep no id: their smallest record, or a free name made of it."""
    new = pa.table({"label": labels, "id": records}).filter(pc.invert(pc.is_in(labels, value_set=_whole(carried))))
    smallest = new.group_by("label").aggregate([("id", "min")]).rename_columns(["label", "id"]).sort_by("id")
    names = _whole(smallest["id"].cast(pa.string()))
    taken = pc.is_in(names, value_set=former_ids)
    if pc.any(taken).as_py():
        free = _free_names(names.filter(taken), {*former_ids.to_pylist(), *names.to_pylist()})
        names = pc.replace_with_mask(names, taken, pa.array(free, pa.string()))
    return pa.table({"label": smallest["label"], "id": names})


def _free_names(names: pa.Array, taken: set[str]) -> Iterator[str]:
    for name in names.to_pylist():
        number = 2
        while (made := f"{name}~{number}") in taken:
            number += 1
        taken.add(made)
        yield made


def _changes(made: pa.Array, formerly: pa.Array) -> pa.Table:
    moved = pa.table({"former_id": formerly, "cluster_id": made})
    moved = moved.filter(pc.fill_null(pc.not_equal(formerly, made), False))
    counted = moved.group_by(["former_id", "cluster_id"]).aggregate([([], "count_all")])
    kept = pc.is_in(counted["former_id"], value_set=made)
    told = pa.table(
        {
            "former_id": counted["former_id"],
            "cluster_id": counted["cluster_id"],
            "records": counted["count_all"],
            "change": pc.if_else(kept, "split", "merged"),
        }
    )
    return told.sort_by([("former_id", "ascending"), ("cluster_id", "ascending")])
