"""Rows of both sides grouped by the hash of their key, and the pairs of the groups.

An entry is a row under one alternative of its key. Entries are sorted by one machine word each: the upper bits of the
hash, then the number of the entry. Two keys whose upper bits (40 of them, up to 16 million entries) agree by chance
share a block, so that a pair too many is compared.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def sort_words(hashes, bits, words):  # type: ignore[no-untyped-def]
    """Write one word for each entry that has a hash: the hash with its lower `bits` replaced by the entry's number."""
    keep = np.uint64(0xFFFFFFFFFFFFFFFF) << np.uint64(bits)
    found = 0
    for entry in range(hashes.size):
        if hashes[entry]:
            words[found] = (hashes[entry] & keep) | np.uint64(entry)
            found += 1
    return found


@njit(cache=True, nogil=True)
def meet(a_words, b_words, bits, a_entries, a_starts, b_entries, b_starts):  # type: ignore[no-untyped-def]
    """Blocks: the entries of both sides by hash, only where both have the hash; returns how many blocks."""
    shift = np.uint64(bits)
    number = (np.uint64(1) << shift) - np.uint64(1)
    blocks = a_out = b_out = i = j = 0
    a_starts[0] = b_starts[0] = 0
    while i < a_words.size and j < b_words.size:
        a_hash = a_words[i] >> shift
        b_hash = b_words[j] >> shift
        if a_hash < b_hash:
            i += 1
        elif b_hash < a_hash:
            j += 1
        else:
            while i < a_words.size and a_words[i] >> shift == a_hash:
                a_entries[a_out] = np.int64(a_words[i] & number)
                a_out += 1
                i += 1
            while j < b_words.size and b_words[j] >> shift == a_hash:
                b_entries[b_out] = np.int64(b_words[j] & number)
                b_out += 1
                j += 1
            blocks += 1
            a_starts[blocks] = a_out
            b_starts[blocks] = b_out
    return blocks


@njit(cache=True, nogil=True)
def group(words, bits, entries, starts):  # type: ignore[no-untyped-def]
    """Blocks of one table: entries by hash, only where at least two have it; returns how many blocks."""
    shift = np.uint64(bits)
    number = (np.uint64(1) << shift) - np.uint64(1)
    blocks = written = start = 0
    starts[0] = 0
    for k in range(1, words.size + 1):
        if k < words.size and words[k] >> shift == words[start] >> shift:
            continue
        if k - start > 1:
            for j in range(start, k):
                entries[written] = np.int64(words[j] & number)
                written += 1
            blocks += 1
            starts[blocks] = written
        start = k
    return blocks


@njit(cache=True, nogil=True)
def _shared_block(a_keys, a, b_keys, b, first, last):  # type: ignore[no-untyped-def]
    """The lowest number of a block that both rows have under one rule; -1 where none."""
    if last - first == 1:
        key = a_keys[a, first]
        return key if key >= 0 and key == b_keys[b, first] else -1
    lowest = -1
    for i in range(first, last):
        key = a_keys[a, i]
        if key >= 0 and (lowest < 0 or key < lowest):
            for j in range(first, last):
                if b_keys[b, j] == key:
                    lowest = key
                    break
    return lowest


@njit(cache=True, nogil=True)
def emit_pairs(  # type: ignore[no-untyped-def]
    rule, numbers, first_block, last_block, first, last, a_rows, a_starts, b_rows, b_starts, a_keys, b_keys, slots, same_table,
    left, right, masks,
):  # fmt: skip
    """Write the pairs of blocks [first_block, last_block) that no earlier rule or block makes; return how many.

    Of the left rows, those from position `first` on and before `last`.
    `a_keys`, `b_keys`: number of the block of every row in columns `slots[r]:slots[r + 1]` for rule `r`, -1 for none.
    `masks` gets one bit for every rule that makes the pair. Within one table the lower row is the left one.
    """
    rules = slots.size - 1
    alternatives = slots[rules] > rules
    several = slots[rule + 1] - slots[rule] > 1
    written = 0
    for block in range(first_block, last_block):
        for i in range(max(first, a_starts[block]), min(last, a_starts[block + 1])):
            a = a_rows[i]
            a_own = a_keys[a]
            for j in range(i + 1 if same_table else b_starts[block], b_starts[block + 1]):
                b = b_rows[j]
                earlier = False
                mask = np.int64(1) << rule
                if alternatives:
                    if several and _shared_block(a_keys, a, b_keys, b, slots[rule], slots[rule + 1]) != numbers[block]:
                        continue
                    for other in range(rules):
                        if other != rule and _shared_block(a_keys, a, b_keys, b, slots[other], slots[other + 1]) >= 0:
                            earlier |= other < rule
                            mask |= np.int64(1) << other
                else:
                    for other in range(rule):
                        earlier |= a_own[other] >= 0 and a_own[other] == b_keys[b, other]
                    for other in range(rule + 1, rules):
                        mask |= np.int64(a_own[other] >= 0 and a_own[other] == b_keys[b, other]) << other
                if not earlier:
                    left[written] = min(a, b) if same_table else a
                    right[written] = max(a, b) if same_table else b
                    masks[written] = mask
                    written += 1
    return written


@njit(cache=True, nogil=True)
def made_by(left, right, a_keys, b_keys, slots, masks):  # type: ignore[no-untyped-def]
    """For given pairs, one bit for every rule that makes them."""
    for k in range(left.size):
        masks[k] = 0
        for rule in range(slots.size - 1):
            if _shared_block(a_keys, left[k], b_keys, right[k], slots[rule], slots[rule + 1]) >= 0:
                masks[k] |= np.int64(1) << rule
