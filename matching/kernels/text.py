"""Text by character: Jaro-Winkler, Levenshtein and restricted Damerau distance over code points.

Loops write the level of pair `k` into `patterns[k]` at bit `shift`; a missing side leaves 0.
Texts longer than 64 characters are compared by their first 64.
"""

import numpy as np
from numba import njit

LONGEST = 64


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
def edit_distance(points, a_start, a_stop, b_start, b_stop, swaps, rows):  # type: ignore[no-untyped-def]
    """Levenshtein distance; with `swaps`, neighbours changing places count once. `rows`: 3 x 65 scratch."""
    a_length = min(a_stop - a_start, LONGEST)
    b_length = min(b_stop - b_start, LONGEST)
    before, last, row = 0, 1, 2
    for j in range(b_length + 1):
        rows[last, j] = j
    for i in range(1, a_length + 1):
        rows[row, 0] = i
        for j in range(1, b_length + 1):
            same = points[a_start + i - 1] == points[b_start + j - 1]
            best = min(rows[last, j] + 1, rows[row, j - 1] + 1, rows[last, j - 1] + (0 if same else 1))
            if (
                swaps
                and i > 1
                and j > 1
                and points[a_start + i - 1] == points[b_start + j - 2]
                and points[a_start + i - 2] == points[b_start + j - 1]
            ):
                best = min(best, rows[before, j - 2] + 1)
            rows[row, j] = best
        before, last, row = last, row, before
    return rows[last, b_length]


@njit(cache=True, nogil=True)
def similarity_levels(left, right, patterns, shift, a_codes, b_codes, offsets, points, cutoffs, prefix):  # type: ignore[no-untyped-def]
    """1: same text; 2...: Jaro-Winkler (Jaro without `prefix`) at least each cut-off in turn; last: else."""
    for k in range(left.size):
        a, b = a_codes[left[k]], b_codes[right[k]]
        if a < 0 or b < 0:
            continue
        level = 1
        if a != b:
            level = 2
            if prefix:
                similarity = jaro_winkler(points, offsets[a], offsets[a + 1], offsets[b], offsets[b + 1])
            else:
                similarity = jaro(points, offsets[a], offsets[a + 1], offsets[b], offsets[b + 1])
            while level - 2 < cutoffs.size and similarity < cutoffs[level - 2]:
                level += 1
        patterns[k] |= np.int64(level) << shift


@njit(cache=True, nogil=True)
def edit_levels(left, right, patterns, shift, a_codes, b_codes, offsets, points, cutoffs, swaps):  # type: ignore[no-untyped-def]
    """1: same text; 2...: at most each number of edits in turn; last: else."""
    rows = np.empty((3, LONGEST + 1), np.int64)
    for k in range(left.size):
        a, b = a_codes[left[k]], b_codes[right[k]]
        if a < 0 or b < 0:
            continue
        level = 1
        if a != b:
            level = 2
            edits = edit_distance(points, offsets[a], offsets[a + 1], offsets[b], offsets[b + 1], swaps, rows)
            while level - 2 < cutoffs.size and edits > cutoffs[level - 2]:
                level += 1
        patterns[k] |= np.int64(level) << shift


@njit(cache=True, nogil=True)
def employer_levels(left, right, patterns, shift, a_codes, b_codes, a_names, b_names, offsets, points, cutoff):  # type: ignore[no-untyped-def]
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
            elif jaro_winkler(points, offsets[a], offsets[a + 1], offsets[b], offsets[b + 1]) >= cutoff:
                level = 3
        patterns[k] |= np.int64(level) << shift
