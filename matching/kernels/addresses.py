"""Addresses by their parts. A loop writes the level of pair `k` into `patterns[k]` at bit `shift`."""

import numpy as np
from numba import njit

GROUPS = tuple(np.frombuffer(word.encode(), np.uint8) for word in ("村民小组", "小组", "组", "社"))


@njit(cache=True, nogil=True)
def _mixed(value, more):  # type: ignore[no-untyped-def]
    value = (value ^ more) * np.uint64(0x9E3779B97F4A7C15)
    value ^= value >> np.uint64(32)
    value *= np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ (value >> np.uint64(29)) | np.uint64(1)


@njit(cache=True, nogil=True)
def cut_heads(offsets, data, cuts, whole):  # type: ignore[no-untyped-def]
    """Where the first digit after a Han character stands, else the end; and a hash of the whole text."""
    for i in range(offsets.size - 1):
        han = False
        cut = offsets[i + 1]
        value = np.uint64(offsets[i + 1] - offsets[i])
        for k in range(offsets[i], offsets[i + 1]):
            byte = data[k]
            value = (value ^ np.uint64(byte)) * np.uint64(0x100000001B3)
            if byte >= 0xE3:
                han = True
            elif han and 48 <= byte <= 57 and cut == offsets[i + 1]:
                cut = k
        cuts[i] = cut
        whole[i] = _mixed(value, np.uint64(1))


@njit(cache=True, nogil=True)
def _begins(data, start, stop, word):  # type: ignore[no-untyped-def]
    if stop - start < word.size:
        return False
    for k in range(word.size):  # noqa: SIM110
        if data[start + k] != word[k]:
            return False
    return True


@njit(cache=True, nogil=True)
def _is_group(data, start, stop):  # type: ignore[no-untyped-def]
    return (
        _begins(data, start, stop, GROUPS[0])
        or _begins(data, start, stop, GROUPS[1])
        or _begins(data, start, stop, GROUPS[2])
        or _begins(data, start, stop, GROUPS[3])
    )


@njit(cache=True, nogil=True)
def number_spots(offsets, cuts, data, heads, names, street, spots, doors):  # type: ignore[no-untyped-def]
    """Hashes of spot and door from the numbers after the head; `names` and `street` are those of each head."""
    for i in range(cuts.size):
        head = heads[i]
        if head < 0 or names[head] == 0:
            continue
        stop = offsets[i + 1]
        k = cuts[i]
        numbered = street[head]
        spots[i] = _mixed(names[head], np.uint64(0))
        door = np.uint64(0)
        doors_said = 0
        while k < stop:
            if not 48 <= data[k] <= 57:
                k += 1
                continue
            number = np.uint64(0)
            while k < stop and 48 <= data[k] <= 57:
                number = number * np.uint64(10) + np.uint64(data[k] - 48)
                k += 1
            if numbered:
                spots[i] = _mixed(spots[i], number + np.uint64(1))
                numbered = False
            elif street[head] or not _is_group(data, k, stop):
                door = _mixed(door, number + np.uint64(1))
                doors_said += 1 if number else 0
        if doors_said:
            doors[i] = door


@njit(cache=True, nogil=True)
def address_levels(left, right, patterns, shift, a_codes, b_codes, whole, towns, communities, spots, doors):  # type: ignore[no-untyped-def]
    """1: the same text, or spot and door; 2: same spot; 3: same community; 4: same township; 5: else.

    Missing: a side has no address, or the two say no part in common.
    """
    for k in range(left.size):
        a, b = a_codes[left[k]], b_codes[right[k]]
        if a < 0 or b < 0:
            continue
        town = towns[a] != 0 and towns[b] != 0
        community = communities[a] != 0 and communities[b] != 0
        spot = spots[a] != 0 and spots[b] != 0
        if whole[a] == whole[b] and (town or community or spot):
            level = 1
        elif town and towns[a] != towns[b]:
            level = 5
        elif spot and spots[a] == spots[b]:
            level = 1 if doors[a] != 0 and doors[a] == doors[b] else 2
        elif community and communities[a] == communities[b]:
            level = 3
        elif town:
            level = 4
        elif community or spot:
            level = 5
        else:
            continue
        patterns[k] |= np.int64(level) << shift
