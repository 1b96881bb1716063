"""Graph matching (图匹配攻击): a record is known by how many others agree with it in each visible way.

A plain form of A. Vidanage, P. Christen, T. Ranbaduge, R. Schnell, "A graph matching attack on privacy-preserving record
linkage" (2020): each record's degrees under every token that is visible are compared with the same degrees in a clear
list that holds some of the same people.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from matching.encoding.attacks.risk import Risk

Tokens = npt.NDArray[np.uint64]


def graph_attack(
    overlap: str, seen: Mapping[str, Tokens], known: Mapping[str, Tokens], same: npt.NDArray[np.int64]
) -> Risk:
    """Match every encoded record with the record of the clear list whose degrees are most alike.

    Args:
        overlap: how much of the people both lists share, in words.
        seen: tokens of the encoded records by what they stand for; 0 for none.
        known: the same of the attacker's list, under a key of his own: only who agrees with whom counts.
        same: for each encoded record its row in the attacker's list, -1 where it is not in it.
    """
    from scipy.spatial import KDTree

    names = sorted(seen.keys() & known.keys())
    scale = len(next(iter(seen.values()))) / max(len(next(iter(known.values()))), 1)
    ours = np.column_stack([_degrees(seen[name], 1.0) for name in names])
    theirs = np.column_stack([_degrees(known[name], scale) for name in names])
    weights = 1.0 / np.maximum(theirs.std(axis=0), 1e-9)
    _, nearest = KDTree(theirs * weights).query(ours * weights)
    attacked = same >= 0
    right = float((nearest[attacked] == same[attacked]).mean()) if attacked.any() else 0.0
    return Risk(f"graph matching, {overlap}", "person", right, 1 / max(len(theirs), 1), int(attacked.sum()))


def _degrees(tokens: Tokens, scale: float) -> npt.NDArray[np.float64]:
    """Logarithm of how many records agree with each; -1 where the value is missing."""
    _, which, counts = np.unique(tokens, return_inverse=True, return_counts=True)
    return np.where(tokens == 0, -1.0, np.log1p(counts[which] * scale))
