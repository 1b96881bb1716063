"""Telephone numbers (电话): mobile numbers and landlines with or without area code, as digits."""

from __future__ import annotations

import re

import polars as pl

from matching.standardise.cells import PLACEHOLDERS, clean
from matching.standardise.columns import Standardiser

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(0[0-9]{2,3})?[2-9][0-9]{6,7}")
_COUNTRY = re.compile(r"^\(?(?:\+86|0086|86(?=-?1[3-9]))\)?-?")


def read_phone(text: str) -> tuple[str | None] | None:
    """Read one cell; of several numbers the first mobile, else the first landline.

    >>> read_phone("+86 138-0000-1111"), read_phone("(0871)6312 3456"), read_phone("63123456/13800001111")
    (('13800001111',), ('087163123456',), ('13800001111',))
    >>> read_phone("13800001111.0"), read_phone("无"), read_phone("1234")
    (('13800001111',), (None,), None)
    """
    text = clean(text)
    if text in PLACEHOLDERS or not text.strip("0-.() "):
        return (None,)
    text = re.sub(r"\.0$", "", text)
    landline = None
    for part in re.split(r"[/、,;；|或]|(?<=[0-9]{11}) (?=1)", text):
        digits = re.sub(r"[\s()._-]|转.*$", "", _COUNTRY.sub("", part.strip()))
        digits = re.sub(r"^[^0-9]+|[^0-9]+$", "", digits)
        if _MOBILE.fullmatch(digits):
            return (digits,)
        if landline is None and _LANDLINE.fullmatch(digits):
            landline = digits
    return (landline,) if landline else None


def _plain_phones(texts: pl.LazyFrame) -> pl.LazyFrame:
    text = pl.col("text")
    return texts.select(value=pl.when(text.str.contains("^1[3-9][0-9]{9}$")).then(text))


def _loose_phone(text: pl.Expr) -> pl.Expr:
    """A mobile number without its country and the marks between its parts."""
    mobile = text.str.contains(r"^ *(?:\+86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4} *$")
    digits = text.str.replace_many(["+86", " ", "-"], ["", "", ""])
    return pl.when(mobile).then(digits).otherwise(text)


standardise_phones = Standardiser(read_phone, {"value": pl.String()}, _plain_phones, _loose_phone)
"""Telephone numbers of a column."""
