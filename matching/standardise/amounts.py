"""Amounts of money in yuan (金额) and whole numbers (整数)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import polars as pl

from matching.standardise.cells import PLACEHOLDERS, clean
from matching.standardise.columns import Standardiser

AMOUNT = pl.Decimal(14, 2)
"""Yuan with two places."""

_LIMIT = Decimal(10) ** 12
_DIGITS = {
    c: n
    for n, row in enumerate(("零〇", "壹一", "贰二两", "叁三", "肆四", "伍五", "陆六", "柒七", "捌八", "玖九"))
    for c in row
}
_UNITS = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
_WRITTEN = re.compile(
    "(负)?([零〇壹一贰二两叁三肆四伍五陆六柒七捌八玖九拾十佰百仟千万萬亿]+)[元圆]?(?:整|正|(?:零?(.)角)?(?:零?(.)分)?整?)"
)
_NUMBER = re.compile(r"(-?)([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(万|千|百|亿)?")
_SCALE = {"": 1, "亿": 100_000_000, "万": 10_000, "千": 1_000, "百": 100}
_COUNTED = re.compile(r"(-?[0-9]+)(?:\.0*)?(?:人|口|间|户|名|个|岁|次)?")


def read_amount(text: str) -> tuple[Decimal | None] | None:
    """Read one amount in yuan, rounded to two places.

    >>> read_amount("１２，３４５.６0元"), read_amount("1.2万元"), read_amount("(35.5)")
    ((Decimal('12345.60'),), (Decimal('12000.00'),), (Decimal('-35.50'),))
    >>> read_amount("壹万贰仟零叁拾元伍角整"), read_amount("负800元"), read_amount("无"), read_amount("约三千")
    ((Decimal('12030.50'),), (Decimal('-800.00'),), (None,), None)
    """
    text = clean(text)
    if text in PLACEHOLDERS:
        return (None,)
    text = re.sub(r"[\s,，￥¥$]|RMB|人民币|圆整$|元整$|元$|圆$", "", text)
    text = text.replace("−", "-").replace("－", "-")
    if text.startswith("(") and text.endswith(")"):
        text = "-" + text[1:-1]
    elif re.match("[负+△▲][0-9.]", text):
        text = text[1:] if text[0] == "+" else "-" + text[1:]
    if match := _NUMBER.fullmatch(text):
        return _in_range(Decimal(f"{match[1]}{match[2]}") * _SCALE[match[3] or ""])
    if re.fullmatch(r"-?[0-9.]+[eE][-+]?[0-9]{1,3}", text):
        try:
            return _in_range(Decimal(text))
        except InvalidOperation:
            return None
    written = _written(text)
    return None if written is None else _in_range(written)


def _in_range(value: Decimal) -> tuple[Decimal] | None:
    return (value.quantize(Decimal("0.01"), ROUND_HALF_UP),) if abs(value) < _LIMIT else None


def _written(text: str) -> Decimal | None:
    """An amount in financial numerals (大写), such as 壹仟贰佰元; None for anything else."""
    match = _WRITTEN.fullmatch(text)
    if not match or not set(text) & set("拾十佰百仟千万萬亿元圆角分壹贰叁肆伍陆柒捌玖"):
        return None
    total = section = digit = 0
    for character in match[2]:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _UNITS:
            section += (digit or (1 if not section else 0)) * _UNITS[character]
            digit = 0
        else:
            block, section, digit = section + digit, 0, 0
            total = total + block * 10_000 if character in "万萬" else (total + block) * 100_000_000
    value = Decimal(total + section + digit)
    for fraction, part in ((match[3], Decimal("0.1")), (match[4], Decimal("0.01"))):
        if fraction is not None:
            if fraction not in _DIGITS:
                return None
            value += _DIGITS[fraction] * part
    return -value if match[1] else value


def read_integer(text: str) -> tuple[int | None] | None:
    """Read one whole number; a counting word after it is ignored.

    >>> read_integer("4人"), read_integer("4.0"), read_integer("/"), read_integer("4.5")
    ((4,), (4,), (None,), None)
    """
    text = re.sub(r"[\s,]", "", clean(text))
    if text in PLACEHOLDERS:
        return (None,)
    match = _COUNTED.fullmatch(text)
    return (int(match[1]),) if match and len(match[1]) <= 15 else None


def _plain_amounts(texts: pl.LazyFrame) -> pl.LazyFrame:
    plain = pl.col("text").str.contains(r"^-?[0-9]{1,9}(?:\.[0-9]{1,2})?$")
    return texts.select(value=pl.when(plain).then("text").cast(AMOUNT, strict=False))


standardise_amounts = Standardiser(read_amount, {"value": AMOUNT}, _plain_amounts)
"""Amounts of a column as ``Decimal(14, 2)`` yuan."""

standardise_integers = Standardiser(read_integer, {"value": pl.Int64()})
"""Whole numbers of a column."""
