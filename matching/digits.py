"""Identity numbers, dates and telephone numbers packed for comparison, one entry per distinct text."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from matching.columns import Bytes, Longs

Words = npt.NDArray[np.uint64]

OTHER, PARTIAL, WRONG, VALID = 0, 1, 2, 3
_UNKNOWN = 15
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CHECK = np.array([1, 0, 10, 9, 8, 7, 6, 5, 4, 3, 2])


@dataclass(frozen=True)
class PackedNumbers:
    """Identity numbers as two words of nine four-bit digits (X is 10), with one bit per known digit."""

    forms: Bytes
    high: Words
    low: Words
    known_high: Words
    known_low: Words


def pack_identity_numbers(values: pa.StringArray) -> PackedNumbers:
    """Pack 18-character numbers over [0-9X*] and 15-digit numbers (GB 11643-1989, century 19 assumed).

    Anything else is another document (`OTHER`). The checksum is ISO 7064 MOD 11-2 (GB 11643-1999).

    >>> pack_identity_numbers(pa.array(["539102199003070030", "539102********0030", "E1234567"])).forms.tolist()
    [3, 1, 0]
    """
    upper = pc.utf8_upper(values)
    lengths = pc.utf8_length(upper).to_numpy(zero_copy_only=False)
    plain = pc.match_substring_regex(upper, r"^([0-9*]{17}[0-9X*]|[0-9]{15})$").to_numpy(zero_copy_only=False)
    digits = np.zeros((len(values), 18), dtype=np.uint8)
    for length in (18, 15):
        rows = np.flatnonzero(plain & (lengths == length))
        if len(rows):
            text = "".join(upper.take(pa.array(rows)).to_pylist())
            given = np.frombuffer(text.encode(), dtype=np.uint8).reshape(-1, length)
            if length == 15:
                given = np.hstack(
                    [given[:, :6], np.broadcast_to(np.frombuffer(b"19", np.uint8), (len(rows), 2)), given[:, 6:],
                     np.full((len(rows), 1), ord("*"), np.uint8)]
                )  # fmt: skip
            digits[rows] = np.where(given == ord("X"), 10, np.where(given == ord("*"), _UNKNOWN, given - 48)).astype(
                np.uint8
            )
    known = digits != _UNKNOWN
    complete = known.all(axis=1)
    right = _CHECK[(digits[:, :17].astype(np.int64) * _WEIGHTS).sum(axis=1) % 11] == digits[:, 17]
    forms = np.select([~plain, ~complete, ~right], [OTHER, PARTIAL, WRONG], VALID).astype(np.uint8)
    digits[~known] = 0
    return PackedNumbers(forms, _word(digits[:, :9]), _word(digits[:, 9:]), _word(known[:, :9]), _word(known[:, 9:]))


def pack_dates(values: pa.StringArray) -> Longs:
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


def coarsen(dates: Longs, precision: list[str | None]) -> Longs:
    """Drop day (precision "month") or day and month ("year") from yyyymmdd integers."""
    finest = np.array([{"month": 100, "year": 10000}.get(item or "", 1) for item in precision], dtype=np.int64)
    return dates // finest * finest


def pack_phones(values: pa.StringArray) -> Words:
    """Telephone numbers as packed digits after a leading 15; 0 for fewer than 7 or more than 15 digits."""
    packed = np.zeros(len(values), dtype=np.uint64)
    digits = pc.replace_substring_regex(values, r"[^0-9]", "").to_pylist()
    for position, text in enumerate(digits):
        if text is not None and 7 <= len(text) <= 15:
            packed[position] = int("f" + text, 16)
    return packed


def _word(digits: npt.NDArray[np.generic]) -> Words:
    shifts = np.arange(32, -4, -4).astype(np.uint64)
    return np.asarray(np.bitwise_or.reduce(digits.astype(np.uint64) << shifts, axis=1), dtype=np.uint64)


def _number(texts: pa.Array) -> Longs:
    numbers = pc.if_else(pc.equal(texts, ""), None, texts).cast(pa.int64()).fill_null(0)
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.int64)
