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

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from operator import methodcaller
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from matching.columns import Longs
from matching.errors import LinkError

Change = Literal["merged", "split"]

_PIECE = 1 << 17
"""Former records that are looked up at once."""
_MARK = "~"
"""Between a record and the number of a name made of it."""
_value = methodcaller("as_py")


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
        records: The records as given.
        places: Of each record the place of its cluster's id in `ids`.
        ids: The ids of the clusters, each once.
        changes: former_id, cluster_id, records, change; one row for each former id and each other cluster that records
            of it are in now, `records` being their number. `change` is "split" where another cluster keeps the former
            id, and "merged" where none does. Sorted.
        lineage: counts of former and present ids.
    """

    records: pa.Array
    places: Longs
    ids: pa.StringArray
    changes: pa.Table
    lineage: Lineage

    @property
    def clusters(self) -> pa.Table:
        """`record_id, cluster_id` (text); rows as given."""
        return pa.table({"record_id": self.records, "cluster_id": self.ids.take(pa.array(self.places))})


def carry_ids(clusters: pa.Table, former: pa.Table | None = None) -> CarriedIds:
    """Give clusters the ids under which their records were known before.

    Least memory is taken by tables in the order of their records, numbers as labels, and a dictionary of former ids.

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
    given, label = _whole(clusters["record_id"]), _codes(clusters["cluster_id"])[0]
    records, order = _in_place(given)
    before, former_order = _in_place(_whole(known["record_id"].cast(given.type)))
    former_code, former_ids = _codes(_texts(known["cluster_id"]))
    label, former_code = label[order], former_code[former_order]
    formerly = _formerly(records, before, former_code)
    del before, former_code, former_order
    kept = _carried(_claims(label, formerly), records, label, former_ids)
    named = _named(records, label, kept, former_ids)
    ids = pa.concat_arrays([former_ids.take(pa.array(kept[:, 1])), named])
    keeps = _flags(label, kept)
    place = np.empty(len(keeps), dtype=np.int64)
    place[kept[:, 0]] = np.arange(len(kept))
    place[~keeps] = np.arange(len(kept), len(ids))
    made = place[label]
    changes = _changes(made, formerly, kept[:, 1], ids, former_ids)
    left = int((np.bincount(formerly[formerly >= 0]) > 0).sum())
    lineage = Lineage(
        carried=len(kept),
        new=len(named),
        merged=left - len(kept),
        split=len(pc.unique(changes.filter(pc.equal(changes["change"], "split"))["former_id"])),
        gone=len(former_ids) - left,
    )
    places = np.empty_like(made)
    places[order] = made
    return CarriedIds(given, places, ids, changes, lineage)


def _whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column if pa.types.is_dictionary(column.type) else column.cast(pa.string())


def _codes(column: pa.ChunkedArray | pa.Array) -> tuple[Longs, pa.Array]:
    """The column as codes into its distinct values."""
    encoded = _whole(column)
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode()
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), encoded.dictionary


def _in_place(records: pa.Array) -> tuple[pa.Array, Longs | slice]:
    """The records in ascending order, and the place of each among those given.

    Raises:
        LinkError: One is there twice.
    """
    order: Longs | slice = slice(None)
    if not _ascending(records):
        order = pc.sort_indices(records).to_numpy().astype(np.int64)
        records = records.take(pa.array(order))
        if records.null_count or not _ascending(records):
            raise LinkError("a record is in two clusters, so cluster ids cannot be carried over")
    return records, order


def _ascending(records: pa.Array) -> bool:
    return not records.null_count and bool(pc.all(pc.less(records[:-1], records[1:]), min_count=0).as_py())


def _formerly(records: pa.Array, before: pa.Array, former_code: Longs) -> Longs:
    """The former cluster of each record; -1 where it was in none. Both in order: piece by piece of those before."""
    found = np.full(len(records), -1)
    for start in range(0, len(before), _PIECE):
        piece = before.slice(start, _PIECE)
        first = bisect_left(records, piece[0].as_py(), key=_value)
        last = bisect_right(records, piece[-1].as_py(), lo=first, key=_value)
        place = pc.index_in(records[first:last], value_set=piece).fill_null(-1).to_numpy(zero_copy_only=False)
        found[first:last] = np.where(place >= 0, former_code[start + place], found[first:last])
    return found


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
    texts = records.cast(names.type)
    homes = np.flatnonzero(pc.is_in(texts, value_set=names))
    home = pc.index_in(names, value_set=texts.take(pa.array(homes))).fill_null(-1).to_numpy(zero_copy_only=False)
    named_after = home >= 0
    named_after[named_after] = label[homes[home[named_after]]] == claims[named_after, 0]
    claiming = _flags(label, claims)
    smallest = _rank(_smallest(records, label, claiming))[np.cumsum(claiming)[claims[:, 0]] - 1]
    ranks = (smallest, _rank(names), ~named_after, -claims[:, 2])
    return claims[np.lexsort(ranks)]


def _rank(values: pa.Array) -> Longs:
    """The place of each value in ascending order; equal values have one place."""
    return np.asarray(pc.rank(values, tiebreaker="dense").to_numpy(), dtype=np.int64)


def _smallest(records: pa.Array, label: Longs, wanted: npt.NDArray[np.bool_]) -> pa.Array:
    """The smallest record of each of the wanted clusters, in the order of the clusters; records are in order."""
    first = np.empty(len(wanted), dtype=np.int64)
    first[label[::-1]] = np.arange(len(label))[::-1]
    return records.take(pa.array(first[wanted]))


def _flags(label: Longs, some: Longs) -> npt.NDArray[np.bool_]:
    """For each cluster whether it is in the first column of some rows."""
    flags = np.zeros(int(label.max(initial=-1)) + 1, dtype=bool)
    flags[some[:, 0]] = True
    return flags


def _named(records: pa.Array, label: Longs, kept: Longs, former_ids: pa.Array) -> pa.Array:
    """Ids of the clusters that keep none: their smallest record, or a free name made of it."""
    names = _smallest(records, label, ~_flags(label, kept)).cast(pa.string())
    if not len(former_ids):
        return names
    taken = pc.is_in(names, value_set=former_ids.filter(pc.is_in(former_ids, value_set=names)))
    if not pc.any(taken).as_py():
        return names
    alike = (ids.filter(pc.match_substring(ids, _MARK)).to_pylist() for ids in (former_ids, names))
    places = np.flatnonzero(taken)
    occupied = names.take(pa.array(places))
    free = _free_names(occupied.sort(), {name for some in alike for name in some})
    return pc.replace_with_mask(names, taken, pa.array([free[name] for name in occupied.to_pylist()], pa.string()))


def _free_names(names: pa.Array, taken: set[str]) -> dict[str, str]:
    """A name made of each; of those taken only the made ones matter."""
    free = {}
    for name in names.to_pylist():
        number = 2
        while (made := f"{name}{_MARK}{number}") in taken:
            number += 1
        taken.add(made)
        free[name] = made
    return free


def _changes(made: Longs, formerly: Longs, kept: Longs, ids: pa.Array, former_ids: pa.Array) -> pa.Table:
    """What became of former ids: the records whose id is another now. `kept`: the former ids that come first in `ids`."""
    place = np.full(len(former_ids) + 1, -1)
    place[kept] = np.arange(len(kept))
    moved = np.flatnonzero((formerly >= 0) & (place[formerly] != made))
    pairs, records = np.unique(formerly[moved] * len(ids) + made[moved], return_counts=True)
    left, now = pairs // max(len(ids), 1), pairs % max(len(ids), 1)
    told = pa.table(
        {
            "former_id": former_ids.take(pa.array(left)),
            "cluster_id": ids.take(pa.array(now)),
            "records": records,
            "change": pc.if_else(pa.array(place[left] >= 0), "split", "merged"),
        }
    )
    return told.sort_by([("former_id", "ascending"), ("cluster_id", "ascending")])
