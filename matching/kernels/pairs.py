"""Counts of patterns, and their weights."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _slot(pattern, mask, size):  # type: ignore[no-untyped-def]
    mixed = np.uint64(pattern) * np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(mask) * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return np.int64((mixed >> np.uint64(20)) & np.uint64(size - 1))


@njit(cache=True, nogil=True)
def count_patterns(patterns, masks):  # type: ignore[no-untyped-def]
    """Distinct (pattern, mask) combinations, how often each occurs, and which of them each pair is."""
    size = 1024
    slots = np.full(size, -1, np.int32)
    keys = np.empty(size, np.int64)
    marks = np.empty(size, np.int64)
    counts = np.zeros(size, np.int64)
    which = np.empty(patterns.size, np.int32)
    used = 0
    for k in range(patterns.size):
        pattern = patterns[k]
        mask = masks[k]
        slot = _slot(pattern, mask, size)
        while slots[slot] >= 0 and (keys[slots[slot]] != pattern or marks[slots[slot]] != mask):
            slot = (slot + 1) & (size - 1)
        found = slots[slot]
        if found < 0:
            found = used
            slots[slot] = found
            keys[found] = pattern
            marks[found] = mask
            used += 1
        counts[found] += 1
        which[k] = found
        if used * 2 > size:
            larger = size * 4
            new_keys = np.empty(larger, np.int64)
            new_marks = np.empty(larger, np.int64)
            new_counts = np.zeros(larger, np.int64)
            new_keys[:used] = keys[:used]
            new_marks[:used] = marks[:used]
            new_counts[:used] = counts[:used]
            keys, marks, counts, size = new_keys, new_marks, new_counts, larger
            slots = np.full(size, -1, np.int32)
            for old in range(used):
                slot = _slot(keys[old], marks[old], size)
                while slots[slot] >= 0:
                    slot = (slot + 1) & (size - 1)
                slots[slot] = old
    return keys[:used], marks[:used], counts[:used], which


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
