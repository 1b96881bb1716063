"""Days off and make-up working days (放假调休), year by year as published; by law alone where nothing is published yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.reference import _rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["YearDays", "freeze_file", "notices", "year_days"]

_FIXED = (("01-01", "01-01"), ("05-01", "05-02"), ("10-01", "10-03"))
"""What the law ties to a date of the solar calendar (元旦、劳动节、国庆节), for years beyond the carried tables."""


@dataclass(frozen=True)
class YearDays:
    """What of a year is not as the week says.

    Attributes:
        off: Days off; some fall on a weekend.
        work: Weekend days that are worked (调休上班).
        document: Number of the notice; empty where none is published and the days are those of the law alone.
    """

    off: frozenset[date]
    work: frozenset[date]
    document: str = ""


@cache
def notices() -> Mapping[int, str]:
    """Document number of the State Council's notice (国务院办公厅放假通知) by year.

    >>> notices()[2026]
    '国办发明电〔2025〕7号'
    """
    return MappingProxyType({int(row["year"]): row["document"] for row in _rows("holidays/notices.csv")})


@cache
def year_days(year: int) -> YearDays:
    """Days off and make-up days of a year.

    >>> sorted(year_days(2026).work)[0].isoformat(), len(year_days(2026).off), year_days(2027).document
    ('2026-01-04', 33, '')
    """
    if document := notices().get(year, ""):
        rows = _rows(f"holidays/{year}.csv")
    else:
        rows = [row for row in _rows("holidays/by_law.csv") if row["first"].startswith(f"{year}-")] or [
            {"first": f"{year}-{first}", "last": f"{year}-{last}", "kind": "off"} for first, last in _FIXED
        ]
    return YearDays(_days(rows, "off"), _days(rows, "work"), document)


def freeze_file() -> str:
    """The carried table of freezes (停计期间): a header, to be filled in by those whose documents set them."""
    return resources.files(__package__).joinpath("freezes.csv").read_text("utf-8")


def _days(rows: Iterable[Mapping[str, str]], kind: str) -> frozenset[date]:
    spans = [(date.fromisoformat(row["first"]), date.fromisoformat(row["last"])) for row in rows if row["kind"] == kind]
    return frozenset(first + timedelta(n) for first, last in spans for n in range((last - first).days + 1))
