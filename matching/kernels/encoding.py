"""Texts as code points, hashes and dictionary codes, straight from the buffers of Arrow.

Text `i` of a buffer is `data[offsets[i]:offsets[i + 1]]` in UTF-8; of code points, `points[offsets[i]:offsets[i + 1]]`.
"""

import numpy as np
from numba import njit

POINTS = 0x110000
"""Number of code points of Unicode: the length of a table by character."""
NONE = np.uint64(0)
"""The hash of what is missing."""


@njit(cache=True, nogil=True)
def _decode(data, at, stop):  # type: ignore[no-untyped-def]
    """Code point at a byte of UTF-8 and where the next begins; what is cut off counts as U+FFFD."""
    first = np.int32(data[at])
    if first < 0x80:
        return first, at + 1
    size = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    if at + size > stop:
        return np.int32(0xFFFD), stop
    point = first & (0xFF >> (size + 1))
    for k in range(1, size):
        point = (point << 6) | (np.int32(data[at + k]) & 0x3F)
    return (point if point < POINTS else np.int32(0xFFFD)), at + size


@njit(cache=True, nogil=True)
def mark_characters(offsets, data, seen):  # type: ignore[no-untyped-def]
    """Set `seen[point]` for every code point that occurs."""
    for i in range(offsets.size - 1):
        at, stop = offsets[i], offsets[i + 1]
        while at < stop:
            point, at = _decode(data, at, stop)
            seen[point] = True


@njit(cache=True, nogil=True)
def contains_marked(offsets, data, marked, found):  # type: ignore[no-untyped-def]
    """Which texts hold a character that is marked, by code point."""
    for i in range(offsets.size - 1):
        at, stop = offsets[i], offsets[i + 1]
        while at < stop:
            point, at = _decode(data, at, stop)
            if marked[point]:
                found[i] = True
                break


@njit(cache=True, nogil=True)
def ascending(offsets, data):  # type: ignore[no-untyped-def]
    """Whether every text comes before the next, by bytes (which is by code point)."""
    for i in range(offsets.size - 2):
        start, middle, stop = offsets[i], offsets[i + 1], offsets[i + 2]
        k = 0
        while start + k < middle and middle + k < stop and data[start + k] == data[middle + k]:
            k += 1
        if middle + k == stop or (start + k < middle and data[start + k] > data[middle + k]):
            return False
    return True


@njit(cache=True, nogil=True)
def _may_be_blank(data, start, stop):  # type: ignore[no-untyped-def]
    """Whether a character that begins or ends a text may be white space: ASCII, or U+0080-00BF and U+1000-3FFF."""
    first = data[start]
    if first <= 32 or first == 0xC2 or 0xE1 <= first <= 0xE3:
        return True
    last = data[stop - 1]
    if last <= 32:
        return True
    if last < 0x80:
        return False
    lead = (
        data[stop - 3] if stop - start >= 3 and data[stop - 2] < 0xC0 else data[stop - 2] if stop - start >= 2 else last
    )
    return lead == 0xC2 or 0xE1 <= lead <= 0xE3


@njit(cache=True, nogil=True)
def all_trimmed(offsets, data):  # type: ignore[no-untyped-def]
    """Whether surely no text is empty, or begins or ends with white space."""
    for i in range(offsets.size - 1):
        if offsets[i] == offsets[i + 1] or _may_be_blank(data, offsets[i], offsets[i + 1]):
            return False
    return True


@njit(cache=True, nogil=True)
def fold(offsets, data, table, squeeze, out_offsets, points):  # type: ignore[no-untyped-def]
    """Write `table[point]` for each character of each text, 0 dropping it; `squeeze` also drops outer and double spaces."""
    written = 0
    for i in range(offsets.size - 1):
        out_offsets[i] = written
        at, stop = offsets[i], offsets[i + 1]
        blank = True
        while at < stop:
            point = np.int32(data[at])
            if point < 0x80:
                at += 1
            else:
                point, at = _decode(data, at, stop)
            folded = table[point]
            if folded == 0 or (squeeze and folded == 32 and blank):
                continue
            points[written] = folded
            written += 1
            blank = folded == 32
        if squeeze and blank and written > out_offsets[i]:
            written -= 1
    out_offsets[offsets.size - 1] = written
    return written


@njit(cache=True, nogil=True, inline="always")
def _mixed(value):  # type: ignore[no-untyped-def]
    """Finaliser of MurmurHash3: every bit of the input changes half of the output."""
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xFF51AFD7ED558CCD)
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ (value >> np.uint64(33))


@njit(cache=True, nogil=True, inline="always")
def _hash(points, start, stop):  # type: ignore[no-untyped-def]
    value = np.uint64(stop - start)
    for k in range(start, stop):
        value = (value ^ np.uint64(np.uint32(points[k]))) * np.uint64(0x9E3779B97F4A7C15)
        value ^= value >> np.uint64(29)
    value = _mixed(value)
    return value if value else np.uint64(1)


@njit(cache=True, nogil=True)
def hash_slices(offsets, points, first, last, refused, hashes):  # type: ignore[no-untyped-def]
    """Hash the first `first` or last `last` code points of each text, the whole where both are 0.

    None where the text is empty or shorter, or the slice holds the code point `refused`.
    """
    for i in range(offsets.size - 1):
        start, stop = offsets[i], offsets[i + 1]
        length = stop - start
        if length == 0 or length < first or length < last:
            continue
        if first:
            stop = start + first
        elif last:
            start = stop - last
        known = True
        for k in range(start, stop):
            if points[k] == refused:
                known = False
                break
        if known:
            hashes[i] = _hash(points, start, stop)


@njit(cache=True, nogil=True)
def hash_numbers(numbers, hashes):  # type: ignore[no-untyped-def]
    """Hash whole numbers; none where the number is 0."""
    for i in range(numbers.size):
        if numbers[i] != 0:
            value = _mixed(np.uint64(numbers[i]) + np.uint64(0x9E3779B97F4A7C15))
            hashes[i] = value if value else np.uint64(1)


@njit(cache=True, nogil=True)
def join_hashes(first, second, joint):  # type: ignore[no-untyped-def]
    """One hash of two; none where either is missing."""
    for i in range(first.size):
        if first[i] and second[i]:
            value = _mixed(first[i] * np.uint64(0x9E3779B97F4A7C15) ^ (second[i] + np.uint64(0x632BE59BD9B4E019)))
            joint[i] = value if value else np.uint64(1)
        else:
            joint[i] = NONE


@njit(cache=True, nogil=True)
def drop_repeated(hashes):  # type: ignore[no-untyped-def]
    """Keep each hash once per row of a matrix of alternatives."""
    for i in range(hashes.shape[0]):
        for k in range(1, hashes.shape[1]):
            for earlier in range(k):
                if hashes[i, k] == hashes[i, earlier]:
                    hashes[i, k] = NONE
                    break


@njit(cache=True, nogil=True)
def _same_text(points, a, a_stop, b, b_stop):  # type: ignore[no-untyped-def]
    if a_stop - a != b_stop - b:
        return False
    for k in range(a_stop - a):  # noqa: SIM110
        if points[a + k] != points[b + k]:
            return False
    return True


@njit(cache=True, nogil=True)
def number_texts(starts, stops, points, codes, firsts):  # type: ignore[no-untyped-def]
    """A code per distinct text in order of first appearance, -1 for an empty one; `firsts[code]` is where it appears.

    Text `i` is `points[starts[i]:stops[i]]`, bytes or code points. Returns how many there are.
    """
    texts = starts.size
    size = 16
    while size < 2 * texts:
        size *= 2
    slots = np.full(size, -1, np.int32)
    tags = np.zeros(size, np.uint32)
    used = 0
    for i in range(texts):
        start, stop = starts[i], stops[i]
        if start == stop:
            codes[i] = -1
            continue
        value = _hash(points, start, stop)
        tag = np.uint32(value >> np.uint64(32))
        slot = np.int64(value & np.uint64(size - 1))
        while slots[slot] >= 0:
            if tags[slot] == tag:
                known = firsts[slots[slot]]
                if _same_text(points, start, stop, starts[known], stops[known]):
                    break
            slot = (slot + 1) & (size - 1)
        if slots[slot] < 0:
            slots[slot] = used
            tags[slot] = tag
            firsts[used] = i
            used += 1
        codes[i] = slots[slot]
    return used


@njit(cache=True, nogil=True)
def take_texts(offsets, points, chosen, out_offsets, out_points):  # type: ignore[no-untyped-def]
    """Copy the chosen texts; `out_offsets` says where each begins."""
    for k in range(chosen.size):
        start = offsets[chosen[k]]
        for place in range(out_offsets[k + 1] - out_offsets[k]):
            out_points[out_offsets[k] + place] = points[start + place]


@njit(cache=True, nogil=True)
def mark_hashes(hashes, marks):  # type: ignore[no-untyped-def]
    """Set the bit of every hash; how many words of bits there are is a power of two."""
    last = np.uint64(marks.size - 1)
    for i in range(hashes.size):
        if hashes[i]:
            marks[hashes[i] >> np.uint64(6) & last] |= np.uint64(1) << (hashes[i] & np.uint64(63))


@njit(cache=True, nogil=True)
def find_marked(hashes, marks, rows):  # type: ignore[no-untyped-def]
    """Write where hashes are whose bit is set: all that were marked, and a few others by chance; return how many."""
    last = np.uint64(marks.size - 1)
    found = 0
    for i in range(hashes.size):
        rows[found] = i
        found += (
            hashes[i] != 0
            and marks[hashes[i] >> np.uint64(6) & last] >> (hashes[i] & np.uint64(63)) & np.uint64(1) != 0
        )
    return found


@njit(cache=True, nogil=True)
def has_marks(data):  # type: ignore[no-untyped-def]
    """Whether UTF-8 bytes hold a character from U+0300 to U+037F; these bytes begin no other one."""
    for start in range(0, data.size, 4096):
        found = 0
        for k in range(start, min(start + 4096, data.size)):
            found += (data[k] == 0xCC) | (data[k] == 0xCD)
        if found:
            return True
    return False
