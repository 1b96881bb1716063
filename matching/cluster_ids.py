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

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from matching.columns import Longs
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
    records, label = _whole(clusters["record_id"]), _codes(clusters["cluster_id"])[0]
    before = _whole(known["record_id"].cast(records.type))
    former_code, former_ids = _codes(known["cluster_id"].cast(pa.string()))
    formerly = _formerly(records, before, former_code)
    kept = _carried(_claims(label, formerly), records, label, former_ids)
    named = _named(records, label, kept, former_ids)
    id_of = pa.concat_arrays([former_ids.take(pa.array(kept[:, 1])), named])
    keeps = _flags(label, kept)
    place = np.empty(len(keeps), dtype=np.int64)
    place[kept[:, 0]] = np.arange(len(kept))
    place[~keeps] = np.arange(len(kept), len(id_of))
    made = id_of.take(pa.array(place[label]))
    changes = _changes(made, former_ids.take(pa.array(formerly, mask=formerly < 0)))
    left = int((np.bincount(formerly[formerly >= 0]) > 0).sum())
    lineage = Lineage(
        carried=len(kept),
        new=len(named),
        merged=left - len(kept),
        split=len(pc.unique(changes.filter(pc.equal(changes["change"], "split"))["former_id"])),
        gone=len(former_ids) - left,
    )
    return CarriedIds(pa.table({"record_id": records, "cluster_id": made}), changes, lineage)


def _whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _codes(column: pa.ChunkedArray | pa.Array) -> tuple[Longs, pa.Array]:
    """The column as codes into its distinct values."""
    encoded = _whole(column).dictionary_encode()
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), encoded.dictionary


def _formerly(records: pa.Array, before: pa.Array, former_code: Longs) -> Longs:
    """The former cluster of each record; -1 where it was in none."""
    place = pc.index_in(records, value_set=before).fill_null(-1).to_numpy(zero_copy_only=False)
    return np.where(place >= 0, former_code[place], -1) if len(former_code) else np.full(len(records), -1)


def _claims(label: Longs, formerly: Longs) -> Longs:
    """`cluster, former id, records` of each cluster and each former id of its records."""
    known = formerly >= 0
    size = int(formerly.max(initial=0)) + 1
    pairs = np.sort(label[known] * size + formerly[known])
    first = np.flatnonzero(np.diff(pairs, prepend=-1))
    return np.column_stack([pairs[first] // size, pairs[first] % size, np.diff(first, append=len(pairs))])


def _carried(claims: Longs, records: pa.Array, label: Longs, former_ids: pa.Array) -> Longs:
    """`cluster, former id` of the clusters that keep one: the first claim on each id and by each cluster."""
    if not len(claims):
        return claims[:, :2]
    contested = np.logical_or(*(np.bincount(claims[:, side])[claims[:, side]] > 1 for side in (0, 1)))
    kept = [claims[~contested][:, :2]]
    clusters: set[int] = set()
    ids: set[int] = set()
    for cluster, former, _ in _in_order(claims[contested], records, label, former_ids).tolist():
        if cluster not in clusters and former not in ids:
            clusters.add(cluster)
            ids.add(former)
            kept.append(np.array([[cluster, former]]))
    return np.concatenate(kept)


def _in_order(claims: Longs, records: pa.Array, label: Longs, former_ids: pa.Array) -> Longs:
    """Claims with the better one first: more records, the record the id is named after, smaller id, smaller record."""
    names = former_ids.take(pa.array(claims[:, 1]))
    home = pc.index_in(names, value_set=records.cast(pa.string())).fill_null(-1).to_numpy(zero_copy_only=False)
    named_after = (home >= 0) & (label[home] == claims[:, 0])
    claiming = _flags(label, claims)
    smallest = _rank(_smallest(records, label, claiming))[np.cumsum(claiming)[claims[:, 0]] - 1]
    ranks = (smallest, _rank(names), ~named_after, -claims[:, 2])
    return claims[np.lexsort(ranks)]


def _rank(values: pa.Array) -> Longs:
    """The place of each value in ascending order; equal values have one place."""
    return np.asarray(pc.rank(values, tiebreaker="dense").to_numpy(), dtype=np.int64)


def _smallest(records: pa.Array, label: Longs, wanted: npt.NDArray[np.bool_]) -> pa.Array:
    """The smallest record of each of the wanted clusters, in the order of the clusters."""
    chosen = np.flatnonzero(wanted[label])
    some = records.take(pa.array(chosen))
    descending = pc.sort_indices(some).to_numpy()[::-1]
    last = np.full(len(wanted), -1)
    last[label[chosen][descending]] = descending
    return some.take(pa.array(last[wanted]))


def _flags(label: Longs, some: Longs) -> npt.NDArray[np.bool_]:
    """For each cluster whether it is in the first column of some rows."""
    flags = np.zeros(int(label.max(initial=-1)) + 1, dtype=bool)
    flags[some[:, 0]] = True
    return flags


def _named(records: pa.Array, label: Longs, kept: Longs, former_ids: pa.Array) -> pa.Array:
    """Ids of the clusters that keep none: their smallest record, or a free name made of it."""
    names = _smallest(records, label, ~_flags(label, kept)).cast(pa.string())
    taken = pc.is_in(names, value_set=former_ids)
    if not pc.any(taken).as_py():
        return names
    free = _free_names(names.filter(taken).sort(), {*former_ids.to_pylist(), *names.to_pylist()})
    return pa.array([free.get(name, name) for name in names.to_pylist()], pa.string())


def _free_names(names: pa.Array, taken: set[str]) -> dict[str, str]:
    free = {}
    for name in names.to_pylist():
        number = 2
        while (made := f"{name}~{number}") in taken:
            number += 1
        taken.add(made)
        free[name] = made
    return free


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
