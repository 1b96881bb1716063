"""Beginnings of codes: levels of `prefix` over packed characters."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def prefix_levels(left, right, patterns, shift, a_codes, b_codes, offsets, points, cutoffs):  # type: ignore[no-untyped-def]
    """1: same text; 2...: the same beginning of each length in turn; last: else.

    A length below 0 counts from the end: -2 is all but the last two characters, of both texts.
    """
    for k in range(left.size):
        a, b = a_codes[left[k]], b_codes[right[k]]
        if a < 0 or b < 0:
            continue
        level = 1
        if a != b:
            a_length, b_length = offsets[a + 1] - offsets[a], offsets[b + 1] - offsets[b]
            shared = 0
            while shared < min(a_length, b_length) and points[offsets[a] + shared] == points[offsets[b] + shared]:
                shared += 1
            level = 2
            for cutoff in cutoffs:
                wanted = cutoff
                if cutoff < 0:
                    wanted = a_length + cutoff if a_length == b_length else 0
                if 0 < wanted <= shared:
                    break
                level += 1
        patterns[k] |= np.int64(level) << shift
