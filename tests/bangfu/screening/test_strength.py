"""Strength orders a list: noisy or over what each screen says."""

import polars as pl
import pytest

from bangfu.screening.strength import strengths


def strength(*hits: tuple[str, str, float]) -> tuple[float, float]:
    frame = pl.DataFrame(
        [("p", *hit) for hit in hits], ["cluster_id", "code", "band", "match_probability"], orient="row"
    )
    return strengths(frame).row(0)[1:]


def test_one_hit_is_its_belief_times_its_link() -> None:
    assert strength(("S1", "50000+", 0.5)) == (pytest.approx(0.4), 0.5)


def test_screens_add_to_each_other_and_the_weakest_link_is_shown() -> None:
    assert strength(("S1", "50000+", 1.0), ("S4", "severe", 0.9)) == (pytest.approx(1 - 0.2 * (1 - 0.54)), 0.9)


def test_a_doubtful_link_makes_a_weak_clue() -> None:
    assert strength(("S5", "edge", 0.5))[0] < strength(("S1", "10000-26000", 1.0))[0]
