"""The three steps of strength are what the legend on the list says they are."""

import pytest

from bangfu.portal.strength import step_of
from bangfu.portal.texts import TEXTS
from bangfu.screening.rules.shipped import shipped_screens

SCREENS = shipped_screens()
SURE, DOUBTFUL = 0.99, 0.9
"""Probability of a match that is sure, and of one that is less so."""


def belief(rule: str, code: str) -> float:
    band = SCREENS[rule].band(code)
    assert band is not None
    return band.belief


@pytest.mark.parametrize(
    ("rule", "band", "step"),
    [
        ("S1", "50000+", "strong"),
        ("S1F", "50000+", "strong"),
        ("S4", "collapsed-2", "strong"),
        ("S4", "collapsed", "medium"),
        ("S5", "rigid_expenditure", "strong"),
        ("S5", "destitute", "strong"),
        ("S5", "edge", "strong"),
        ("S5", "subsistence", "strong"),
        ("S1", "26000-50000", "medium"),
        ("S1", "10000-26000", "weak"),
        ("S1F", "10000-26000", "medium"),
        ("S4", "severe", "medium"),
        ("S2", "half", "medium"),
        ("S2", "whole", "strong"),
        ("S3", "below-1.5L", "weak"),
        ("S3", "below-1.5L-relative", "medium"),
        ("S3", "below-L", "strong"),
        ("S4A", "total", "medium"),
        ("S4D", "member", "medium"),
        ("S6E", "10000+", "medium"),
    ],
)
def test_one_piece_of_evidence_has_the_step_of_the_legend(rule: str, band: str, step: str) -> None:
    assert step_of(belief(rule, band) * SURE) == step


def test_every_screen_that_stands_alone_is_in_the_table_above() -> None:
    marks = test_one_piece_of_evidence_has_the_step_of_the_legend.pytestmark[0].args[1]
    alone = {(rule.code, band.code) for rule in SCREENS.values() if rule.alone for band in rule.bands}
    family = {(code, band) for code, band in alone if code == "S1F"}  # the bands of S1
    assert {(rule, band) for rule, band, _ in marks} | family == alone


def test_weak_is_light_evidence_or_a_match_that_is_less_sure() -> None:
    assert step_of(belief("S6E", "10000+") * DOUBTFUL) == "weak"
    assert "把握较小" in TEXTS["strength.weak_meaning"].zh


def test_two_screens_of_medium_evidence_are_strong() -> None:
    beliefs = belief("S1", "26000-50000") * SURE, belief("S4", "severe") * SURE
    assert step_of(1 - (1 - beliefs[0]) * (1 - beliefs[1])) == "strong"
