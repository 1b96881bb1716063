"""Dates (日期) as the first and the last day they may mean, for distances by the calendar."""

import re
import unicodedata

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from matching.columns import Longs
from matching.digits import pack_dates

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAMED_MONTH = re.compile(
    rf"(?P<d1>\d{{1,2}})?(?:st|nd|rd|th)?[\s,.-]*(?P<m>{'|'.join(_MONTHS)})[a-z]*\.?[\s,.-]*(?:(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?[\s,.-]+)?(?P<y>\d{{4}})",
    re.IGNORECASE,
)
_YEAR_LAST = r"^\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4}$"


def pack_intervals(values: pa.LargeStringArray, *, month_first: bool = False) -> tuple[Longs, Longs]:
    """First and last day each text may mean, as yyyymmdd integers; 0 where it is no date.

    Reads what `matching.digits.pack_dates` does, in digits of any script, and English names of months. A day beyond
    the end of its month becomes the last; a month above 12 is a day that changed places with it, if that can be.

    Args:
        values: distinct texts.
        month_first: where the year comes last, the month comes first (03/07/1962 is 7 March).

    >>> [side.tolist() for side in pack_intervals(pa.array(["1962-02", "1962", "7 March 1962", "03/25/1962", "?"]))]
    [[19620201, 19620101, 19620307, 19620325, 0], [19620228, 19621231, 19620307, 19620325, 0]]
    """
    if not len(values):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    if not pc.all(pc.string_is_ascii(values)).as_py() or pc.any(pc.match_substring_regex(values, "[A-Za-z]")).as_py():
        values = pa.array([_in_digits(text) for text in values.to_pylist()], pa.large_string())
    packed = pack_dates(values)
    year, month, day = packed // 10000, packed // 100 % 100, packed % 100
    swapped = (month > 12) & (day >= 1) & (day <= 12)
    if month_first:
        year_last = pc.match_substring_regex(values, _YEAR_LAST).to_numpy(zero_copy_only=False)
        swapped |= year_last & (day >= 1) & (day <= 12)
    month, day = np.where(swapped, day, month), np.where(swapped, month, day)
    no_month = (month < 1) | (month > 12)
    no_day = no_month | (day < 1)
    month_first_day, month_last_day = np.where(no_month, 1, month), np.where(no_month, 12, month)
    length = _days(year, month_last_day)
    first = year * 10000 + month_first_day * 100 + np.where(no_day, 1, np.minimum(day, length))
    last = year * 10000 + month_last_day * 100 + np.where(no_day, length, np.minimum(day, length))
    return np.where(year > 0, first, 0), np.where(year > 0, last, 0)


def _days(year: Longs, month: Longs) -> npt.NDArray[np.int64]:
    """Days of each month."""
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    lengths = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int64)
    return np.asarray(lengths[month - 1] + (leap & (month == 2)), dtype=np.int64)


def _in_digits(text: str) -> str:
    """A date with ASCII digits throughout, the month too.

    >>> [_in_digits(text) for text in ("１９６２-０３", "١٩٦٢", "March 7th, 1962", "07MAR1962", "Mar 1962")]
    ['1962-03', '1962', '1962-3-7', '1962-3-07', '1962-3']
    """
    plain = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in unicodedata.normalize("NFKC", text))
    if not (named := _NAMED_MONTH.fullmatch(plain.strip())):
        return plain
    day = named["d1"] or named["d2"]
    return "-".join([named["y"], str(_MONTHS.index(named["m"].lower()) + 1), *([day] if day else [])])
