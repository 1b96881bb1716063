"""Chinese names (姓名): levels of `chinese_name` over packed characters, readings and shapes."""

import numpy as np
from numba import njit

WILD = -2
EXACT, FOLDED, SAME_TONES, SAME_SOUND, LOOK_ALIKE, ALIAS, ONE_CHARACTER, PART, DIFFERS = 1, 2, 3, 4, 5, 6, 7, 8, 9


@njit(cache=True, nogil=True)
def _sound_alike(table, a, b, first):  # type: ignore[no-untyped-def]
    """Whether two characters share one of their two readings as the first of a name (columns 0, 1) or elsewhere (2, 3)."""
    i = 0 if first else 2
    return (
        table[a, i] == table[b, i]
        or table[a, i] == table[b, i + 1]
        or table[a, i + 1] == table[b, i]
        or table[a, i + 1] == table[b, i + 1]
    )


@njit(cache=True, nogil=True)
def _look_alike(alike, a, b_point):  # type: ignore[no-untyped-def]
    for k in range(alike.shape[1]):
        if alike[a, k] == b_point:
            return True
        if alike[a, k] == 0:
            return False
    return False


@njit(cache=True, nogil=True)
def _same(points, a, b, length):  # type: ignore[no-untyped-def]
    for i in range(length):  # noqa: SIM110
        if points[a + i] != points[b + i] or points[a + i] == WILD:
            return False
    return True


@njit(cache=True, nogil=True)
def _equal_length(points, characters, toned, sound, alike, a, b, length):  # type: ignore[no-untyped-def]
    """Level of two names of the same length, aliases aside."""
    unlike = unlike_tones = unlike_sound = wild = 0
    where = -1
    for i in range(length):
        if points[a + i] == WILD or points[b + i] == WILD:
            wild += 1
        elif points[a + i] != points[b + i]:
            unlike += 1
            where = i
            one, other = characters[a + i], characters[b + i]
            if not _sound_alike(toned, one, other, i == 0):
                unlike_tones += 1
            if not _sound_alike(sound, one, other, i == 0):
                unlike_sound += 1
    if wild:
        return PART if unlike == 0 and wild < length else DIFFERS
    if unlike == 0:
        return FOLDED
    if unlike_tones == 0:
        return SAME_TONES
    if unlike_sound == 0:
        return SAME_SOUND
    if (
        unlike == 1
        and length >= 2
        and (
            _look_alike(alike, characters[a + where], points[b + where])
            or _look_alike(alike, characters[b + where], points[a + where])
        )
    ):
        return LOOK_ALIKE
    if (unlike == 1 and length >= 3) or (unlike_sound == 1 and length >= 4):
        return ONE_CHARACTER
    return DIFFERS


@njit(cache=True, nogil=True)
def _unequal_length(points, a, a_length, b, b_length):  # type: ignore[no-untyped-def]
    """Level of two names of different length: one within the other, or one character too many."""
    if a_length > b_length:
        a, a_length, b, b_length = b, b_length, a, a_length
    if a_length < 2:
        return DIFFERS
    for start in range(b_length - a_length + 1):
        if _same(points, a, b + start, a_length):
            return PART
    if b_length - a_length == 1 and a_length >= 3:
        i = 0
        while i < a_length and points[a + i] == points[b + i]:
            i += 1
        if _same(points, a + i, b + i + 1, a_length - i):
            return ONE_CHARACTER
    return DIFFERS


@njit(cache=True, nogil=True)
def _is_same_name(offsets, points, a, b):  # type: ignore[no-untyped-def]
    if a < 0 or b < 0:
        return False
    length = offsets[a + 1] - offsets[a]
    if length < 2 or length != offsets[b + 1] - offsets[b]:
        return False
    return _same(points, offsets[a], offsets[b], length)


@njit(cache=True, nogil=True)
def name_levels(  # type: ignore[no-untyped-def]
    left, right, patterns, shift, a_names, b_names, a_former, b_former, offsets, points, characters, toned, sound, alike
):
    """Levels of `chinese_name`; `a_former`, `b_former` are codes of former names (曾用名), -1 where none."""
    for k in range(left.size):
        i, j = left[k], right[k]
        a, b = a_names[i], b_names[j]
        if a < 0 or b < 0:
            continue
        a_length = offsets[a + 1] - offsets[a]
        b_length = offsets[b + 1] - offsets[b]
        if a_length == 0 or b_length == 0:
            continue
        if a == b:
            level = EXACT
            wild = 0
            for position in range(offsets[a], offsets[a + 1]):
                if points[position] == WILD:
                    wild += 1
            if wild == a_length:
                continue
            if wild:
                level = PART
        elif a_length == b_length:
            level = _equal_length(points, characters, toned, sound, alike, offsets[a], offsets[b], a_length)
        else:
            level = _unequal_length(points, offsets[a], a_length, offsets[b], b_length)
        if level > ALIAS and (
            _is_same_name(offsets, points, a, b_former[j])
            or _is_same_name(offsets, points, a_former[i], b)
            or _is_same_name(offsets, points, a_former[i], b_former[j])
        ):
            level = ALIAS
        patterns[k] |= np.int64(level) << shift
