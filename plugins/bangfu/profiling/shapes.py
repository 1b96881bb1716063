"""What is counted of a field (字段形态), and into which bands its values fall."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.fields import PROVENANCE
from schemas.records import LATEST

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from schemas.fields import Field
    from schemas.source import Source

__all__ = ["AMOUNT_BANDS", "LENGTH_BANDS", "NUMBER_TOP", "PHONE_KINDS", "TIMES_TOP", "Band", "Shape"]
__all__ += ["birth_dates", "plausible_days", "profiled_fields", "shape_of"]


class Shape(StrEnum):
    """What kind of values a field holds, which decides what is counted of it."""

    IDENTITY = "identity"  # 证件号码: counts by form
    PHONE = "phone"  # 电话: counts of mobile numbers and landlines
    CREDIT_CODE = "credit_code"  # 信用代码: readable or not
    CODE = "code"  # 代码: rows by code
    PLACE = "place"  # 区划: rows by division code
    DATE = "date"  # 日期: rows by month, birth dates by year
    AMOUNT = "amount"  # 金额: rows by band
    NUMBER = "number"  # 整数: rows by small number
    REFERENCE = "reference"  # 来源方编号: how often each one stands
    TEXT = "text"  # 文字: rows by length


_SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "id_number": Shape.IDENTITY,
        "phone": Shape.PHONE,
        "credit_code": Shape.CREDIT_CODE,
        "place": Shape.PLACE,
        "date": Shape.DATE,
        "amount": Shape.AMOUNT,
        "integer": Shape.NUMBER,
        "received": Shape.REFERENCE,
    }
)
_DERIVED_SHAPES: Mapping[str, Shape] = MappingProxyType({"union_county_code": Shape.PLACE})
_TOLD_WITH_ANOTHER = frozenset({"id_form", "birth_precision"})


def shape_of(field: Field) -> Shape:
    """The shape of a field, from how its text is standardised.

    >>> from schemas.fields import FIELDS
    >>> shape_of(FIELDS["sex"]), shape_of(FIELDS["employer"])
    (<Shape.CODE: 'code'>, <Shape.TEXT: 'text'>)
    """
    if field.standardiser.startswith("code:"):
        return Shape.CODE
    return _DERIVED_SHAPES.get(field.name) or _SHAPES.get(field.standardiser, Shape.TEXT)


def profiled_fields(source: Source) -> tuple[Field, ...]:
    """The fields of a source that a profile tells of: not where a row comes from, not what another field tells."""
    left_out = {*(field.name for field in PROVENANCE), *_TOLD_WITH_ANOTHER}
    return tuple(field for field in source.fields if field.name not in left_out)


@dataclass(frozen=True)
class Band:
    """One band of values: from its floor up to the next band's.

    Attributes:
        code: name in a profile.
        floor: lowest value of the band.
        zh, en: name for people.
    """

    code: str
    floor: float
    zh: str
    en: str


AMOUNT_BANDS = (
    Band("negative", float("-inf"), "负数", "negative"),
    Band("zero", 0, "0 元", "0"),
    Band("below_1k", 0.01, "不足 1 千元", "below 1,000"),
    Band("1k", 1_000, "1 千元起", "from 1,000"),
    Band("3k", 3_000, "3 千元起", "from 3,000"),
    Band("10k", 10_000, "1 万元起", "from 10,000"),
    Band("30k", 30_000, "3 万元起", "from 30,000"),
    Band("100k", 100_000, "10 万元起", "from 100,000"),
    Band("500k", 500_000, "50 万元及以上", "500,000 and more"),
)
"""Bands of yuan; wide enough that no amount can be told from its band."""

LENGTH_BANDS = (
    Band("1", 1, "1 字", "1"),
    Band("2", 2, "2 字", "2"),
    Band("3", 3, "3 字", "3"),
    Band("4", 4, "4 字", "4"),
    Band("5", 5, "5–9 字", "5–9"),
    Band("10", 10, "10–19 字", "10–19"),
    Band("20", 20, "20–49 字", "20–49"),
    Band("50", 50, "50 字及以上", "50 and more"),
)
"""Bands of text length in characters."""

NUMBER_TOP = 13
"""Whole numbers from here on are counted together."""
TIMES_TOP = 10
"""Values that stand in this many rows or more are counted together."""
PHONE_KINDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "mobile": ("手机", "mobile"),
        "landline": ("固定电话", "landline"),
        "local_landline": ("固定电话，无区号", "landline without area code"),
    }
)


def band_of(bands: tuple[Band, ...], value: float) -> Band:
    """The band a value falls into.

    >>> band_of(AMOUNT_BANDS, 999.99).code, band_of(AMOUNT_BANDS, -0.01).code
    ('below_1k', 'negative')
    """
    return bands[max(0, bisect_right([band.floor for band in bands], value) - 1)]


_OLDEST_PERSON = 110
_LONGEST_ENTITLEMENT = 60
_LONGEST_DELAY = 10
_RECENT = frozenset(
    {"admitted_on", "discharged_on", "settled_on", "event_on", "died_on", "cremated_on", "accident_on", "recognised_on"}
)
_AHEAD = frozenset({"stopped_on", "contributed_until"})
_YEARS_AHEAD = 10


def birth_dates(name: str) -> bool:
    """Whether a date field tells birth dates, which are counted by year; other dates are counted by month."""
    return name == "birth_date"


def plausible_days(name: str, received_on: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day that is plausible for a date field in an extract received on a day.

    Nobody was born more than 110 years ago; treatments, accidents, disasters and deaths arrive within ten years; what
    began otherwise did so within sixty years; and only ends may lie ahead, by ten years.

    >>> import datetime as dt
    >>> plausible_days("settled_on", dt.date(2026, 7, 1))
    (datetime.date(2016, 1, 1), datetime.date(2026, 7, 1))
    """
    back = _OLDEST_PERSON if birth_dates(name) else _LONGEST_DELAY if name in _RECENT else _LONGEST_ENTITLEMENT
    last = received_on
    if name in _AHEAD:
        last = min(LATEST, last.replace(year=last.year + _YEARS_AHEAD, month=12, day=31))
    return last.replace(year=received_on.year - back, month=1, day=1), last
