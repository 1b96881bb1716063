"""Working days (工作日) in China: which days count, the n-th after a day, and how many lie between two.

The day something happens does not count (民法典 art. 201); a time limit ends with its last working day. Years whose calendar is
not published yet are reckoned by law alone, and what rests on them is provisional (暂定).
"""

from bisect import bisect_right
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from functools import cache

from bangfu.china_time import CHINA
from bangfu.review.freezes import Freeze
from schemas.reference.holidays import notices, year_days

__all__ = [
    "add_working_days",
    "begin_of",
    "days_before",
    "end_of",
    "is_working_day",
    "months_later",
    "provisional",
    "working_days_between",
]

FIRST_YEAR, LAST_YEAR = 2020, 2049
_SATURDAY = 5


def is_working_day(day: date, freezes: tuple[Freeze, ...] = ()) -> bool:
    """Whether the clock runs on a day.

    Args:
        day: A day in China.
        freezes: Those of the county, from `freezes_of`.

    >>> [is_working_day(date(2026, 10, day)) for day in (9, 10, 11)]  # Friday, a worked Saturday, Sunday
    [True, True, False]
    """
    return _works(day) and not any(item.first <= day <= item.last for item in freezes)


def add_working_days(day: date, count: int, freezes: tuple[Freeze, ...] = ()) -> date:
    """The `count`-th working day after a day; the day itself for 0.

    >>> add_working_days(date(2026, 9, 30), 2).isoformat()  # 国庆节 lies between
    '2026-10-09'
    """
    if count < 0:
        raise ValueError("a time limit is not negative")
    if count == 0:
        return day
    return _working_days(freezes)[_up_to(day, freezes) + count - 1]


def working_days_between(day: date, later: date, freezes: tuple[Freeze, ...] = ()) -> int:
    """How many working days lie after `day` up to and including `later`; negative where `later` is earlier.

    >>> working_days_between(date(2026, 9, 30), date(2026, 10, 9))
    2
    """
    return _up_to(later, freezes) - _up_to(day, freezes)


def days_before(day: date, count: int, freezes: tuple[Freeze, ...] = ()) -> date:
    """The first day from which on at most `count` working days are left until a day, that day included.

    >>> days_before(date(2026, 10, 9), 2).isoformat()  # 国庆节 lies between
    '2026-09-30'
    """
    days = _working_days(freezes)
    return days[_up_to(day, freezes) - count - 1]


def begin_of(day: date) -> datetime:
    """The moment a day begins in China."""
    return datetime.combine(day, time(), CHINA)


def end_of(day: date) -> datetime:
    """The moment a day ends in China."""
    return datetime.combine(day + timedelta(1), time(), CHINA)


def months_later(day: date, count: int) -> date:
    """The same day so many months later, or before where `count` is negative; the last of the month where there is none.

    >>> months_later(date(2026, 11, 30), 3).isoformat(), months_later(date(2026, 3, 31), -1).isoformat()
    ('2027-02-28', '2026-02-28')
    """
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def provisional(day: date, later: date) -> bool:
    """Whether a year between the two days is not published yet, so that the reckoning may change."""
    return any(year not in notices() for year in range(day.year, later.year + 1))


def _works(day: date) -> bool:
    special = year_days(day.year)
    return day in special.work or (day.weekday() < _SATURDAY and day not in special.off)


def _up_to(day: date, freezes: tuple[Freeze, ...]) -> int:
    """Working days from the first year on, up to and including a day."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"working days are known from {FIRST_YEAR} to {LAST_YEAR}")
    return bisect_right(_working_days(freezes), day)


@cache
def _all_working_days() -> tuple[date, ...]:
    first, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
    days = (first + timedelta(number) for number in range((last - first).days + 1))
    return tuple(day for day in days if _works(day))


@cache
def _working_days(freezes: tuple[Freeze, ...]) -> tuple[date, ...]:
    """Kept for each set of freezes: a county's due dates are found by bisection, not by walking."""
    if not freezes:
        return _all_working_days()
    return tuple(day for day in _all_working_days() if is_working_day(day, freezes))
