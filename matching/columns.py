"""Packed columns: text as shared dictionary codes, code points and digits in machine words.

Every function takes the same column of both sides and gives codes that are comparable between them.
-1 is the code of a missing value (null, empty or blank text).
"""

import unicodedata
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Coded:
    """One column of both sides as codes into `values` (distinct, non-null, sorted by first appearance)."""

    left: Ints
    right: Ints
    values: pa.StringArray


@dataclass(frozen=True)
class Texts:
    """Distinct texts as code points: text `i` is `points[offsets[i]:offsets[i + 1]]`."""

    offsets: Ints
    points: Ints


def text_column(table: pa.Table, column: str) -> pa.ChunkedArray:
    """A column as trimmed text; blank text becomes null, dates become ISO text, whole floats lose '.0'."""
    values = table[column]
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_floating(values.type):
        whole = pc.equal(values, pc.floor(values))
        integers = pc.cast(pc.if_else(whole, values, None), pa.int64(), safe=False).cast(pa.string())
        values = pc.coalesce(integers, values.cast(pa.string()))
    elif pa.types.is_timestamp(values.type):
        values = values.cast(pa.date32(), safe=False)
    values = pc.utf8_trim_whitespace(values.cast(pa.string()))
    return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)


def coded(left: pa.Table, right: pa.Table, column: str) -> Coded:
    """The column of both tables as codes into one dictionary; a column absent on a side is all missing."""
    parts = [
        text_column(table, column)
        if column in table.column_names
        else pa.chunked_array([pa.nulls(len(table), pa.string())])
        for table in (left, right)
    ]
    joined = pa.chunked_array([chunk for part in parts for chunk in part.chunks], pa.string())
    whole = joined.combine_chunks().dictionary_encode()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.combine_chunks()
    codes = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return Coded(codes[: len(left)], codes[len(left) :], whole.dictionary)


def code_points(values: pa.StringArray) -> Texts:
    """Unicode code points of each text.

    >>> texts = code_points(pa.array(["岩罕", "𠮷a"]))
    >>> texts.offsets.tolist(), [chr(point) for point in texts.points]
    ([0, 2, 4], ['岩', '罕', '𠮷', 'a'])
    """
    lengths = pc.utf8_length(values).to_numpy(zero_copy_only=False).astype(np.int32)
    joined = "".join(values.to_pylist())
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.int32).copy()
    return Texts(_offsets(lengths), points)


def keep(texts: Texts, wanted: npt.NDArray[np.bool_]) -> Ints:
    """Offsets after dropping the code points where `wanted` is false."""
    before = np.concatenate([[0], np.cumsum(wanted)])
    return before[texts.offsets].astype(np.int32)


def plain_text(texts: Texts) -> Texts:
    """Case, width and accents unified and outer differences in spacing removed, character by character.

    >>> texts = plain_text(code_points(pa.array(["Ｊosé  O’Neil"])))
    >>> "".join(map(chr, texts.points))
    "jose o'neil"
    """
    characters, inverse = np.unique(texts.points, return_inverse=True)
    table = np.array([_plain(chr(point)) for point in characters], dtype=np.int32)
    points = table[inverse] if len(inverse) else texts.points
    starts = np.zeros(len(points) + 1, dtype=bool)
    starts[texts.offsets] = True
    blank_again = (points == 32) & np.concatenate([[True], points[:-1] == 32]) & ~starts[:-1]
    wanted = (points != 0) & ~blank_again
    return Texts(keep(texts, wanted), points[wanted].astype(np.int32))


def _plain(character: str) -> int:
    if character in "’‘`´":
        return ord("'")
    if character.isspace():
        return ord(" ")
    decomposed = unicodedata.normalize("NFKD", character)
    if unicodedata.combining(decomposed[0]):
        return 0
    folded = decomposed[0].casefold() if len(decomposed) > 1 and decomposed[0].isalpha() else character.casefold()
    folded = unicodedata.normalize("NFKC", folded)
    return ord(folded) if len(folded) == 1 else ord(character)


def distinct(texts: Texts) -> Ints:
    """A code per text, equal for equal texts; -1 for an empty one."""
    seen: dict[bytes, int] = {}
    codes = np.empty(len(texts.offsets) - 1, dtype=np.int32)
    raw, offsets = texts.points.tobytes(), texts.offsets.tolist()
    for position in range(len(codes)):
        start, stop = offsets[position], offsets[position + 1]
        codes[position] = seen.setdefault(raw[4 * start : 4 * stop], len(seen)) if stop > start else -1
    return codes


def strings(texts: Texts) -> list[str]:
    """The texts as Python strings."""
    whole = texts.points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    offsets = texts.offsets.tolist()
    return [whole[start:stop] for start, stop in pairwise(offsets)]


def _offsets(lengths: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
