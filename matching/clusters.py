"""Clusters (人员归并): records joined through accepted pairs, strongest first, refusing contradictions.

A merge that would put two different values of a conflict column into one cluster, such as two different valid
identity numbers, is refused and listed; every other accepted pair lies within one cluster.

The number of a cluster is its smallest row here; `matching.cluster_ids` names clusters so that names last.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching.columns import Columns, Ints
from matching.digits import VALID, pack_identity_numbers
from matching.model import Conflict
from matching.scoring import Floats


@dataclass(frozen=True)
class Clusters:
    """`cluster[r]` is the smallest row of the cluster of row `r`; `refused` are positions of refused pairs, ascending."""

    cluster: Ints
    refused: npt.NDArray[np.int64]


def conflict_values(tables: tuple[pa.Table, pa.Table], conflicts: Sequence[Conflict]) -> list[Ints]:
    """For each conflict column, a code per row of both tables (left rows first); -1 where it says nothing."""
    columns, values = Columns(*tables), []
    for conflict in conflicts:
        both = columns.coded(conflict.column)
        codes = np.concatenate([both.left, both.right])
        if conflict.valid == "identity_number" and len(both.values):
            valid = pack_identity_numbers(both.values).forms == VALID
            codes = np.where((codes >= 0) & valid[codes], codes, -1).astype(np.int32)
        values.append(codes)
    return values


def form_clusters(rows: int, first: Ints, second: Ints, weights: Floats, conflicts: Sequence[Ints]) -> Clusters:
    """Join rows through pairs, strongest pair first; equal weights in the order of their rows.

    Neither the order of pairs nor which row of a pair comes first tells.

    >>> numbers = np.array([7, -1, 8], dtype=np.int32)
    >>> made = form_clusters(3, np.array([0, 1]), np.array([1, 2]), np.array([9.0, 5.0]), [numbers])
    >>> made.cluster.tolist(), made.refused.tolist()
    ([0, 0, 2], [1])
    """
    parent = list(range(rows))
    known = [codes.tolist() for codes in conflicts]
    refused = []

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    order = np.lexsort((np.maximum(first, second), np.minimum(first, second), -weights))
    for pair, a, b in zip(order.tolist(), first[order].tolist(), second[order].tolist(), strict=True):
        low, high = sorted((root(a), root(b)))
        if low == high:
            continue
        if any(codes[low] >= 0 and codes[high] >= 0 and codes[low] != codes[high] for codes in known):
            refused.append(pair)
            continue
        parent[high] = low
        for codes in known:
            codes[low] = codes[low] if codes[low] >= 0 else codes[high]
    cluster = np.array([root(row) for row in range(rows)], dtype=np.int32)
    return Clusters(cluster, np.array(sorted(refused), dtype=np.int64))
