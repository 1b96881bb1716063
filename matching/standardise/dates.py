"""Calendar dates (日期) in the styles met in practice, each with the precision that was really given."""

from __future__ import annotations

import datetime as dt
import re

import polars as pl

from matching.standardise.cells import PLACEHOLDERS, clean
from matching.standardise.columns import Standardiser

_EXCEL_EPOCH = dt.date(1899, 12, 30)
_DAYS_BEFORE_EXCEL = (_EXCEL_EPOCH - dt.date(1970, 1, 1)).days
_SERIAL = re.compile(r"([1-7][0-9]{4}|[5-9][0-9]{3})(?:\.[0-9]+)?")
_COMPACT = re.compile(r"((?:18|19|20)[0-9]{2})([0-9]{2})?([0-9]{2})?(?:[0-9]{6})?(?:\.0)?")
_PARTS = re.compile(r"((?:18|19|20)[0-9]{2}) ?[-/.年] ?(?:([0-9]{1,2}) ?(?:[-/.月] ?(?:([0-9]{1,2}) ?[日号]?)?)?)?")
_WRITTEN = re.compile(
    "([〇零○一二三四五六七八九]{4})年(?:(十?[一二三四五六七八九十])月(?:([一二三]?十?[一二三四五六七八九十])[日号]?)?)?"
)
_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_RANGE = re.compile(r"((?:18|19|20)[0-9]{2}([-/.年])[0-9]{1,2}[-/.月][0-9]{1,2}日?) ?[-~—–至到]+ ?[0-9].*")
_TIME = re.compile(r"[ T](?:[上下]午)? ?[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?( ?Z|[+][0-9:]+)?$")
_NOTHING = frozenset({"0", "0.0", "1900-01-00", "1900/1/0", "长期", "至今"})


def read_date(text: str) -> tuple[dt.date | None, str | None] | None:
    """Read one date.

    Returns:
        The date and its precision: ``day``; ``month`` or ``year`` where no more was given (the date is then the
        first of it). The first of January says no more than the year, since clerks write it for "unknown";
        1900-01-01 and the like say nothing: (None, None). None when the text is no date. Of a range the
        first day counts.

    >>> read_date("2020年1月5日"), read_date("2020.1.5-2020.1.15"), read_date("二〇二〇年一月十五日")
    ((datetime.date(2020, 1, 5), 'day'), (datetime.date(2020, 1, 5), 'day'), (datetime.date(2020, 1, 15), 'day'))
    >>> read_date("1990.03"), read_date("199003"), read_date("1990-01-01")[1], read_date("32939.0")
    ((datetime.date(1990, 3, 1), 'month'), (datetime.date(1990, 3, 1), 'month'), 'year', (datetime.date(1990, 3, 7), 'day'))
    """
    text = clean(text)
    if text in PLACEHOLDERS or text in _NOTHING:
        return None, None
    text = _TIME.sub("", text)
    if written := _WRITTEN.fullmatch(text):
        return _from_parts(written[1].translate(_DIGITS), _counted(written[2]), _counted(written[3]))
    if ranged := _RANGE.fullmatch(text):
        text = ranged[1]
    if match := _COMPACT.fullmatch(text) or _PARTS.fullmatch(text):
        return _from_parts(match[1], match[2], match[3])
    if _SERIAL.fullmatch(text):
        return _weak(_EXCEL_EPOCH + dt.timedelta(days=int(float(text))), "day")
    return None


def _from_parts(year: str, month: str | None, day: str | None) -> tuple[dt.date | None, str | None] | None:
    known_month = month is not None and int(month) > 0
    known_day = known_month and day is not None and int(day) > 0
    try:
        value = dt.date(int(year), int(month or 1) if known_month else 1, int(day or 1) if known_day else 1)
    except ValueError:
        return None
    return _weak(value, "day" if known_day else "month" if known_month else "year")


def _counted(han: str | None) -> str | None:
    """A Chinese numeral up to 三十一 in digits."""
    if han is None or "十" not in han:
        return han and han.translate(_DIGITS)
    tens, _, ones = han.partition("十")
    return (tens.translate(_DIGITS) or "1") + (ones.translate(_DIGITS) or "0")


def _weak(value: dt.date, precision: str) -> tuple[dt.date | None, str | None]:
    if value.year <= 1900 and (value.month, value.day) == (1, 1) and precision == "day":
        return None, None
    return value, "year" if precision == "day" and (value.month, value.day) == (1, 1) else precision


def _plain_dates(texts: pl.LazyFrame) -> pl.LazyFrame:
    """Days with separators (perhaps with a time), as eight digits, or as Excel counts them; months are few."""
    text = pl.col("text")
    separated = text.str.extract(
        r"^((?:18|19|20)[0-9]{2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2})[日号]?(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?$"
    )
    day = pl.coalesce(
        separated.str.replace_many(["/", ".", "年", "月"], ["-", "-", "-", "-"]).str.to_date("%Y-%m-%d", strict=False),
        pl.when(text.str.contains("^(?:18|19|20)[0-9]{6}$")).then(text).str.to_date("%Y%m%d", strict=False),
        (text.str.extract(r"^([1-7][0-9]{4})(?:\.0)?$").cast(pl.Int32) + _DAYS_BEFORE_EXCEL).cast(pl.Date),
    )
    new_year = pl.col("value").dt.ordinal_day() == 1
    kept = pl.when(~new_year | (pl.col("value").dt.year() > 1900)).then("value")
    precision = pl.when(new_year).then(pl.lit("year")).when(~new_year).then(pl.lit("day"))
    return texts.select(value=day).select(value=kept).with_columns(precision=precision)


standardise_dates = Standardiser(
    read_date, {"value": pl.Date(), "precision": pl.String()}, _plain_dates, repeating=True
)
"""Dates of a column (type Date), with ``precision`` as a derived column."""
