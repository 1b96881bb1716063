"""Assignment (一对一分配): which of the competing pairs are accepted when a record may be matched once.

One-to-one is optimal within each connected component of acceptable pairs: the largest sum of match weights above the
threshold, to a millionth of a bit for each pair taken. Of sets that weigh the same the one with more pairs is taken,
then the one that pairs earlier rows with earlier rows; the caller sorts rows by id, so neither the order of rows nor
that of pairs tells. A component of more than `LARGEST` records is assigned best pair first instead, which weighs at
least half as much as the best set (every pair taken stands in the way of two others at most, neither heavier); the
number of such components is returned.

Many-to-one takes for each right row its heaviest pair, of equals the one with the earliest left row: always optimal.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from matching.columns import Ints
from matching.kernels.pairs import best_of_right_rows
from matching.scoring import Floats

Assignment = Literal["none", "one_to_one", "many_to_one"]

LARGEST = 10_000
"""Records of a component up to which it is assigned optimally; such a one with a million pairs takes seconds."""

DENSE = 200
"""Records of a component up to which a full matrix is quicker than a sparse one."""

TIE = 1e-6
"""Bits within which sets of pairs weigh the same."""

Chosen = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]


def assign(left: Ints, right: Ints, gain: Floats, assignment: Assignment) -> tuple[Chosen, int]:
    """Which pairs are accepted, and how many components were too large to be assigned optimally.

    Args:
        left: left row of each pair.
        right: right row of each pair; no pair is given twice.
        gain: match weight above the threshold, finite; pairs below 0 are never accepted.
        assignment: "none" accepts all others; "many_to_one" each right row's best; "one_to_one" each row once.
    """
    acceptable = gain >= 0
    if assignment == "none" or not acceptable.any():
        return acceptable, 0
    pairs = np.flatnonzero(acceptable)
    chosen = np.zeros(len(left), dtype=bool)
    if assignment == "many_to_one":
        best = np.full(int(right.max()) + 1, -1, np.int64)
        best_of_right_rows(left, right, gain, best)
        chosen[best[best >= 0]] = True
        return chosen, 0
    labels = _components(left[pairs], right[pairs])
    sizes = np.bincount(labels)
    alone = sizes[labels] == 1
    chosen[pairs[alone]] = True
    competing, labels = pairs[~alone], labels[~alone]
    order = np.argsort(labels, kind="stable")
    ends = np.cumsum(sizes[sizes > 1])
    large = 0
    for group in np.split(competing[order], ends[:-1]) if len(ends) else []:
        # Connected records are at most one more than their pairs, so most components need no counting.
        if len(group) >= LARGEST and len(np.unique(left[group])) + len(np.unique(right[group])) > LARGEST:
            large += 1
            chosen[_best_first(left, right, gain, group)] = True
        else:
            chosen[_optimal(left, right, gain, group)] = True
    return chosen, large


def _components(left: Ints, right: Ints) -> Places:
    """Component number of each pair, from 0."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows = np.unique(left, return_inverse=True)[1]
    columns = np.unique(right, return_inverse=True)[1] + rows.max() + 1
    size = int(columns.max()) + 1
    graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1]
    return np.asarray(np.unique(labels[rows], return_inverse=True)[1], dtype=np.int64)


def _optimal(left: Ints, right: Ints, gain: Floats, group: Places) -> Places:
    """The heaviest set of pairs of one component."""
    rows, row = np.unique(left[group], return_inverse=True)
    columns, column = np.unique(right[group], return_inverse=True)
    shape = (len(rows), len(columns))
    most = min(shape)
    # The earlier both rows, the larger, and even all together smaller than the reward of one more pair.
    earlier = (1 - row / shape[0]) * (1 - column / shape[1]) / (most + 1)
    gains = gain[group] + TIE / 2 * (1 + earlier)
    return group[(_in_matrix if sum(shape) <= DENSE else _in_sparse_matrix)(row, column, gains, shape)]


def _in_matrix(row: Places, column: Places, gains: Floats, shape: tuple[int, int]) -> Places:
    """Positions of the best pairs; a cell without a pair gains nothing, and is left out afterwards."""
    from scipy.optimize import linear_sum_assignment

    matrix = np.zeros(shape)
    which = np.full(shape, -1)
    matrix[row, column] = gains
    which[row, column] = np.arange(len(row))
    taken = which[linear_sum_assignment(matrix, maximize=True)]
    return np.asarray(taken[taken >= 0], dtype=np.int64)


def _in_sparse_matrix(row: Places, column: Places, gains: Floats, shape: tuple[int, int]) -> Places:
    """The same where most cells hold no pair: each row may also take a column of its own, which gains nothing."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    rows, columns = shape
    own = np.arange(rows)
    dearest = gains.max() + 1  # costs are above 0: a sparse matrix holds no cell that is 0
    costs = np.concatenate([dearest - gains, np.full(rows, dearest)])
    cells = (np.concatenate([row, own]), np.concatenate([column, columns + own]))
    taken_row, taken_column = min_weight_full_bipartite_matching(
        csr_array((costs, cells), shape=(rows, columns + rows))
    )
    partner = np.full(rows, -1)
    partner[taken_row] = taken_column
    return np.flatnonzero(partner[row] == column)


def _best_first(left: Ints, right: Ints, gain: Floats, group: Places) -> list[int]:
    """Best pair first; equal pairs in the order of their rows."""
    order = group[np.lexsort((right[group], left[group], -gain[group]))]
    used_left: set[int] = set()
    used_right: set[int] = set()
    taken = []
    for pair, row, column in zip(order.tolist(), left[order].tolist(), right[order].tolist(), strict=True):
        if column in used_right or row in used_left:
            continue
        used_left.add(row)
        used_right.add(column)
        taken.append(pair)
    return taken
