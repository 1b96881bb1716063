"""Blocking keys (分块键): a column, or something derived from it, as `column:derive`.

`year`            year of a date                 `day`        the whole date, any spelling
`firstN`, `lastN` first or last N characters     `digits_lastN` last N digits
`sound`           folded reading of a Chinese name         `surname_sound` that of its first character
`folded`          Chinese name folded by character         `soundex`       Soundex of a Latin name
`region`          first six digits of an identity number   `plain`         text with case and spacing unified
"""

import re
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.columns import Coded, Ints, code_points, coded, distinct, plain_text, strings
from matching.digits import pack_dates
from matching.errors import ModelError
from matching.names import WILD, folded_texts, pack_names

Derive = Callable[[pa.StringArray], list[str | None]]


def column_of(key: str) -> str:
    """The column a key reads.

    >>> column_of("birth_date:year")
    'birth_date'
    """
    return key.partition(":")[0]


def key_codes(left: pa.Table, right: pa.Table, key: str) -> tuple[Ints, Ints]:
    """The key of every row of both sides as comparable codes, -1 where it cannot be derived.

    Raises:
        ModelError: the derivation is unknown.
    """
    column, _, derive = key.partition(":")
    both = coded(left, right, column)
    derived = _derivation(derive)(both.values)
    seen: dict[str, int] = {}
    codes = np.array([seen.setdefault(text, len(seen)) if text else -1 for text in derived], dtype=np.int32)
    return _spread(codes, both, 0), _spread(codes, both, 1)


def _spread(codes: Ints, both: Coded, side: int) -> Ints:
    rows = (both.left, both.right)[side]
    if not len(codes):
        return np.full(len(rows), -1, dtype=np.int32)
    return np.where(rows >= 0, codes[rows], -1).astype(np.int32)


def check_key(key: str) -> None:
    """Refuse a key whose derivation is unknown.

    Raises:
        ModelError: naming the key.
    """
    _derivation(key.partition(":")[2])


def _derivation(derive: str) -> Derive:
    if derive in _DERIVATIONS:
        return _DERIVATIONS[derive]
    if found := re.fullmatch(r"(first|last|digits_last)([1-9]\d?)", derive):
        return _Slice(found[1], int(found[2]))
    known = ", ".join([*(name for name in _DERIVATIONS if name), "firstN", "lastN", "digits_lastN"])
    raise ModelError(f"unknown blocking key derivation '{derive}'; known: {known}")


class _Slice:
    """The first or last characters, or last digits; none where too short or partly unknown ('*')."""

    def __init__(self, end: str, length: int) -> None:
        self.end, self.length = end, length

    def __call__(self, values: pa.StringArray) -> list[str | None]:
        texts = (
            pc.replace_substring_regex(values, r"[^0-9]", "") if self.end == "digits_last" else pc.utf8_lower(values)
        )
        part = (0, self.length) if self.end == "first" else (-self.length, None)
        return [
            cut if len(cut := text[part[0] : part[1]]) == self.length and "*" not in cut else None
            for text in texts.to_pylist()
        ]


def _same(values: pa.StringArray) -> list[str | None]:
    return [None if "*" in text else text for text in values.to_pylist()]


def _plain(values: pa.StringArray) -> list[str | None]:
    return [text.strip() or None for text in strings(plain_text(code_points(values)))]


def _year(values: pa.StringArray) -> list[str | None]:
    return [str(date // 10000) if date else None for date in pack_dates(values).tolist()]


def _day(values: pa.StringArray) -> list[str | None]:
    return [str(date) if date % 100 else None for date in pack_dates(values).tolist()]


def _folded(values: pa.StringArray) -> list[str | None]:
    texts = folded_texts(pack_names(values))
    codes = distinct(texts)
    wild = {int(code) for code in codes[_has_wild(texts.offsets, texts.points)]}
    return [str(code) if code >= 0 and code not in wild else None for code in codes.tolist()]


def _sound(values: pa.StringArray) -> list[str | None]:
    names = pack_names(values)
    wild = _has_wild(names.offsets, names.points)
    offsets, sound = names.offsets.tolist(), np.ascontiguousarray(names.sound[:, 0])
    raw = sound.tobytes()
    return [
        raw[4 * start : 4 * stop].hex() if stop > start and not unread else None
        for start, stop, unread in zip(offsets[:-1], offsets[1:], wild.tolist(), strict=True)
    ]


def _surname_sound(values: pa.StringArray) -> list[str | None]:
    names = pack_names(values)
    sound = names.sound[:, 0].tolist()
    return [
        str(sound[start]) if stop > start and sound[start] != WILD else None
        for start, stop in pairwise(names.offsets.tolist())
    ]


def _has_wild(offsets: Ints, points: Ints) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    total = np.concatenate([[0], np.cumsum(points == WILD)])
    return np.asarray(total[offsets[1:]] > total[offsets[:-1]])


_SOUNDEX = {
    letter: digit for digit, letters in enumerate(("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"), 1) for letter in letters
}


def _soundex(values: pa.StringArray) -> list[str | None]:
    """American Soundex (National Archives rules: h and w do not separate equal codes)."""
    return [soundex(text) for text in strings(plain_text(code_points(values)))]


def soundex(name: str) -> str | None:
    """American Soundex of a lower-case Latin name; None without a Latin letter.

    >>> soundex("ashcraft"), soundex("tymczak"), soundex("岩罕")
    ('a261', 't522', None)
    """
    letters = [letter for letter in name if "a" <= letter <= "z"]
    if not letters:
        return None
    code, last = letters[0], _SOUNDEX.get(letters[0], 0)
    for letter in letters[1:]:
        digit = _SOUNDEX.get(letter, 0)
        if digit and digit != last:
            code += str(digit)
        if letter not in "hw":
            last = digit
    return (code + "000")[:4]


_DERIVATIONS: dict[str, Derive] = {
    "": _same,
    "plain": _plain,
    "year": _year,
    "day": _day,
    "folded": _folded,
    "sound": _sound,
    "surname_sound": _surname_sound,
    "soundex": _soundex,
    "region": _Slice("first", 6),
}
