"""Parameters come back from data made with known ones; what was never seen stays near its default."""

import numpy as np
import pytest

from matching.engines.local import Counts, merge_counts
from matching.estimation import estimate, is_complete
from matching.model import Blocking, Comparison, Model, Parameters, Rule

MATCHES, OTHERS, POSSIBLE = 4_000, 30_000, 10_000_000
M = {"a": [0.9, 0.1], "b": [0.8, 0.2], "c": [0.95, 0.05]}
U = {"a": [0.01, 0.99], "b": [0.05, 0.95], "c": [0.2, 0.8]}


def made(seed=5):
    """Pairs of one rule (4,000 matches among 34,000) and random pairs, three independent comparisons.

    The fourth is the rule's own column: all pairs of the rule agree on it, and .3 % of random pairs do.
    """
    random = np.random.default_rng(seed)

    def draw(shares, size, same_block):
        patterns = np.where(random.random(size) < same_block, 1, 2).astype(np.int64) << 12
        for place, share in enumerate(shares.values()):
            patterns |= random.choice([1, 2], size, p=share).astype(np.int64) << (4 * place)
        return Counts(patterns, np.ones(size, np.int64), np.ones(size, np.int64))

    return merge_counts([draw(M, MATCHES, 1), draw(U, OTHERS, 1)]), merge_counts([draw(U, 200_000, 0.003)])


def model(**given):
    return Model(
        "known",
        tuple(Comparison(name, "exact", (name,), parameters=given.get(name, ())) for name in ("a", "b", "c", "block")),
        Blocking((Rule(("block",)),)),
    )


def test_known_parameters_come_back():
    candidates, random = made()
    found = estimate(model(), candidates, random, possible_pairs=POSSIBLE)
    for comparison in found.model.comparisons[:3]:
        assert comparison.parameters[0].m == pytest.approx(M[comparison.name][0], abs=0.02)
        assert comparison.parameters[0].u == pytest.approx(U[comparison.name][0], rel=0.1)
    assert found.expected_matches == pytest.approx(MATCHES, rel=0.1)
    assert found.model.prior == pytest.approx(MATCHES / POSSIBLE, rel=0.1)
    assert is_complete(found.model)


def test_given_parameters_stay():
    given = (Parameters(0.7, 0.02), Parameters(0.3, 0.98))
    found = estimate(model(a=given), *made(), possible_pairs=POSSIBLE)
    assert found.model.comparisons[0].parameters == given


def test_a_level_never_observed_is_neither_impossible_nor_far_from_its_default():
    empty = np.empty(0, np.int64)
    found = estimate(model(), Counts(empty, empty, empty), Counts(empty, empty, empty), possible_pairs=100)
    for comparison in found.model.comparisons:
        for level, parameters in zip(comparison.levels, comparison.parameters, strict=True):
            assert parameters.m == pytest.approx(level.m)
            assert parameters.u == pytest.approx(level.u, rel=0.2)
            assert "hand" not in (parameters.m_from, parameters.u_from)


def test_estimates_do_not_depend_on_the_seed_of_chance():
    assert estimate(model(), *made(), possible_pairs=10**7) == estimate(model(), *made(), possible_pairs=10**7)


def test_what_two_persons_seldom_share_is_counted_among_candidates_where_random_pairs_show_none():
    """Four hundred of ten million pairs share a number by mistake: no random pair does, and every one of them is a candidate."""
    mistaken, right = 400, 4_000
    patterns = np.array([0x111, 0x122, 0x212], dtype=np.int64)  # number, name, birth date: 1 agrees, 2 differs
    candidates = Counts(patterns, np.array([1, 1, 2], np.int64), np.array([right, mistaken, 900], np.int64))
    random = Counts(np.array([0x222], np.int64), np.ones(1, np.int64), np.array([1_000_000], np.int64))
    numbered = Model(
        "numbers",
        tuple(Comparison(name, "exact", (name,)) for name in ("born", "name", "number")),
        Blocking((Rule(("number",)), Rule(("name", "born")))),
    )
    found = estimate(numbered, candidates, random, possible_pairs=POSSIBLE).model
    assert found.comparisons[2].parameters[0].u == pytest.approx(mistaken / POSSIBLE, rel=0.2)
