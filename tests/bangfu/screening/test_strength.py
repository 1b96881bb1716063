"""Strength orders a list: noisy or over what each group of screens says."""

import polars as pl
import pytest

from bangfu.screening.learning import unlearned
from bangfu.screening.rules.shipped import default_rules
from bangfu.screening.strength import strengths


def strength(*hits: tuple[str, float, float]) -> tuple[float, float]:
    frame = pl.DataFrame(
        [("h", "code", "band", *hit) for hit in hits],
        ["household_id", "code", "band", "group", "belief", "match_probability"],
        orient="row",
    )
    return strengths(frame, unlearned(default_rules())).select("strength", "match_probability").row(0)


def test_one_hit_is_its_belief_times_its_link() -> None:
    assert strength(("medical", 0.8, 0.5)) == (pytest.approx(0.4), 0.5)


def test_groups_add_to_each_other_and_the_weakest_link_is_shown() -> None:
    assert strength(("medical", 0.8, 1.0), ("disaster", 0.6, 0.9)) == (pytest.approx(1 - 0.2 * (1 - 0.54)), 0.9)


def test_the_same_bills_count_once() -> None:
    """Bills that are high, and high beside the wage, are one piece of evidence."""
    assert strength(("medical", 0.6, 1.0), ("medical", 0.45, 1.0))[0] == pytest.approx(0.6)


def test_a_doubtful_link_makes_a_weak_clue() -> None:
    assert strength(("listed", 0.65, 0.5))[0] < strength(("medical", 0.35, 1.0))[0]
