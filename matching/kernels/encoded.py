"""Encoded values: levels of agreement of two rows of machine words, as `matching.encoding.layout` lays them out.

A loop writes the level of pair `k` into `patterns[k]` at bit `shift`; codes are those of the loops over clear text. Where
values are told beside companions only, `first` is the word of the first companion, `parts` how many there are, `part` the
words under each.
"""

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

LOWER = np.uint64(0xFFFFFFFF)
UPPER = np.uint64(32)
STRANGERS, NAMESAKES = 0.25, 0.38
"""Dice similarity of items below which no name is part of the other, and no two differ in one character only: of those at
least half the items are common.
"""


@intrinsic
def _ones(_typing, word):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Number of set bits of a 64-bit word, as the processor counts them."""

    def generate(_context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@njit(cache=True, nogil=True)
def _beside(a, i, b, j, first, parts, part):  # type: ignore[no-untyped-def]
    """Which companion agrees, and where the words beside it begin; -1 where none does."""
    for number in range(parts):
        word = a[i, first + number]
        if word != 0 and word == b[j, first + number]:
            return number, first + parts + number * part
    return -1, -1


@njit(cache=True, nogil=True)
def _half_in(half, b, j, start, stop):  # type: ignore[no-untyped-def]
    """Whether a token of 32 bits is among the halves of some words."""
    if half == 0:
        return False
    for word in range(start, stop):  # noqa: SIM110
        if b[j, word] & LOWER == half or b[j, word] >> UPPER == half:
            return True
    return False


@njit(cache=True, nogil=True)
def _share_half(a, i, b, j, start, stop):  # type: ignore[no-untyped-def]
    """Whether two rows have a token of 32 bits in common, at any place."""
    for word in range(start, stop):
        if a[i, word] == 0:
            return False
        if _half_in(a[i, word] & LOWER, b, j, start, stop) or _half_in(a[i, word] >> UPPER, b, j, start, stop):
            return True
    return False


@njit(cache=True, nogil=True)
def _same_half(a, i, b, j, start, stop):  # type: ignore[no-untyped-def]
    """Whether two rows have the same token of 32 bits at the same place."""
    for word in range(start, stop):
        unlike = a[i, word] ^ b[j, word]
        if (unlike & LOWER == 0 and a[i, word] & LOWER != 0) or (unlike >> UPPER == 0 and a[i, word] >> UPPER != 0):
            return True
    return False


@njit(cache=True, nogil=True)
def common_items(a, i, b, j, start, words, x, y, counts, flip):  # type: ignore[no-untyped-def]
    """Dice similarity of the items of two filters, how many items each holds, and how many of them both.

    `x`, `y`: bits of each filter, noise reckoned out; `counts[x]`: items that set `x` bits. The filters of `n` items of
    which `c` are common have, noise aside, the bits of `c` items in common and some by chance: so the items are counted
    in each and in what they hold together.
    """
    both = np.uint64(0)
    for word in range(start, start + words):
        both += _ones(a[i, word] & b[j, word])  # type: ignore[call-arg]
    common = float(both)
    if flip > 0.0:
        sure = 1.0 - 2.0 * flip
        common -= (x + y) * flip * (1.0 - flip) + (64.0 * words - x - y) * flip * flip
        common /= sure * sure
    of_a = counts[int(x + 0.5)]
    of_b = counts[int(y + 0.5)]
    together = counts[min(max(int(x + y - common + 0.5), 0), counts.size - 1)]
    return of_a, of_b, max(of_a + of_b - together, 0.0)


@njit(cache=True, nogil=True)
def identity_levels(left, right, patterns, shift, a, b, known, slips):  # type: ignore[no-untyped-def]
    """Levels of `identity_number`; `known`: digits that each mask leaves; `slips`: words from here on are corrections, 18 by place first."""
    for k in range(left.size):
        i, j = left[k], right[k]
        one, other = a[i, 0], b[j, 0]
        if one == 0 or other == 0:
            continue
        if one == 1 or other == 1:
            if one == other:
                patterns[k] |= np.int64(1 if a[i, 1] == b[j, 1] else 6) << shift
            continue
        if one > 2 and other > 2:
            level = 6
            if a[i, 1] == b[j, 1]:
                level = 1
            elif one == 3 or other == 3:
                if (
                    (one == 3 and _half_in(b[j, 1] & LOWER, a, i, slips, a.shape[1]))
                    or (other == 3 and _half_in(a[i, 1] & LOWER, b, j, slips, b.shape[1]))
                    or (one == other and _same_half(a, i, b, j, slips, slips + 9))
                ):
                    level = 3
                elif a[i, 2] == b[j, 2] and a[i, 2] != 0:
                    level = 5
            patterns[k] |= np.int64(level) << shift
            continue
        seen = 0
        differs = False
        for mask in range(known.size):
            if a[i, 3 + mask] != 0 and b[j, 3 + mask] != 0:
                seen = max(seen, known[mask])
                differs |= a[i, 3 + mask] != b[j, 3 + mask]
        if seen:
            patterns[k] |= np.int64(6 if differs else 2 if seen >= 14 else 4) << shift


@njit(cache=True, nogil=True)
def name_levels(  # type: ignore[no-untyped-def]
    left, right, patterns, shift, a, b, first, parts, part, words, a_bits, b_bits, counts, flip
):
    """Levels of `chinese_name`: 1 to 4 and 6 by tokens, 5 and most of 8 by tokens beside companions, else by filters."""
    for k in range(left.size):
        i, j = left[k], right[k]
        if a[i, 0] == 0 or b[j, 0] == 0:
            continue
        a_length, b_length = (a[i, 0] >> np.uint64(8)) & np.uint64(255), (b[j, 0] >> np.uint64(8)) & np.uint64(255)
        a_wild, b_wild = a[i, 0] >> np.uint64(16), b[j, 0] >> np.uint64(16)
        level = 9
        if a[i, 1] != 0 and a[i, 1] == b[j, 1]:
            level = 1
        elif a[i, 2] != 0 and a[i, 2] == b[j, 2]:
            level = 2
        elif a_length == b_length and a_wild == 0 and b_wild == 0 and _share_half(a, i, b, j, 6, 8):
            level = 3 if _share_half(a, i, b, j, 4, 6) else 4
        if level == 9:
            number, start = _beside(a, i, b, j, first, parts, part)
            if start >= 0:
                x, y = a_bits[i, number], b_bits[j, number]
                level = _near_name(a, i, a_length, a_wild, b, j, b_length, b_wild, start, words, x, y, counts, flip)
            if level > 6 and (
                (a[i, 2] != 0 and a[i, 2] == b[j, 3])
                or (a[i, 3] != 0 and a[i, 3] == b[j, 2])
                or (a[i, 3] != 0 and a[i, 3] == b[j, 3])
            ):
                level = 6
        patterns[k] |= np.int64(level) << shift


@njit(cache=True, nogil=True)
def _near_name(a, i, a_length, a_wild, b, j, b_length, b_wild, start, words, x, y, counts, flip):  # type: ignore[no-untyped-def]
    alike, parts, filters = start, start + 10, start + 14
    of_a, of_b, common = common_items(a, i, b, j, filters, words, x, y, counts, flip)
    if of_a + of_b <= 0.0:
        return 9
    if a_wild == 0 and b_wild == 0 and 2.0 * common < STRANGERS * (of_a + of_b):
        return 9
    dice = 2.0 * common / (of_a + of_b)
    if a_wild == 0 and b_wild == 0:
        if a_length == b_length:
            if dice >= NAMESAKES and _share_half(a, i, b, j, alike, parts):
                return 5
        else:
            if a_length < b_length and _half_in(a[i, parts] & LOWER, b, j, parts, filters):
                return 8
            if b_length < a_length and _half_in(b[j, parts] & LOWER, a, i, parts, filters):
                return 8
    size = float(max(a_length, b_length))
    if a_wild or b_wild:
        fewer = min(of_a, of_b)
        return 8 if a_length == b_length and fewer > 0.0 and common >= 0.93 * fewer else 9
    if a_length == b_length:
        if size < 3.0:
            return 9
        return 7 if dice >= ((size - 2.0) / size + 0.05 if size > 3.0 else 0.5) else 9
    if min(a_length, b_length) >= 3 and max(a_length, b_length) - min(a_length, b_length) == 1:
        return 7 if dice >= 0.54 else 9
    return 9


@njit(cache=True, nogil=True)
def date_levels(left, right, patterns, shift, a, b, first, parts, part):  # type: ignore[no-untyped-def]
    """Levels of `date`. Head 1: known to the day; 2: to the month; 3: to the year."""
    for k in range(left.size):
        i, j = left[k], right[k]
        one, other = a[i, 0], b[j, 0]
        if one == 0 or other == 0:
            continue
        level = 7
        if one == 1 and other == 1 and a[i, 1] == b[j, 1]:
            level = 1
        else:
            _, start = _beside(a, i, b, j, first, parts, part)
            if start >= 0:
                year, month = a[i, start] == b[j, start], a[i, start + 1] == b[j, start + 1]
                if one == 3 or other == 3:
                    level = 5 if year else 7
                elif one == 2 or other == 2:
                    level = 2 if month else 6 if year else 7
                elif _same_half(a, i, b, j, start + 2, start + 10):
                    level = 3
                elif month or _same_half(a, i, b, j, start + 10, start + 14):
                    level = 4
                elif year:
                    level = 6
        patterns[k] |= np.int64(level) << shift


@njit(cache=True, nogil=True)
def value_levels(left, right, patterns, shift, a, b, first, parts, part):  # type: ignore[no-untyped-def]
    """1: same value; 2: another. Missing: no companion agrees, so that it cannot be told."""
    for k in range(left.size):
        i, j = left[k], right[k]
        if a[i, 0] == 0 or b[j, 0] == 0:
            continue
        _, start = _beside(a, i, b, j, first, parts, part)
        if start >= 0:
            patterns[k] |= np.int64(1 if a[i, start] == b[j, start] else 2) << shift


@njit(cache=True, nogil=True)
def place_levels(left, right, patterns, shift, a, b, first, parts, part):  # type: ignore[no-untyped-def]
    """1: same county; 2: same prefecture; 3: another."""
    for k in range(left.size):
        i, j = left[k], right[k]
        if a[i, 0] == 0 or b[j, 0] == 0:
            continue
        _, start = _beside(a, i, b, j, first, parts, part)
        if start >= 0:
            level = 1 if a[i, start] == b[j, start] else 2 if a[i, start + 1] == b[j, start + 1] else 3
            patterns[k] |= np.int64(level) << shift


@njit(cache=True, nogil=True)
def phone_levels(left, right, patterns, shift, a, b, a_known, b_known):  # type: ignore[no-untyped-def]
    """1: same number; 2: one digit differs; 3: else. Numbers of too many rows are not known."""
    for k in range(left.size):
        i, j = left[k], right[k]
        if not a_known[i] or not b_known[j]:
            continue
        level = 3
        if a[i, 1] == b[j, 1]:
            level = 1
        elif _same_half(a, i, b, j, 2, a.shape[1]):
            level = 2
        patterns[k] |= np.int64(level) << shift


@njit(cache=True, nogil=True)
def address_levels(left, right, patterns, shift, a, b, first, parts, part):  # type: ignore[no-untyped-def]
    """Levels of `address`; township and community are told beside companions only."""
    for k in range(left.size):
        i, j = left[k], right[k]
        if a[i, 0] == 0 or b[j, 0] == 0:
            continue
        if a[i, 1] == b[j, 1]:
            patterns[k] |= np.int64(1) << shift
            continue
        spot = a[i, 2] != 0 and b[j, 2] != 0
        _, start = _beside(a, i, b, j, first, parts, part)
        town = start >= 0 and a[i, start] != 0 and b[j, start] != 0
        community = start >= 0 and a[i, start + 1] != 0 and b[j, start + 1] != 0
        if town and a[i, start] != b[j, start]:
            level = 5
        elif spot and a[i, 2] == b[j, 2]:
            level = 1 if a[i, 3] != 0 and a[i, 3] == b[j, 3] else 2
        elif community and a[i, start + 1] == b[j, start + 1]:
            level = 3
        elif town:
            level = 4
        elif community or spot:
            level = 5
        else:
            continue
        patterns[k] |= np.int64(level) << shift


@njit(cache=True, nogil=True)
def employer_levels(  # type: ignore[no-untyped-def]
    left, right, patterns, shift, a, b, first, parts, part, words, a_bits, b_bits, counts, flip, cutoff
):
    """1: same credit code; 2: same name; 3: similar name; 4: else. Head: 1 a code, 2 a name."""
    for k in range(left.size):
        i, j = left[k], right[k]
        common = a[i, 0] & b[j, 0]
        if common == 0:
            continue
        number, start = _beside(a, i, b, j, first, parts, part)
        if start < 0:
            continue
        level = 4
        if common & np.uint64(1) and a[i, start] == b[j, start]:
            level = 1
        elif common & np.uint64(2):
            if a[i, start + 1] == b[j, start + 1]:
                level = 2
            else:
                x, y = a_bits[i, number], b_bits[j, number]
                of_a, of_b, both = common_items(a, i, b, j, start + 2, words, x, y, counts, flip)
                if of_a + of_b > 0.0 and 2.0 * both / (of_a + of_b) >= cutoff:
                    level = 3
        patterns[k] |= np.int64(level) << shift


@njit(cache=True, nogil=True)
def text_levels(  # type: ignore[no-untyped-def]
    left,
    right,
    patterns,
    shift,
    a,
    b,
    first,
    parts,
    part,
    words,
    a_bits,
    b_bits,
    counts,
    flip,
    cutoffs,
    levels,
    last,
    edits,
):
    """1: same text; `levels[s]`: likeness at least `cutoffs[s]`, highest first; `last`: else.

    Likeness is the Dice similarity of the filters' items; with `edits`, the items that are not common, below 0.
    """
    for k in range(left.size):
        i, j = left[k], right[k]
        if a[i, 0] == 0 or b[j, 0] == 0:
            continue
        number, start = _beside(a, i, b, j, first, parts, part)
        if start < 0:
            continue
        level = last
        if a[i, start] == b[j, start]:
            level = 1
        elif cutoffs.size:
            x, y = a_bits[i, number], b_bits[j, number]
            of_a, of_b, both = common_items(a, i, b, j, start + 1, words, x, y, counts, flip)
            likeness = -max(of_a, of_b) + both
            if not edits:
                likeness = 2.0 * both / (of_a + of_b) if of_a + of_b > 0.0 else 0.0
            for step in range(cutoffs.size):
                if likeness >= cutoffs[step]:
                    level = levels[step]
                    break
        patterns[k] |= np.int64(level) << shift


@njit(cache=True, nogil=True)
def cross_dice(a, b, best):  # type: ignore[no-untyped-def]
    """The highest Dice similarity of each row of `a` with any row of `b`, over whole filters; for measuring speed."""
    for i in range(a.shape[0]):
        ones = np.uint64(0)
        for word in range(a.shape[1]):
            ones += _ones(a[i, word])  # type: ignore[call-arg]
        highest = 0.0
        for j in range(b.shape[0]):
            others = both = np.uint64(0)
            for word in range(a.shape[1]):
                others += _ones(b[j, word])  # type: ignore[call-arg]
                both += _ones(a[i, word] & b[j, word])
            highest = max(highest, 2.0 * float(both) / max(float(ones + others), 1.0))
        best[i] = highest
