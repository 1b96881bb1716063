"""Dictionary attack (字典枚举攻击) on identity numbers: the cautionary case of hashing without a key.

A county has at most a thousand numbers a day of birth: all of them are hashed in minutes, and every unkeyed hash is read
back. Under a key that the attacker does not hold nothing of the kind works; no encoder here has an unkeyed mode.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence

from matching.encoding.attacks.risk import Risk
from matching.standardise.identity import check_character

HashOf = Callable[[str], bytes]


def dictionary_attack(
    target: str, hashes: Sequence[bytes], truth: Sequence[str], hash_of: HashOf, candidates: Collection[str]
) -> Risk:
    """Hash every candidate and look the records' hashes up.

    Args:
        target: what is guessed, and how it was hashed.
        hashes: of the records.
        truth: the number of each.
        hash_of: what the attacker believes the hash function to be.
        candidates: numbers that can be.
    """
    table = {hash_of(number): number for number in candidates}
    right = sum(table.get(hashed) == number for hashed, number in zip(hashes, truth, strict=True))
    return Risk("dictionary", target, right / max(len(truth), 1), 1 / max(len(candidates), 1), len(truth))


def numbers_of(region: str, first: dt.date, last: dt.date) -> Iterator[str]:
    """Every valid number of a region and days of birth."""
    for day in range((last - first).days + 1):
        begun = f"{region}{first + dt.timedelta(day):%Y%m%d}"
        for order in range(1000):
            digits = f"{begun}{order:03d}"
            yield digits + check_character(digits)
