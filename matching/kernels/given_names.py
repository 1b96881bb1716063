"""Given names in scripts with letters: levels of `given_name` over packed words."""

import numpy as np
from numba import njit

from matching.kernels.sets import common
from matching.kernels.text import jaro_winkler

EXACT, SHORT_FORM, PART, SWAPPED, ONE_AGREES, INITIAL, FIRST_SIMILAR = 1, 2, 3, 4, 5, 6, 7
_APART, _BY_INITIAL, _BY_FORM, _SAME = 0, 1, 2, 3
_ALONE = (0, INITIAL, SHORT_FORM, EXACT)
"""Levels of names of one word by how these agree."""


@njit(cache=True, nogil=True)
def _word(a, b, text_offsets, points, form_offsets, forms, initials):  # type: ignore[no-untyped-def]
    """How two words agree: the same, forms of one full name, one an initial of the other, or not."""
    if initials[a] or initials[b]:
        return _BY_INITIAL if points[text_offsets[a]] == points[text_offsets[b]] else _APART
    if a == b:
        return _SAME
    if common(forms, form_offsets[a], form_offsets[a + 1], forms, form_offsets[b], form_offsets[b + 1]):
        return _BY_FORM
    return _APART


@njit(cache=True, nogil=True)
def _by_words(offsets, words, a, b, text_offsets, points, form_offsets, forms, initials):  # type: ignore[no-untyped-def]
    """Level of two names word by word, in order; 0 where nothing but their spelling is left to compare."""
    if offsets[a + 1] - offsets[a] > offsets[b + 1] - offsets[b]:
        a, b = b, a
    i, j = offsets[a], offsets[b]
    a_length, b_length = offsets[a + 1] - i, offsets[b + 1] - j
    first = _word(words[i], words[j], text_offsets, points, form_offsets, forms, initials)
    if a_length == 1 and b_length == 1:
        return _ALONE[first]
    weakest, full = _SAME, False
    while i < offsets[a + 1] and j < offsets[b + 1]:
        found = _word(words[i], words[j], text_offsets, points, form_offsets, forms, initials)
        if found != _APART:
            weakest = min(weakest, found)
            full |= found > _BY_INITIAL
            i += 1
        j += 1
    if i == offsets[a + 1]:
        if full:
            if a_length < b_length or weakest == _BY_INITIAL:
                return PART
            return EXACT if weakest == _SAME else SHORT_FORM
        if first == _BY_INITIAL:
            return INITIAL
    for i in range(offsets[a], offsets[a + 1]):
        for j in range(offsets[b], offsets[b + 1]):
            if _word(words[i], words[j], text_offsets, points, form_offsets, forms, initials) > _BY_INITIAL:
                return ONE_AGREES
    return 0


@njit(cache=True, nogil=True)
def _written_out(offsets, words, a, initials):  # type: ignore[no-untyped-def]
    """Whether a name has a word that is no initial."""
    for i in range(offsets[a], offsets[a + 1]):  # noqa: SIM110
        if not initials[words[i]]:
            return True
    return False


@njit(cache=True, nogil=True)
def _similarity(offsets, points, a, b):  # type: ignore[no-untyped-def]
    """Jaro-Winkler similarity of two texts; 0 for a single letter."""
    if offsets[a + 1] - offsets[a] < 2 or offsets[b + 1] - offsets[b] < 2:
        return 0.0
    return jaro_winkler(points, offsets[a], offsets[a + 1], offsets[b], offsets[b + 1])


@njit(cache=True, nogil=True)
def given_name_levels(  # type: ignore[no-untyped-def]
    left, right, patterns, shift, a_names, b_names, a_surnames, b_surnames, offsets, words, joined, letter_offsets, letters,
    text_offsets, points, form_offsets, forms, initials, cutoffs,
):  # fmt: skip
    """Levels of `given_name`; surnames are coded as given names are, -1 where there is none to compare."""
    for k in range(left.size):
        i, j = left[k], right[k]
        a, b = a_names[i], b_names[j]
        if a < 0 or b < 0 or joined[a] < 0 or joined[b] < 0:
            continue
        level = _by_words(offsets, words, a, b, text_offsets, points, form_offsets, forms, initials)
        written_out = _written_out(offsets, words, a, initials) and _written_out(offsets, words, b, initials)
        if written_out and joined[a] == joined[b]:
            level = EXACT
        if (level == 0 or level > SWAPPED) and joined[a] != joined[b]:
            x, y = a_surnames[i], b_surnames[j]
            if x >= 0 and y >= 0 and joined[x] >= 0 and joined[a] == joined[y] and joined[b] == joined[x]:
                level = SWAPPED
        if level == 0:
            similarity = 0.0
            if written_out:
                similarity = _similarity(letter_offsets, letters, joined[a], joined[b])
                if offsets[a + 1] - offsets[a] > 1 or offsets[b + 1] - offsets[b] > 1:
                    first = _similarity(text_offsets, points, words[offsets[a]], words[offsets[b]])
                    similarity = max(similarity, first)
            level = FIRST_SIMILAR
            while level - FIRST_SIMILAR < cutoffs.size and similarity < cutoffs[level - FIRST_SIMILAR]:
                level += 1
        patterns[k] |= np.int64(level) << shift
