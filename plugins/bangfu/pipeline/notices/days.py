"""Working days of notices: a thin import of `bangfu.review.working_days`, which is merged apart from this.

Until then weekdays stand in for working days. After the merge this file holds the import alone.
"""

import importlib.util
from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module

__all__ = ["add_working_days"]


def _weekdays(day: date, count: int) -> date:
    for _ in range(count):
        day += timedelta(1)
        while day.isoweekday() > 5:
            day += timedelta(1)
    return day


def _found() -> Callable[[date, int], date]:
    if importlib.util.find_spec("bangfu.review") is None:
        return _weekdays
    found: Callable[[date, int], date] = import_module("bangfu.review.working_days").add_working_days
    return found


add_working_days = _found()
"""The day so many working days after a day: `add_working_days(day, count)`."""
