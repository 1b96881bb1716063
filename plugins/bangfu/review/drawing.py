"""Random draws (抽样) by keyed hash: who is drawn depends on the key and the unit alone, not on position or on who else is there.

Two ways. A *share* (`drawn`): each unit by itself, so that a list that grows never drops anybody: the blind second review of 10 %.
A *number* (`first_of`): those with the smallest hashes, a simple random sample without replacement of a frame that is fixed,
such as the non-candidates of a push; who stands in for somebody who cannot be asked is the next in the same order, fixed in advance.
The key is secret, else reviewers could tell beforehand who will be looked at again; its fingerprint is recorded, so that
whoever holds it can draw once more and compare.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

__all__ = ["SECOND_REVIEW_SHARE", "Draw", "drawn", "fingerprint", "first_of", "record"]

SECOND_REVIEW_SHARE = 0.1
"""Share of visited cases that somebody else visits once more (盲审复核)."""

_BITS = 64


@dataclass(frozen=True)
class Draw:
    """The record of a draw: enough to repeat it with the key, nothing of the key or of anybody.

    Attributes:
        purpose: What it was for, such as `second_review` or `audit:5301`.
        push: The list it goes with; empty where it goes with none.
        key: Fingerprint of the key.
        frame: Number of units it was drawn from.
        frame_digest: SHA-256 of their ids in order.
        sample: Number of units drawn.
        reserve: Number of units after them in the same order, who stand in.
    """

    purpose: str
    push: str
    key: str
    frame: int
    frame_digest: str
    sample: int
    reserve: int = 0


def drawn(key: str, purpose: str, unit: str, share: float) -> bool:
    """Whether a unit is drawn when each is with the probability `share`.

    >>> [drawn("key", "second_review", str(number), 0.1) for number in range(200)].count(True)
    26
    """
    return _hash(key, purpose, "", unit) < share * (1 << _BITS)


def first_of(key: str, purpose: str, push: str, units: Iterable[str]) -> tuple[str, ...]:
    """The units in random order: the first n are a simple random sample, the next ones stand in.

    Args:
        key: `settings.secret(...)` of draws.
        purpose: What it is for; name the stratum in it, so that strata are drawn apart.
        push: Version of the list; another one gives another order.
        units: Ids; their own order and repeats do not matter.
    """
    return tuple(sorted(set(units), key=lambda unit: (_hash(key, purpose, push, unit), unit)))


def record(key: str, purpose: str, push: str, units: Iterable[str], sample: int, reserve: int = 0) -> Draw:
    """The record of a draw."""
    frame = sorted(set(units))
    digest = sha256("\n".join(frame).encode()).hexdigest()
    return Draw(purpose, push, fingerprint(key), len(frame), digest, sample, reserve)


def fingerprint(key: str) -> str:
    """16 hexadecimal digits that tell keys apart and do not give them away."""
    return hmac.digest(key.encode(), b"fingerprint of a key of draws", "sha256").hex()[:16]


def _hash(key: str, purpose: str, push: str, unit: str) -> int:
    message = "\x1f".join((purpose, push, unit)).encode()
    return int.from_bytes(hmac.digest(key.encode(), message, "sha256")[: _BITS // 8], "big")
