"""Agreement of two reviewers who did not know of each other (盲审一致性)."""

from collections import Counter
from collections.abc import Iterable

from schemas.outcomes import OUTCOMES, Says

__all__ = ["agree", "kappa"]


def agree(first: str, second: str) -> bool:
    """Whether two outcomes are the same to the household: the same code, or not met for whatever reason.

    >>> agree("10", "11"), agree("01", "03"), agree("40", "40")
    (True, False, True)
    """
    return _group(first) == _group(second)


def kappa(pairs: Iterable[tuple[str, str]]) -> float | None:
    """Agreement beyond chance (κ): (observed − expected) / (1 − expected), J. Cohen, 1960.

    Expected is Σ p_k q_k over the groups of outcomes, p and q the two reviewers' shares. None without pairs, or where both
    gave one and the same group throughout, so that chance alone would agree.

    >>> kappa([("01", "01"), ("10", "11"), ("01", "10"), ("10", "10")])
    0.5
    """
    groups = [(_group(first), _group(second)) for first, second in pairs]
    if not groups:
        return None
    count = len(groups)
    firsts, seconds = Counter(first for first, _ in groups), Counter(second for _, second in groups)
    observed = sum(first == second for first, second in groups) / count
    expected = sum(firsts[group] * seconds[group] for group in firsts) / count**2
    return None if expected >= 1 else (observed - expected) / (1 - expected)


def _group(code: str) -> str:
    return Says.REFUTED if OUTCOMES[code].says is Says.REFUTED else code
