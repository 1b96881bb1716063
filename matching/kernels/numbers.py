"""Identity numbers, dates, telephone numbers, places and amounts, packed into machine words.

Digits take four bits each, so that differing positions are found by exclusive or and a bit count.
"""

import numpy as np
from numba import njit

ONES = np.uint64(0x1111111111111111)
REGION_BIRTH = np.uint64(0x111110000)
"""Digits 10-14 of an identity number in its lower word: with the whole upper word, region and birth date."""
SEX = np.uint64(0x10)
"""Parity bit of digit 17: odd for men."""
OTHER, PARTIAL, WRONG, VALID = 0, 1, 2, 3
"""Form of an identity number: another document, some positions unknown, complete with wrong or right checksum."""


_FACTORS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CHECK = np.array([1, 0, 10, 9, 8, 7, 6, 5, 4, 3, 2])
_UNKNOWN = 15


@njit(cache=True, nogil=True)
def identity_words(offsets, data, forms, high, low, known_high, known_low):  # type: ignore[no-untyped-def]
    """Pack each text; see `matching.digits.pack_identity_numbers`. Another document is two hashes without regard to case."""
    digits = np.empty(18, np.int64)
    for i in range(offsets.size - 1):
        start = offsets[i]
        length = offsets[i + 1] - start
        forms[i] = OTHER
        high[i] = low[i] = known_high[i] = known_low[i] = np.uint64(0)
        plain = length == 18 or length == 15
        complete = True
        for place in range(length if plain else 0):
            byte = data[start + place]
            digit = int(byte) - 48
            if byte == 42 and length == 18:  # *
                digit = _UNKNOWN
                complete = False
            elif place == 17 and (byte == 88 or byte == 120):  # X, x
                digit = 10
            elif digit < 0 or digit > 9:
                plain = False
                break
            digits[place if length == 18 or place < 6 else place + 2] = digit
        if not plain:
            for place in range(length):
                byte = np.uint64(data[start + place])
                byte -= np.uint64(32) if 97 <= byte <= 122 else np.uint64(0)
                high[i] = (high[i] ^ byte) * np.uint64(0x9E3779B97F4A7C15)
                high[i] ^= high[i] >> np.uint64(31)
                low[i] = (low[i] + byte) * np.uint64(0xC4CEB9FE1A85EC53)
                low[i] ^= low[i] >> np.uint64(29)
            continue
        if length == 15:
            digits[6] = 1
            digits[7] = 9
            digits[17] = _UNKNOWN
            complete = False
        total = 0
        for place in range(18):
            shift = np.uint64(4 * (8 - place % 9))
            if digits[place] == _UNKNOWN:
                continue
            if place < 9:
                high[i] |= np.uint64(digits[place]) << shift
                known_high[i] |= np.uint64(1) << shift
            else:
                low[i] |= np.uint64(digits[place]) << shift
                known_low[i] |= np.uint64(1) << shift
            if place < 17:
                total += digits[place] * _FACTORS[place]
        if not complete:
            forms[i] = PARTIAL
        else:
            forms[i] = VALID if _CHECK[total % 11] == digits[17] else WRONG


@njit(cache=True, nogil=True)
def phone_words(offsets, data, packed):  # type: ignore[no-untyped-def]
    """Pack the digits of each text after a leading 15, four bits each; 0 for fewer than 7 or more than 15 digits."""
    for i in range(offsets.size - 1):
        word = np.uint64(15)
        digits = 0
        for place in range(offsets[i], offsets[i + 1]):
            if 48 <= data[place] <= 57:
                digits += 1
                if digits > 15:
                    break
                word = (word << np.uint64(4)) | np.uint64(data[place] - 48)
        packed[i] = word if 7 <= digits <= 15 else np.uint64(0)


@njit(cache=True, nogil=True)
def differing(a, b, known):  # type: ignore[no-untyped-def]
    """One bit per four-bit digit that differs where `known` (one bit per digit) is set."""
    unlike = a ^ b
    unlike |= unlike >> np.uint64(1)
    unlike |= unlike >> np.uint64(2)
    return unlike & ONES & known


@njit(cache=True, nogil=True)
def count(bits):  # type: ignore[no-untyped-def]
    """Number of set bits."""
    total = 0
    while bits:
        bits &= bits - np.uint64(1)
        total += 1
    return total


@njit(cache=True, nogil=True)
def _digit(high, low, position):  # type: ignore[no-untyped-def]
    """Digit at position 0..17; the first nine are in `high`, leftmost in the highest bits."""
    if position < 9:
        return (high >> np.uint64(4 * (8 - position))) & np.uint64(15)
    return (low >> np.uint64(4 * (17 - position))) & np.uint64(15)


@njit(cache=True, nogil=True)
def _swapped(a_high, a_low, b_high, b_low):  # type: ignore[no-untyped-def]
    """Whether exactly two neighbouring digits changed places (two positions are known to differ)."""
    for position in range(17):
        first_a, second_a = _digit(a_high, a_low, position), _digit(a_high, a_low, position + 1)
        first_b, second_b = _digit(b_high, b_low, position), _digit(b_high, b_low, position + 1)
        if first_a != first_b:
            return first_a == second_b and second_a == first_b
    return False


@njit(cache=True, nogil=True)
def identity_levels(left, right, patterns, shift, a_codes, b_codes, forms, high, low, known_high, known_low, visible):  # type: ignore[no-untyped-def]
    """Levels of `identity_number`; other documents compare by equality among themselves."""
    for k in range(left.size):
        a, b = a_codes[left[k]], b_codes[right[k]]
        if a < 0 or b < 0:
            continue
        if forms[a] == OTHER or forms[b] == OTHER:
            if forms[a] == forms[b] and high[a] == high[b] and low[a] == low[b]:
                patterns[k] |= np.int64(1) << shift
            elif forms[a] == forms[b]:
                patterns[k] |= np.int64(6) << shift
            continue
        known_upper = known_high[a] & known_high[b]
        known_lower = known_low[a] & known_low[b]
        upper = differing(high[a], high[b], known_upper)
        lower = differing(low[a], low[b], known_lower)
        level = 6
        if forms[a] >= WRONG and forms[b] >= WRONG:
            unlike = count(upper) + count(lower)
            if unlike == 0:
                level = 1
            elif (forms[a] == WRONG or forms[b] == WRONG) and (
                unlike == 1 or (unlike == 2 and _swapped(high[a], low[a], high[b], low[b]))
            ):
                level = 3
            elif (
                (forms[a] == WRONG or forms[b] == WRONG)
                and upper == 0
                and lower & REGION_BIRTH == 0
                and (low[a] ^ low[b]) & SEX == 0
            ):
                level = 5
        else:
            seen = count(known_upper) + count(known_lower)
            if seen < visible:
                continue
            if upper == 0 and lower == 0:
                level = 2 if seen >= 14 else 4
        patterns[k] |= np.int64(level) << shift


@njit(cache=True, nogil=True)
def date_word(date):  # type: ignore[no-untyped-def]
    """A yyyymmdd integer as its digits, four bits each."""
    word = np.uint64(0)
    for place in range(8):
        word |= np.uint64(date % 10) << np.uint64(4 * place)
        date //= 10
    return word


@njit(cache=True, nogil=True)
def date_words(dates, words):  # type: ignore[no-untyped-def]
    """The same of many."""
    for k in range(dates.size):
        words[k] = date_word(dates[k])


@njit(cache=True, nogil=True)
def _two(word, place):  # type: ignore[no-untyped-def]
    """The number that the two digits from `place` on (0 the last) write."""
    return np.int64(word >> np.uint64(4 * place + 4) & np.uint64(15)) * 10 + np.int64(
        word >> np.uint64(4 * place) & np.uint64(15)
    )


@njit(cache=True, nogil=True)
def date_levels(left, right, patterns, shift, a_dates, b_dates):  # type: ignore[no-untyped-def]
    """Levels of `date` over the digits of yyyymmdd; month or day 0 where unknown, 0 for a missing date."""
    for k in range(left.size):
        a, b = np.uint64(a_dates[left[k]]), np.uint64(b_dates[right[k]])
        if a == 0 or b == 0:
            continue
        same_year = a >> np.uint64(16) == b >> np.uint64(16)
        if a & np.uint64(0xFF00) == 0 or b & np.uint64(0xFF00) == 0:
            level = 5 if same_year else 7
        elif a & np.uint64(0xFF) == 0 or b & np.uint64(0xFF) == 0:
            level = 7
            if same_year:
                level = 2 if a >> np.uint64(8) == b >> np.uint64(8) else 6
        elif a == b:
            level = 1
        else:
            level = date_slip(a, b, same_year)
            if level == 7:
                years = _two(a, 6) * 100 + _two(a, 4) - _two(b, 6) * 100 - _two(b, 4)
                if abs(years) <= 1:
                    if abs(years * 372 + (_two(a, 2) - _two(b, 2)) * 31 + _two(a, 0) - _two(b, 0)) <= 51:
                        level = 4
                    elif same_year:
                        level = 6
        patterns[k] |= np.int64(level) << shift


@njit(cache=True, nogil=True)
def date_slip(a, b, same_year):  # type: ignore[no-untyped-def]
    """3 where day and month, or two neighbouring digits, are swapped or one digit differs; else 7."""
    byte = np.uint64(0xFF)
    if same_year and a >> np.uint64(8) & byte == b & byte and a & byte == b >> np.uint64(8) & byte:
        return 3
    unlike = differing(a, b, ONES)
    ones = count(unlike)
    if ones == 1:
        return 3
    lowest = unlike & (np.uint64(0) - unlike)
    if ones == 2 and unlike == lowest | lowest << np.uint64(4):
        low = np.uint64(0)
        while lowest > np.uint64(1) << low:
            low += np.uint64(4)
        first, second = a >> low & np.uint64(0xFF), b >> low & np.uint64(0xFF)
        if first >> np.uint64(4) == second & np.uint64(15) and second >> np.uint64(4) == first & np.uint64(15):
            return 3
    return 7


@njit(cache=True, nogil=True)
def phone_levels(left, right, patterns, shift, a_phones, b_phones):  # type: ignore[no-untyped-def]
    """1: same number; 2: one digit differs; 3: else. Numbers are packed digits after a leading 15, 0 missing."""
    for k in range(left.size):
        a, b = a_phones[left[k]], b_phones[right[k]]
        if a == 0 or b == 0:
            continue
        level = 3
        if a == b:
            level = 1
        elif count(differing(a, b, ONES)) == 1:
            level = 2
        patterns[k] |= np.int64(level) << shift


@njit(cache=True, nogil=True)
def place_levels(left, right, patterns, shift, a_places, b_places):  # type: ignore[no-untyped-def]
    """1: same six-digit county code; 2: same first four digits; 3: else. 0 is missing.

    A code ending in 00 names a whole prefecture: then only the prefecture can be compared.
    """
    for k in range(left.size):
        a, b = a_places[left[k]], b_places[right[k]]
        if a == 0 or b == 0:
            continue
        level = 3
        if a == b:
            level = 1
        elif a // 100 == b // 100:
            level = 2
        patterns[k] |= np.int64(level) << shift


@njit(cache=True, nogil=True)
def code_levels(left, right, patterns, shift, a_codes, b_codes):  # type: ignore[no-untyped-def]
    """1: same code; 2: else."""
    for k in range(left.size):
        a, b = a_codes[left[k]], b_codes[right[k]]
        if a >= 0 and b >= 0:
            patterns[k] |= np.int64(1 if a == b else 2) << shift


@njit(cache=True, nogil=True)
def amount_levels(left, right, patterns, shift, a_values, b_values, cutoffs, relative):  # type: ignore[no-untyped-def]
    """1: equal; 2...: within each tolerance in turn (a share of the larger where `relative`); last: else."""
    for k in range(left.size):
        a, b = a_values[left[k]], b_values[right[k]]
        if np.isnan(a) or np.isnan(b):
            continue
        level = 1
        if a != b:
            apart = abs(a - b)
            if relative:
                apart /= max(abs(a), abs(b))
            level = 2
            while level - 2 < cutoffs.size and apart > cutoffs[level - 2]:
                level += 1
        patterns[k] |= np.int64(level) << shift
