"""How departments write the same value (书写格式): dates in eight styles, numbers as text, codes as words."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from schemas.vocabulary import ETHNIC_GROUP

if TYPE_CHECKING:
    import random

Cell = str | int | float | dt.date | None
"""What a writer can put into a cell: text, number, date cell, or nothing."""

DATE_STYLES = ("compact", "slash", "iso", "dot", "chinese", "cell", "month", "dash", "serial")
_SERIAL_START = dt.date(1899, 12, 30)
_FULL_WIDTH = str.maketrans("0123456789.,", "０１２３４５６７８９．，")


def date_text(value: dt.date | None, style: str) -> Cell:
    """A date in one of `DATE_STYLES`.

    >>> [date_text(dt.date(2020, 1, 5), style) for style in ("compact", "slash", "iso", "dot", "chinese", "month", "dash", "serial")]
    ['20200105', '2020/1/5', '2020-01-05', '2020.01.05', '2020年1月5日', '2020.01', '2020-1-5', 43835]
    """
    if value is None:
        return None
    y, m, d = value.year, value.month, value.day
    if style == "cell":
        return value
    if style == "serial":
        return (value - _SERIAL_START).days
    return {
        "compact": f"{y}{m:02}{d:02}",
        "slash": f"{y}/{m}/{d}",
        "iso": f"{y}-{m:02}-{d:02}",
        "dot": f"{y}.{m:02}.{d:02}",
        "chinese": f"{y}年{m}月{d}日",
        "month": f"{y}.{m:02}",
        "dash": f"{y}-{m}-{d}",
    }[style]


def pick_style(draw: random.Random, styles: tuple[str, ...] = DATE_STYLES) -> str:
    """The style a whole file keeps to."""
    return draw.choice(styles)


def yuan(draw: random.Random, fen: int, *, messy: bool) -> Cell:
    """An amount in yuan: a number, or where ``messy`` now and then text with 元, separators or full-width digits."""
    value = fen / 100
    if not messy or draw.random() < 0.9:
        return value
    text = f"{value:,.2f}" if draw.random() < 0.5 else f"{value:.2f}"
    return draw.choice([text, text + "元", text.translate(_FULL_WIDTH), f"{value:.2f} "])


def plain_yuan(fen: int) -> str:
    """An amount as an interface writes it.

    >>> plain_yuan(-1205)
    '-12.05'
    """
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02}"


def group_text(code: str, style: str) -> str:
    """An ethnic group as ``name`` (彝族), ``short`` (彝), ``code`` (07) or ``pinyin`` (Yi)."""
    label = ETHNIC_GROUP.label(code)
    if style == "code":
        return code
    if style == "short" and label.endswith("族"):
        return label[:-1]
    return ETHNIC_GROUP.label(code, "en") if style == "pinyin" else label


def name_cell(draw: random.Random, name: str, *, former: str | None = None) -> str:
    """A name as typed: two characters spread with a space, a remark in brackets, spaces around it."""
    dice = draw.random()
    if dice < 0.04 and len(name) == 2:
        return f"{name[0]}{draw.choice([' ', '　', '  '])}{name[1]}"
    if dice < 0.05:
        return name + " "
    if former and dice < 0.12:
        return f"{name}（曾用名：{former}）"
    return name


def id_cell(draw: random.Random, number: str | None, errors: str, *, workbook: bool) -> Cell:
    """An identity number as typed: text, now and then with an apostrophe, spaces or a small x; or a real float."""
    if number is None:
        return draw.choice([None, None, "无", "/"])
    if "id_scientific" in errors and len(number) == 18 and number.isdigit():
        return float(number) if workbook else f"{float(number):.14E}"
    dice = draw.random()
    if dice < 0.01:
        return "'" + number
    if dice < 0.02:
        return f"{number[:6]} {number[6:14]} {number[14:]}"
    if dice < 0.03:
        return number + " "
    return number.lower() if dice < 0.10 else number


def phone_cell(draw: random.Random, phone: str | None) -> Cell:
    """A phone number: text, a numeric cell, grouped, or with the country code."""
    if phone is None:
        return None
    dice = draw.random()
    if dice < 0.02:
        return "+86 " + phone
    if dice < 0.04:
        return f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"
    return int(phone) if dice < 0.10 else phone
