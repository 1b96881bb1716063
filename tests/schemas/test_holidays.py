"""Days off and make-up days fit together, year by year."""

import re
from datetime import date

import pytest

from schemas.reference.holidays import notices, year_days


def test_each_notice_has_its_number() -> None:
    assert notices() == {2024: "国办发明电〔2023〕7号", 2025: "国办发明电〔2024〕12号", 2026: "国办发明电〔2025〕7号"}
    assert all(re.fullmatch(rf"国办发明电〔{year - 1}〕[0-9]+号", document) for year, document in notices().items())


@pytest.mark.parametrize("year", sorted(notices()))
def test_a_make_up_day_is_a_weekend_day_and_no_day_off(year: int) -> None:
    days = year_days(year)
    assert {day.year for day in days.off | days.work} == {year}
    assert all(day.weekday() >= 5 for day in days.work)
    assert not days.off & days.work


@pytest.mark.parametrize(("year", "statutory"), [(2024, 11), (2025, 13), (2026, 13)])
def test_weekdays_off_are_worked_up_for_but_the_statutory_days(year: int, statutory: int) -> None:
    """Whoever copies a notice wrongly breaks this: working days a year are weekdays less statutory days, which are
    made up for where they fall on a weekend (art. 6)."""
    days = year_days(year)
    assert len([day for day in days.off if day.weekday() < 5]) - len(days.work) == statutory


@pytest.mark.parametrize("year", range(2027, 2037))
def test_years_not_published_have_the_thirteen_days_of_the_law(year: int) -> None:
    days = year_days(year)
    fixed = {date(year, 1, 1), date(year, 5, 1), date(year, 5, 2), *(date(year, 10, day) for day in (1, 2, 3))}
    assert fixed <= days.off
    assert len(days.off) == (12 if year in {2028, 2031} else 13)  # 中秋节 is one of the first days of October
    assert (days.work, days.document) == (frozenset(), "")
    new_year = sorted(days.off)[2]
    assert date(year, 1, 21) <= new_year <= date(year, 2, 20)
