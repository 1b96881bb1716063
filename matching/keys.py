"""Blocking keys (分块键): a column, or something derived from it, as `column:derive`.

`year`            year of a date                 `day`        the whole date, any spelling
`phone`           the digits of a telephone number, 7 to 15 of them
`firstN`, `lastN` first or last N characters     `digits_lastN` last N digits
`sound`           folded reading of a Chinese name         `surname_sound` that of its first character
`sounds`          every folded reading of a Chinese name, up to four
`folded`          Chinese name folded by character         `soundex`       Soundex of a Latin name
`region`          first six digits of an identity number   `plain`         text with case and spacing unified

A row may have several values of one key, and meets the rows that share any of them: the readings of `sounds`, the items
of a list column (aliases), or several columns joined by a bar (`name|former_name:folded`).

A key is a 64-bit hash of what is derived, which depends on nothing but the value; 0 where nothing can be derived.
"""

import re
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching.columns import Coded, Columns, Ints, Texts, by_row, code_points, folded, plain_text, strings
from matching.digits import pack_dates, pack_phones
from matching.encoding import comparing as encoded
from matching.errors import ModelError
from matching.kernels.encoding import drop_repeated, hash_numbers, hash_slices, join_hashes
from matching.model import Model
from matching.scoring import Sides, frequency_keys
from matching.sets import is_list, list_items
from matching.soundex import soundex

Hashes = npt.NDArray[np.uint64]
Matrix = npt.NDArray[np.uint64]
"""Alternatives of a key: one row per record, one column per alternative."""

MOST_ALTERNATIVES = 8
"""Values of one key that a row may have; of a longer list the first count."""

_NEVER = -(1 << 30)
"""A code point that no text holds."""


def columns_of(key: str) -> tuple[str, ...]:
    """The columns a key reads.

    >>> columns_of("birth_date:year"), columns_of("name|former_name:folded")
    (('birth_date',), ('name', 'former_name'))
    """
    return tuple(key.partition(":")[0].split("|"))


def check_key(key: str) -> None:
    """Refuse a key whose derivation is unknown.

    Raises:
        ModelError: naming the key.
    """
    _derivation(key.partition(":")[2])


def key_hashes(columns: Columns, key: str) -> tuple[Matrix, Matrix]:
    """The key of every row of both sides, a column for each alternative.

    Raises:
        ModelError: the derivation is unknown.
    """
    if encoded.encoding(columns) is not None:
        made = encoded.hashes(columns, (key,))
        assert made is not None
        return made
    derive = key.partition(":")[2]
    parts = [_of_column(columns, column, derive) for column in columns_of(key)]
    left, right = (np.hstack(side)[:, :MOST_ALTERNATIVES] for side in zip(*parts, strict=True))
    return _once_each(left), left if columns.same_table else _once_each(right)


def rule_hashes(columns: Columns, keys: Sequence[str]) -> tuple[Matrix, Matrix]:
    """The hash of all keys together: none where any is missing, every combination of their alternatives."""
    if encoded.encoding(columns) is not None and (made := encoded.hashes(columns, keys)) is not None:
        return made
    derived = [key_hashes(columns, key) for key in keys]
    left = _combined([item[0] for item in derived])
    return left, left if columns.same_table else _combined([item[1] for item in derived])


def frequency_hashes(columns: Columns, model: Model) -> dict[str, Sides]:
    """The hashes by which the model's frequencies count, by key."""
    found = {}
    for comparison in model.comparisons:
        for keys in frequency_keys(comparison) if comparison.frequency else ():
            left, right = rule_hashes(columns, keys)
            found["+".join(keys)] = (left[:, 0], right[:, 0])
    return found


def _combined(keys: Sequence[Matrix]) -> Matrix:
    joint = keys[0]
    for other in keys[1:]:
        pairs = list(product(range(joint.shape[1]), range(other.shape[1])))[:MOST_ALTERNATIVES]
        made = np.empty((len(joint), len(pairs)), np.uint64, order="F")
        for place, (i, j) in enumerate(pairs):
            join_hashes(np.ascontiguousarray(joint[:, i]), np.ascontiguousarray(other[:, j]), made[:, place])
        joint = made
    return joint


def _once_each(hashes: Matrix) -> Matrix:
    if hashes.shape[1] > 1:
        drop_repeated(hashes)
    return hashes


def _of_column(columns: Columns, column: str, derive: str) -> tuple[Matrix, Matrix]:
    if any(column in table.column_names and is_list(table[column].type) for table in columns.tables):
        return _of_lists(columns, column, _derivation(derive))
    left_codes, right_codes, values = _derived(columns, column, derive)
    left = _by_row(values, left_codes)
    return left, left if columns.same_table else _by_row(values, right_codes)


def _derived(columns: Columns, column: str, derive: str) -> tuple[Ints, Ints, Matrix]:
    """Codes of both sides and the hashes they stand for; without the texts, which may then be let go."""

    def make() -> tuple[Ints, Ints, Matrix]:
        both, values = _derivation(derive)(columns, column)
        return both.left, both.right, values

    return columns.once(("key", column, derive), make)


def prepare_keys(columns: Columns, column: str, keys: Sequence[str]) -> None:
    """Derive now what the keys read from a column, so that its texts need not be kept for it."""
    if encoded.encoding(columns) is not None:
        return
    if any(column in table.column_names and is_list(table[column].type) for table in columns.tables):
        return
    for key in keys:
        if column in columns_of(key):
            _derived(columns, column, key.partition(":")[2])


def _by_row(values: Matrix, codes: Ints) -> Matrix:
    return np.asfortranarray(np.column_stack([by_row(values[:, place], codes, 0) for place in range(values.shape[1])]))


def _of_lists(columns: Columns, column: str, derive: "Derive") -> tuple[Matrix, Matrix]:
    """The keys of the items of each row's list."""
    parts = [list_items(table, column, "|") for table in columns.tables]
    tables = [pa.table({column: items}) for _, items in parts]
    both, values = derive(Columns(tables[0], tables[1]), column)
    sides = []
    for (rows, _), codes, table in zip(parts, (both.left, both.right), columns.tables, strict=True):
        place = np.arange(len(rows)) - np.searchsorted(rows, rows)
        kept = place < MOST_ALTERNATIVES
        matrix = np.zeros((len(table), int(place[kept].max(initial=0)) + 1), np.uint64, order="F")
        matrix[rows[kept], place[kept]] = by_row(values[:, 0], codes, 0)[kept]
        sides.append(matrix)
    return sides[0], sides[1]


Derive = Callable[[Columns, str], tuple[Coded, Matrix]]
"""Codes of a column on both sides, and the hashes of its values."""


def _derivation(derive: str) -> Derive:
    if derive in _DERIVATIONS:
        return _DERIVATIONS[derive]
    if found := re.fullmatch(r"(first|last|digits_last)([1-9]\d?)", derive):
        return _slice(found[1], int(found[2]))
    known = ", ".join([*(name for name in _DERIVATIONS if name), "firstN", "lastN", "digits_lastN"])
    raise ModelError(f"unknown blocking key derivation '{derive}'; known: {known}")


def _hashed(texts: Texts, first: int = 0, last: int = 0, refused: int = _NEVER) -> Matrix:
    hashes = np.zeros((len(texts), 1), np.uint64, order="F")
    hash_slices(texts.offsets, texts.points, first, last, refused, hashes[:, 0])
    return hashes


def _numbered(numbers: npt.NDArray[Any]) -> Matrix:
    hashes = np.zeros((len(numbers), 1), np.uint64, order="F")
    hash_numbers(numbers, hashes[:, 0])
    return hashes


def _slice(end: str, length: int) -> Derive:
    """The first or last characters, or last digits; none where too short or partly unknown ('*')."""

    def derive(columns: Columns, column: str) -> tuple[Coded, Matrix]:
        both = columns.listed(column)
        texts = folded(both.values, _digit if end == "digits_last" else _lower, narrow=True)
        first, last = (length, 0) if end == "first" else (0, length)
        return both, _hashed(texts, first, last, ord("*"))

    return derive


def _digit(character: str) -> int:
    return ord(character) if "0" <= character <= "9" else 0


def _lower(character: str) -> int:
    lower = character.lower()
    return ord(lower) if len(lower) == 1 else ord(character)


def _same(columns: Columns, column: str) -> tuple[Coded, Matrix]:
    both = columns.listed(column)
    return both, _hashed(folded(both.values, ord, narrow=True), refused=ord("*"))


def _plain(columns: Columns, column: str) -> tuple[Coded, Matrix]:
    both = columns.listed(column)
    return both, _hashed(plain_text(both.values))


def _year(columns: Columns, column: str) -> tuple[Coded, Matrix]:
    both = columns.coded(column)
    return both, _numbered(pack_dates(both.values) // 10000)


def _day(columns: Columns, column: str) -> tuple[Coded, Matrix]:
    both = columns.coded(column)
    dates = pack_dates(both.values)
    return both, _numbered(np.where(dates % 100, dates, 0))


def _phone(columns: Columns, column: str) -> tuple[Coded, Matrix]:
    both = columns.listed(column)
    return both, _numbered(pack_phones(both.values))


def _folded(columns: Columns, column: str) -> tuple[Coded, Matrix]:
    from matching.names import WILD

    return columns.coded(column), _hashed(columns.names(column), refused=WILD)


def _sound(columns: Columns, column: str) -> tuple[Coded, Matrix]:
    return columns.coded(column), _readings(columns.names(column), 1)


def _sounds(columns: Columns, column: str) -> tuple[Coded, Matrix]:
    return columns.coded(column), _readings(columns.names(column), 4)


def _surname_sound(columns: Columns, column: str) -> tuple[Coded, Matrix]:
    return columns.coded(column), _readings(columns.names(column), 1, first=1)


def _readings(names: Texts, alternatives: int, first: int = 0) -> Matrix:
    """Hashes of how each name may be read, the commonest first; with `first`, of its first characters only."""
    from matching.names import WILD, pack_names

    packed = pack_names(names)
    starts = names.offsets[:-1][np.diff(names.offsets) > 0]
    hashes = []
    for choice in range(alternatives):
        at_first, elsewhere = choice & 1, choice >> 1
        sounds = packed.sound[packed.characters, 2 + elsewhere]
        sounds[starts] = packed.sound[packed.characters[starts], at_first]
        hashes.append(_hashed(Texts(names.offsets, sounds), first, refused=WILD))
    return _once_each(np.hstack(hashes))


def _soundex(columns: Columns, column: str) -> tuple[Coded, Matrix]:
    """American Soundex (National Archives rules: h and w do not separate equal codes)."""
    both = columns.coded(column)
    codes = [soundex(text) for text in strings(plain_text(both.values))]
    return both, _hashed(code_points(pa.array(codes, pa.large_string())))


_DERIVATIONS: dict[str, Derive] = {
    "": _same,
    "plain": _plain,
    "year": _year,
    "day": _day,
    "phone": _phone,
    "folded": _folded,
    "sound": _sound,
    "sounds": _sounds,
    "surname_sound": _surname_sound,
    "soundex": _soundex,
    "region": _slice("first", 6),
}
