"""Edits between texts: Levenshtein and restricted Damerau distance over code points, or over packed words.

Loops write the level of pair `k` into `patterns[k]` at bit `shift`; a missing side leaves 0.
Texts longer than 64 characters are compared by their first 64. Dates, telephone numbers and the like are no longer than
16 characters of 15 kinds: then a text is one machine word, four bits for each character from the lowest on, 0 beyond
its end, and few edits are found without looking at single characters.
"""

import numpy as np
from numba import njit

LONGEST = 64
SHORTEST = 16
"""Characters of a word."""
KINDS = 15
"""Kinds of characters in a column of words."""
POINTS = 0x110000
BATCH = 1024
"""Pairs whose words are fetched before they are compared."""
ONES = np.uint64(0x1111111111111111)


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
def edit_distance(points, a_start, a_stop, b_start, b_stop, swaps, most, reach):  # type: ignore[no-untyped-def]
    """Levenshtein distance, or `most + 1` where it is more than `most`; with `swaps`, neighbours changing places count once.

    For 0, 1, ... edits, how far each diagonal reaches (E. Ukkonen, "Algorithms for approximate string matching", 1985):
    texts that have little in common are told apart after a few characters. `reach`: 2 x 133 scratch.
    """
    a_length = min(a_stop - a_start, LONGEST)
    b_length = min(b_stop - b_start, LONGEST)
    beyond = most + 1
    if abs(a_length - b_length) > most:
        return beyond
    middle = LONGEST + 2
    last = 0
    for edits in range(most + 1):
        row = 1 - last
        for diagonal in range(-edits, edits + 1):  # of b against a
            at = -1
            if edits == 0:
                at = 0
            else:
                before = middle + diagonal
                if abs(diagonal) < edits:
                    at = reach[last, before] + 1
                    i = reach[last, before]
                    j = i + diagonal
                    if (
                        swaps
                        and i >= 0
                        and i + 1 < a_length
                        and j >= 0
                        and j + 1 < b_length
                        and points[a_start + i] == points[b_start + j + 1]
                        and points[a_start + i + 1] == points[b_start + j]
                    ):
                        at = i + 2
                if abs(diagonal + 1) < edits:
                    at = max(at, reach[last, before + 1] + 1)
                if abs(diagonal - 1) < edits:
                    at = max(at, reach[last, before - 1])
            at = min(at, a_length, b_length - diagonal)
            if at >= 0 and at + diagonal >= 0:
                while (
                    at < a_length
                    and at + diagonal < b_length
                    and points[a_start + at] == points[b_start + at + diagonal]
                ):
                    at += 1
                if at == a_length and at + diagonal == b_length:
                    return edits
            reach[row, middle + diagonal] = at
        last = row
    return beyond


@njit(cache=True, nogil=True)
def edit_levels(  # type: ignore[no-untyped-def]
    left, right, patterns, shift, a_codes, b_codes, offsets, points, sketches, cutoffs, swaps
):
    """1: same text; 2...: at most each number of edits in turn; last: else."""
    reach = np.empty((2, 2 * LONGEST + 5), np.int64)
    most = min(cutoffs[-1], LONGEST) if cutoffs.size else 0
    beyond = most + 1
    for k in range(left.size):
        a, b = a_codes[left[k]], b_codes[right[k]]
        if a < 0 or b < 0:
            continue
        level = 1
        if a != b:
            level = 2
            edits = beyond
            if (  # an edit touches one character and at most three pairs of neighbours
                _ones(sketches[a, 0] & ~sketches[b, 0]) <= most
                and _ones(sketches[b, 0] & ~sketches[a, 0]) <= most
                and _ones(sketches[a, 2] & ~sketches[b, 2]) <= 3 * most
                and _ones(sketches[b, 2] & ~sketches[a, 2]) <= 3 * most
            ):
                edits = edit_distance(
                    points, offsets[a], offsets[a + 1], offsets[b], offsets[b + 1], swaps, most, reach
                )  # fmt: skip
            if edits == 0 and _same_text(points, offsets[a], offsets[a + 1], offsets[b], offsets[b + 1]):
                level = 1
            while level > 1 and level - 2 < cutoffs.size and edits > cutoffs[level - 2]:
                level += 1
        patterns[k] |= np.int64(level) << shift


@njit(cache=True, nogil=True)
def pack_texts(offsets, points, words):  # type: ignore[no-untyped-def]
    """Pack each text into a word; false where a text is too long, or there are too many kinds of characters."""
    numbers = np.zeros(POINTS, np.uint8)
    kinds = 0
    for i in range(offsets.size - 1):
        if offsets[i + 1] - offsets[i] > SHORTEST:
            return False
        word = np.uint64(0)
        for k in range(offsets[i + 1] - 1, offsets[i] - 1, -1):
            point = points[k]
            if numbers[point] == 0:
                kinds += 1
                if kinds > KINDS:
                    return False
                numbers[point] = kinds
            word = word << np.uint64(4) | np.uint64(numbers[point])
        words[i] = word
    return True


@njit(cache=True, nogil=True)
def _marked(word):  # type: ignore[no-untyped-def]
    """The lowest bit of every character that is not 0."""
    word |= word >> np.uint64(1)
    word |= word >> np.uint64(2)
    return word & ONES


@njit(cache=True, nogil=True)
def _few_edits(a_words, b_words, swaps, most, edits):  # type: ignore[no-untyped-def]
    """Edits between words, 3 where they are more than 2 (or, with `most` below 2, more than 1), 4 where lengths differ.

    One edit replaces a character or swaps two. Two edits are two of these, or a character left out on one side and
    another on the other: what lies between them is then moved by one place. The loop has no branches, so that several
    pairs are done at a time.
    """
    one, four = np.uint64(1), np.uint64(4)
    for k in range(a_words.size):
        a, b = a_words[k], b_words[k]
        unlike = _marked(a ^ b)
        but_one = unlike & (unlike - one)
        but_two = but_one & (but_one - one)
        single = but_one == 0
        double = but_two == 0
        moved_up, moved_down = _marked(a ^ b >> four), _marked(a >> four ^ b)
        if swaps:
            but_three = but_two & (but_two - one)
            but_four = but_three & (but_three - one)
            crossed = unlike & unlike >> four & ~moved_up & ~moved_down
            single |= double & (crossed != 0)
            double |= (crossed != 0) & (but_three == 0)
            double |= (but_four == 0) & (crossed | crossed << four == unlike)
        if most > 1:
            below = unlike | unlike >> np.uint64(4)
            below |= below >> np.uint64(8)
            below |= below >> np.uint64(16)
            below |= below >> np.uint64(32)
            between = (below >> four) & ~((unlike ^ but_one) - one)  # from the first that differs to before the last
            double |= (moved_up & between == 0) | (moved_down & between == 0)
        few = 3 - np.int64(single) - np.int64(single | double)
        edits[k] = 4 if _marked(a) != _marked(b) else few if unlike else 0


@njit(cache=True, nogil=True)
def _unpack(word, points, start):  # type: ignore[no-untyped-def]
    """Write the characters of a word; return where they end."""
    while word:
        points[start] = word & np.uint64(15)
        word >>= np.uint64(4)
        start += 1
    return start


@njit(cache=True, nogil=True)
def word_levels(left, right, patterns, shift, a_words, b_words, cutoffs, swaps):  # type: ignore[no-untyped-def]
    """As `edit_levels`, over the words of both sides by row, 0 missing."""
    reach = np.empty((2, 2 * LONGEST + 5), np.int64)
    points = np.empty(2 * SHORTEST, np.uint8)
    a_some, b_some, few = np.empty(BATCH, np.uint64), np.empty(BATCH, np.uint64), np.empty(BATCH, np.int64)
    most = min(cutoffs[-1], SHORTEST) if cutoffs.size else 0
    levels = np.full(SHORTEST + 2, 2 + cutoffs.size, np.int64)
    levels[0] = 1
    for edits in range(1, most + 1):
        levels[edits] = 2
        while edits > cutoffs[levels[edits] - 2]:
            levels[edits] += 1
    for start in range(0, left.size, BATCH):
        size = min(BATCH, left.size - start)
        for k in range(size):
            a_some[k], b_some[k] = a_words[left[start + k]], b_words[right[start + k]]
        _few_edits(a_some[:size], b_some[:size], swaps, most, few)
        for k in range(size):
            a, b, edits = a_some[k], b_some[k], few[k]
            if a == 0 or b == 0:
                continue
            if edits > 2 and (edits == 4 or most > 2):
                middle = _unpack(a, points, 0)
                edits = edit_distance(points, 0, middle, middle, _unpack(b, points, middle), swaps, most, reach)
            patterns[start + k] |= levels[min(edits, most + 1)] << shift
