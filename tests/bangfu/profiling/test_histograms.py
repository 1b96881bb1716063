"""Dates over time: bins without gaps, shares of what is plausible, and what is odd said beside them."""

import pytest

from bangfu.profiling.histograms import histograms
from tests.bangfu.profiling.extracts import counted, field


def test_births_are_shown_by_five_years_without_gaps() -> None:
    (shown,) = histograms(counted(8, field("birth_date", 8, counts={"1901": 1, "1979": 3, "1994": 4}, outside=1)), None)
    assert shown.labels == ("1975–1979", "1980–1984", "1985–1989", "1990–1994")
    assert shown.now == pytest.approx((3 / 7, 0, 0, 4 / 7))
    assert shown.labels[shown.peak] == "1990–1994"
    assert shown.total == 8
    assert shown.notes == (("1 个（12.5%）不合常理", "1 (12.5%) implausible"),)


def test_few_years_are_shown_by_month_and_more_by_year() -> None:
    months = field("started_on", 4, counts={"2026-03": 1, "2026-06": 3})
    years = field("stopped_on", 4, counts={"2018-03": 1, "2021-06": 3}, new_year=1)
    by_month, by_year = histograms(counted(4, months, years), None)
    assert by_month.labels == ("2026-03", "2026-04", "2026-05", "2026-06")
    assert by_month.now == (0.25, 0, 0, 0.75)
    assert by_year.labels == ("2018", "2019", "2020", "2021")
    assert by_year.notes == (("1 月 1 日 25.0%", "25.0% on 1 January"),)


def test_the_previous_extract_is_shown_in_the_same_bins_and_scale() -> None:
    now = counted(4, field("started_on", 4, counts={"2026-05": 1, "2026-06": 3}))
    (shown,) = histograms(now, counted(2, field("started_on", 2, counts={"2026-04": 2})))
    assert shown.labels == ("2026-04", "2026-05", "2026-06")
    assert shown.before == (1, 0, 0)
    assert shown.bins == ((0, 1), (0.25, 0), (0.75, 0))


def test_dates_that_are_all_implausible_are_not_drawn() -> None:
    assert histograms(counted(1, field("birth_date", 1, counts={"1901": 1}, outside=1)), None) == []
