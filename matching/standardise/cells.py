"""What every standardiser shares: cleaning a cell, texts that mean nothing, and which texts need no cleaning."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

PLACEHOLDERS = frozenset(
    {"", "/", "//", "\\", "-", "--", "—", "——", "_", ".", "·", "?", "无", "没有", "不详", "不明", "未知", "暂无", "空"}
    | {"未填", "未填写", "未提供", "同上", "null", "NULL", "None", "none", "N/A", "n/a", "NA", "nan", "NaN", "#N/A"}
)
"""Texts that departments write for "nothing" (占位符); they are missing values, not unreadable ones."""

HAN = r"\x{4E00}-\x{9FFF}\x{3400}-\x{4DBF}"
"""Han characters that cleaning never changes, for a character class of a polars pattern."""
PLAIN = HAN + "!#-&(-<>-_a-~"
"""Characters of texts that cleaning never changes: Han and ASCII but for blanks, quotation marks and =."""
_PLAIN = re.compile("[\u4e00-\u9fff\u3400-\u4dbf!#-&(-<>-_a-~]*")
PLAIN_CHARACTERS = "".join(filter(_PLAIN.fullmatch, map(chr, range(33, 0xA000))))
"""The same characters one by one."""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
_LOOSE_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]")
"""Accents that stand on no letter once everything is composed, such as what ¯ and ´ become; were they kept, they
would settle on a letter as soon as a space before them goes."""


def clean(text: str) -> str:
    """One cell: NFKC, no invisible characters or loose accents, single spaces, Excel's protecting marks (``'5390…``, ``="5390…"``) off.

    >>> clean("  ５３９００１\\u200b\\ufeff  "), clean("'0871"), clean('="0871"')
    ('539001', '0871', '0871')
    """
    if _PLAIN.fullmatch(text):
        return text
    previous = None
    while text != previous:
        previous = text
        text = _LOOSE_MARKS.sub("", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)))
        text = " ".join(text.split())
        if text.startswith('="') and text.endswith('"') and len(text) > 2:
            text = text[2:-1]
        text = text.lstrip("'`‘’").strip()
    return text
