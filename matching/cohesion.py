"""Clusters that hold together (内聚归并): the duplicates of one table, without the chains that single pairs make.

Joining through any accepted pair lets one wrong pair glue two persons together, and a few glue a thousand. Here two
clusters are joined only while the pairs between them are matches on average: average linkage (R. R. Sokal,
C. D. Michener, 1958) over match probabilities, where a pair that was not compared or not kept counts 0. Since blocking
and misspelling hide true pairs, a mean of `LEAST` is enough, with one accepted pair among them.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.clusters import conflict_values
from matching.columns import Flags, Ints, Longs
from matching.linkage import LinkResult
from matching.scoring import Floats

LEAST = 0.25
"""Mean match probability between two clusters from which they may be joined."""


def with_cohesive_clusters(result: LinkResult, table: pa.Table, id_column: str = "record_id") -> LinkResult:
    """The result of `dedupe` with clusters that hold together; an accepted pair that lies in two clusters is refused.

    Args:
        result: what `dedupe` gave for the table.
        table: the table, under the names the model uses.
        id_column: its record id.
    """
    ids = table[id_column].take(pc.sort_indices(table[id_column])).combine_chunks()
    first, second = (_places(ids, result.pairs[name]) for name in ("left_id", "right_id"))
    scored = result.pairs.append_column("given", _given(result))
    accepted = scored["given"].to_numpy()
    ordered = table.take(pc.sort_indices(table[id_column]))
    codes = conflict_values((ordered, ordered.slice(0, 0)), result.model.conflicts)
    cluster = cohesive_clusters(len(ids), first, second, scored["match_probability"].to_numpy(), accepted, codes)
    refused = accepted & (cluster[first] != cluster[second])
    kept = accepted & ~refused
    pairs = result.pairs.set_column(result.pairs.column_names.index("accepted"), "accepted", pa.array(kept))
    return replace(
        result,
        pairs=pairs,
        clusters=pa.table({"record_id": ids, "cluster_id": ids.take(pa.array(cluster))}),
        refused=pairs.take(pa.array(np.flatnonzero(refused))),
        report=replace(result.report, accepted_pairs=int(kept.sum()), refused_merges=int(refused.sum())),
    )


def cohesive_clusters(
    rows: int, first: Longs, second: Longs, chance: Floats, accepted: Flags, conflicts: Sequence[Ints] = ()
) -> Ints:
    """The smallest row of the cluster of each row.

    Args:
        rows: number of rows.
        first, second: the rows of each pair; no pair is given twice.
        chance: match probability of each pair; pairs that are not given count 0.
        accepted: whether a pair alone would join its rows.
        conflicts: a code per row and column; rows of different codes are different persons, -1 says nothing.

    >>> chain = np.array([0, 1, 2, 3]), np.array([1, 2, 3, 4])
    >>> cohesive_clusters(5, *chain, np.array([0.99, 0.6, 0.99, 0.9]), np.array([True] * 4)).tolist()
    [0, 0, 2, 2, 2]
    """
    forest = _Forest(rows, conflicts)
    for a, b, mean, sure in zip(first.tolist(), second.tolist(), chance.tolist(), accepted.tolist(), strict=True):
        forest.link(a, b, mean, sure)
    waiting = [(-forest.between[a][b].total, a, b) for a, b in forest.acceptable()]
    heapq.heapify(waiting)
    while waiting:
        mean, a, b = heapq.heappop(waiting)
        if b not in forest.between[a] or forest.mean(a, b) != -mean or forest.contradict(a, b):
            continue
        joined = forest.join(a, b)
        for other, link in forest.between[joined].items():
            if link.accepted and (now := forest.mean(joined, other)) >= LEAST:
                heapq.heappush(waiting, (-now, min(joined, other), max(joined, other)))
    return forest.smallest_rows()


@dataclass(slots=True)
class _Link:
    """What lies between two clusters: the sum of match probabilities, and whether a pair is accepted."""

    total: float
    accepted: bool


class _Forest:
    """Clusters under way, each named by one of its rows."""

    def __init__(self, rows: int, conflicts: Sequence[Ints]) -> None:
        self.between: list[dict[int, _Link]] = [{} for _ in range(rows)]
        self._size = [1] * rows
        self._parent = list(range(rows))
        self._known = [codes.tolist() for codes in conflicts]

    def link(self, a: int, b: int, chance: float, accepted: bool) -> None:
        """Add a pair."""
        self.between[a][b] = self.between[b][a] = _Link(chance, accepted)

    def acceptable(self) -> list[tuple[int, int]]:
        """The accepted pairs, smaller row first."""
        return [
            (row, other)
            for row, links in enumerate(self.between)
            for other, link in links.items()
            if row < other and link.accepted
        ]

    def mean(self, a: int, b: int) -> float:
        """Mean match probability between two clusters that a pair links."""
        return self.between[a][b].total / (self._size[a] * self._size[b])

    def contradict(self, a: int, b: int) -> bool:
        """Whether two clusters hold different values of a conflict column."""
        return any(codes[a] >= 0 and codes[b] >= 0 and codes[a] != codes[b] for codes in self._known)

    def join(self, a: int, b: int) -> int:
        """Join two clusters under the name of the one with more neighbours, which is returned."""
        kept, gone = (a, b) if len(self.between[a]) >= len(self.between[b]) else (b, a)
        self._parent[gone] = kept
        del self.between[kept][gone], self.between[gone][kept]
        for other, link in self.between[gone].items():
            del self.between[other][gone]
            if (known := self.between[kept].get(other)) is not None:
                link = _Link(known.total + link.total, known.accepted or link.accepted)
            self.between[kept][other] = self.between[other][kept] = link
        self.between[gone] = {}
        self._size[kept] += self._size[gone]
        for codes in self._known:
            codes[kept] = max(codes[kept], codes[gone])
        return kept

    def smallest_rows(self) -> Ints:
        """The smallest row of the cluster of each row."""
        roots = np.array([self._root(row) for row in range(len(self._parent))], dtype=np.int64)
        smallest = np.full(len(roots), len(roots), dtype=np.int64)
        np.minimum.at(smallest, roots, np.arange(len(roots)))
        return smallest[roots].astype(np.int32)

    def _root(self, row: int) -> int:
        while self._parent[row] != row:
            self._parent[row] = self._parent[self._parent[row]]
            row = self._parent[row]
        return row


def _given(result: LinkResult) -> pa.ChunkedArray:
    """Which pairs reach the threshold, those among them that a contradiction refused included."""
    accepted = result.pairs["accepted"]
    if result.refused is None or not len(result.refused):
        return accepted
    keys = [
        pc.binary_join_element_wise(*(table[name].cast(pa.string()) for name in ("left_id", "right_id")), "\x1f")
        for table in (result.pairs, result.refused)
    ]
    return pc.or_(accepted, pc.is_in(keys[0], value_set=keys[1]))


def _places(ids: pa.Array, values: pa.ChunkedArray) -> Longs:
    return np.asarray(pc.index_in(values, value_set=ids).to_numpy(zero_copy_only=False), dtype=np.int64)
