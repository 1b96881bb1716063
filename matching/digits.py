"""Identity numbers, dates and telephone numbers packed for comparison, one entry per distinct text."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from matching.columns import Bytes, Longs, buffers
from matching.kernels.numbers import OTHER, PARTIAL, VALID, WRONG, identity_words, phone_words

__all__ = [
    "OTHER",
    "PARTIAL",
    "VALID",
    "WRONG",
    "PackedNumbers",
    "date_units",
    "pack_dates",
    "pack_identity_numbers",
    "pack_phones",
]

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class PackedNumbers:
    """Identity numbers as two words of nine four-bit digits (X is 10), with one bit per known digit."""

    forms: Bytes
    high: Words
    low: Words
    known_high: Words
    known_low: Words


def pack_identity_numbers(values: pa.LargeStringArray) -> PackedNumbers:
    """Pack 18-character numbers over [0-9X*] and 15-digit numbers (GB 11643-1989, century 19 assumed).

    Anything else is another document (`OTHER`). The checksum is ISO 7064 MOD 11-2 (GB 11643-1999).

    >>> pack_identity_numbers(pa.array(["539102199003070030", "539102********0030", "E1234567"])).forms.tolist()
    [3, 1, 0]
    """
    offsets, data = buffers(values)
    size = len(offsets) - 1
    forms, words = np.empty(size, np.uint8), [np.empty(size, np.uint64) for _ in range(4)]
    identity_words(offsets, data, forms, *words)
    return PackedNumbers(forms, *words)


def pack_dates(values: pa.LargeStringArray) -> Longs:
    """Dates as yyyymmdd integers, month or day 0 where the text does not say; 0 where it is no date.

    Year first in any of 1962-03-07, 1962/3/7, 1962.03, 1962年3月7日, 19620307, 196203, 1962; or day first
    with separators (07/03/1962). Digits are kept as written even where no such day exists: a slip still compares.

    >>> pack_dates(pa.array(["1962-03-07", "1962年3月", "19620307", "07/03/1962", "1962", "?"])).tolist()
    [19620307, 19620300, 19620307, 19620307, 19620000, 0]
    """
    found = np.zeros(len(values), dtype=np.int64)
    for pattern in (
        r"^(?P<y>\d{4})[-/.年 ]\s*(?P<m>\d{1,2})(?:[-/.月 ]\s*(?P<d>\d{1,2})日?|月)?(?:[ T]\d.*)?$",
        r"^(?P<y>\d{4})(?:(?P<m>\d{2})(?P<d>\d{2})?)?年?$",
        r"^(?P<d>\d{1,2})[-/. ](?P<m>\d{1,2})[-/. ](?P<y>\d{4})$",
    ):
        parts = pc.extract_regex(values, pattern)
        if parts.null_count == len(parts):
            continue
        year, month, day = (_number(pc.struct_field(parts, name)) for name in ("y", "m", "d"))
        found = np.where((found == 0) & (year > 0), year * 10000 + month * 100 + np.where(month > 0, day, 0), found)
    return found


def date_units(precision: pa.LargeStringArray) -> Longs:
    """What a yyyymmdd integer is known to: 1 a day, 100 a month ("month"), 10000 a year ("year")."""
    return np.array([{"month": 100, "year": 10000}.get(item or "", 1) for item in precision.to_pylist()], np.int64)


def pack_phones(values: pa.LargeStringArray) -> Words:
    """Telephone numbers as packed digits after a leading 15; 0 for fewer than 7 or more than 15 digits."""
    offsets, data = buffers(values)
    packed = np.zeros(len(offsets) - 1, np.uint64)
    phone_words(offsets, data, packed)
    return packed


def _number(texts: pa.Array) -> Longs:
    numbers = pc.if_else(pc.equal(texts, ""), None, texts).cast(pa.int64()).fill_null(0)
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.int64)
