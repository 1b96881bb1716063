"""The fonts of printed forms (字体): a Song face, a Hei face for headings, and one with rare characters behind both.

All come as packages; the system's fonts are never looked at, so that every machine prints the same. A character that no
font has would print as an empty box, and nobody would notice: it is named instead, to be written by hand.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

__all__ = ["FAMILIES", "font_folders", "has_glyph", "printable"]

FAMILIES = {"song": "Noto Serif SC", "hei": "Noto Sans SC", "rare": "Noto Sans CJK SC"}
"""Families by their use."""
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn"})


def font_folders() -> list[Path]:
    """Where the fonts are."""
    import noto_cjk_sans_otc
    import pylopdf_fonts_zh_cn

    return [pylopdf_fonts_zh_cn.serif_path().parent, Path(str(noto_cjk_sans_otc.FONT_PATH)).parent]


def has_glyph(character: str) -> bool:
    """Whether some font has a character."""
    return ord(character) in _characters()


def printable(text: str) -> str:
    """A text of which every character prints.

    One that no font has is named, so that it is written by hand; variation selectors and the like are left out.

    >>> printable("䶮𠅤·岩温"), printable("李\\U0002a6d0")
    ('䶮𠅤·岩温', '李〔U+2A6D0 请手写〕')
    """
    parts = []
    for character in unicodedata.normalize("NFC", " ".join(text.split())):
        if character == " " or has_glyph(character):
            parts.append(character)
        elif unicodedata.category(character) not in _INVISIBLE or unicodedata.category(character) == "Co":
            parts.append(f"〔U+{ord(character):04X} 请手写〕")
    return "".join(parts)


@cache
def _characters() -> frozenset[int]:
    import noto_cjk_sans_otc
    import pylopdf_fonts_zh_cn
    from fontTools.ttLib import TTCollection, TTFont

    with TTFont(pylopdf_fonts_zh_cn.serif_path(), lazy=True) as song:
        found = set(song.getBestCmap())
    with TTCollection(str(noto_cjk_sans_otc.FONT_PATH), lazy=True) as rare:
        found.update(rare.fonts[0].getBestCmap())
    return frozenset(found)
