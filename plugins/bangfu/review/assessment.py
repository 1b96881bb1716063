"""What samples say of the lists and of reviewers (质量评估): how many are missed, and how far two who visit agree.

Nothing is told that a sample does not bear: where visits are lacking, that is said instead of a figure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bangfu.errors import Refused
from bangfu.review.agreement import agree, kappa
from bangfu.review.intervals import clopper_pearson
from bangfu.review.missed import Missed, Stratum, missed
from schemas.flows.audit import FOUND_IN_HARDSHIP, NO_HARDSHIP, NOT_REACHED

__all__ = ["AgreementFigures", "MissedFigures", "Visits", "agreement_figures", "missed_figures"]


@dataclass(frozen=True)
class Visits:
    """What became of the sample of one prefecture.

    Attributes:
        name: Of the prefecture.
        frame: Households it was drawn from.
        drawn: Households drawn, those who stand in among them.
        outcomes: Of the visits that have ended, how many by outcome.
        stand_ins: Of the drawn, those next in the random order who stand in for one that was not reached.
    """

    name: str
    frame: int
    drawn: int
    outcomes: Mapping[str, int]
    stand_ins: int = 0

    @property
    def found(self) -> int:
        """In hardship and without a file."""
        return self._of(FOUND_IN_HARDSHIP)

    @property
    def answered(self) -> int:
        """Told whether they are in hardship."""
        return self.found + self._of(NO_HARDSHIP)

    @property
    def not_reached(self) -> int:
        """Not reached after the set attempts."""
        return self._of(NOT_REACHED)

    def _of(self, codes: frozenset[str]) -> int:
        return sum(number for code, number in self.outcomes.items() if code in codes)


@dataclass(frozen=True)
class MissedFigures:
    """How many households of an area a list misses.

    Attributes:
        frame, drawn, answered, found: Sums over its strata; `found` are in hardship and without a file.
        untold: Visits that have ended without telling: not reached, refused, moved.
        open: Visits that have not ended.
        stand_ins, not_reached: Of the drawn, who stand in for another, and who could not be reached.
        estimate: None where it cannot be known.
        lacking: Why not; None where it can.
    """

    frame: int
    drawn: int
    answered: int
    found: int
    untold: int
    open: int
    stand_ins: int
    not_reached: int
    estimate: Missed | None
    lacking: Refused | None


@dataclass(frozen=True)
class AgreementFigures:
    """How far two reviewers agree who did not know of each other.

    Attributes:
        drawn: Second reviews.
        open: Not answered or not compared yet.
        not_held: Given up.
        compared: Both outcomes known.
        same: Of these, the same.
        share, low, high: The share of the same with its interval; None where nothing was compared.
        kappa: Agreement beyond chance; None where chance alone would agree.
        undecided: Disputes that the prefecture has not ruled on.
        for_first, for_second: Disputes by ruling.
        lacking: What is missing for a share; None where there is one.
    """

    drawn: int
    open: int
    not_held: int
    compared: int
    same: int
    share: float | None
    low: float | None
    high: float | None
    kappa: float | None
    undecided: int
    for_first: int
    for_second: int
    lacking: Refused | None


def missed_figures(strata: Sequence[Visits]) -> MissedFigures:
    """How many households a list misses in these strata, as far as visits tell."""
    ended = sum(sum(item.outcomes.values()) for item in strata)
    answered = sum(item.answered for item in strata)
    drawn = sum(item.drawn for item in strata)
    estimate, lacking = None, None
    try:
        estimate = missed([Stratum(item.name, item.frame, item.drawn, item.answered, item.found) for item in strata])
    except Refused as refused:
        lacking = refused
    return MissedFigures(
        sum(item.frame for item in strata),
        drawn,
        answered,
        sum(item.found for item in strata),
        ended - answered,
        drawn - ended,
        sum(item.stand_ins for item in strata),
        sum(item.not_reached for item in strata),
        estimate,
        lacking,
    )


def agreement_figures(pairs: Iterable[tuple[str, str | None, str | None, bool | None]]) -> AgreementFigures:
    """How far reviewers agree.

    Args:
        pairs: First outcome, second outcome (None until both are compared), ruling (None without one) and whether the second
            visit was held (None while it is open).
    """
    listed = list(pairs)
    compared = [(first, second, ruling) for first, second, ruling, _ in listed if second is not None]
    differing = [ruling for first, second, ruling in compared if not agree(first, second)]
    same = len(compared) - len(differing)
    not_held = sum(held is False for *_, held in listed)
    share = same / len(compared) if compared else None
    low, high = clopper_pearson(share, len(compared)) if share is not None else (None, None)
    return AgreementFigures(
        drawn=len(listed),
        open=len(listed) - len(compared) - not_held,
        not_held=not_held,
        compared=len(compared),
        same=same,
        share=share,
        low=low,
        high=high,
        kappa=kappa((first, second) for first, second, _ in compared),
        undecided=differing.count(None),
        for_first=differing.count("first"),
        for_second=differing.count("second"),
        lacking=None if compared else _nothing_compared(len(listed)),
    )


def _nothing_compared(drawn: int) -> Refused:
    if drawn:
        return Refused(
            "not_comparable",
            f"已抽取{drawn}件盲审，尚无一件完成比对。请先完成复核。",
            f"{drawn} cases were drawn for a second review and none is compared yet: finish the reviews first.",
        )
    return Refused(
        "not_comparable",
        "还没有抽到盲审的案件：入户核实并办结的案件按10%随机抽取。",
        "No case was drawn for a second review yet: of visited cases that have ended, one in ten is.",
    )
