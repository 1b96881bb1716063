"""Working days: as the notices say, and laws that hold for any day, count and freeze."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.review.freezes import Freeze
from bangfu.review.working_days import add_working_days, end_of, is_working_day, provisional, working_days_between

days = st.dates(date(2022, 1, 1), date(2040, 12, 31))
counts = st.integers(0, 260)
freezes = st.lists(
    st.builds(
        lambda first, length: Freeze("530000", first, first + timedelta(length), "农忙", "示例"),
        st.dates(date(2024, 1, 1), date(2030, 12, 31)),
        st.integers(0, 59),
    ),
    max_size=2,
).map(tuple)


@pytest.mark.parametrize(
    ("first", "last", "working"),
    [
        ("2024-02-04", "2024-02-18", [4, 5, 6, 7, 8, 9, 18]),  # 除夕 was a working day in 2024
        ("2025-01-26", "2025-02-08", [26, 27, 5, 6, 7, 8]),
        ("2026-09-20", "2026-09-28", [20, 21, 22, 23, 24, 28]),
        ("2026-09-29", "2026-10-12", [29, 30, 8, 9, 10, 12]),
    ],
)
def test_days_as_the_notices_say(first: str, last: str, working: list[int]) -> None:
    start, stop = date.fromisoformat(first), date.fromisoformat(last)
    span = [start + timedelta(n) for n in range((stop - start).days + 1)]
    assert [day.day for day in span if is_working_day(day)] == working


@pytest.mark.parametrize(("year", "working"), [(2024, 251), (2025, 248), (2026, 248)])
def test_working_days_of_a_year(year: int, working: int) -> None:
    """Statutory days are 11 (2024) and 13 (from 2025) of 366 and 365 days, weekends taken off; make-up days change nothing."""
    assert working_days_between(date(year - 1, 12, 31), date(year, 12, 31)) == working


def test_a_year_that_is_not_published_is_reckoned_by_law_and_marked() -> None:
    assert not is_working_day(date(2027, 2, 8))  # 正月初三, a Monday
    assert is_working_day(date(2027, 2, 9))  # surely off once published: provisional
    assert provisional(date(2026, 12, 28), date(2027, 1, 5))
    assert not provisional(date(2026, 1, 1), date(2026, 12, 31))


def test_a_year_beyond_all_tables_knows_the_fixed_days() -> None:
    assert [is_working_day(date(2041, month, day)) for month, day in ((1, 1), (5, 1), (10, 1))] == [False] * 3
    assert is_working_day(date(2041, 1, 2))


def test_a_freeze_stops_the_clock() -> None:
    """泼水节 of Xishuangbanna."""
    festival = (Freeze("532800", date(2026, 4, 13), date(2026, 4, 15), "泼水节", "示例"),)
    assert add_working_days(date(2026, 4, 10), 2) == date(2026, 4, 14)
    assert add_working_days(date(2026, 4, 10), 2, festival) == date(2026, 4, 17)


def test_a_day_ends_at_midnight_in_china() -> None:
    assert end_of(date(2026, 6, 1)).isoformat() == "2026-06-02T00:00:00+08:00"


def test_time_limits_are_not_negative() -> None:
    with pytest.raises(ValueError, match="not negative"):
        add_working_days(date(2026, 1, 5), -1)


@pytest.mark.parametrize("year", [2019, 2050])
def test_days_outside_the_calendar_are_refused(year: int) -> None:
    with pytest.raises(ValueError, match="2020 to 2049"):
        add_working_days(date(year, 6, 1), 1)
    with pytest.raises(ValueError, match="2020 to 2049"):
        working_days_between(date(2026, 6, 1), date(year, 6, 1))


@given(days, counts, freezes)
def test_counting_undoes_adding(day: date, count: int, frozen: tuple[Freeze, ...]) -> None:
    assert working_days_between(day, add_working_days(day, count, frozen), frozen) == count


@given(days, st.integers(1, 260), freezes)
def test_a_limit_ends_on_a_working_day(day: date, count: int, frozen: tuple[Freeze, ...]) -> None:
    assert is_working_day(add_working_days(day, count, frozen), frozen)


@given(days, days, counts, counts, freezes)
def test_later_starts_and_longer_limits_end_no_earlier(
    day: date, other: date, count: int, more: int, frozen: tuple[Freeze, ...]
) -> None:
    early, late = sorted((day, other))
    assert add_working_days(early, count, frozen) <= add_working_days(late, count, frozen)
    assert add_working_days(day, count, frozen) <= add_working_days(day, count + more, frozen)


@given(days, counts, counts, freezes)
def test_a_limit_in_two_parts_is_the_limit(day: date, count: int, more: int, frozen: tuple[Freeze, ...]) -> None:
    assert add_working_days(add_working_days(day, count, frozen), more, frozen) == add_working_days(
        day, count + more, frozen
    )


@given(days, counts, freezes, freezes)
def test_a_freeze_never_shortens(
    day: date, count: int, frozen: tuple[Freeze, ...], further: tuple[Freeze, ...]
) -> None:
    assert add_working_days(day, count) <= add_working_days(day, count, frozen)
    assert add_working_days(day, count, frozen) <= add_working_days(day, count, frozen + further)


@given(days, days, days, freezes)
def test_spans_add_up(first: date, second: date, third: date, frozen: tuple[Freeze, ...]) -> None:
    between = working_days_between
    assert between(first, second, frozen) + between(second, third, frozen) == between(first, third, frozen)
