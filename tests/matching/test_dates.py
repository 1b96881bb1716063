"""Distances of dates: by the calendar, as precise as they are known, in digits of any script."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.columns import Columns
from matching.comparisons import compare_pairs, comparer
from matching.dates import pack_intervals
from matching.errors import ModelError
from matching.kernels.dates import _day_number, _months_on
from matching.levels import levels_of
from matching.model import Comparison


def levels(pairs, **options):
    left, right = (pa.table({"date": pa.array(side, pa.string())}) for side in zip(*pairs, strict=True))
    row = np.arange(len(pairs), dtype=np.int32)
    codes = compare_pairs(
        [comparer(Comparison("it", "date_difference", ("date",), options), 0, Columns(left, right))], row, row
    )
    names = ["missing", *(level.name for level in levels_of("date_difference", options))]
    return [names[code] for code in codes]


STEPS = ["1 day", "1 month", "1 year", "10 years"]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("1880-01-31", "1880-01-31", "exact"),
        ("1880-01-31", "31/01/1880", "exact"),
        ("1880-01-31", "31 Jan 1880", "exact"),
        ("1880-01-31", "January 31st, 1880", "exact"),
        ("1880-01-31", "１８８０-０１-３１", "exact"),
        ("1880-01-31", "١٨٨٠-٠١-٣١", "exact"),
        ("1880-01-31", "1880-02-01", "within_1_day"),
        ("1880-01-31", "1880-02-29", "within_1_month"),  # a leap year
        ("1880-01-31", "1880-03-01", "within_1_year"),
        ("1880-01-31", "1881-01-31", "within_1_year"),
        ("1880-02-29", "1881-02-28", "within_1_year"),
        ("1880-02-29", "1881-03-01", "within_10_years"),
        ("1880-02-29", "1890-02-28", "within_10_years"),
        ("1880-02-29", "1890-03-01", "differs"),
        ("1880-01-31", "1880", "consistent"),
        ("1880-01-31", "1880-01", "consistent"),
        ("1880", "1880", "consistent"),
        ("1880", "1880-05", "consistent"),
        ("1880-12-31", "1881", "within_1_day"),
        ("1880-01-31", "1881", "within_1_year"),
        ("1880", "1890", "within_10_years"),
        ("1880", "1891-01-01", "differs"),
        ("1880-01-31", "soon", "missing"),
        ("1880-01-31", None, "missing"),
    ],
)
def test_steps_go_by_the_calendar(a, b, expected):
    assert levels([(a, b)], cutoffs=STEPS, slips=False) == [expected]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("1962-03-07", "1962-07-03", "one_slip"),
        ("1962-03-07", "1926-03-07", "one_slip"),
        ("1962-03-07", "1962-03-09", "one_slip"),
        ("1962-03-07", "1962-03-15", "within_1_month"),
        ("1962-03-07", "1962", "consistent"),
    ],
)
def test_slips_of_the_pen_are_a_level_of_their_own(a, b, expected):
    assert levels([(a, b)]) == [expected]


@pytest.mark.parametrize(
    ("text", "month_first", "first", "last"),
    [
        ("03/07/1962", True, 19620307, 19620307),
        ("03/07/1962", False, 19620703, 19620703),
        ("03/25/1962", False, 19620325, 19620325),
        ("25/03/1962", True, 19620325, 19620325),
        ("1962-02-30", False, 19620228, 19620228),
        ("1962-13-40", False, 19620101, 19621231),
        ("1962年3月", False, 19620301, 19620331),
        ("Sept. 1962", False, 19620901, 19620930),
        ("7-Mar-1962", False, 19620307, 19620307),
        ("1900-02", False, 19000201, 19000228),
        ("2000-02", False, 20000201, 20000229),
        ("Marble Arch", False, 0, 0),
    ],
)
def test_a_text_means_a_first_and_a_last_day(text, month_first, first, last):
    found = pack_intervals(pa.array([text]), month_first=month_first)
    assert [side.tolist() for side in found] == [[first], [last]]


DAYS = st.dates(date(1600, 1, 1), date(2200, 1, 1))


@given(day=DAYS, days=st.integers(-5000, 5000))
def test_days_are_counted_as_the_standard_library_does(day, days):
    other = day + timedelta(days=days)
    assert _day_number(int(f"{other:%Y%m%d}")) - _day_number(int(f"{day:%Y%m%d}")) == days


@given(day=DAYS, months=st.integers(0, 600))
def test_the_same_day_some_months_on_orders_within_its_month(day, months):
    whole = day.year * 12 + day.month - 1 + months
    reached = _months_on(int(f"{day:%Y%m%d}"), months)
    assert (reached // 10000, reached // 100 % 100, reached % 100) == (whole // 12, whole % 12 + 1, day.day)


TEXTS = st.one_of(
    st.none(),
    DAYS.map(str),
    DAYS.map(lambda day: f"{day:%Y-%m}"),
    DAYS.map(lambda day: f"{day:%Y}"),
    st.sampled_from(["1962-03-07", "1962-07-03", "1962-02-30", "1962-99-99", "1962-13-01", "7 March 1962"]),
)


@settings(max_examples=200, deadline=None)
@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8))
def test_distances_are_symmetric_and_a_date_is_at_none_from_itself(pairs):
    assert levels(pairs) == levels([(b, a) for a, b in pairs])
    assert set(levels([(a, a) for a, _ in pairs])) <= {"missing", "exact", "consistent"}


@settings(max_examples=200, deadline=None)
@given(days=st.lists(DAYS, min_size=3, max_size=3).map(sorted))
def test_a_date_between_two_is_no_further_than_they_are(days):
    first, between, last = map(str, days)
    order = [level.name for level in levels_of("date_difference", {"cutoffs": STEPS, "slips": False})]
    near, far = levels([(first, between), (first, last)], cutoffs=STEPS, slips=False)
    assert order.index(near) <= order.index(far)


@settings(max_examples=100, deadline=None)
@given(day=DAYS, other=DAYS)
def test_less_precision_never_moves_dates_apart(day, other):
    order = [level.name for level in levels_of("date_difference", {"cutoffs": STEPS, "slips": False})]
    full, month, year = levels(
        [(str(day), text) for text in (str(other), f"{other:%Y-%m}", f"{other:%Y}")], cutoffs=STEPS, slips=False
    )
    # "consistent" (2) is what an imprecise date that fits can reach, where a precise one is "exact" (1)
    assert order.index(month) <= max(order.index(full), 1)
    assert order.index(year) <= max(order.index(month), 1)


@pytest.mark.parametrize(
    "options",
    [
        {"cutoffs": ["1 year", "1 month"]},
        {"cutoffs": ["1 fortnight"]},
        {"cutoffs": ["0 days"]},
        {"cutoffs": [30]},
        {"cutoffs": "1 day"},
        {"cutoffs": [f"{n} days" for n in range(1, 8)]},
        {"slips": 1},
        {"month_first": "yes"},
    ],
)
def test_wrong_options_are_refused(options):
    with pytest.raises(ModelError):
        levels_of("date_difference", options)
