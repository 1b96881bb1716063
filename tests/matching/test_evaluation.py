"""Quality against truth, and how far probabilities can be trusted."""

import numpy as np
import pytest

from matching.evaluation import calibration_error, reliability, wilson


def test_calibrated_probabilities_have_next_to_no_error():
    random = np.random.default_rng(3)
    chance = random.random(50_000)
    table = reliability(chance, random.random(50_000) < chance)
    assert table.error < 0.01
    assert [item.low for item in table.bins] == pytest.approx([number / 10 for number in range(10)])
    assert sum(item.pairs for item in table.bins) == 50_000
    assert all(abs(item.observed.value - item.predicted) < 0.02 for item in table.bins)
    assert all(item.low <= item.predicted < item.high for item in table.bins)


def test_overconfidence_is_the_gap_between_said_and_seen():
    table = reliability(np.full(1000, 0.99), np.arange(1000) < 700)
    assert len(table.bins) == 1
    assert (table.bins[0].low, table.bins[0].high, table.bins[0].predicted) == (0.9, 1.0, 0.99)
    assert table.bins[0].observed == wilson(700, 1000)
    assert table.error == pytest.approx(0.29)


def test_gaps_of_opposite_sign_do_not_cancel_between_bins():
    assert calibration_error([0.2, 0.2, 0.8, 0.8], [1, 0, 1, 0]) == pytest.approx(0.3)


def test_no_pairs_no_error():
    assert reliability([], []).bins == ()
    assert calibration_error([], []) == 0
