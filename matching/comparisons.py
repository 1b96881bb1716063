"""From a comparison and two tables to a function that writes level codes for pairs of rows.

Encoding happens once per distinct value; the returned comparer runs compiled code without the interpreter lock.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching.addresses import pack_addresses
from matching.columns import Coded, Ints, Longs, code_points, coded, distinct, plain_text, strings, text_column
from matching.digits import coarsen, pack_dates, pack_identity_numbers, pack_phones
from matching.kernels import addresses as address_kernels
from matching.kernels import names as name_kernels
from matching.kernels import numbers as number_kernels
from matching.kernels import places as place_kernels
from matching.kernels import sets as set_kernels
from matching.kernels import text as text_kernels
from matching.levels import BITS, kind_of
from matching.model import Comparison
from matching.names import pack_names
from matching.sets import pack_sets

Comparer = Callable[[Ints, Ints, Longs], None]
"""`comparer(left_rows, right_rows, patterns)` adds its level of each pair to `patterns`, in place."""

_Loop = Callable[..., None]


def comparer(comparison: Comparison, position: int, left: pa.Table, right: pa.Table) -> Comparer:
    """Encode the comparison's columns of both tables; `position` is its place in the packed pattern.

    A column that is absent on one side counts as missing there.
    """
    options = {**kind_of(comparison.kind).options, **comparison.options}
    loop, packed = PACKERS[comparison.kind](comparison.columns, options, left, right)
    shift = np.int64(BITS * position)

    def compare(left_rows: Ints, right_rows: Ints, patterns: Longs) -> None:
        loop(left_rows, right_rows, patterns, shift, *packed)

    return compare


def compare_pairs(comparers: list[Comparer], left_rows: Ints, right_rows: Ints) -> Longs:
    """Packed patterns of the given pairs of rows."""
    patterns = np.zeros(len(left_rows), dtype=np.int64)
    for compare in comparers:
        compare(left_rows, right_rows, patterns)
    return patterns


_Packed = tuple[_Loop, tuple[Any, ...]]
_Columns = tuple[str, ...]
_Options = Mapping[str, Any]


def _chinese_name(columns: _Columns, _options: _Options, left: pa.Table, right: pa.Table) -> _Packed:
    stacked = [pa.table({"name": _stacked(table, columns)}) for table in (left, right)]
    both = coded(stacked[0], stacked[1], "name")
    names = pack_names(both.values)
    a_names, b_names = both.left[: len(left)], both.right[: len(right)]
    a_former, b_former = both.left[len(left) :], both.right[len(right) :]
    if len(columns) == 1:
        a_former, b_former = np.full(len(left), -1, np.int32), np.full(len(right), -1, np.int32)
    return name_kernels.name_levels, (
        a_names, b_names, a_former, b_former, names.offsets, names.points, names.toned, names.sound, names.shape
    )  # fmt: skip


def _stacked(table: pa.Table, columns: _Columns) -> pa.Array:
    """The columns one below the other; an absent one is all missing."""
    parts = [
        text_column(table, column).combine_chunks()
        if column in table.column_names
        else pa.nulls(len(table), pa.string())
        for column in columns
    ]
    return pa.concat_arrays(parts)


def _identity_number(columns: _Columns, options: _Options, left: pa.Table, right: pa.Table) -> _Packed:
    both = coded(left, right, columns[0])
    packed = pack_identity_numbers(both.values)
    return number_kernels.identity_levels, (
        both.left, both.right, packed.forms, packed.high, packed.low, packed.known_high, packed.known_low,
        int(options["visible"]),
    )  # fmt: skip


def _date(columns: _Columns, _options: _Options, left: pa.Table, right: pa.Table) -> _Packed:
    both = coded(left, right, columns[0])
    dates = pack_dates(both.values)
    sides = [_rows(dates, codes, np.int64(0)) for codes in (both.left, both.right)]
    if len(columns) == 2:
        for side, table in enumerate((left, right)):
            if columns[1] in table.column_names:
                sides[side] = coarsen(sides[side], text_column(table, columns[1]).to_pylist())
    return number_kernels.date_levels, tuple(sides)


def _phone(columns: _Columns, options: _Options, left: pa.Table, right: pa.Table) -> _Packed:
    both = coded(left, right, columns[0])
    packed = pack_phones(both.values)
    return number_kernels.phone_levels, tuple(
        _rows(_unless_shared(packed, codes, int(options["shared_by"])), codes, np.uint64(0))
        for codes in (both.left, both.right)
    )


def _place(columns: _Columns, _options: _Options, left: pa.Table, right: pa.Table) -> _Packed:
    both = coded(left, right, columns[0])
    places = [text if text.isdecimal() and len(text) == 6 else "0" for text in both.values.to_pylist()]
    packed = np.array(places, dtype=np.int64).reshape(-1)
    return number_kernels.place_levels, (_rows(packed, both.left, np.int64(0)), _rows(packed, both.right, np.int64(0)))


def _address(columns: _Columns, _options: _Options, left: pa.Table, right: pa.Table) -> _Packed:
    both = coded(left, right, columns[0])
    packed = pack_addresses(both.values)
    return address_kernels.address_levels, (
        both.left, both.right, packed.towns, packed.communities, packed.spots, packed.doors
    )  # fmt: skip


def _employer(columns: _Columns, options: _Options, left: pa.Table, right: pa.Table) -> _Packed:
    codes = coded(left, right, columns[0])
    names = _plain(left, right, columns[-1])
    texts = plain_text(code_points(names.values))
    return text_kernels.employer_levels, (
        codes.left, codes.right, names.left, names.right, texts.offsets, texts.points, float(options["cutoff"])
    )  # fmt: skip


def _exact(columns: _Columns, _options: _Options, left: pa.Table, right: pa.Table) -> _Packed:
    both = _plain(left, right, columns[0])
    return number_kernels.code_levels, (both.left, both.right)


def _text(columns: _Columns, options: _Options, left: pa.Table, right: pa.Table) -> _Packed:
    both = _plain(left, right, columns[0])
    texts = code_points(both.values)
    cutoffs = np.array(options["cutoffs"], dtype=np.float64)
    prefix = options["measure"] == "jaro_winkler"
    return text_kernels.similarity_levels, (both.left, both.right, texts.offsets, texts.points, cutoffs, prefix)


def _edits(columns: _Columns, options: _Options, left: pa.Table, right: pa.Table, *, swaps: bool = False) -> _Packed:
    both = _plain(left, right, columns[0])
    texts = code_points(both.values)
    cutoffs = np.array(options["cutoffs"], dtype=np.int64)
    return text_kernels.edit_levels, (both.left, both.right, texts.offsets, texts.points, cutoffs, swaps)


def _damerau(columns: _Columns, options: _Options, left: pa.Table, right: pa.Table) -> _Packed:
    return _edits(columns, options, left, right, swaps=True)


def _numeric(columns: _Columns, options: _Options, left: pa.Table, right: pa.Table) -> _Packed:
    cutoffs = np.array(options["cutoffs"], dtype=np.float64)
    return number_kernels.amount_levels, (*_numbers(left, right, columns[0]), cutoffs, options["unit"] == "relative")


def _geographic(columns: _Columns, options: _Options, left: pa.Table, right: pa.Table) -> _Packed:
    latitudes = [_within(side, 90) for side in _numbers(left, right, columns[0])]
    longitudes = [np.where(side == -180, 180.0, _within(side, 180)) for side in _numbers(left, right, columns[1])]
    cutoffs = np.array(options["cutoffs"], dtype=np.float64)
    return place_kernels.distance_levels, (
        latitudes[0], longitudes[0], latitudes[1], longitudes[1], cutoffs
    )  # fmt: skip


def _array(columns: _Columns, options: _Options, left: pa.Table, right: pa.Table) -> _Packed:
    a, b = pack_sets(left, right, columns[0], options["separator"])
    cutoffs = np.array(options["cutoffs"], dtype=np.int64)
    return set_kernels.set_levels, (a.offsets, a.codes, b.offsets, b.codes, cutoffs, options["sets"])


PACKERS: Mapping[str, Callable[[_Columns, _Options, pa.Table, pa.Table], _Packed]] = {
    "chinese_name": _chinese_name,
    "identity_number": _identity_number,
    "date": _date,
    "phone": _phone,
    "place": _place,
    "address": _address,
    "employer": _employer,
    "exact": _exact,
    "text": _text,
    "levenshtein": _edits,
    "damerau": _damerau,
    "numeric": _numeric,
    "geographic": _geographic,
    "array": _array,
}


def _plain(left: pa.Table, right: pa.Table, column: str) -> Coded:
    """Codes over the column's texts with case, width, accents and spacing unified."""
    both = coded(left, right, column)
    texts = plain_text(code_points(both.values))
    codes = distinct(texts)
    values = pa.array([], pa.string())
    if len(codes):
        unique, first = np.unique(codes, return_index=True)
        written = strings(texts)
        values = pa.array([written[position] for position in first[unique >= 0].tolist()], pa.string())
    return Coded(_rows(codes, both.left, np.int32(-1)), _rows(codes, both.right, np.int32(-1)), values)


def _rows(values: npt.NDArray[Any], codes: Ints, missing: np.generic) -> npt.NDArray[Any]:
    """Per-row values from per-distinct values; `missing` where the code is -1."""
    if not len(values):
        return np.full(len(codes), missing, dtype=values.dtype)
    return np.where(codes >= 0, values[codes], missing).astype(values.dtype)


def _unless_shared(values: npt.NDArray[Any], codes: Ints, most: int) -> npt.NDArray[Any]:
    """Values with 0 in place of those that more than `most` rows of this side carry."""
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    return np.where(counts[: len(values)] > most, np.zeros(1, values.dtype), values)


def _numbers(left: pa.Table, right: pa.Table, column: str) -> list[npt.NDArray[np.float64]]:
    """The column of each side as numbers, NaN where missing or no number."""
    both = coded(left, right, column)
    numbers = np.array([_amount(text) for text in both.values.to_pylist()], dtype=np.float64)
    return [_rows(numbers, codes, np.float64("nan")) for codes in (both.left, both.right)]


def _within(values: npt.NDArray[np.float64], most: float) -> npt.NDArray[np.float64]:
    """Values with NaN in place of those beyond `most` on either side of zero."""
    return np.where(np.abs(values) <= most, values, np.nan)


def _amount(text: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return float("nan")
