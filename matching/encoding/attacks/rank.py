"""Rank attack (频率排序攻击): the most frequent token is the most frequent value, the second the second, and so on.

As by M. Naveed, S. Kamara, C. V. Wright, "Inference attacks on property-preserving encrypted databases" (2015).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matching.encoding.attacks.risk import Risk


def rank_attack(
    target: str, tokens: npt.NDArray[np.uint64], truth: Sequence[str | None], known: Sequence[str | None]
) -> Risk:
    """Guess the value of every record by the rank of its token.

    Args:
        target: what is guessed.
        tokens: of the encoded records; 0 for none.
        truth: the value of each.
        known: values of the attacker's list.
    """
    ranked = by_frequency([value for value in known if value is not None])
    distinct, which, counts = np.unique(tokens, return_inverse=True, return_counts=True)
    counts = np.where(distinct == 0, 0, counts)
    place = np.empty(len(distinct), np.int64)
    place[np.argsort(-counts, kind="stable")] = np.arange(len(distinct))
    guesses = [ranked[number] if number < len(ranked) else None for number in place[which].tolist()]
    attacked = [row for row, value in enumerate(truth) if value is not None and tokens[row]]
    return told("rank", target, [guesses[row] for row in attacked], [truth[row] for row in attacked], ranked)


def told(
    attack: str, target: str, guesses: Sequence[str | None], truth: Sequence[str | None], ranked: Sequence[str]
) -> Risk:
    """The risk of guesses, beside always guessing the attacker's most frequent value."""
    right = sum(guess == value for guess, value in zip(guesses, truth, strict=True))
    blind = sum(value == ranked[0] for value in truth) if ranked else 0
    size = max(len(truth), 1)
    return Risk(attack, target, right / size, blind / size, len(truth))


def by_frequency(values: Sequence[str]) -> list[str]:
    """Distinct values, the most frequent first; equal ones in their own order."""
    counted: dict[str, int] = {}
    for value in values:
        counted[value] = counted.get(value, 0) + 1
    return sorted(counted, key=lambda value: (-counted[value], value))
