"""How many households in hardship the lists miss (漏评估计), from random samples; candidates alone can never tell.

Strata h of N_h members, m_h of them drawn and answered, x_h of these in hardship and without a file:

    X = Σ N_h x_h / m_h,   V(X) = Σ N_h² (1 - m_h/N_h) p_h (1 - p_h) / (m_h - 1),   p_h = x_h / m_h

(stratified random sampling: W. G. Cochran, Sampling Techniques, 3rd ed. 1977, chapter 5). Hardship is rare and often
nobody in a sample has it, where the normal interval fails; so the interval is Clopper and Pearson's (1934) with the
effective sample size of E. L. Korn and B. I. Graubard (Survey Methodology 24, 1998), p (1 - p) / v(p), here never above the
one of the weights alone, (Σw)²/Σw² (L. Kish, 1965), nor below it where the sample has none. It is held between the
households that were seen and all that were not seen to be without hardship.

For who is not reached the next in the random order stands in; he counts as drawn, and so does the one not reached. That makes
the answers as many as planned and takes no bias away: with reach r₁ of those in hardship and r₀ of the others, the expected
value is N p r₁ / (p r₁ + (1 - p) r₀), stand-ins or none, and is N p only where in each stratum both are reached alike. That is
the assumption: who was drawn and not reached is like who was; how many there are is told beside the estimate. Targeted checks
(重点抽查) are no random sample and do not belong here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bangfu.errors import Refused
from bangfu.review.intervals import clopper_pearson

__all__ = ["Missed", "Stratum", "missed"]


@dataclass(frozen=True)
class Stratum:
    """One stratum of a sample.

    Attributes:
        name: Such as a prefecture, or `candidates`.
        size: Members or households in it.
        drawn: How many were drawn at random.
        answered: How many of these were reached and told.
        missed: How many of these are in hardship and have no file.
    """

    name: str
    size: int
    drawn: int
    answered: int
    missed: int

    def __post_init__(self) -> None:
        """Numbers must contain each other."""
        if not 0 <= self.missed <= self.answered <= self.drawn <= self.size:
            raise ValueError(f"stratum {self.name}: missed ≤ answered ≤ drawn ≤ size does not hold")


@dataclass(frozen=True)
class Missed:
    """An estimate with its interval.

    Attributes:
        total: Households missed.
        low, high: Its interval.
        error: Standard error of the total.
        share, share_low, share_high: The same as shares of all in the strata.
        drawn, answered: Of all strata.
    """

    total: float
    low: float
    high: float
    error: float
    share: float
    share_low: float
    share_high: float
    drawn: int
    answered: int


def missed(
    rest: Sequence[Stratum], candidates: Sequence[Stratum] = (), *, level: float = 0.95, design_effect: float = 1.0
) -> Missed:
    """Estimate how many are missed.

    Args:
        rest: Strata of those who are on no list; their sample is what makes the estimate possible.
        candidates: Strata of those who are on a list, where these count as missed as well as long as they have no file.
        level: Of the interval.
        design_effect: By how much visits that are not independent (one visitor, one village) widen it; the sample counts as so
            many times smaller.

    Raises:
        Refused: `not_estimable`: a stratum with members of which nobody answered, or none of non-candidates.

    >>> found = missed([Stratum("rest", 48_200, 600, 600, 2)])
    >>> round(found.total), round(found.low), round(found.high)
    (161, 19, 578)
    """
    strata = [item for item in (*rest, *candidates) if item.size]
    unseen = [item.name for item in strata if not item.answered]
    if unseen or not any(item.size for item in rest):
        raise _not_estimable(unseen)
    size = sum(item.size for item in strata)
    total = sum(item.size * item.missed / item.answered for item in strata)
    variance = sum(map(_variance, strata))
    share = total / size
    sample = _effective(strata, share, variance / size**2) / design_effect
    low, high = clopper_pearson(share, sample, level)
    seen = sum(item.missed for item in strata)
    possible = size - sum(item.answered - item.missed for item in strata)
    least, most = max(low * size, seen), min(high * size, possible)
    return Missed(
        total,
        least,
        most,
        variance**0.5,
        share,
        least / size,
        most / size,
        sum(item.drawn for item in strata),
        sum(item.answered for item in strata),
    )


def _variance(item: Stratum) -> float:
    share = item.missed / item.answered
    spread = share * (1 - share) / max(item.answered - 1, 1)
    return item.size**2 * (1 - item.answered / item.size) * spread


def _effective(strata: Sequence[Stratum], share: float, variance: float) -> float:
    """Size of the simple random sample that tells as much."""
    weights = sum(item.size for item in strata) ** 2 / sum(item.size**2 / item.answered for item in strata)
    return min(weights, share * (1 - share) / variance) if variance > 0 else weights


def _not_estimable(unseen: Sequence[str]) -> Refused:
    if unseen:
        return Refused(
            "not_estimable",
            f"以下各层抽中的人一个也没有答复，不能估计漏评：{'、'.join(unseen)}。请先完成抽样核查。",
            f"Nobody drawn from these strata answered, so what is missed cannot be estimated: {', '.join(unseen)}. Finish the audit first.",
        )
    return Refused(
        "not_estimable",
        "没有非线索人员的随机样本，不能估计漏评；线索名单本身说明不了漏了谁。",
        "Without a random sample of those on no list, what is missed cannot be estimated: a list does not tell whom it lacks.",
    )
