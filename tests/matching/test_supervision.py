"""Reviewed pairs move a model as far as they are worth, and what reviewers never saw does not count as agreement."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.errors import ModelError
from matching.model import Blocking, Comparison, Model, Parameters, Rule, Training, TrainingRule
from matching.scoring import level_codes, pattern_weights, probability
from matching.supervision import FEWEST_LABELS, Labels, update

NAMES = ("name", "born", "town", "phone")
TRUE_M = {"name": 0.9, "born": 0.95, "town": 0.7, "phone": 0.6}
U = {"name": 0.001, "born": 0.01, "town": 0.05, "phone": 0.001}


def model(m=None, expected=1000.0, origin="em", threshold=0.5, training=True):
    """Four comparisons whose m were estimated, on `expected` matches."""
    m = {**TRUE_M, **(m or {})}
    comparisons = tuple(
        Comparison(name, "exact", (name,), parameters=tuple(
            Parameters(a, b, m_from=origin, u_from="random_pairs")
            for a, b in ((m[name], U[name]), (1 - m[name], 1 - U[name])))) for name in NAMES
    )  # fmt: skip
    run = Training("2026-11-30", 2000, 2000, 9000, 10_000, 7, (TrainingRule("x", NAMES, 5, True, expected),))
    return Model("four", comparisons, Blocking((Rule(("x",)),)), prior=0.01, threshold=threshold,
                 training=run if training else None)  # fmt: skip


def pairs(number, seed=1, matches=True):
    """Patterns of matches (or strangers) as they are."""
    random = np.random.default_rng(seed)
    agree = np.array([(TRUE_M if matches else U)[name] for name in NAMES])
    codes = np.where(random.random((number, 4)) < agree, 1, 2)
    return (codes << (4 * np.arange(4))).sum(axis=1).astype(np.int64)


def reviewed(given, number, seed=1):
    """Only accepted pairs come before an officer; all of these are matches."""
    patterns = pairs(number, seed)
    patterns = patterns[probability(pattern_weights(patterns, given)) >= given.threshold]
    return Labels(patterns, np.ones(len(patterns), dtype=bool))


def m_of(learnt, name):
    return learnt.model.comparisons[NAMES.index(name)].parameters[0].m


@pytest.mark.parametrize("threshold", [0.5, 0.99, 0.9999])
def test_accepted_pairs_alone_do_not_push_m_to_one(threshold):
    """The labels are many, so that their m counts; matches that disagree were mostly never shown."""
    given = model(threshold=threshold)
    labels = reviewed(given, 60_000)
    learnt = update(given, labels)
    for name, true in TRUE_M.items():
        shown = float((level_codes(labels.patterns, NAMES.index(name)) == 1).mean())
        assert m_of(learnt, name) == pytest.approx(true, abs=0.02)
        assert shown >= true - 0.005
    if threshold > 0.99:
        assert float((level_codes(labels.patterns, 1) == 1).mean()) > 0.97  # m would have become so
    assert learnt.model.threshold == threshold


def test_a_wrong_m_is_corrected_by_many_labels_and_moved_by_few():
    given = model(m={"town": 0.9}, expected=1000.0)
    few, many = (update(given, reviewed(given, number)) for number in (60, 50_000))
    assert 0.88 < m_of(few, "town") < 0.9
    assert m_of(many, "town") == pytest.approx(0.7, abs=0.02)


def test_fifty_labels_do_not_overthrow_an_estimate_over_a_hundred_thousand_matches():
    given = model(m={"town": 0.9}, expected=100_000.0)
    assert 0.8995 < m_of(update(given, reviewed(given, 50)), "town") < 0.9


def test_the_new_m_is_the_mean_of_the_dirichlet_posterior():
    given = model(expected=100.0)
    learnt = update(given, Labels(np.full(10, 0x1111, np.int64), np.ones(10, dtype=bool)))
    assert learnt.counted["town"] == 10
    assert m_of(learnt, "town") == pytest.approx((0.7 * 100 + 10) / 110)
    assert sum(item.m for item in learnt.model.comparisons[2].parameters) == pytest.approx(1)


def test_a_label_stands_for_as_many_pairs_as_it_is_said_to():
    given = model(expected=100.0)
    one = Labels(np.full(1, 0x1111, np.int64), np.ones(1, dtype=bool), selection=np.array([10.0]))
    assert m_of(update(given, one), "town") == pytest.approx((0.7 * 100 + 10) / 110)


def test_missing_says_nothing():
    learnt = update(model(), Labels(np.full(100, 0x1011, np.int64), np.ones(100, dtype=bool)))
    assert learnt.counted["town"] == 0
    assert learnt.model.comparisons[2] == model().comparisons[2]


def test_where_a_parameter_comes_from_is_kept_or_told_anew():
    learnt = update(model(), Labels(np.full(5, 0x1111, np.int64), np.ones(5, dtype=bool))).model
    assert {(item.m_from, item.u_from) for item in learnt.comparisons[0].parameters} == {("labels", "random_pairs")}
    by_hand = model(origin="hand")
    learnt = update(by_hand, reviewed(by_hand, 5_000)).model
    assert [item.m for item in learnt.comparisons[0].parameters] == pytest.approx([0.9, 0.1], abs=1e-9)


def test_declared_defaults_yield_sooner_than_estimates():
    labels = Labels(np.full(20, 0x1111, np.int64), np.ones(20, dtype=bool))
    assert m_of(update(model(origin="default"), labels), "town") == pytest.approx((0.7 * 20 + 20) / 40)


def test_non_matches_leave_u_alone_unless_they_are_many():
    def town_u(number):
        labels = Labels(np.full(number, 0x1111, np.int64), np.zeros(number, dtype=bool))
        return update(model(), labels).model.comparisons[2].parameters[0]

    assert (town_u(100).u, town_u(100).u_from) == (U["town"], "random_pairs")
    assert (town_u(1000).u, town_u(1000).u_from) == (pytest.approx((0.05 * 10_000 + 1000) / 11_000), "labels")


def mixed(false_share=0.5, number=400):
    """Reviewed pairs of three weights; of the lightest, `false_share` were no matches."""
    patterns = np.repeat(np.array([0x1111, 0x2111, 0x2211], np.int64), number)
    right = np.ones(3 * number, dtype=bool)
    right[2 * number : 2 * number + int(false_share * number)] = False
    return Labels(patterns, right)


def weight(pattern, given):
    return float(pattern_weights(np.array([pattern], np.int64), given)[0])


def test_the_threshold_reaches_the_precision_asked_for():
    given = model(threshold=0.2)
    learnt = update(given, mixed(), precision=0.95)
    kept = probability(np.array([weight(0x2111, given)]))[0]
    dropped = probability(np.array([weight(0x2211, given)]))[0]
    assert dropped < learnt.model.threshold <= kept
    assert "100.0% were matches" in learnt.threshold.en
    assert "属实" in learnt.threshold.zh


def test_the_best_f1_keeps_pairs_of_which_half_are_matches():
    given = model(threshold=0.2)
    assert update(given, mixed(0.5)).model.threshold == 0.2
    assert update(given, mixed(0.99)).model.threshold > probability(np.array([weight(0x2211, given)]))[0]


def test_a_precision_out_of_reach_leaves_the_threshold():
    learnt = update(model(), Labels(np.full(100, 0x1111, np.int64), np.arange(100) < 90), precision=0.99)
    assert learnt.model.threshold == 0.5
    assert learnt.threshold.en.startswith("kept at 0.5")


def test_few_labels_and_labels_without_a_fault_leave_the_threshold():
    few = update(model(), Labels(np.full(FEWEST_LABELS - 1, 0x1111, np.int64), np.arange(FEWEST_LABELS - 1) < 9))
    assert "at least 50 are needed" in few.threshold.en
    fine = update(model(), Labels(np.full(80, 0x1111, np.int64), np.ones(80, dtype=bool)))
    assert "nothing is known below" in fine.threshold.en
    assert few.model.threshold == fine.model.threshold == 0.5


def test_precision_is_told_by_band_of_weight_beside_what_the_model_had_said():
    given = model()
    bands = update(given, mixed(0.25, 100)).bands
    assert sum(band.pairs for band in bands) == 300
    lightest = bands[0]
    assert lightest.low <= weight(0x2211, given) < lightest.high
    assert lightest.matches.value == 0.75
    assert lightest.matches.low < 0.75 < lightest.matches.high
    assert lightest.predicted == pytest.approx(probability(np.array([weight(0x2211, given)]))[0])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0x1111, 0x2111, 0x1211, 0x1121, 0x2211, 0x1010]), st.booleans()), min_size=1)
)
def test_the_recalibrated_probability_rises_and_m_stays_a_distribution(reviews):
    patterns = np.array([pattern for pattern, _ in reviews], np.int64)
    learnt = update(model(threshold=0.01), Labels(patterns, np.array([right for _, right in reviews])))
    weights, shares = zip(*learnt.recalibrated, strict=True)
    assert list(weights) == sorted(weights)
    assert list(shares) == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1
    for item in learnt.model.comparisons:
        assert sum(level.m for level in item.parameters) == pytest.approx(1)
        assert all(0 < level.m < 1 for level in item.parameters)
    assert 0 < learnt.model.threshold < 1


def test_no_labels_change_nothing():
    learnt = update(model(), Labels(np.empty(0, np.int64), np.empty(0, dtype=bool)))
    assert learnt.model == model()
    assert (learnt.bands, learnt.recalibrated) == ((), ())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"patterns": np.array([0x1113], np.int64)}, "level that comparison 'name' lacks"),
        ({"patterns": np.array([0x11111], np.int64)}, "more comparisons than the model"),
        ({"patterns": np.array([-1], np.int64)}, "lacks|more comparisons"),
        ({"is_match": np.ones(2, dtype=bool)}, "differ in length"),
        ({"selection": np.zeros(1)}, "above 0"),
        ({"weights": np.array([np.nan])}, "must be numbers"),
    ],
)
def test_labels_that_do_not_fit_are_refused(changes, message):
    fitting = Labels(np.array([0x1111], np.int64), np.ones(1, dtype=bool))
    with pytest.raises(ModelError, match=message):
        update(model(), replace(fitting, **changes))


def test_a_model_without_parameters_and_a_strange_precision_are_refused():
    labels = Labels(np.array([0x1111], np.int64), np.ones(1, dtype=bool))
    with pytest.raises(ModelError, match="null parameters"):
        update(replace(model(), prior=None), labels)
    with pytest.raises(ModelError, match="between 0 and 1"):
        update(model(), labels, precision=1.0)
