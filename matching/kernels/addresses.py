"""Addresses by their parts. A loop writes the level of pair `k` into `patterns[k]` at bit `shift`."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def address_levels(left, right, patterns, shift, a_codes, b_codes, towns, communities, spots, doors):  # type: ignore[no-untyped-def]
    """1: the same text, or spot and door; 2: same spot; 3: same community; 4: same township; 5: else.

    Missing: a side has no address, or the two say no part in common.
    """
    for k in range(left.size):
        a, b = a_codes[left[k]], b_codes[right[k]]
        if a < 0 or b < 0:
            continue
        town = towns[a] >= 0 and towns[b] >= 0
        community = communities[a] >= 0 and communities[b] >= 0
        spot = spots[a] >= 0 and spots[b] >= 0
        if a == b and (towns[a] >= 0 or communities[a] >= 0 or spots[a] >= 0):
            level = 1
        elif town and towns[a] != towns[b]:
            level = 5
        elif spot and spots[a] == spots[b]:
            level = 1 if doors[a] >= 0 and doors[a] == doors[b] else 2
        elif community and communities[a] == communities[b]:
            level = 3
        elif town:
            level = 4
        elif community or spot:
            level = 5
        else:
            continue
        patterns[k] |= np.int64(level) << shift
