"""Rows of both sides grouped by the hash of their key, and the pairs of the groups.

Rows are sorted by one machine word each: the upper bits of the hash, then the number of the row.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def sort_words(hashes, entries, bits, words):  # type: ignore[no-untyped-def]
    """One word per chosen entry: its hash with the lower `bits` replaced by the entry's number."""
    keep = np.uint64(0xFFFFFFFFFFFFFFFF) << np.uint64(bits)
    for k in range(entries.size):
        words[k] = (hashes[entries[k]] & keep) | np.uint64(entries[k])


@njit(cache=True, nogil=True)
def known_entries(hashes, entries):  # type: ignore[no-untyped-def]
    """Write the numbers of the entries that have a hash; return how many."""
    found = 0
    for k in range(hashes.size):
        if hashes[k]:
            entries[found] = k
            found += 1
    return found


@njit(cache=True, nogil=True)
def _order_run(words, start, stop, hashes, number):  # type: ignore[no-untyped-def]
    """Order a run of words with equal upper bits by their whole hash; nearly always it is in order already."""
    for k in range(start + 1, stop):
        word = words[k]
        value = hashes[np.int64(word & number)]
        j = k
        while j > start and hashes[np.int64(words[j - 1] & number)] > value:
            words[j] = words[j - 1]
            j -= 1
        words[j] = word


@njit(cache=True, nogil=True)
def order_by_hash(words, bits, hashes):  # type: ignore[no-untyped-def]
    """Where the upper bits of different hashes agree, order by the whole hash."""
    number = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    start = 0
    for k in range(1, words.size + 1):
        if k < words.size and (words[k] >> np.uint64(bits)) == (words[start] >> np.uint64(bits)):
            continue
        first = hashes[np.int64(words[start] & number)]
        for j in range(start + 1, k):
            if hashes[np.int64(words[j] & number)] != first:
                _order_run(words, start, k, hashes, number)
                break
        start = k


@njit(cache=True, nogil=True)
def meet(a_words, a_bits, a_hashes, b_words, b_bits, b_hashes, a_entries, a_starts, b_entries, b_starts):  # type: ignore[no-untyped-def]
    """Blocks: the entries of both sides by hash, only where both have the hash; returns how many blocks."""
    a_number = (np.uint64(1) << np.uint64(a_bits)) - np.uint64(1)
    b_number = (np.uint64(1) << np.uint64(b_bits)) - np.uint64(1)
    blocks = a_out = b_out = 0
    i = j = 0
    a_starts[0] = b_starts[0] = 0
    while i < a_words.size and j < b_words.size:
        a_hash = a_hashes[np.int64(a_words[i] & a_number)]
        b_hash = b_hashes[np.int64(b_words[j] & b_number)]
        if a_hash < b_hash:
            i += 1
        elif b_hash < a_hash:
            j += 1
        else:
            while i < a_words.size and a_hashes[np.int64(a_words[i] & a_number)] == a_hash:
                a_entries[a_out] = np.int64(a_words[i] & a_number)
                a_out += 1
                i += 1
            while j < b_words.size and b_hashes[np.int64(b_words[j] & b_number)] == a_hash:
                b_entries[b_out] = np.int64(b_words[j] & b_number)
                b_out += 1
                j += 1
            blocks += 1
            a_starts[blocks] = a_out
            b_starts[blocks] = b_out
    return blocks


@njit(cache=True, nogil=True)
def group(words, bits, hashes, entries, starts):  # type: ignore[no-untyped-def]
    """Blocks of one table: entries by hash, only where at least two have it; returns how many blocks."""
    number = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    blocks = written = 0
    start = 0
    starts[0] = 0
    for k in range(1, words.size + 1):
        if k < words.size and hashes[np.int64(words[k] & number)] == hashes[np.int64(words[start] & number)]:
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
    rule, first_block, last_block, a_rows, a_starts, b_rows, b_starts, a_keys, b_keys, slots, same_table,
    left, right, masks,
):  # fmt: skip
    """Write the pairs of blocks [first_block, last_block) that no earlier rule or block makes; return how many.

    `a_keys`, `b_keys`: number of the block of every row in columns `slots[r]:slots[r + 1]` for rule `r`, -1 for none.
    `masks` gets one bit for every rule that makes the pair. Within one table the lower row is the left one.
    """
    rules = slots.size - 1
    written = 0
    several = slots[rule + 1] - slots[rule] > 1
    for block in range(first_block, last_block):
        for i in range(a_starts[block], a_starts[block + 1]):
            a = a_rows[i]
            for j in range(i + 1 if same_table else b_starts[block], b_starts[block + 1]):
                b = b_rows[j]
                if several and _shared_block(a_keys, a, b_keys, b, slots[rule], slots[rule + 1]) != block:
                    continue
                mask = np.int64(1) << rule
                earlier = False
                for other in range(rules):
                    if other != rule and _shared_block(a_keys, a, b_keys, b, slots[other], slots[other + 1]) >= 0:
                        if other < rule:
                            earlier = True
                            break
                        mask |= np.int64(1) << other
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
