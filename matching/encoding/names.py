"""Chinese names (姓名) folded and read as `matching.names` does, from tables that are carried along."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from matching.name_writing import DROPPED, HAN, LATIN, SPLIT, UNREAD
from matching.readings import fold_sound, surname_readings, syllables_of
from matching.reference import rows

WILD = "?"
"""Stands for a character nobody could read; no folded name holds it otherwise."""

_TYPED = "~"
"""Before a syllable that was typed in place of a character."""


@dataclass(frozen=True)
class ReadName:
    """A folded name by character, with up to two readings of each: toned and folded."""

    characters: tuple[str, ...]
    toned: tuple[tuple[str, str], ...]
    sound: tuple[tuple[str, str], ...]


@lru_cache(maxsize=100_000)
def read_name(name: str) -> ReadName:
    """Fold a name and read its characters.

    >>> read_name("張·單?").characters, read_name("单丹").toned
    (('张', '单', '?'), (('shan4', 'dan1'), ('dan1', 'dan1')))
    >>> read_name("王yan").sound[1], read_name("王火日升").characters
    (('yan', 'yan'), ('王', '?'))
    """
    characters = folded_name(name)
    toned = tuple(_readings(character, first=not place) for place, character in enumerate(characters))
    return ReadName(characters, toned, tuple((fold_sound(one), fold_sound(other)) for one, other in toned))


def folded_name(name: str) -> tuple[str, ...]:
    """The characters of a name: dots out, simplified, of half width; `WILD` for an unread one, "~yan" for a typed one."""
    parts: list[str] = []
    for character in _without_substitutes(name):
        if len(character) > 1:
            parts.append(character)
        elif folded := _folded(character):
            parts.append(folded)
    return tuple(parts)


def _without_substitutes(name: str) -> list[str]:
    if not re.search(f"[{HAN}]", name):
        return list(name)
    wide = unicodedata.normalize("NFKC", name)
    if LATIN.search(wide) or SPLIT.search(wide):
        name = wide
    found: list[str] = []
    for place, part in enumerate(re.split(f"({LATIN.pattern})", name)):
        if place % 2:
            typed = syllables_of(part, _syllables())
            found += [_TYPED + syllable for syllable in typed] or ["□"]
        else:
            found += SPLIT.sub("□", part)
    return found


@lru_cache(maxsize=65_536)
def _folded(character: str) -> str:
    if character in DROPPED or character.isspace():
        return ""
    if character in UNREAD:
        return WILD
    wide = unicodedata.normalize("NFKC", character).casefold()
    single = wide if len(wide) == 1 else character
    return _simplified().get(single, single)


@lru_cache(maxsize=65_536)
def _readings(character: str, *, first: bool) -> tuple[str, str]:
    if character.startswith(_TYPED) and len(character) > 1:
        return character[1:], character[1:]
    one, other = _read().get(character, (character, character))
    if first and (surname := surname_readings().get(character)):
        # As where names are compared in clear text: the reading as a surname, then the commonest other one.
        return surname, one if one != surname else other
    return one, other


@cache
def _read() -> dict[str, tuple[str, str]]:
    first, second = {}, {}
    for row in rows("readings.csv"):
        first.update(dict.fromkeys(row["first"], row["reading"]))
        second.update(dict.fromkeys(row["second"], row["reading"]))
    return {character: (reading, second.get(character, reading)) for character, reading in first.items()}


@cache
def _syllables() -> frozenset[str]:
    plain = {re.sub("[0-9]", "", row["reading"]) for row in rows("readings.csv")}
    return frozenset(text for text in plain if re.fullmatch("[a-z]{2,6}", text) and set(text) & set("aeiouv"))


@cache
def _simplified() -> dict[str, str]:
    return {a: b for row in rows("simplified.csv") for a, b in zip(row["traditional"], row["simplified"], strict=True)}
