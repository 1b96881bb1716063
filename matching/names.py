"""Chinese names packed for comparison: folded characters, readings and shapes side by side."""

import re
import unicodedata
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.columns import Ints, Texts, containing, folded
from matching.kernels.encoding import POINTS
from matching.look_alikes import look_alikes
from matching.name_writing import DROPPED, HAN, LATIN, RADICALS, SPLIT, SPLIT_FORMS, UNREAD
from matching.readings import FIRST, OTHER, reading, syllable_character, syllables_of

WILD = -2
"""Stands for a character nobody could read: ?, □, ＊, X."""

_DOUBTED = (
    "".join(
        character for character in map(chr, range(0x10000)) if LATIN.match(unicodedata.normalize("NFKC", character))
    )
    + RADICALS
    + SPLIT_FORMS.replace(" ", "")
)
"""A name without any of these characters needs no closer look."""
_SUBSTITUTED = (
    f"[{HAN}].*[A-Za-z\u00c0-\u024f]|[A-Za-z\u00c0-\u024f].*[{HAN}]|[{RADICALS}]|{'|'.join(SPLIT_FORMS.split())}"
)


@dataclass(frozen=True)
class PackedNames:
    """Distinct names after folding, and what their characters sound and look like.

    `characters` is parallel to the points of `texts`: the row of each character in the tables. `toned` and `sound` have
    four columns: two readings as the first character of a name, two elsewhere, of which any may agree. `alike` lists
    the code points a character may be mistaken for, 0 filling up.
    """

    texts: Texts
    characters: Ints
    toned: Ints
    sound: Ints
    alike: Ints


def fold_names(values: pa.LargeStringArray) -> Texts:
    """Names with dots out, traditional to simplified and full to half width; `WILD` for an unread character.

    What stands for a character that could not be typed counts as one character: see ``without_substitutes``.
    """
    return folded(_without_substitutes(values), fold_character)


def pack_names(texts: Texts) -> PackedNames:
    """Add readings and look-alikes to folded names; cost per distinct character, not per name."""
    seen = np.zeros(POINTS - WILD, np.bool_)
    seen[texts.points - WILD] = True
    known = (np.flatnonzero(seen) + WILD).astype(np.int32)
    place = np.cumsum(seen, dtype=np.int32) - 1
    toned, sound = (
        np.hstack(sides)
        for sides in zip(character_readings(known, FIRST), character_readings(known, OTHER), strict=True)
    )
    return PackedNames(texts, place[texts.points - WILD], toned, sound, _look_alikes(known))


def without_substitutes(name: str) -> str:
    """A name with one character for each that was written otherwise because it could not be typed.

    Pinyin within a Han name becomes a character of its own that sounds like it (王yan, 王YǍN); any other Latin letters,
    and a character split into its parts (王火日升, 李氵林), become an unread one.

    >>> [reading(c).sound[0] for c in without_substitutes("王yan")], without_substitutes("王火日升"), without_substitutes("李X")
    (['wan', 'yan'], '王□', '李□')
    >>> without_substitutes("Maria Lopez"), without_substitutes("岩罕")
    ('Maria Lopez', '岩罕')
    """
    if not re.search(f"[{HAN}]", name):
        return name
    return SPLIT.sub("□", LATIN.sub(_typed, name))


def _typed(letters: re.Match[str]) -> str:
    syllables = syllables_of(letters[0])
    return "".join(map(syllable_character, syllables)) if syllables else "□"


def _without_substitutes(values: pa.LargeStringArray) -> pa.LargeStringArray:
    doubted = np.flatnonzero(containing(values, _DOUBTED))
    if not len(doubted):
        return values
    texts = pc.utf8_normalize(values.take(pa.array(doubted)), "NFKC")
    concerned = pc.match_substring_regex(texts, _SUBSTITUTED).to_numpy(zero_copy_only=False)
    if not concerned.any():
        return values
    changed = [without_substitutes(text) for text in texts.filter(pa.array(concerned)).to_pylist()]
    mask = np.zeros(len(values), np.bool_)
    mask[doubted[concerned]] = True
    return pc.replace_with_mask(values, pa.array(mask), pa.array(changed, values.type))


@lru_cache(maxsize=65_536)
def fold_character(character: str) -> int:
    """Code point of the folded character; 0: dropped, WILD: unread.

    >>> chr(fold_character("張")), fold_character("·"), fold_character("□"), chr(fold_character("Ａ"))
    ('张', 0, -2, 'a')
    """
    if character in DROPPED or character.isspace():
        return 0
    if character in UNREAD:
        return WILD
    wide = unicodedata.normalize("NFKC", character).casefold()
    simplified = _simplifier().convert(wide if len(wide) == 1 else character)
    return ord(simplified) if len(simplified) == 1 else ord(character)


@lru_cache(maxsize=1)
def _simplifier() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


def character_readings(points: Ints, place: int) -> tuple[Ints, Ints]:
    """Numbers of the toned and the folded readings of each character, two columns each; `WILD` for an unread one.

    A number is a stable digest of the syllable, so that it does not depend on the other names.
    """
    found = [reading(chr(point), place) if point > 0 else None for point in points.tolist()]
    toned = [[_number(text) for text in item.toned] if item else [WILD, WILD] for item in found]
    sound = [[_number(text) for text in item.sound] if item else [WILD, WILD] for item in found]
    return np.array(toned, np.int32).reshape(-1, 2), np.array(sound, np.int32).reshape(-1, 2)


def _number(syllable: str) -> int:
    """A stable number of a syllable (CRC-32, positive); the same syllable always has the same number."""
    return zlib.crc32(syllable.encode()) & 0x7FFFFFFF


def _look_alikes(points: Ints) -> Ints:
    """Code points that each character may be mistaken for, one row each, 0 filling up."""
    known = look_alikes()
    lists = [known.get(chr(point), ()) if point > 0 else () for point in points.tolist()]
    table = np.zeros((len(points), max(map(len, lists), default=0)), np.int32)
    for row, alike in enumerate(lists):
        table[row, : len(alike)] = [ord(character) for character in alike]
    return table
