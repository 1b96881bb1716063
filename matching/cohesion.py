"""Clusters that hold together (内聚归并): the duplicates of one table, without the chains that single pairs make.

Joining through any accepted pair lets one wrong pair glue two persons together, and a few glue a thousand. Here two
clusters are joined only while the pairs between them are matches on average: average linkage (R. R. Sokal,
C. D. Michener, 1958) over match probabilities, where a pair that was not compared or not kept counts 0. Since blocking
and misspelling hide true pairs, a mean of `LEAST` is enough, with one accepted pair among them.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.columns import Flags, Ints, Longs
from matching.scoring import Floats

LEAST = 0.25
"""Mean match probability between two clusters from which they may be joined."""


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
    component, size = _components(rows, first[accepted], second[accepted])
    within = component[first] == component[second]
    large = within & (size[component[first]] > 2)
    cluster = np.arange(rows, dtype=np.int32)
    _join_two(cluster, first[accepted & ~large], second[accepted & ~large], conflicts)
    members = np.flatnonzero(size[component] > 2)
    if not len(members):
        return cluster
    place = np.full(rows, -1, np.int64)
    place[members] = np.arange(len(members))
    among = _grouped(
        len(members), place[first[large]], place[second[large]], chance[large], accepted[large],
        [codes[members] for codes in conflicts],
    )  # fmt: skip
    cluster[members] = members[among]
    return cluster


def _components(rows: int, first: Longs, second: Longs) -> tuple[Ints, Longs]:
    """The component of each row that pairs connect, and how many rows each has."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(rows, rows))
    count, component = connected_components(edges, directed=False)
    return component, np.bincount(component, minlength=count)


def _join_two(cluster: Ints, first: Longs, second: Longs, conflicts: Sequence[Ints]) -> None:
    """Join pairs that share no row with another, unless they contradict."""
    contradict = np.zeros(len(first), np.bool_)
    for codes in conflicts:
        contradict |= (codes[first] >= 0) & (codes[second] >= 0) & (codes[first] != codes[second])
    a, b = first[~contradict], second[~contradict]
    cluster[np.maximum(a, b)] = np.minimum(a, b)


def _grouped(
    rows: int, first: Longs, second: Longs, chance: Floats, accepted: Flags, conflicts: Sequence[Ints]
) -> Ints:
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
