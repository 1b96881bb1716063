"""What a clerk wrote into a cell, understood (填写内容的识别): codes, days and numbers in the styles met in practice."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TypeVar

from bangfu.review.workbook.cell_text import neutral, plain
from bangfu.review.workbook.model import Trouble, Value
from matching.standardise.dates import read_date
from schemas.code_list import CodeList
from schemas.review import Kind, ReviewColumn

__all__ = ["Unclear", "answer_key", "code_text", "understand"]

_LONGEST = 500
_DAYS_BACK = 400
_SEPARATORS = re.compile(r"[、，,;；|\s]+")
_MONTH_AND_DAY = re.compile(r"(\d{1,2})[月/.-](\d{1,2})[日号]?")
_SHORT_YEAR = re.compile(r"(\d{2})[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?")
_YEAR_ALONE = re.compile(r"\d{4}年?")
_COUNT = re.compile(r"(\d{1,9})(?:\.0+)?(?:人|口|次|岁|周岁)?")
_NUMBER = re.compile(r"([-−]?)[¥￥]?(\d{1,3}(?:,\d{3})+|\d{1,12})(\.\d+)?(万)?(?:元)?")
_PERCENT_FROM = 3
"""A share without a percent sign up to this one may be a fraction: 0.85 is 85 % or 0.85 %."""


_Number = TypeVar("_Number", int, Decimal)


class Unclear(Exception):  # noqa: N818  (an answer about a cell, not a failure)
    """A cell that is not understood."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


def understand(column: ReviewColumn, codes: CodeList | None, text: str, today: dt.date) -> Value | None:
    """The value of a cell; None for an empty one.

    Args:
        column: What it should hold.
        codes: Its code list.
        text: The cell.
        today: No visit is later.

    Raises:
        Unclear: The text is not understood, or outside its bounds.
    """
    if column.kind is Kind.TEXT:
        cleaned = neutral(text)
        if len(cleaned) > _LONGEST:
            raise Unclear(Trouble.TOO_LONG)
        return cleaned or None
    text = plain(unicodedata.normalize("NFKC", text)).lstrip("'")
    if not text:
        return None
    if column.kind is Kind.DATE:
        return _day(text, today)
    if column.kind is Kind.COUNT:
        return _bounded(column, _count(text))
    if column.kind is Kind.AMOUNT:
        return _bounded(column, _amount(text))
    if column.kind is Kind.SHARE:
        return _bounded(column, _share(text))
    assert codes is not None
    if column.kind is Kind.CODES:
        found = {_code(codes, part) for part in _SEPARATORS.split(text) if part}
        return tuple(sorted(found))
    return _code(codes, text)


def code_text(codes: CodeList, code: str, language: str = "zh") -> str:
    """A code as the workbook offers it.

    >>> from schemas.personal_codes import SEX
    >>> code_text(SEX, "1"), code_text(SEX, "1", "en")
    ('1 男', '1 male')
    """
    return f"{code} {codes.label(code, language)}"


def answer_key(case: tuple[str, int], values: Mapping[str, Value], members: Iterable[Mapping[str, Value]]) -> str:
    """The same for the same answer to the same version of a case, whatever the order of columns and members."""
    told = [*case, _told(values), sorted(json.dumps(_told(member)) for member in members)]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def _told(values: Mapping[str, Value]) -> dict[str, str | list[str]]:
    return {code: list(value) if isinstance(value, tuple) else str(value) for code, value in sorted(values.items())}


def _code(codes: CodeList, text: str) -> str:
    code = _spellings(codes).get(_bare(text))
    if code is None and text.isdecimal():
        code = _spellings(codes).get(text.zfill(2))
    if code is None:
        raise Unclear(Trouble.NOT_IN_LIST)
    return code


@cache
def _spellings(codes: CodeList) -> Mapping[str, str]:
    """Every way to write a code: itself, a label, a spelling, or a label behind it."""
    table: dict[str, str] = {}
    for code in codes.codes:
        labels = (code.zh, code.en)
        for spelling in (code.code, *labels, *(code.code + label for label in labels), *code.spellings):
            table.setdefault(_bare(spelling), code.code)
    return table


def _bare(text: str) -> str:
    """Letters and digits alone: labels differ in dashes, brackets and spaces. A mark such as √ or × stays itself."""
    text = unicodedata.normalize("NFKC", text).lower()
    return "".join(character for character in text if character.isalnum()) or "".join(text.split())


def _day(text: str, today: dt.date) -> dt.date:
    day = _written_day(text, today)
    if day is None:
        raise Unclear(Trouble.NOT_UNDERSTOOD)
    if day > today:
        raise Unclear(Trouble.FUTURE_DAY)
    if day < today - dt.timedelta(days=_DAYS_BACK):
        raise Unclear(Trouble.LONG_AGO)
    return day


def _written_day(text: str, today: dt.date) -> dt.date | None:
    compact = text.replace(" ", "")
    if short := _MONTH_AND_DAY.fullmatch(compact):
        days = (_date(year, int(short[1]), int(short[2])) for year in (today.year, today.year - 1))
        return next((day for day in days if day and day <= today), None)
    if short := _SHORT_YEAR.fullmatch(compact):
        return _date(2000 + int(short[1]), int(short[2]), int(short[3]))
    day, precision = read_date(text) or (None, None)
    first = day is not None and precision == "year" and not _YEAR_ALONE.fullmatch(compact)  # the first of January
    return day if precision == "day" or first else None


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _count(text: str) -> int:
    found = _COUNT.fullmatch(text.replace(" ", ""))
    if found is None:
        raise Unclear(Trouble.NOT_UNDERSTOOD)
    return int(found[1])


def _amount(text: str) -> Decimal:
    found = _NUMBER.fullmatch(text.replace(" ", ""))
    if found is None:
        raise Unclear(Trouble.NOT_UNDERSTOOD)
    sign, whole, fraction, myriad = found.groups(default="")
    try:
        number = Decimal(whole.replace(",", "") + fraction) * (10_000 if myriad else 1)
        return (-number if sign else number).quantize(Decimal("0.01"))
    except InvalidOperation as error:
        raise Unclear(Trouble.OUT_OF_RANGE) from error


def _share(text: str) -> Decimal:
    number = _amount(text.removesuffix("%"))
    if not text.endswith("%") and 0 < number <= _PERCENT_FROM:
        raise Unclear(Trouble.PERCENT_UNCLEAR)
    return number


def _bounded(column: ReviewColumn, number: _Number) -> _Number:
    if not column.least <= number <= column.most:
        raise Unclear(Trouble.OUT_OF_RANGE)
    return number
