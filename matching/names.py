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

from matching.columns import Ints, Texts, code_points, keep
from matching.readings import FIRST, OTHER, reading, shape_groups, syllable_character, syllables_of
from matching.standardise.names import INTERPUNCTS

WILD = -2
"""Stands for a character nobody could read: ?, □, ＊, X."""

_DROPPED = INTERPUNCTS + "､、,，-－—_'’ \u3000()（）"
_UNREAD = "?？□■*＊〇�Xx×"
_HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]+")
_RADICALS = "氵亻钅忄扌纟讠饣犭礻衤艹冖宀辶阝刂"
_SPLIT_FORMS = "火日升 方方土 金金金 水水水 火火火 土土土 石石石 木木木 日日日 牛牛牛 马马马 羊羊羊 直直直 吉吉吉"
_SPLIT = re.compile(f"(?<=[{_HAN}])(?:[{_RADICALS}][{_HAN}]|{'|'.join(_SPLIT_FORMS.split())})")
_SUBSTITUTED = (
    f"[{_HAN}].*[A-Za-z\u00c0-\u024f]|[A-Za-z\u00c0-\u024f].*[{_HAN}]|[{_RADICALS}]|{'|'.join(_SPLIT_FORMS.split())}"
)


@dataclass(frozen=True)
class PackedNames:
    """Distinct names after folding; all arrays but `offsets` are parallel to `points`.

    `toned`, `sound` and `shape` have two columns: alternatives, of which any may agree.
    """

    offsets: Ints
    points: Ints
    toned: Ints
    sound: Ints
    shape: Ints


def pack_names(values: pa.StringArray) -> PackedNames:
    """Fold names (dots out, traditional to simplified, full to half width) and add readings and shapes.

    What stands for a character that could not be typed counts as one character: see ``without_substitutes``.
    """
    texts = code_points(_without_substitutes(values))
    if not len(texts.points):
        empty = np.zeros((0, 2), np.int32)
        return PackedNames(texts.offsets, texts.points, empty, empty, empty)
    characters, inverse = np.unique(texts.points, return_inverse=True)
    folded = np.array([fold_character(chr(point)) for point in characters], dtype=np.int32)[inverse]
    wanted = folded != 0
    points = np.ascontiguousarray(folded[wanted])
    offsets = keep(texts, wanted)
    characters, inverse = np.unique(points, return_inverse=True)
    toned, sound = (table[inverse] for table in _readings(characters, OTHER))
    firsts = offsets[:-1][offsets[1:] > offsets[:-1]]
    characters_first, inverse_first = np.unique(points[firsts], return_inverse=True)
    toned[firsts], sound[firsts] = (table[inverse_first] for table in _readings(characters_first, FIRST))
    shape = np.array([_shapes(int(point)) for point in characters], dtype=np.int32).reshape(-1, 2)[inverse]
    return PackedNames(offsets, points, toned, sound, np.ascontiguousarray(shape))


def without_substitutes(name: str) -> str:
    """A name with one character for each that was written otherwise because it could not be typed.

    Pinyin within a Han name becomes a character of its own that sounds like it (王yan, 王YǍN); any other Latin letters,
    and a character split into its parts (王火日升, 李氵林), become an unread one.

    >>> [reading(c).sound[0] for c in without_substitutes("王yan")], without_substitutes("王火日升"), without_substitutes("李X")
    (['wan', 'yan'], '王□', '李□')
    >>> without_substitutes("Maria Lopez"), without_substitutes("岩罕")
    ('Maria Lopez', '岩罕')
    """
    if not re.search(f"[{_HAN}]", name):
        return name
    return _SPLIT.sub("□", _LATIN.sub(_typed, name))


def _typed(letters: re.Match[str]) -> str:
    syllables = syllables_of(letters[0])
    return "".join(map(syllable_character, syllables)) if syllables else "□"


def _without_substitutes(values: pa.StringArray) -> pa.StringArray:
    concerned = pc.match_substring_regex(pc.utf8_normalize(values, "NFKC"), _SUBSTITUTED)
    if not pc.any(concerned).as_py():
        return values
    changed = [
        without_substitutes(unicodedata.normalize("NFKC", text)) for text in values.filter(concerned).to_pylist()
    ]
    return pc.replace_with_mask(values, concerned, pa.array(changed, values.type))


def folded_texts(names: PackedNames) -> Texts:
    """The folded names as texts."""
    return Texts(names.offsets, names.points)


@lru_cache(maxsize=65_536)
def fold_character(character: str) -> int:
    """Code point of the folded character; 0: dropped, WILD: unread.

    >>> chr(fold_character("張")), fold_character("·"), fold_character("□"), chr(fold_character("Ａ"))
    ('张', 0, -2, 'a')
    """
    if character in _DROPPED or character.isspace():
        return 0
    if character in _UNREAD:
        return WILD
    wide = unicodedata.normalize("NFKC", character).casefold()
    simplified = _simplifier().convert(wide if len(wide) == 1 else character)
    return ord(simplified) if len(simplified) == 1 else ord(character)


@lru_cache(maxsize=1)
def _simplifier() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


def _readings(characters: Ints, place: int) -> tuple[Ints, Ints]:
    """Numbers of the toned and the folded readings of each character, two columns each.

    A number is a stable digest of the syllable, so that it does not depend on the other names.
    """
    found = [reading(chr(point), place) if point > 0 else None for point in characters.tolist()]
    toned = [[_number(text) for text in item.toned] if item else [WILD, WILD] for item in found]
    sound = [[_number(text) for text in item.sound] if item else [WILD, WILD] for item in found]
    return np.array(toned, np.int32).reshape(-1, 2), np.array(sound, np.int32).reshape(-1, 2)


def _number(syllable: str) -> int:
    """A stable number of a syllable (CRC-32, positive); the same syllable always has the same number."""
    return zlib.crc32(syllable.encode()) & 0x7FFFFFFF


def _shapes(point: int) -> tuple[int, int]:
    groups = sorted(shape_groups().get(chr(point), ())) if point > 0 else []
    if not groups:
        return 0, 0
    return groups[0], groups[-1]
