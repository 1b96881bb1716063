"""Readings (读音) of Chinese names: per character, as sets, with surnames and dialect folding.

Readings come from pypinyin (MIT). It gives the commonest reading of a character, which is wrong for a
number of surnames, so the first character also takes its reading as a surname; both are kept, and two
characters sound alike when any of their readings agree. Surname readings are those of common dictionaries of surnames.
岩 is read ái where it begins a Dai, Blang or Wa name, and yán in a Han one: as both are kept, a name needs no ethnic
group beside it to be found.
"""

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from functools import cache, lru_cache

from matching.reference import rows

FIRST, OTHER = 0, 1

_SYLLABLES = 0x100000
"""Private-use characters from here on stand for syllables typed in place of a character."""


@dataclass(frozen=True)
class Reading:
    """Up to two readings of one character: toned (`dan1`) and folded (toneless, dialect differences unified)."""

    toned: tuple[str, str]
    sound: tuple[str, str]


@lru_cache(maxsize=65_536)
def reading(character: str, place: int = OTHER) -> Reading:
    """The readings of a character, as the first of a name or elsewhere; itself where it has none.

    >>> reading("单", FIRST).toned, reading("单").toned
    (('shan4', 'dan1'), ('dan1', 'chan2'))
    """
    from pypinyin import Style, pinyin

    if ord(character) >= _SYLLABLES and (typed := _syllables()[ord(character) - _SYLLABLES :][:1]):
        return Reading((typed[0], typed[0]), (fold_sound(typed[0]), fold_sound(typed[0])))
    found = pinyin(character, style=Style.TONE3, heteronym=True, v_to_u=False, errors=lambda text: text)[0]
    readings = list(found)
    if place == FIRST and (surname := surname_readings().get(character)):
        readings = [surname, *(text for text in readings if text != surname)]
    first, second = readings[0], readings[min(1, len(readings) - 1)]
    return Reading((first, second), (fold_sound(first), fold_sound(second)))


@cache
def surname_readings() -> dict[str, str]:
    """The readings of surnames that are read otherwise than the character elsewhere, in pinyin with the tone's number.

    >>> surname_readings()["单"], surname_readings()["乜"]
    ('shan4', 'nie4')
    """
    return {row["surname"]: row["reading"] for row in rows("surname_readings.csv")}


@lru_cache(maxsize=1)
def _syllables() -> tuple[str, ...]:
    """Every syllable of Chinese without its tone, in order; ü is v."""
    from pypinyin.constants import PINYIN_DICT

    written = {reading for readings in PINYIN_DICT.values() for reading in readings.split(",")}
    plain = {_toneless(reading) for reading in written}
    return tuple(sorted(text for text in plain if re.fullmatch("[a-z]{2,6}", text) and set(text) & set("aeiouv")))


def _toneless(pinyin: str) -> str:
    decomposed = unicodedata.normalize("NFD", pinyin.lower().replace("ü", "v").replace("u\u0308", "v"))
    toneless = "".join(
        character for character in decomposed if not unicodedata.combining(character) or character == "\u0308"
    )
    return toneless.replace("u\u0308", "v")


def syllables_of(letters: str, among: Container[str] | None = None) -> list[str]:
    """Latin letters as syllables of pinyin, the longest first; empty where they are none, or are a single letter.

    `among`: the known syllables; else those of pypinyin.

    >>> syllables_of("YǍN"), syllables_of("xiaoming"), syllables_of("lyu"), syllables_of("X")
    (['yan'], ['xiao', 'ming'], ['lv'], [])
    """
    text, found = _toneless(letters), []
    known = set(_syllables()) if among is None else among
    while text:
        size = next((n for n in range(min(6, len(text)), 1, -1) if _spelt(text[:n]) in known), 0)
        if not size:
            return []
        found.append(_spelt(text[:size]))
        text = text[size:]
    return found


def _spelt(syllable: str) -> str:
    """Passports write LYU and NYU for lü and nü (GB/T 28039-2011)."""
    return {"lyu": "lv", "nyu": "nv", "lyue": "lve", "nyue": "nve"}.get(syllable, syllable)


def syllable_character(syllable: str) -> str:
    """The private-use character that stands for a syllable."""
    return chr(_SYLLABLES + _syllables().index(syllable))


def fold_sound(syllable: str) -> str:
    """A toned syllable without its tone and with south-western dialect differences unified.

    n/l, zh/z, ch/c, sh/s, hu-/f-, -ng/-n and ü/i fall together.

    >>> [fold_sound(text) for text in ("niu2", "zhang1", "huang2", "fang1", "lv3", "yu2", "xue2", "ping2")]
    ['liu', 'zan', 'fan', 'fan', 'li', 'yi', 'xie', 'pin']
    """
    text = syllable.rstrip("012345").replace("ü", "v")
    if text[:1] in ("j", "q", "x", "y") and text[1:2] == "u":
        text = text[0] + "v" + text[2:]
    for initial, unified in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l")):
        if text.startswith(initial) and len(text) > len(initial):
            text = unified + text[len(initial) :]
            break
    if text.startswith("hu"):
        final = text[2:]
        text = "f" + ({"": "u", "i": "ei", "n": "en"}.get(final, final))
    text = text.replace("v", "i")
    return text.removesuffix("g") if text.endswith("ng") else text
