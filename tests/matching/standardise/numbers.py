"""Identity numbers that nobody has: the region 539xxx does not exist."""

import datetime as dt

from hypothesis import strategies as st

from matching.standardise.identity import check_character

__all__ = ["VALID", "numbers"]

VALID = "539210199003070036"

numbers = st.builds(
    lambda region, date, order: (digits := f"539{region:03d}{date:%Y%m%d}{order:03d}") + check_character(digits),
    st.integers(1, 129),
    st.dates(min_value=dt.date(1900, 1, 1), max_value=dt.date(2026, 1, 1)),
    st.integers(0, 995),
)
"""Any sound number."""
