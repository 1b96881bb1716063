"""Distances of dates: levels of `date_difference` over first and last days as yyyymmdd integers, 0 for none."""

import numpy as np
from numba import njit

from matching.kernels.numbers import date_slip, date_word


@njit(cache=True, nogil=True)
def _day_number(date):  # type: ignore[no-untyped-def]
    """Days since 1 March of the year 0 (Gregorian)."""
    year, month, day = date // 10000, date // 100 % 100, date % 100
    if month <= 2:
        year -= 1
        month += 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 1


@njit(cache=True, nogil=True)
def _months_on(date, months):  # type: ignore[no-untyped-def]
    """The same day some months on; beyond the end of a month it orders before the next month's first."""
    whole = date // 10000 * 12 + date // 100 % 100 - 1 + months
    return whole // 12 * 10000 + (whole % 12 + 1) * 100 + date % 100


@njit(cache=True, nogil=True)
def _is_slip(a, b):  # type: ignore[no-untyped-def]
    return date_slip(date_word(a), date_word(b), a // 10000 == b // 10000) == 3


@njit(cache=True, nogil=True)
def difference_levels(  # type: ignore[no-untyped-def]
    left, right, patterns, shift, a_first, a_last, b_first, b_last, slips, days, months
):
    """1: same day; 2: may be the same day; with `slips` 3: one slip; then within each step in turn; last: else.

    Step `s` is `months[s]` calendar months where that is above 0, else `days[s]` days. Dates known to the month or
    the year are as near as they may be.
    """
    for k in range(left.size):
        i, j = left[k], right[k]
        if a_first[i] == 0 or b_first[j] == 0:
            continue
        exactly = a_first[i] == a_last[i] and b_first[j] == b_last[j]
        earlier, later = min(a_last[i], b_last[j]), max(a_first[i], b_first[j])
        if later <= earlier:
            level = 1 if exactly else 2
        elif slips and exactly and _is_slip(a_first[i], b_first[j]):
            level = 3
        else:
            level = 4 if slips else 3
            apart = _day_number(later) - _day_number(earlier)
            for step in range(days.size):
                if later <= _months_on(earlier, months[step]) if months[step] else apart <= days[step]:
                    break
                level += 1
        patterns[k] |= np.int64(level) << shift
