"""Identifiers that cannot belong to anybody (不可能的证件号码), with valid check characters.

Identity numbers follow GB 11643 with a region block 539xxx, which no division has ever had; credit codes follow
GB 32100 with the same block as their registration authority.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, power, 31) for power in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_SLOTS = 500  # sequence numbers of one sex on one day in one block
_BLOCKS = np.asarray([[0, 400, 800], [200, 600, 600]])
"""Blocks after 539 000 of today's and of former numbers; the second and third take what overflows the first."""


def check_character(first17: str) -> str:
    """The 18th character of an identity number (ISO 7064 MOD 11-2).

    >>> check_character("53900119900307003")
    '9'
    """
    return _ID_CHECKS[sum(w * int(d) for w, d in zip(_ID_WEIGHTS, first17, strict=True)) % 11]


def identity_numbers(
    rng: np.random.Generator,
    county: int,
    birth: npt.NDArray[np.datetime64],
    female: npt.NDArray[np.bool_],
    *,
    part: int,
    parts: int,
) -> list[str]:
    """Unique valid numbers for the people of one part of a county.

    Sequence numbers of one day are shared out among the parts, so parts never collide; where a part's share is used
    up, numbers go on in further blocks (539 4xx and 539 8xx, former ones in 539 6xx). A third of the people born before 2000 carry the county's former block (539 2xx for 539 0xx, 539 3xx for 539 1xx), as renumbered
    prefectures left behind.

    Args:
        rng: the part's generator.
        county: 1 to 129, the last three digits of the block.
        birth: birth dates, ``datetime64[D]``.
        female: sex.
        part: this part, from 0.
        parts: how many parts the county has.

    Returns:
        18 characters each; more births on one day than there are numbers raises ``ValueError``.
    """
    day = birth.astype("datetime64[D]").astype(np.int64)
    former = (birth < np.datetime64("2000-01-01")) & (rng.random(len(birth)) < 0.33)
    key = (day * 2 + female) * 2 + former
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    start = np.r_[0, np.flatnonzero(np.diff(ordered)) + 1] if len(key) else np.zeros(0, dtype=np.int64)
    run = np.arange(len(key)) - np.repeat(start, np.diff(np.r_[start, len(key)]))
    place = np.empty(len(key), dtype=np.int64)
    place[order] = run
    width = max(_SLOTS // parts, 1)
    overflow = place // width
    if np.any(overflow > np.where(former, 1, 2)) or part >= _SLOTS:
        raise ValueError(f"{place.max() + 1} people of one sex born on one day, {width} numbers in a block: too many")
    sequence = (part * width + (place + key * 7919) % width) * 2 + (~female).astype(np.int64)
    block = 539_000 + county + _BLOCKS[former.astype(np.int64), overflow]
    dates = np.datetime_as_string(birth.astype("datetime64[D]"), unit="D")
    digits = np.empty((len(key), 17), dtype=np.int64)
    _spread(digits, 0, block, 6)
    _spread(digits, 6, np.asarray([int(text.replace("-", "")) for text in dates], dtype=np.int64), 8)
    _spread(digits, 14, sequence, 3)
    checks = (digits @ np.asarray(_ID_WEIGHTS)) % 11
    rows = (digits + ord("0")).astype(np.uint8)
    return [bytes(row).decode("ascii") + _ID_CHECKS[check] for row, check in zip(rows, checks.tolist(), strict=True)]


def _spread(target: Ints, start: int, numbers: Ints, width: int) -> None:
    for offset in range(width):
        target[:, start + offset] = numbers // 10 ** (width - 1 - offset) % 10


def credit_code(rng: np.random.Generator, kind: str, county: int) -> str:
    """A unified social credit code (统一社会信用代码) with both check characters.

    Args:
        rng: generator.
        kind: ``91`` enterprise, ``12`` public institution, ``81`` union.
        county: 1 to 129.
    """
    body = "".join(_CREDIT_ALPHABET[number] for number in rng.integers(0, 31, 8))
    total = sum(w * int(c, 36) for w, c in zip(_ORGANISATION_WEIGHTS, body, strict=True))
    check = "0123456789X0"[(11 - total % 11) % 11]
    return _with_credit_check(f"{kind}{539_000 + county}{body}{check}")


def _with_credit_check(first17: str) -> str:
    total = sum(w * _CREDIT_ALPHABET.index(c) for w, c in zip(_CREDIT_WEIGHTS, first17, strict=True))
    return first17 + _CREDIT_ALPHABET[(31 - total % 31) % 31]


def phone_numbers(rng: np.random.Generator, count: int) -> list[str]:
    """Mobile numbers of the right form, fully random."""
    numbers = rng.integers(13_000_000_000, 20_000_000_000, count)
    return [str(number) for number in numbers.tolist()]


def fifteen_digits(id_number: str) -> str:
    """The number as it was before 1999: no century, no check character.

    >>> fifteen_digits("539001199003070035")
    '539001900307003'
    """
    return id_number[:6] + id_number[8:17]
