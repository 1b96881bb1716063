"""From a comparison and two tables to a function that writes level codes for pairs of rows.

Encoding happens once per distinct value; the returned comparer runs compiled code without the interpreter lock.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching.addresses import pack_addresses
from matching.columns import Columns, Ints, Longs, Texts, by_row, text_column
from matching.dates import pack_intervals
from matching.digits import date_units, pack_dates, pack_identity_numbers, pack_phones
from matching.encoding import comparing as encoded
from matching.given_names import pack_given_names
from matching.kernels import addresses as address_kernels
from matching.kernels import dates as date_kernels
from matching.kernels import edits as edit_kernels
from matching.kernels import given_names as given_name_kernels
from matching.kernels import names as name_kernels
from matching.kernels import numbers as number_kernels
from matching.kernels import places as place_kernels
from matching.kernels import prefixes as prefix_kernels
from matching.kernels import sets as set_kernels
from matching.kernels import text as text_kernels
from matching.levels import BITS, calendar_step, kind_of
from matching.model import Comparison
from matching.names import pack_names
from matching.prefixes import pack_codes
from matching.sets import pack_sets

Comparer = Callable[[Ints, Ints, Longs], None]
"""`comparer(left_rows, right_rows, patterns)` adds its level of each pair to `patterns`, in place."""

_Loop = Callable[..., None]


def comparer(comparison: Comparison, position: int, columns: Columns) -> Comparer:
    """Encode the comparison's columns of both tables; `position` is its place in the packed pattern.

    A column that is absent on one side counts as missing there.
    """
    options = {**kind_of(comparison.kind).options, **comparison.options}
    if (parameters := encoded.encoding(columns)) is not None:
        loop, packed = encoded.packed(comparison, options, columns, parameters)
    else:
        loop, packed = PACKERS[comparison.kind](comparison.columns, options, columns)
    shift = np.int64(BITS * position)

    def compare(left_rows: Ints, right_rows: Ints, patterns: Longs) -> None:
        loop(left_rows, right_rows, patterns, shift, *packed)

    return compare


def compare_pairs(comparers: list[Comparer], left_rows: Ints, right_rows: Ints) -> Longs:
    """Packed patterns of the given pairs of rows."""
    patterns = np.empty(len(left_rows), dtype=np.int64)
    compare_into(comparers, left_rows, right_rows, patterns)
    return patterns


def compare_into(comparers: list[Comparer], left_rows: Ints, right_rows: Ints, patterns: Longs) -> None:
    """The same, into an array of the caller."""
    patterns[:] = 0
    for compare in comparers:
        compare(left_rows, right_rows, patterns)


_Packed = tuple[_Loop, tuple[Any, ...]]
_Names = tuple[str, ...]
_Options = Mapping[str, Any]


def _chinese_name(names: _Names, _options: _Options, columns: Columns) -> _Packed:
    stacked = columns if len(names) == 1 else _stacked(names, columns)
    both, sizes = stacked.coded(names[0]), (len(columns.left), len(columns.right))
    packed = pack_names(stacked.names(names[0]))
    former = [side[size:] for side, size in zip((both.left, both.right), sizes, strict=True)]
    if len(names) == 1:
        former = [np.full(size, -1, np.int32) for size in sizes]
    return name_kernels.name_levels, (
        both.left[: sizes[0]], both.right[: sizes[1]], *former,
        packed.texts.offsets, packed.texts.points, packed.characters, packed.toned, packed.sound, packed.alike,
    )  # fmt: skip


def _stacked(names: _Names, columns: Columns) -> Columns:
    """Both tables with the named columns one below the other under the first name."""
    left, right = (
        pa.table({names[0]: pa.chunked_array([text_column(table, name) for name in names])}) for table in columns.tables
    )
    return Columns(left, left if columns.same_table else right)


def _identity_number(names: _Names, options: _Options, columns: Columns) -> _Packed:
    both = columns.listed(names[0])
    packed = pack_identity_numbers(both.values)
    return number_kernels.identity_levels, (
        both.left, both.right, packed.forms, packed.high, packed.low, packed.known_high, packed.known_low,
        int(options["visible"]),
    )  # fmt: skip


def _date(names: _Names, _options: _Options, columns: Columns) -> _Packed:
    both = columns.coded(names[0])
    dates = pack_dates(both.values)
    sides = [by_row(dates, codes, 0) for codes in (both.left, both.right)]
    if len(names) == 2:
        precision = columns.coded(names[1])
        units = [by_row(date_units(precision.values), codes, 1) for codes in (precision.left, precision.right)]
        sides = [side // unit * unit for side, unit in zip(sides, units, strict=True)]
    words = [np.empty(len(side), np.uint32) for side in sides]
    for side, word in zip(sides, words, strict=True):
        number_kernels.date_words(side, word)
    return number_kernels.date_levels, tuple(words)


def _phone(names: _Names, options: _Options, columns: Columns) -> _Packed:
    both = columns.listed(names[0])
    packed = pack_phones(both.values)
    return number_kernels.phone_levels, tuple(
        _unless_shared(by_row(packed, codes, 0), int(options["shared_by"])) for codes in (both.left, both.right)
    )


def _place(names: _Names, _options: _Options, columns: Columns) -> _Packed:
    both = columns.coded(names[0])
    places = [text if text.isdecimal() and len(text) == 6 else "0" for text in both.values.to_pylist()]
    packed = np.array(places, dtype=np.int32).reshape(-1)
    return number_kernels.place_levels, (by_row(packed, both.left, 0), by_row(packed, both.right, 0))


def _address(names: _Names, _options: _Options, columns: Columns) -> _Packed:
    both = columns.listed(names[0])
    packed = pack_addresses(both.values)
    return address_kernels.address_levels, (
        both.left, both.right, packed.whole, packed.towns, packed.communities, packed.spots, packed.doors
    )  # fmt: skip


def _employer(names: _Names, options: _Options, columns: Columns) -> _Packed:
    codes, named = columns.coded(names[0]), columns.plain(names[-1])
    return text_kernels.employer_levels, (
        codes.left, codes.right, named.left, named.right, *_sketched(named.texts), float(options["cutoff"])
    )  # fmt: skip


def _exact(names: _Names, _options: _Options, columns: Columns) -> _Packed:
    both = columns.plain(names[0])
    return number_kernels.code_levels, (both.left, both.right)


def _text(names: _Names, options: _Options, columns: Columns) -> _Packed:
    both = columns.texts(names[0])
    cutoffs = np.array(options["cutoffs"], dtype=np.float64)
    prefix = options["measure"] == "jaro_winkler"
    return text_kernels.similarity_levels, (
        both.left, both.right, *_sketched(both.texts), cutoffs, prefix
    )  # fmt: skip


def _edits(names: _Names, options: _Options, columns: Columns, *, swaps: bool = False) -> _Packed:
    both = columns.texts(names[0])
    cutoffs = np.array(options["cutoffs"], dtype=np.int64)
    words = np.empty(len(both.texts), np.uint64)
    if edit_kernels.pack_texts(both.texts.offsets, both.texts.points, words):
        sides = [by_row(words, codes, 0) for codes in (both.left, both.right)]
        return edit_kernels.word_levels, (*sides, cutoffs, swaps)
    return edit_kernels.edit_levels, (both.left, both.right, *_sketched(both.texts), cutoffs, swaps)


def _sketched(texts: Texts) -> tuple[Longs, Ints, npt.NDArray[np.uint64]]:
    """Offsets, points and sketches of texts."""
    sketches = np.empty((len(texts), 3), np.uint64)
    text_kernels.sketch_texts(texts.offsets, texts.points, sketches)
    return texts.offsets, texts.points, sketches


def _damerau(names: _Names, options: _Options, columns: Columns) -> _Packed:
    return _edits(names, options, columns, swaps=True)


def _numeric(names: _Names, options: _Options, columns: Columns) -> _Packed:
    cutoffs = np.array(options["cutoffs"], dtype=np.float64)
    return number_kernels.amount_levels, (*_numbers(names[0], columns), cutoffs, options["unit"] == "relative")


def _geographic(names: _Names, options: _Options, columns: Columns) -> _Packed:
    latitudes = [_within(side, 90) for side in _numbers(names[0], columns)]
    longitudes = [np.where(side == -180, 180.0, _within(side, 180)) for side in _numbers(names[1], columns)]
    cutoffs = np.array(options["cutoffs"], dtype=np.float64)
    return place_kernels.distance_levels, (
        latitudes[0], longitudes[0], latitudes[1], longitudes[1], cutoffs
    )  # fmt: skip


def _array(names: _Names, options: _Options, columns: Columns) -> _Packed:
    a, b = pack_sets(columns, names[0], options["separator"])
    cutoffs = np.array(options["cutoffs"], dtype=np.int64)
    return set_kernels.set_levels, (a.offsets, a.codes, b.offsets, b.codes, cutoffs, options["sets"])


def _prefix(names: _Names, options: _Options, columns: Columns) -> _Packed:
    both = columns.listed(names[0])
    codes, texts = pack_codes(both.values)
    sides = [by_row(codes, side, -1) for side in (both.left, both.right)]
    return prefix_kernels.prefix_levels, (
        *sides, texts.offsets, texts.points, np.array(options["cutoffs"], dtype=np.int64)
    )  # fmt: skip


def _date_difference(names: _Names, options: _Options, columns: Columns) -> _Packed:
    both = columns.coded(names[0])
    first, last = pack_intervals(both.values, month_first=options["month_first"])
    steps = [calendar_step(cutoff) for cutoff in options["cutoffs"]]
    days = np.array([count if unit == "day" else 0 for count, unit in steps], dtype=np.int64)
    months = np.array([count * {"day": 0, "month": 1, "year": 12}[unit] for count, unit in steps], dtype=np.int64)
    sides = [by_row(ends, codes, 0) for codes in (both.left, both.right) for ends in (first, last)]
    return date_kernels.difference_levels, (*sides, options["slips"], days, months)


def _given_name(names: _Names, options: _Options, columns: Columns) -> _Packed:
    stacked = columns if len(names) == 1 else _stacked(names, columns)
    both, sizes = stacked.coded(names[0]), (len(columns.left), len(columns.right))
    packed = pack_given_names(both.values)
    surnames = [side[size:] for side, size in zip((both.left, both.right), sizes, strict=True)]
    if len(names) == 1:
        surnames = [np.full(size, -1, np.int32) for size in sizes]
    return given_name_kernels.given_name_levels, (
        both.left[: sizes[0]], both.right[: sizes[1]], *surnames, packed.offsets, packed.words, packed.joined,
        packed.letters.offsets, packed.letters.points, packed.texts.offsets, packed.texts.points, packed.form_offsets,
        packed.forms, packed.initials, np.array(options["cutoffs"], dtype=np.float64),
    )  # fmt: skip


PACKERS: Mapping[str, Callable[[_Names, _Options, Columns], _Packed]] = {
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
    "prefix": _prefix,
    "date_difference": _date_difference,
    "given_name": _given_name,
}


def _unless_shared(values: npt.NDArray[Any], most: int) -> npt.NDArray[Any]:
    """Values of one side with 0 in place of those that more than `most` of its rows carry."""
    shared = shared_values(values, most)
    return np.where(np.isin(values, shared), np.zeros(1, values.dtype), values) if len(shared) else values


def shared_values(values: npt.NDArray[Any], most: int) -> npt.NDArray[Any]:
    """The values that occur more than `most` times."""
    ordered = np.sort(values)
    return np.unique(ordered[most:][ordered[most:] == ordered[: max(len(ordered) - most, 0)]])


def _numbers(column: str, columns: Columns) -> list[npt.NDArray[np.float64]]:
    """The column of each side as numbers, NaN where missing or no number."""
    both = columns.coded(column)
    numbers = np.array([_amount(text) for text in both.values.to_pylist()], dtype=np.float64)
    return [by_row(numbers, codes, np.nan) for codes in (both.left, both.right)]


def _within(values: npt.NDArray[np.float64], most: float) -> npt.NDArray[np.float64]:
    """Values with NaN in place of those beyond `most` on either side of zero."""
    return np.where(np.abs(values) <= most, values, np.nan)


def _amount(text: str) -> float:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return float("nan")
    return value if np.isfinite(value) else float("nan")
