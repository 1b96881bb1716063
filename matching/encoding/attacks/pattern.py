"""Pattern mining (位模式挖掘): bits that are set together belong to one item, and how often they are tells which.

As by P. Christen, A. Vidanage, T. Ranbaduge, R. Schnell, "Pattern-mining based cryptanalysis of Bloom filters" (2018);
`noise` lowers what counts as "together", for filters whose bits were turned over at random.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matching.encoding.attacks.rank import by_frequency, told
from matching.encoding.attacks.risk import Risk

Bits = npt.NDArray[np.bool_]

MOST_PATTERNS = 40
FEWEST_BITS = 4
"""Bits below which a pattern is chance."""
FEWEST_ROWS = 8
PURER = 4
"""Bits by which the rows of a pattern are narrowed at most."""


def unpacked(words: npt.NDArray[np.uint64]) -> Bits:
    """Filters as bits."""
    return np.unpackbits(np.ascontiguousarray(words).view(np.uint8), axis=1, bitorder="little").astype(np.bool_)


def pattern_attack(
    target: str, bits: Bits, truth: Sequence[str | None], known: Sequence[str | None], noise: float = 0.0
) -> Risk:
    """Find the patterns of the most frequent items, and guess that the n-th stands for the n-th most frequent value.

    Args:
        target: what is guessed.
        bits: filters of the encoded records.
        truth: the value of each.
        known: values of the attacker's list.
        noise: the probability that a bit was turned over, which the attacker knows.
    """
    ranked = by_frequency([value for value in known if value is not None])
    guesses: list[str | None] = [None] * len(bits)
    for place, rows in enumerate(patterns(bits, noise)):
        if place < len(ranked):
            for row in rows.tolist():
                guesses[row] = ranked[place] if guesses[row] is None else guesses[row]
    name = "pattern mining, noise-aware" if noise else "pattern mining"
    attacked = [row for row, value in enumerate(truth) if value is not None]
    return told(name, target, [guesses[row] for row in attacked], [truth[row] for row in attacked], ranked)


def patterns(bits: Bits, noise: float = 0.0) -> list[npt.NDArray[np.int64]]:
    """The rows of each pattern, the most frequent pattern first."""
    together = 0.97 - 2 * noise
    left = np.ones(len(bits), np.bool_)
    filled = bits.any(axis=1)
    left &= filled
    spent = np.zeros(bits.shape[1], np.bool_)
    found = []
    for _ in range(MOST_PATTERNS):
        rows = np.flatnonzero(left)
        if len(rows) < FEWEST_ROWS:
            break
        shares = bits[rows].mean(axis=0)
        shares[spent] = 0.0
        seed = int(shares.argmax())
        chosen, own = _pattern(bits, rows[bits[rows, seed]], seed, shares, together)
        spent[seed] = True
        if len(own) < FEWEST_BITS or len(chosen) < FEWEST_ROWS:
            continue
        fitting = rows[bits[np.ix_(rows, own)].mean(axis=1) >= together - 0.05]
        if len(fitting) < FEWEST_ROWS:
            continue
        found.append(fitting)
        left[fitting] = False
        spent[:] = False
    return sorted(found, key=len, reverse=True)


def _pattern(
    bits: Bits, rows: npt.NDArray[np.int64], seed: int, shares: npt.NDArray[np.float64], together: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Narrow the rows of a seed bit until other bits are always set with it."""
    own = np.array([seed])
    for _ in range(PURER):
        if len(rows) < FEWEST_ROWS:
            break
        within = bits[rows].mean(axis=0)
        own = np.flatnonzero((within >= together) & (shares < together))
        if len(own) >= FEWEST_BITS + 2:
            break
        lift = within - shares
        lift[own] = -1.0
        rows = rows[bits[rows, int(lift.argmax())]]
    return rows, own
