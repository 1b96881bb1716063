"""Packed columns: text as shared dictionary codes, code points and digits in machine words.

Codes are comparable between the two sides; -1 is the code of a missing value (null, empty or blank text).
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from matching.characters import plain_character
from matching.kernels.encoding import (
    POINTS,
    all_trimmed,
    contains_marked,
    fold,
    has_marks,
    mark_characters,
    number_texts,
    take_texts,
)

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

T = TypeVar("T")

_SAMPLE = 30_000
_TEXTS = ("coded", "listed", "plain", "names")


@dataclass(frozen=True)
class Coded:
    """One column of both sides as codes into `values`, none of which is null."""

    left: Ints
    right: Ints
    values: pa.LargeStringArray


@dataclass(frozen=True)
class Texts:
    """Texts as code points: text `i` is `points[offsets[i]:offsets[i + 1]]`."""

    offsets: Longs
    points: npt.NDArray[Any]

    def __len__(self) -> int:
        return len(self.offsets) - 1


@dataclass(frozen=True)
class CodedTexts:
    """One column of both sides as codes into distinct texts, so that equal texts have equal codes."""

    left: Ints
    right: Ints
    texts: Texts


class Columns:
    """The columns of two tables, each encoded once for blocking, comparisons and frequencies alike.

    A column absent on a side is all missing there. With one table against itself, both sides are the same arrays.
    Safe to use from several threads.
    """

    def __init__(self, left: pa.Table, right: pa.Table) -> None:
        self.left, self.right = left, right
        self.same_table = left is right
        self._made: dict[tuple[str, ...], Any] = {}
        self._locks: dict[tuple[str, ...], Lock] = {}
        self._lock = Lock()

    @property
    def tables(self) -> tuple[pa.Table, pa.Table]:
        """Both sides."""
        return self.left, self.right

    def once(self, key: tuple[str, ...], make: Callable[[], T]) -> T:
        """What `make` gives, kept under `key`; only one thread makes it."""
        with self._lock:
            lock = self._locks.setdefault(key, Lock())
        with lock:
            if key not in self._made:
                self._made[key] = make()
            return cast(T, self._made[key])

    def let_go(self, column: str) -> None:
        """Free the texts of a column; what was made of them stays, and more can be made again."""
        for key in [key for key in list(self._made) if key[0] in _TEXTS and key[1] == column]:
            del self._made[key]

    def forget(self) -> None:
        """Free everything; what comparers and blocks hold stays."""
        self._made.clear()

    def has(self, column: str) -> tuple[bool, bool]:
        """Whether each side has the column."""
        return column in self.left.column_names, column in self.right.column_names

    def coded(self, column: str) -> Coded:
        """The column as codes into its distinct values."""
        return self.once(("coded", column), lambda: _coded(self, column))

    def listed(self, column: str) -> Coded:
        """The same where each value had better be looked at once; of a nearly unique column, values may repeat."""

        def make() -> Coded:
            return _listed(self, column) if _nearly_unique(text_column(self.left, column)) else self.coded(column)

        return self.once(("listed", column), make)

    def plain(self, column: str) -> CodedTexts:
        """The column with case, width, accents and spacing unified, as codes into distinct texts."""

        def make() -> CodedTexts:
            both = self.listed(column)
            codes, texts = distinct(plain_text(both.values))
            left = by_row(codes, both.left, -1)
            return CodedTexts(left, left if self.same_table else by_row(codes, both.right, -1), texts)

        return self.once(("plain", column), make)

    def texts(self, column: str) -> CodedTexts:
        """As `plain`, but of a nearly unique column texts may repeat under several codes."""
        both = self.listed(column)
        if both is self._made.get(("coded", column)) or ("plain", column) in self._made:
            return self.plain(column)
        return CodedTexts(both.left, both.right, plain_text(both.values))

    def names(self, column: str) -> Texts:
        """The distinct values of `coded(column)`, folded as Chinese names."""
        from matching.names import fold_names

        return self.once(("names", column), lambda: fold_names(self.coded(column).values))


def text_column(table: pa.Table, column: str) -> pa.LargeStringArray:
    """A column as trimmed text, Latin letters composed with their accents (NFC); blank text becomes null.

    Dates become ISO text, whole floats lose '.0'.
    """
    if column not in table.column_names:
        return pa.nulls(len(table), pa.large_string())
    values = table[column]
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_floating(values.type):
        whole = pc.equal(values, pc.floor(values))
        integers = pc.cast(pc.if_else(whole, values, None), pa.int64(), safe=False).cast(pa.string())
        values = pc.coalesce(integers, values.cast(pa.string()))
    elif pa.types.is_timestamp(values.type):
        values = values.cast(pa.date32(), safe=False)
    texts = values.cast(pa.large_string())
    chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
    whole_text = chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks or [pa.array([], pa.large_string())])
    if _may_be_decomposed(whole_text):
        apart = pc.fill_null(pc.match_substring_regex(whole_text, _MARK), False)
        whole_text = pc.replace_with_mask(whole_text, apart, pc.utf8_normalize(whole_text.filter(apart), "NFC"))
    if all_trimmed(*buffers(whole_text.drop_null() if whole_text.null_count else whole_text)):
        return whole_text
    trimmed = pc.utf8_trim_whitespace(whole_text)
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


_MARK = r"[\x{0300}-\x{036F}]"
"""A combining mark of Latin script."""


def _may_be_decomposed(texts: pa.LargeStringArray) -> bool:
    """Whether some byte begins a combining mark, U+0300 to U+037F; a letter and its accent are then two characters."""
    data = texts.buffers()[2]
    return data is not None and bool(has_marks(np.frombuffer(data, np.uint8)))


def _coded(columns: Columns, column: str) -> Coded:
    values = _both(columns, column).dictionary_encode()
    codes = values.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return _sides(columns, codes, values.dictionary)


def _listed(columns: Columns, column: str) -> Coded:
    values = _both(columns, column)
    known = pc.is_valid(values).to_numpy(zero_copy_only=False)
    codes = np.where(known, np.cumsum(known, dtype=np.int32) - 1, np.int32(-1)).astype(np.int32, copy=False)
    return _sides(columns, codes, values.drop_null())


def _both(columns: Columns, column: str) -> pa.LargeStringArray:
    if columns.same_table:
        return text_column(columns.left, column)
    return pa.concat_arrays([text_column(table, column) for table in columns.tables])


def _sides(columns: Columns, codes: Ints, values: pa.LargeStringArray) -> Coded:
    left = codes[: len(columns.left)]
    return Coded(left, left if columns.same_table else codes[len(left) :], values)


def _nearly_unique(values: pa.LargeStringArray) -> bool:
    """Whether a dictionary would cost more than it saves: fewer than two rows for each value.

    Judged by how often rows spread evenly over the column repeat: `n` draws from `d` values hold about n²/2d repeats.
    """
    if len(values) <= _SAMPLE:
        return False
    sample = values.take(pa.array(np.linspace(0, len(values) - 1, _SAMPLE).astype(np.int64))).drop_null()
    repeats = len(sample) - len(sample.unique())
    known = (len(values) - values.null_count) / len(values)
    return bool(known > 0 and len(sample) ** 2 >= repeats * len(values) * known)


def by_row(values: npt.NDArray[Any], codes: Ints, missing: Any) -> npt.NDArray[Any]:
    """Per-row values from values per code; `missing` where the code is -1."""
    if not len(values):
        return np.full(len(codes), missing, dtype=values.dtype)
    rows = values[codes]
    rows[codes < 0] = missing
    return rows


def buffers(values: pa.LargeStringArray) -> tuple[Longs, Bytes]:
    """Offsets and bytes of a column of texts; a null is an empty text."""
    if values.null_count:
        values = pc.fill_null(values, "")
    if not pa.types.is_large_string(values.type):
        values = values.cast(pa.large_string())
    _, offsets, data = values.buffers()
    if offsets is None or not len(values):
        return np.zeros(1, np.int64), np.zeros(0, np.uint8)
    starts = np.frombuffer(offsets, np.int64)[values.offset : values.offset + len(values) + 1]
    return starts, np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)


def folded(
    values: pa.LargeStringArray, character: Callable[[str], int], *, squeeze: bool = False, narrow: bool = False
) -> Texts:
    """Each text with `character` applied to every code point, 0 dropping it; cost per distinct character, not per text.

    Args:
        values: texts; a null is an empty text.
        character: the code point (or any number) that stands for a character.
        squeeze: also drop outer blanks and all but one of several in a row.
        narrow: points as bytes where all are below 256.
    """
    offsets, data = buffers(values)
    seen = np.zeros(POINTS, np.bool_)
    mark_characters(offsets, data, seen)
    table = np.zeros(POINTS, np.int32)
    characters = np.flatnonzero(seen)
    table[characters] = [character(chr(point)) for point in characters.tolist()]
    numbers = table[characters]
    kind = np.uint8 if narrow and numbers.min(initial=0) >= 0 and numbers.max(initial=0) < 256 else np.int32
    out, points = np.zeros(len(offsets), np.int64), np.empty(int(offsets[-1] - offsets[0]), kind)
    written = fold(offsets, data, table, squeeze, out, points)
    return Texts(out, points[:written].copy() if written < len(points) // 2 else points[:written])


def code_points(values: pa.LargeStringArray) -> Texts:
    """Unicode code points of each text.

    >>> texts = code_points(pa.array(["岩罕", "𠮷a"]))
    >>> texts.offsets.tolist(), [chr(point) for point in texts.points]
    ([0, 2, 4], ['岩', '罕', '𠮷', 'a'])
    """
    return folded(values, ord)


def plain_text(values: pa.LargeStringArray) -> Texts:
    """Case, width and accents unified and differences in spacing removed, character by character.

    >>> strings(plain_text(pa.array(["Ｊosé  O’Neil"])))
    ["jose o'neil"]
    """
    return folded(values, plain_character, squeeze=True, narrow=True)


def containing(values: pa.LargeStringArray, characters: str, *, only: bool = False) -> Flags:
    """Which texts hold one of the characters, or with `only` nothing else."""
    offsets, data = buffers(values)
    marked = np.full(POINTS, only, np.bool_)
    marked[[ord(character) for character in characters]] = not only
    found = np.zeros(len(values), np.bool_)
    contains_marked(offsets, data, marked, found)
    return ~found if only else found


def distinct(texts: Texts) -> tuple[Ints, Texts]:
    """A code per text, equal for equal texts, -1 for an empty one; and the distinct texts by code."""
    codes, firsts = np.empty(len(texts), np.int32), np.empty(len(texts), np.int32)
    count = number_texts(texts.offsets[:-1], texts.offsets[1:], texts.points, codes, firsts)
    if count == len(texts):
        return codes, texts
    firsts = firsts[:count]
    lengths = texts.offsets[firsts + 1] - texts.offsets[firsts]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    points = np.empty(offsets[-1], texts.points.dtype)
    take_texts(texts.offsets, texts.points, firsts, offsets, points)
    return codes, Texts(offsets, points)


def strings(texts: Texts) -> list[str]:
    """The texts as Python strings."""
    whole = texts.points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    return [whole[start:stop] for start, stop in pairwise(texts.offsets.tolist())]
