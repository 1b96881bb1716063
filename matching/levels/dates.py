"""Levels of distances of dates (日期间隔), by the calendar."""

import re
from typing import Any

from matching.errors import ModelError
from matching.levels.level import Level, Options

_SAME_DAY = Level("exact", "agrees", "日期相同。", "The dates are identical.", 0.92, 4e-5)
_MAY_BE_SAME_DAY = Level(
    "consistent",
    "agrees",
    "至少一方只记到年或月，已知部分相同。",
    "At least one side is known to the month or year only; what is known agrees.",
    0.02,
    0.002,
)
_DATE_SLIP = Level(
    "one_slip",
    "close",
    "日月颠倒、相邻数字颠倒或仅一位数字不同。",
    "Day and month swapped, or a single digit slip.",
    0.02,
    1.5e-3,
)

_UNITS = {"day": ("天", 1), "month": ("个月", 30.44), "year": ("年", 365.24)}


def calendar_step(text: Any) -> tuple[int, str]:
    """A distance of dates as a count and its unit: day, month or year.

    Raises:
        ModelError: it is not written like "10 days", "1 month" or "2 years".

    >>> calendar_step("1 month"), calendar_step("10 days")
    ((1, 'month'), (10, 'day'))
    """
    parts = re.fullmatch(r"([1-9][0-9]{0,5}) (day|month|year)s?", text) if isinstance(text, str) else None
    if not parts:
        raise ModelError('the cutoffs of a \'date_difference\' comparison are like "10 days", "1 month" or "2 years"')
    return int(parts[1]), parts[2]


def date_differences(options: Options) -> tuple[Level, ...]:
    if not isinstance(options["cutoffs"], list | tuple) or len(options["cutoffs"]) > 6:
        raise ModelError("the cutoffs of a 'date_difference' comparison are a list of at most six distances")
    if any(not isinstance(options[name], bool) for name in ("slips", "month_first")):
        raise ModelError("the options 'slips' and 'month_first' of a 'date_difference' comparison are true or false")
    steps = [calendar_step(cutoff) for cutoff in options["cutoffs"]]
    reached = [count * _UNITS[unit][1] for count, unit in steps]
    if sorted(set(reached)) != reached:
        raise ModelError("cutoffs go from the shortest to the longest")
    share = [min(days / 14_610, 0.6) for days in reached]
    levels = [_SAME_DAY, _MAY_BE_SAME_DAY, *([_DATE_SLIP] if options["slips"] else [])]
    levels += [
        Level(
            f"within_{count}_{unit}{'s' if count > 1 else ''}",
            "close",
            f"日期相差不超过{count}{_UNITS[unit][0]}（只记到年月的按可能的最近日期算）。",
            f"At most {count} {unit}{'s' if count > 1 else ''} apart (as near as a month or year alone allows).",
            0.012 / 2**position,
            u - before + 1e-6,
        )
        for position, ((count, unit), u, before) in enumerate(zip(steps, share, [0.0, *share], strict=False))
    ]
    m, u = (1 - sum(getattr(level, side) for level in levels) for side in ("m", "u"))
    return (*levels, Level("differs", "differs", "日期相差更远。", "The dates are further apart.", m, u))
