"""Clusters (人员归并): records joined through accepted pairs, strongest first, refusing contradictions.

A merge that would put two different values of a conflict column into one cluster, such as two different valid
identity numbers, is refused and listed; so is one that would join two records of a list that names nobody twice.
Every other accepted pair lies within one cluster.

The number of a cluster is its smallest row here; `matching.cluster_ids` names clusters so that names last.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching.columns import Ints, Longs, text_column
from matching.digits import VALID, pack_identity_numbers
from matching.encoding.encoded_tables import is_encoded, words_of
from matching.encoding.values import VALID as ENCODED_VALID
from matching.model import Conflict
from matching.scoring import Floats


@dataclass(frozen=True)
class Lists:
    """Lists that name nobody twice (名单内不重复): `rows[i]` stands on list `lists[i]`; a row may stand on several."""

    rows: Ints
    lists: Ints


@dataclass(frozen=True)
class Clusters:
    """`cluster[r]` is the smallest row of the cluster of row `r`; `refused` are positions of refused pairs, ascending.

    `reasons[i]` says why `refused[i]` was refused: the position of the conflict column that contradicts, or of the
    lists, which are counted after the columns. `direct[i]` says whether the two rows contradict each other themselves
    there, not only others of their clusters.
    """

    cluster: Ints
    refused: Longs
    reasons: Ints
    direct: npt.NDArray[np.bool_]


def conflict_values(tables: Sequence[pa.Table], conflicts: Sequence[Conflict]) -> list[Ints]:
    """For each conflict column, a code per row of all tables, in their order; -1 where it says nothing.

    Encoded tables contradict each other where all are encoded alike; among clear ones they say nothing.
    """
    values = []
    for conflict in conflicts:
        if any(map(is_encoded, tables)):
            values.append(_encoded_values(tables, conflict))
            continue
        texts = pa.concat_arrays([text_column(table, conflict.column) for table in tables]).dictionary_encode()
        codes = texts.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
        if conflict.valid == "identity_number" and len(texts.dictionary):
            valid = pack_identity_numbers(texts.dictionary).forms == VALID
            codes = np.where((codes >= 0) & valid[codes], codes, -1).astype(np.int32)
        values.append(codes)
    return values


def _encoded_values(tables: Sequence[pa.Table], conflict: Conflict) -> Ints:
    """Codes of an encoded identity number, or of another encoded value that shows without a companion."""
    alike = all(
        table.schema.metadata == tables[0].schema.metadata and conflict.column in table.column_names for table in tables
    )
    if not alike or conflict.valid != "identity_number":
        return np.full(sum(map(len, tables)), -1, np.int32)
    words = np.vstack([words_of(table, conflict.column)[:, :2] for table in tables])
    _, codes = np.unique(words[:, 1], return_inverse=True)
    return np.where(words[:, 0] == ENCODED_VALID, codes, -1).astype(np.int32)


def form_clusters(
    rows: int,
    first: Ints,
    second: Ints,
    weights: Floats,
    conflicts: Sequence[Ints] = (),
    apart: Sequence[Lists] = (),
) -> Clusters:
    """Join rows through pairs, strongest pair first; equal weights in the order of their rows.

    Neither the order of pairs nor which row of a pair comes first tells.

    Args:
        rows: number of rows.
        first, second: the rows of each pair.
        weights: match weight of each pair.
        conflicts: a code per row and column; rows of different codes are different persons, -1 says nothing.
        apart: lists on which two different rows are different persons.

    >>> numbers = np.array([7, -1, 8], dtype=np.int32)
    >>> made = form_clusters(3, np.array([0, 1]), np.array([1, 2]), np.array([9.0, 5.0]), [numbers])
    >>> made.cluster.tolist(), made.refused.tolist(), made.reasons.tolist()
    ([0, 0, 2], [1], [0])
    """
    component = _components(rows, first, second)
    cluster = _smallest_row(component)
    # Most components hold no contradiction and are clusters as they are: only the others are joined pair by pair.
    disputed = _disputed(component, conflicts, apart)
    pairs = np.flatnonzero(disputed[component[first]])
    order = pairs[np.lexsort((np.maximum(first, second)[pairs], np.minimum(first, second)[pairs], -weights[pairs]))]
    forest = _Forest(np.flatnonzero(disputed[component]), conflicts, apart)
    refused: list[tuple[int, int, bool]] = []
    for pair, a, b in zip(order.tolist(), first[order].tolist(), second[order].tolist(), strict=True):
        reason = forest.join(a, b)
        if reason is not None:
            refused.append((pair, reason, forest.contradict(a, b, reason)))
    for row, root in forest.roots():
        cluster[row] = root
    refused.sort()
    listed = [np.array([item[place] for item in refused]) for place in range(3)]
    return Clusters(cluster, listed[0].astype(np.int64), listed[1].astype(np.int32), listed[2].astype(bool))


class _Forest:
    """Rows joined to trees (并查集); the root of a tree is its smallest row and knows what the whole tree says."""

    def __init__(self, rows: npt.NDArray[np.int64], conflicts: Sequence[Ints], apart: Sequence[Lists]) -> None:
        self._parent = {row: row for row in rows.tolist()}
        self._codes = [dict(zip(rows.tolist(), codes[rows].tolist(), strict=True)) for codes in conflicts]
        self._lists = [_lists_of(self._parent, lists) for lists in apart]
        self._known = [codes.copy() for codes in self._codes]
        self._stands_on = [lists.copy() for lists in self._lists]

    def join(self, a: int, b: int) -> int | None:
        """Join the trees of two rows, or say which conflict forbids it."""
        low, high = sorted((self._root(a), self._root(b)))
        if low == high:
            return None
        for reason, codes in enumerate(self._known):
            if _differ(codes[low], codes[high]):
                return reason
        for reason, stands_on in enumerate(self._stands_on, len(self._known)):
            if not stands_on[low].isdisjoint(stands_on[high]):
                return reason
        self._parent[high] = low
        for codes in self._known:
            codes[low] = codes[low] if codes[low] >= 0 else codes[high]
        for stands_on in self._stands_on:
            stands_on[low] = stands_on[low] | stands_on[high]
        return None

    def contradict(self, a: int, b: int, reason: int) -> bool:
        """Whether two rows contradict each other in this, whatever is in their trees."""
        if reason < len(self._codes):
            return _differ(self._codes[reason][a], self._codes[reason][b])
        lists = self._lists[reason - len(self._codes)]
        return not lists[a].isdisjoint(lists[b])

    def roots(self) -> Iterator[tuple[int, int]]:
        """Every row with its root."""
        return ((row, self._root(row)) for row in self._parent)

    def _root(self, row: int) -> int:
        parent = self._parent
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row


def _differ(one: int, other: int) -> bool:
    return one >= 0 and other >= 0 and one != other


def _lists_of(rows: Iterable[int], lists: Lists) -> dict[int, frozenset[int]]:
    """The lists of each of the rows."""
    found: dict[int, set[int]] = {row: set() for row in rows}
    for row, number in zip(lists.rows.tolist(), lists.lists.tolist(), strict=True):
        if row in found:
            found[row].add(number)
    return {row: frozenset(numbers) for row, numbers in found.items()}


def _components(rows: int, first: Ints, second: Ints) -> Ints:
    """Number of the connected component of each row, from 0."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(rows, rows))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int32)


def _smallest_row(component: Ints) -> Ints:
    """For each row the smallest row of its component."""
    rows = np.arange(len(component), dtype=np.int32)
    smallest = np.empty_like(rows)
    smallest[component[::-1]] = rows[::-1]
    return smallest[component]


def _disputed(component: Ints, conflicts: Sequence[Ints], apart: Sequence[Lists]) -> npt.NDArray[np.bool_]:
    """Whether each component holds rows that must not be together."""
    disputed = np.zeros(int(component.max(initial=-1)) + 1, dtype=bool)
    for codes in conflicts:
        known = np.flatnonzero(codes >= 0)
        said = _distinct_pairs(component[known], codes[known])[0]
        disputed[said[1:][said[1:] == said[:-1]]] = True
    for lists in apart:
        rows, names = _distinct_pairs(lists.rows, lists.lists)
        places = np.sort(_paired(component[rows], names))
        disputed[places[1:][places[1:] == places[:-1]] >> 32] = True
    return disputed


def _paired(first: Ints | Longs, second: Ints | Longs) -> Longs:
    """Two codes in one number."""
    return first.astype(np.int64) << 32 | second.astype(np.int64)


def _distinct_pairs(first: Ints, second: Ints) -> tuple[Longs, Longs]:
    both = np.sort(_paired(first, second))
    both = both[np.diff(both, prepend=-1) != 0]
    return both >> 32, both & 0xFFFFFFFF
