"""Matches that no blocking rule makes, from what the rules make of each other's matches."""

import numpy as np
import pytest

from matching.calibration.missed import missed_by_blocking
from matching.model import Rule

RULES = (Rule(("number",)), Rule(("name", "born")), Rule(("phone",)))


def histories(matches=10_000, seed=1, share=(0.9, 0.8, 0.5), careless=0.0):
    """Masks of the matches some rule makes, and how many none makes; `careless` records reach each rule half as often."""
    random = np.random.default_rng(seed)
    rate = np.where(random.random(matches) < careless, 0.5, 1.0)
    made = np.column_stack([random.random(matches) < chance * rate for chance in share])
    masks = (made << np.arange(len(share))).sum(axis=1)
    return masks[masks > 0], int((masks == 0).sum())


@pytest.mark.parametrize("seed", range(8))
def test_independent_rules_tell_what_they_missed(seed):
    masks, missed = histories(seed=seed)
    found = missed_by_blocking(RULES, masks, np.ones(len(masks)))
    assert found.declined is None
    assert found.low <= missed <= found.high
    assert found.value == pytest.approx(missed, abs=40)
    assert found.odds_ratio == pytest.approx(1, abs=0.5)


def test_pairs_count_with_their_match_probability():
    masks, _ = histories()
    whole = missed_by_blocking(RULES, masks, np.ones(len(masks)))
    halves = missed_by_blocking(RULES, np.tile(masks, 2), np.full(2 * len(masks), 0.5))
    assert halves.value == pytest.approx(whole.value)


@pytest.mark.parametrize("seed", range(8))
def test_careless_records_miss_every_rule_and_the_upper_limit_knows(seed):
    masks, missed = histories(seed=seed, share=(0.99, 0.98, 0.9), careless=0.01)
    found = missed_by_blocking(RULES, masks, np.ones(len(masks)))
    assert found.value < missed  # independence says too little
    assert found.odds_ratio > 2
    assert missed <= found.high


def test_rules_that_all_read_one_column_tell_nothing():
    masks, _ = histories()
    rules = (Rule(("number",)), Rule(("number:first6", "born")), Rule(("number:last4", "phone")))
    found = missed_by_blocking(rules, masks, np.ones(len(masks)))
    assert (found.value, found.low, found.high) == (None, None, None)
    assert "no two blocking rules read different columns" in found.declined.en
    assert "没有两条分块规则" in found.declined.zh


def test_lists_that_make_little_tell_nothing():
    """The rule that makes most matches shares a column with each of the others."""
    rules = (Rule(("number", "phone")), Rule(("number",)), Rule(("phone",)))
    masks = np.repeat([0b001, 0b011, 0b101, 0b111, 0b110], [600, 100, 100, 50, 10])
    found = missed_by_blocking(rules, masks, np.ones(len(masks)))
    assert "90% are needed" in found.declined.en


def test_few_matches_tell_nothing():
    found = missed_by_blocking(RULES, np.full(30, 3), np.ones(30))
    assert "only 30 matches are expected" in found.declined.en


def test_dependence_that_leaves_the_limit_too_wide_is_declined():
    masks, _ = histories(share=(0.9, 0.8, 0.5), careless=0.3)
    found = missed_by_blocking(RULES, masks, np.ones(len(masks)))
    assert "depend on each other" in found.declined.en


def test_where_nothing_was_seen_to_be_missed_up_to_three_may_be():
    found = missed_by_blocking(RULES, np.full(200, 0b111), np.ones(200))
    assert (found.value, found.low, found.high) == (0, 0, 3)
