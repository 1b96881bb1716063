"""Exact interval of a share (C. J. Clopper and E. S. Pearson, Biometrika 26, 1934)."""

__all__ = ["clopper_pearson"]


def clopper_pearson(share: float, sample: float, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share.

    Args:
        share: As found.
        sample: Of how many; an effective size need not be whole.
        level: Of the interval.

    >>> tuple(round(end, 4) for end in clopper_pearson(0.0, 100))
    (0.0, 0.0362)
    """
    from scipy.special import betaincinv

    tail, found = (1 - level) / 2, share * sample
    low = float(betaincinv(found, sample - found + 1, tail)) if found > 0 else 0.0
    high = float(betaincinv(found + 1, sample - found, 1 - tail)) if found < sample else 1.0
    return low, high
