"""Text on its way into a cell and out of one (单元格文本): no formula either way, and the same after a save by WPS."""

from __future__ import annotations

import re

__all__ = ["neutral", "plain", "same"]

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ufeff]")
_STARTS_FORMULA = re.compile(r"[=+\-@＝＋－＠\t\r]")
_LONGEST = 2_000


def plain(text: str) -> str:
    """A text without control characters, its white space single.

    >>> plain(" 已入户，\\r\\n 情况\\x00属实　 ")
    '已入户， 情况属实'
    """
    return " ".join(_CONTROLS.sub("", text).split())


def neutral(text: str) -> str:
    """A plain text that no program takes for a formula: one that begins like it gets an apostrophe.

    >>> neutral("=HYPERLINK(1)"), neutral("-已搬走"), neutral("'=1"), neutral("张伟")
    ("'=HYPERLINK(1)", "'-已搬走", "'=1", '张伟')
    """
    text = plain(text)[:_LONGEST]
    return f"'{text}" if _STARTS_FORMULA.match(text) else text


def same(text: str) -> str:
    """A text as it is compared: what a spreadsheet program may lose or add counts for nothing.

    >>> same("'=1 "), same("昆明市 五华区")
    ('=1', '昆明市五华区')
    """
    return "".join(plain(text).split()).lstrip("'")
