"""Chinese names packed for comparison: folded characters, readings and shapes side by side."""

import unicodedata
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from matching.columns import Ints, Texts, code_points, keep
from matching.readings import FIRST, OTHER, reading, shape_groups

WILD = -2
"""Stands for a character nobody could read: ?, □, ＊, X."""

_DROPPED = "·•‧・．.･∙●､、,，-－—_'’ \u3000()（）"
_UNREAD = "?？□■*＊〇�Xx×"


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
    """Fold names (dots out, traditional to simplified, full to half width) and add readings and shapes."""
    texts = code_points(values)
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
