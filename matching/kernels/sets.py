"""Sets of items. The loop writes the level of pair `k` into `patterns[k]` at bit `shift`."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def common(a_codes, a, a_stop, b_codes, b, b_stop):  # type: ignore[no-untyped-def]
    """How many codes two ascending runs without repetition share."""
    found = 0
    while a < a_stop and b < b_stop:
        if a_codes[a] == b_codes[b]:
            found += 1
            a += 1
            b += 1
        elif a_codes[a] < b_codes[b]:
            a += 1
        else:
            b += 1
    return found


@njit(cache=True, nogil=True)
def set_levels(left, right, patterns, shift, a_offsets, a_codes, b_offsets, b_codes, cutoffs, whole):  # type: ignore[no-untyped-def]
    """With `whole` first 1: same set, 2: one contains the other; then at least each number of items, some, none.

    An empty set is missing.
    """
    for k in range(left.size):
        a, a_stop = a_offsets[left[k]], a_offsets[left[k] + 1]
        b, b_stop = b_offsets[right[k]], b_offsets[right[k] + 1]
        if a == a_stop or b == b_stop:
            continue
        shared = common(a_codes, a, a_stop, b_codes, b, b_stop)
        if whole and shared == a_stop - a and shared == b_stop - b:
            level = 1
        elif whole and shared == min(a_stop - a, b_stop - b):
            level = 2
        else:
            level = 3 if whole else 1
            for position in range(cutoffs.size):
                if shared < cutoffs[position]:
                    level += 1
            if shared == 0:
                level += 1
        patterns[k] |= np.int64(level) << shift
