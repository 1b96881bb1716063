"""Counts of patterns, their weights, and the best pairs."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _slot(pattern, mask, size):  # type: ignore[no-untyped-def]
    mixed = np.uint64(pattern) * np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(mask) * np.uint64(0xC2B2AE3D27D4EB4F)
    return np.int64((mixed ^ mixed >> np.uint64(32)) * np.uint64(0xBF58476D1CE4E5B9) >> np.uint64(40)) & (size - 1)


@njit(cache=True, nogil=True)
def _count(patterns, masks, size, keys, marks, counts, which):  # type: ignore[no-untyped-def]
    """Count in open tables of `size`; false where they are half full."""
    counts[:] = 0
    used = 0
    for k in range(patterns.size):
        pattern = patterns[k]
        mask = masks[k]
        slot = _slot(pattern, mask, size)
        while counts[slot] and (keys[slot] != pattern or marks[slot] != mask):
            slot = (slot + 1) & (size - 1)
        if not counts[slot]:
            used += 1
            if 2 * used > size:
                return False
            keys[slot] = pattern
            marks[slot] = mask
        counts[slot] += 1
        which[k] = slot
    return True


@njit(cache=True, nogil=True)
def count_patterns(patterns, masks):  # type: ignore[no-untyped-def]
    """Distinct (pattern, mask) combinations, how often each occurs, and which of them each pair is."""
    size = 1024
    which = np.empty(patterns.size, np.int32)
    while True:
        size *= 4
        keys = np.empty(size, np.int64)
        marks = np.empty(size, np.int64)
        counts = np.empty(size, np.int32)
        if _count(patterns, masks, size, keys, marks, counts, which):
            break
    filled = np.flatnonzero(counts)
    order = np.empty(size, np.int32)
    for place in range(filled.size):
        order[filled[place]] = place
    for k in range(which.size):
        which[k] = order[which[k]]
    return keys[filled], marks[filled], counts[filled].astype(np.int64), which


@njit(cache=True, nogil=True)
def drop_implied(patterns, bits, implications):  # type: ignore[no-untyped-def]
    """Set implied agreement to missing, in place.

    A row of `implications`: position, its levels that may be implied (one bit each), the other position, its levels that
    imply. The other comparison is read as it was observed.
    """
    level = np.int64((1 << bits) - 1)
    for k in range(patterns.size):
        observed = patterns[k]
        counted = observed
        for row in range(implications.shape[0]):
            own = (observed >> (bits * implications[row, 0])) & level
            other = (observed >> (bits * implications[row, 2])) & level
            if (implications[row, 1] >> own) & 1 and (implications[row, 3] >> other) & 1:
                counted &= ~(level << (bits * implications[row, 0]))
        patterns[k] = counted


@njit(cache=True, nogil=True)
def add_weights(patterns, bits, table, weights):  # type: ignore[no-untyped-def]
    """Add `table[position, level]` of every position of each pattern to its weight."""
    level = np.int64((1 << bits) - 1)
    for k in range(patterns.size):
        pattern = patterns[k]
        for position in range(table.shape[0]):
            weights[k] += table[position, (pattern >> (bits * position)) & level]


@njit(cache=True, nogil=True)
def best_of_right_rows(left, right, gain, best):  # type: ignore[no-untyped-def]
    """Write which pair of each right row gains most, of equals that with the earliest left row; none gains less than 0."""
    for k in range(left.size):
        if gain[k] >= 0:
            known = best[right[k]]
            if known < 0 or gain[k] > gain[known] or (gain[k] == gain[known] and left[k] < left[known]):
                best[right[k]] = k
