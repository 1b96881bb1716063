"""Text by character: Jaro and Jaro-Winkler similarity over code points.

Loops write the level of pair `k` into `patterns[k]` at bit `shift`; a missing side leaves 0.
Texts longer than 64 characters are compared by their first 64.
"""

import numpy as np
from numba import njit

LONGEST = 64
REMEMBERED = 4096
"""Pairs of texts whose similarity is kept while a chunk is compared: frequent names meet often."""


@njit(cache=True, nogil=True)
def jaro(points, a_start, a_stop, b_start, b_stop):  # type: ignore[no-untyped-def]
    """Jaro similarity in [0, 1]."""
    a_length = min(a_stop - a_start, LONGEST)
    b_length = min(b_stop - b_start, LONGEST)
    if a_length == 0 or b_length == 0:
        return 0.0
    window = max(max(a_length, b_length) // 2 - 1, 0)
    a_hits = np.uint64(0)
    b_hits = np.uint64(0)
    one = np.uint64(1)
    common = 0
    for i in range(a_length):
        point = points[a_start + i]
        for j in range(max(0, i - window), min(b_length, i + window + 1)):
            if points[b_start + j] == point and not (b_hits >> np.uint64(j)) & one:
                a_hits |= one << np.uint64(i)
                b_hits |= one << np.uint64(j)
                common += 1
                break
    if common == 0:
        return 0.0
    moved = 0
    j = 0
    for i in range(a_length):
        if (a_hits >> np.uint64(i)) & one:
            while not (b_hits >> np.uint64(j)) & one:
                j += 1
            if points[a_start + i] != points[b_start + j]:
                moved += 1
            j += 1
    return (common / a_length + common / b_length + (common - moved // 2) / common) / 3.0


@njit(cache=True, nogil=True)
def jaro_winkler(points, a_start, a_stop, b_start, b_stop):  # type: ignore[no-untyped-def]
    """Jaro-Winkler similarity in [0, 1] (prefix weight 0.1, at most 4 characters, above 0.7 only)."""
    similarity = jaro(points, a_start, a_stop, b_start, b_stop)
    if similarity > 0.7:
        most = min(4, a_stop - a_start, b_stop - b_start)
        prefix = 0
        while prefix < most and points[a_start + prefix] == points[b_start + prefix]:
            prefix += 1
        similarity += prefix * 0.1 * (1.0 - similarity)
    return similarity


@njit(cache=True, nogil=True)
def sketch_texts(offsets, points, sketches):  # type: ignore[no-untyped-def]
    """What bounds the likeness of two texts before they are read.

    `sketches[i, 0]`: one bit for each of 64 classes of characters that occurs; `sketches[i, 1]`: the length in the upper
    half, the classes of the first four characters below, eight bits each (none beyond the end); `sketches[i, 2]`: one
    bit for each of 64 classes of two neighbouring characters that occurs.
    """
    for i in range(offsets.size - 1):
        length = min(offsets[i + 1] - offsets[i], LONGEST)
        seen = np.uint64(0)
        heads = np.uint64(0)
        pairs = np.uint64(0)
        before = np.uint64(0)
        for k in range(length):
            kind = (np.uint64(points[offsets[i] + k]) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(58)
            seen |= np.uint64(1) << kind
            if k < 4:
                heads |= (kind + np.uint64(1)) << np.uint64(8 * k)
            if k:
                pairs |= np.uint64(1) << ((before * np.uint64(37) + kind) & np.uint64(63))
            before = kind
        sketches[i, 0] = seen
        sketches[i, 1] = (np.uint64(length) << np.uint64(32)) | heads
        sketches[i, 2] = pairs


@njit(cache=True, nogil=True)
def _same_text(points, a, a_stop, b, b_stop):  # type: ignore[no-untyped-def]
    if a_stop - a != b_stop - b:
        return False
    for k in range(a_stop - a):  # noqa: SIM110
        if points[a + k] != points[b + k]:
            return False
    return True


@njit(cache=True, nogil=True)
def _ones(bits):  # type: ignore[no-untyped-def]
    total = 0
    while bits:
        bits &= bits - np.uint64(1)
        total += 1
    return total


@njit(cache=True, nogil=True)
def _jaro_at_most(a_seen, a_shape, b_seen, b_shape, prefix):  # type: ignore[no-untyped-def]
    """An upper bound of the Jaro(-Winkler) similarity of two texts from their sketches."""
    a_length = np.int64(a_shape >> np.uint64(32))
    b_length = np.int64(b_shape >> np.uint64(32))
    common = min(a_length - _ones(a_seen & ~b_seen), b_length - _ones(b_seen & ~a_seen))
    if common <= 0:
        return 0.0
    most = (common / a_length + common / b_length + 1.0) / 3.0
    if prefix and most > 0.7:
        unlike = a_shape ^ b_shape
        same = 0
        shorter = min(a_length, b_length)
        while same < 4 and same < shorter and unlike & np.uint64(0xFF) == 0:
            unlike >>= np.uint64(8)
            same += 1
        most += same * 0.1 * (1.0 - most)
    return most + 1e-12


@njit(cache=True, nogil=True)
def similarity_levels(  # type: ignore[no-untyped-def]
    left, right, patterns, shift, a_codes, b_codes, offsets, points, sketches, cutoffs, prefix
):
    """1: same text; 2...: Jaro-Winkler (Jaro without `prefix`) at least each cut-off in turn; last: else."""
    lowest = cutoffs[-1] if cutoffs.size else 2.0
    known = np.full(REMEMBERED, -1, np.int64)
    found = np.empty(REMEMBERED, np.float64)
    for k in range(left.size):
        a, b = a_codes[left[k]], b_codes[right[k]]
        if a < 0 or b < 0:
            continue
        level = 1
        if a != b:
            level = 2
            similarity = 0.0
            if _jaro_at_most(sketches[a, 0], sketches[a, 1], sketches[b, 0], sketches[b, 1], prefix) >= lowest:
                both = np.int64(a) << 32 | np.int64(b)
                slot = (both ^ both >> 23) * 0x9E3779B1 >> 20 & (REMEMBERED - 1)
                if known[slot] != both:
                    known[slot] = both
                    if prefix:
                        found[slot] = jaro_winkler(points, offsets[a], offsets[a + 1], offsets[b], offsets[b + 1])
                    else:
                        found[slot] = jaro(points, offsets[a], offsets[a + 1], offsets[b], offsets[b + 1])
                similarity = found[slot]
            if similarity >= 1.0 and _same_text(points, offsets[a], offsets[a + 1], offsets[b], offsets[b + 1]):
                level = 1
            while level > 1 and level - 2 < cutoffs.size and similarity < cutoffs[level - 2]:
                level += 1
        patterns[k] |= np.int64(level) << shift


@njit(cache=True, nogil=True)
def employer_levels(  # type: ignore[no-untyped-def]
    left, right, patterns, shift, a_codes, b_codes, a_names, b_names, offsets, points, sketches, cutoff
):
    """1: same credit code; 2: same name; 3: similar name; 4: else. Missing: neither codes nor names to compare."""
    for k in range(left.size):
        i, j = left[k], right[k]
        codes = a_codes[i] >= 0 and b_codes[j] >= 0
        names = a_names[i] >= 0 and b_names[j] >= 0
        if not codes and not names:
            continue
        level = 4
        if codes and a_codes[i] == b_codes[j]:
            level = 1
        elif names:
            a, b = a_names[i], b_names[j]
            if a == b:
                level = 2
            elif (
                _jaro_at_most(sketches[a, 0], sketches[a, 1], sketches[b, 0], sketches[b, 1], True) >= cutoff
                and jaro_winkler(points, offsets[a], offsets[a + 1], offsets[b], offsets[b + 1]) >= cutoff
            ):
                level = 3
        patterns[k] |= np.int64(level) << shift
