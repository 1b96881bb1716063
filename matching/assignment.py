"""Assignment (一对一分配): which of the competing pairs are accepted when a record may be matched once.

One-to-one is optimal within each connected component of acceptable pairs: the largest sum of match weights
above the threshold. A component with more than `LARGEST` records is assigned best pair first instead, which
keeps time and memory bounded; the number of such components is returned.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from matching.columns import Ints
from matching.scoring import Floats

Assignment = Literal["none", "one_to_one", "many_to_one"]

LARGEST = 2_000

Chosen = npt.NDArray[np.bool_]


def assign(left: Ints, right: Ints, gain: Floats, assignment: Assignment) -> tuple[Chosen, int]:
    """Which pairs are accepted, and how many components were too large to be assigned optimally.

    Args:
        left: left row of each pair.
        right: right row of each pair.
        gain: match weight above the threshold; pairs below 0 are never accepted.
        assignment: "none" accepts all others; "many_to_one" each right row's best; "one_to_one" each row once.
    """
    acceptable = gain >= 0
    if assignment == "none" or not acceptable.any():
        return acceptable, 0
    pairs = np.flatnonzero(acceptable)
    chosen = np.zeros(len(left), dtype=bool)
    if assignment == "many_to_one":
        chosen[_best_first(left, right, gain, pairs, left_once=False)] = True
        return chosen, 0
    labels = _components(left[pairs], right[pairs])
    order = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels)
    large = 0
    single = sizes[labels] == 1
    chosen[pairs[single]] = True
    for group in np.split(pairs[order], np.cumsum(sizes)[:-1]):
        if len(group) == 1:
            continue
        if len(np.unique(left[group])) + len(np.unique(right[group])) > LARGEST:
            large += 1
            chosen[_best_first(left, right, gain, group, left_once=True)] = True
        else:
            chosen[_optimal(left, right, gain, group)] = True
    return chosen, large


def _components(left: Ints, right: Ints) -> npt.NDArray[np.int64]:
    """Component number of each pair, from 0."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows = np.unique(left, return_inverse=True)[1]
    columns = np.unique(right, return_inverse=True)[1] + rows.max() + 1
    size = int(columns.max()) + 1
    graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1]
    return np.asarray(labels[rows], dtype=np.int64)


def _optimal(left: Ints, right: Ints, gain: Floats, group: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    from scipy.optimize import linear_sum_assignment

    rows, row = np.unique(left[group], return_inverse=True)
    columns, column = np.unique(right[group], return_inverse=True)
    gains = np.zeros((len(rows), len(columns)))
    which = np.full(gains.shape, -1)
    gains[row, column] = gain[group] + 1e-9
    which[row, column] = group
    taken = which[linear_sum_assignment(gains, maximize=True)]
    return np.asarray(taken[taken >= 0], dtype=np.int64)


def _best_first(left: Ints, right: Ints, gain: Floats, group: npt.NDArray[np.int64], *, left_once: bool) -> list[int]:
    """Best pair first; equal pairs in the order of their rows."""
    order = group[np.lexsort((right[group], left[group], -gain[group]))]
    used_left: set[int] = set()
    used_right: set[int] = set()
    taken = []
    for pair, row, column in zip(order.tolist(), left[order].tolist(), right[order].tolist(), strict=True):
        if column in used_right or (left_once and row in used_left):
            continue
        used_left.add(row)
        used_right.add(column)
        taken.append(pair)
    return taken
