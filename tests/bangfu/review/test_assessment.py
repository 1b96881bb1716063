"""What samples say: figures with what they rest on, an interval that covers a known truth, and no figure where visits are lacking."""

from random import Random

import pytest

from bangfu.review.assessment import Visits, agreement_figures, missed_figures
from bangfu.review.drawing import first_of
from schemas.flows.audit import AUDIT, FOUND_IN_HARDSHIP, NO_HARDSHIP
from schemas.outcomes import OUTCOMES, Says

PREFECTURES = {"昆明": 500, "曲靖": 300, "玉溪": 200, "大理": 150}
RATES = {"昆明": 0.02, "曲靖": 0.05, "玉溪": 0.0, "大理": 0.10}


def test_outcomes_are_sorted_by_what_they_tell_of_hardship() -> None:
    """Whoever was not reached, refused or moved tells nothing; whoever is known not to need a file was not missed."""
    assert {code for code, item in OUTCOMES.items() if item.says is Says.CONFIRMED} == FOUND_IN_HARDSHIP
    given = {code for step in AUDIT.steps.values() for code in getattr(step.to, "to", {})}
    assert given - FOUND_IN_HARDSHIP - NO_HARDSHIP == {"30", "31", "32", "40", "50", "99"}
    assert not FOUND_IN_HARDSHIP & NO_HARDSHIP


def test_visits_are_counted_by_what_they_tell() -> None:
    figures = missed_figures([Visits("昆明", 1000, 20, {"03": 1, "10": 6, "05": 2, "33": 1, "31": 3, "40": 2, "called_off": 1})])  # fmt: skip
    assert (figures.frame, figures.drawn, figures.answered, figures.found) == (1000, 20, 10, 1)
    assert (figures.untold, figures.open) == (6, 4)
    assert figures.estimate is not None
    assert figures.estimate.total == 100
    assert (round(figures.estimate.low), round(figures.estimate.high)) == (2, 467), "as of 9.09 independent answers"
    assert figures.lacking is None


def test_a_prefecture_that_nobody_answered_from_is_named() -> None:
    figures = missed_figures([Visits("昆明", 1000, 5, {"10": 5}), Visits("曲靖", 1000, 5, {"31": 5})])
    assert figures.estimate is None
    assert figures.lacking is not None
    assert "曲靖" in figures.lacking.zh
    assert "昆明" not in figures.lacking.zh
    assert (figures.answered, figures.untold) == (5, 5)


def test_the_interval_covers_the_truth_of_a_simulated_province() -> None:
    """300 lists of one province of which everybody's hardship is known: drawn by key, a third not reached, estimated."""
    chance = Random(11)
    homes = {name: [f"{name}{number}" for number in range(size)] for name, size in PREFECTURES.items()}
    missed_ones = {home for name, units in homes.items() for home in units if chance.random() < RATES[name]}
    covered, totals = 0, []
    for push in range(300):
        strata = []
        for name, units in homes.items():
            sample = first_of("key", f"audit:{name}", str(push), units)[:30]
            told = ["31" if chance.random() < 1 / 3 else "03" if home in missed_ones else "10" for home in sample]
            strata.append(Visits(name, len(units), len(sample), {code: told.count(code) for code in set(told)}))
        estimate = missed_figures(strata).estimate
        assert estimate is not None
        totals.append(estimate.total)
        covered += estimate.low <= len(missed_ones) <= estimate.high
    assert len(missed_ones) == 35
    assert covered / 300 >= 0.95
    assert sum(totals) / 300 == pytest.approx(35, abs=3)


def test_agreement_with_its_interval_and_what_became_of_disputes() -> None:
    pairs = [
        *[("10", "11", None, True)] * 5,
        *[("03", "03", None, True)] * 3,
        ("03", "10", "first", True), ("10", "03", "second", True), ("03", "02", None, None),
        ("10", None, None, None), ("10", None, None, False),
    ]  # fmt: skip
    figures = agreement_figures(pairs)
    assert (figures.drawn, figures.open, figures.not_held, figures.compared, figures.same) == (13, 1, 1, 11, 8)
    assert (figures.undecided, figures.for_first, figures.for_second) == (1, 1, 1)
    assert figures.share == pytest.approx(8 / 11)
    assert (round(figures.low or 0, 2), round(figures.high or 0, 2)) == (0.39, 0.94)
    assert figures.kappa == pytest.approx((8 / 11 - 56 / 121) / (1 - 56 / 121))


@pytest.mark.parametrize(("pairs", "says"), [([], "还没有抽到"), ([("10", None, None, None)], "尚无一件完成比对")])
def test_no_share_is_told_where_nothing_was_compared(pairs: list[tuple[str, None, None, None]], says: str) -> None:
    figures = agreement_figures(pairs)
    assert (figures.share, figures.kappa) == (None, None)
    assert figures.lacking is not None
    assert says in figures.lacking.zh
