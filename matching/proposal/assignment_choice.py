"""Which assignment suits two tables nobody has described (分配方式判断): by how often a record has two sure matches.

Where a table holds a person twice, the same record of the other table matches both. A few such cases are namesakes and
members of one household; many are duplicates, of which one-to-one would lose all but one.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from matching.assignment import Assignment, assign
from matching.columns import Longs

SURE = 0.95
"""Match probability of a pair that counts."""

ALIKE = 8.0
"""Bits of match weight within which two matches of a record are as good as each other, as those of one person are; a
relative in the household comes far behind the person."""

MANY = 0.05
"""Share of matched records with several sure matches from which the other table is taken to repeat persons."""


def choose_assignment(pairs: pa.Table) -> tuple[Assignment, str]:
    """The assignment for pairs scored without one, and why, in a sentence.

    Args:
        pairs: `left_id`, `right_id`, `match_probability` of a linkage of two tables.
    """
    sure = pairs.filter(pa.array(pairs["match_probability"].to_numpy() >= SURE))
    if not len(sure):
        return "one_to_one", "one-to-one: no pair is sure enough to show whether a file holds persons twice"
    several_right, several_left = (_several(sure, name) for name in ("left_id", "right_id"))
    told = f"{several_right:.1%} of the matched left records have several matches as good, {several_left:.1%} of the right ones"
    if several_left > MANY:
        return "none", f"no assignment: {told}, so the left file seems to hold persons more than once"
    if several_right > MANY:
        return "many_to_one", f"many-to-one: {told}, so the right file seems to hold persons more than once"
    return "one_to_one", f"one-to-one: {told}, so each file seems to hold a person once"


def reassigned(pairs: pa.Table, threshold: float, assignment: Assignment) -> pa.Table:
    """The pairs with `accepted` as the assignment gives it.

    Args:
        pairs: `left_id`, `right_id`, `match_weight` of a linkage, sorted by their ids.
        threshold: accept from this match probability on.
        assignment: how.
    """
    with np.errstate(divide="ignore"):
        lowest = max(float(np.log2(threshold) - np.log2(1 - threshold)), -1000.0)
    left, right = (_rows(pairs[name]) for name in ("left_id", "right_id"))
    accepted, _ = assign(
        left.astype(np.int32), right.astype(np.int32), pairs["match_weight"].to_numpy() - lowest, assignment
    )
    return pairs.set_column(pairs.column_names.index("accepted"), "accepted", pa.array(accepted))


def _several(pairs: pa.Table, name: str) -> float:
    """Share of the records that are in two pairs at least, the second nearly as good as the first."""
    rows, weights = _rows(pairs[name]), pairs["match_weight"].to_numpy()
    order = np.lexsort((-weights, rows))
    rows, weights = rows[order], weights[order]
    first = np.flatnonzero(np.append(True, rows[1:] != rows[:-1]))
    second = np.minimum(first + 1, len(rows) - 1)
    alike = (second > first) & (rows[second] == rows[first]) & (weights[first] - weights[second] <= ALIKE)
    return float(alike.mean())


def _rows(ids: pa.ChunkedArray) -> Longs:
    """Ids as numbers from 0 in the order of the ids, so that equal sets of pairs are settled as in a linkage."""
    codes = ids.combine_chunks().dictionary_encode()
    order: Mapping[object, int] = {value: place for place, value in enumerate(sorted(codes.dictionary.to_pylist()))}
    ranks = np.array([order[value] for value in codes.dictionary.to_pylist()], dtype=np.int64)
    return np.asarray(ranks[codes.indices.to_numpy(zero_copy_only=False)], dtype=np.int64)
