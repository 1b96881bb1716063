"""Candidate pairs block by block, and counts of patterns, without holding the cross product."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def emit_pairs(  # type: ignore[no-untyped-def]
    rule, first_block, last_block, a_order, a_starts, b_order, b_starts, a_keys, b_keys, same_table, left, right, masks
):
    """Write the pairs of blocks [first_block, last_block) that no earlier rule makes; return how many.

    `a_keys`, `b_keys`: key of every row under every rule, -1 for none. `masks` gets one bit for every rule
    that makes the pair. Within one table each pair is written once, lower row first.
    """
    rules = a_keys.shape[1]
    written = 0
    for block in range(first_block, last_block):
        for i in range(a_starts[block], a_starts[block + 1]):
            a = a_order[i]
            first = i + 1 if same_table else b_starts[block]
            for j in range(first, b_starts[block + 1]):
                b = b_order[j]
                mask = np.int64(1) << rule
                earlier = False
                for other in range(rules):
                    if other != rule and a_keys[a, other] >= 0 and a_keys[a, other] == b_keys[b, other]:
                        if other < rule:
                            earlier = True
                            break
                        mask |= np.int64(1) << other
                if not earlier:
                    left[written] = a
                    right[written] = b
                    masks[written] = mask
                    written += 1
    return written


@njit(cache=True, nogil=True)
def _slot(pattern, mask, size):  # type: ignore[no-untyped-def]
    mixed = np.uint64(pattern) * np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(mask) * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return np.int64((mixed >> np.uint64(20)) & np.uint64(size - 1))


@njit(cache=True, nogil=True)
def count_patterns(patterns, masks):  # type: ignore[no-untyped-def]
    """Distinct (pattern, mask) combinations and how often each occurs."""
    size = 1024
    keys = np.empty(size, np.int64)
    marks = np.empty(size, np.int64)
    counts = np.zeros(size, np.int64)
    used = 0
    for k in range(patterns.size):
        slot = _slot(patterns[k], masks[k], size)
        while counts[slot] and (keys[slot] != patterns[k] or marks[slot] != masks[k]):
            slot = (slot + 1) & (size - 1)
        if not counts[slot]:
            keys[slot] = patterns[k]
            marks[slot] = masks[k]
            used += 1
        counts[slot] += 1
        if used * 2 > size:
            larger = size * 4
            new_keys = np.empty(larger, np.int64)
            new_marks = np.empty(larger, np.int64)
            new_counts = np.zeros(larger, np.int64)
            for old in range(size):
                if counts[old]:
                    slot = _slot(keys[old], marks[old], larger)
                    while new_counts[slot]:
                        slot = (slot + 1) & (larger - 1)
                    new_keys[slot] = keys[old]
                    new_marks[slot] = marks[old]
                    new_counts[slot] = counts[old]
            keys, marks, counts, size = new_keys, new_marks, new_counts, larger
    filled = counts > 0
    return keys[filled], marks[filled], counts[filled]
