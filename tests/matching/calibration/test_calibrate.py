"""What a linkage says of itself without labels holds against the truth, or is not said."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

import matching
from matching.calibration.calibrate import calibrate
from matching.calibration.replicates import replicated_models
from matching.calibration.unlinkable import unlinkable
from matching.calibration.words import TABLE_HEAD, in_words, table_rows
from matching.evaluation import accepted_pairs, compare_with_truth
from matching.linkage import LinkOptions, dedupe, link
from matching.model import Model, Rule
from tests.matching.people import scene

MODELS = matching.__path__[0] + "/models/"


@pytest.fixture(scope="module")
def zh():
    return Model.load(MODELS + "person_zh.json")


@pytest.fixture(scope="module")
def small():
    return scene(3000, 2000, seed=11)


@pytest.fixture(scope="module")
def linked(small, zh):
    return link(small.left, small.right, zh, assignment="many_to_one")


@pytest.fixture(scope="module")
def calibrated(linked, zh):
    return calibrate(linked, zh, assignment="many_to_one")


def within(truth, estimated):
    return estimated.low - 1e-9 <= truth <= estimated.high + 1e-9


@pytest.mark.parametrize("seed", [21, 22, 23])
@pytest.mark.parametrize("harsh", [True, False], ids=["careless", "careful"])
def test_the_truth_lies_within_the_limits(seed, harsh, zh):
    case = scene(2000, 1500, seed=seed, harsh=harsh)
    result = link(case.left, case.right, zh)
    found = calibrate(result, zh, assignment="many_to_one", thresholds=(0.1, 0.9, 0.999), replicates=15)
    for item in found.before:
        accepted = result.pairs.filter(np.asarray(result.pairs["match_probability"]) >= item.threshold)
        pairs = set(zip(accepted["left_id"].to_pylist(), accepted["right_id"].to_pylist(), strict=True))
        quality = compare_with_truth(pairs, case.truth)
        assert item.pairs == quality.found
        assert within(quality.precision.value, item.precision)
        assert within(quality.recall.value, item.recall)


def test_the_truth_lies_within_the_limits_after_assignment(calibrated, linked, small):
    quality = compare_with_truth(accepted_pairs(linked.pairs), small.truth)
    said = calibrated.at(0.5, assigned=True)
    assert said.pairs == quality.found
    assert within(quality.precision.value, said.precision)
    assert within(quality.recall.value, said.recall)
    assert calibrated.at(0.1, assigned=True).precision.value > calibrated.at(0.1).precision.value


def test_duplicates_of_one_table_are_vouched_for_too(zh, small):
    both = pa.concat_tables([small.left, small.right])
    result = dedupe(both, zh)
    said = calibrate(result, zh, replicates=10).at(0.5)
    likely = result.pairs.filter(np.asarray(result.pairs["match_probability"]) >= 0.5)
    pairs = set(zip(likely["left_id"].to_pylist(), likely["right_id"].to_pylist(), strict=True))
    quality = compare_with_truth(pairs, small.truth)
    assert said.pairs == quality.found
    assert within(quality.precision.value, said.precision)
    assert within(quality.recall.value, said.recall)


def test_models_estimated_on_data_drawn_anew_lie_around_the_first(linked, zh):
    models = replicated_models(linked, zh, 20, seed=4)
    assert np.log([item.prior for item in models]).mean() == pytest.approx(np.log(linked.model.prior), abs=0.05)
    drawn = np.array([item.comparisons[1].parameters[0].m for item in models])
    assert drawn.mean() == pytest.approx(linked.model.comparisons[1].parameters[0].m, abs=0.02)
    assert 0.001 < drawn.std() < 0.05
    assert {len(item.comparisons) for item in models} == {len(linked.model.comparisons)}


def test_a_higher_threshold_is_more_precise_and_finds_less(calibrated):
    for qualities in (calibrated.before, calibrated.after):
        assert [item.threshold for item in qualities] == sorted(item.threshold for item in qualities)
        precision = [item.precision.value for item in qualities]
        recall = [item.recall_of_candidates.value for item in qualities]
        assert precision == sorted(precision)
        assert recall == sorted(recall, reverse=True)


def test_limits_surround_the_value_and_never_promise_perfection(calibrated):
    for item in (*calibrated.before, *calibrated.after):
        for share in (item.precision, item.recall_of_candidates, item.recall):
            assert 0 <= share.low <= share.value <= share.high <= 1
        assert item.precision.low <= 0.999
        assert item.recall.value <= item.recall_of_candidates.value


def test_what_is_missed_in_all_is_what_recall_leaves(calibrated):
    item = calibrated.at(0.5, assigned=True)
    right = item.precision.value * item.pairs
    assert calibrated.missed_in_all.value == pytest.approx(right / item.recall.value - right)
    assert calibrated.missed_in_all.low <= calibrated.missed_in_all.value <= calibrated.missed_in_all.high


def test_the_outcome_is_fixed_by_the_seed(calibrated, linked, zh):
    assert calibrate(linked, zh, assignment="many_to_one") == calibrated


def test_households_that_share_everything_but_the_person_widen_the_limits(zh):
    """Without identity numbers the model takes siblings for one person ten times as often as it believes."""
    case = scene(3000, 2000, seed=7)
    left, right = (table.drop_columns(["id_number"]) for table in (case.left, case.right))
    result = link(left, right, zh)
    said = calibrate(result, zh, assignment="many_to_one", replicates=10).at(0.9)
    accepted = result.pairs.filter(np.asarray(result.pairs["match_probability"]) >= 0.9)
    pairs = set(zip(accepted["left_id"].to_pylist(), accepted["right_id"].to_pylist(), strict=True))
    precision = compare_with_truth(pairs, case.truth).precision.value
    assert 1 - precision > 5 * (1 - said.precision.value)
    assert within(precision, said.precision)
    assert said.doubt != "parameters"
    assert said.recall.value is None


def declined(result, given, **changes):
    said = calibrate(result, given, replicates=2, **changes).at(0.5)
    assert said.recall.value is None
    assert said.precision.low is None
    return said.precision.declined.en


def test_given_parameters_are_not_vouched_for(linked, small):
    again = link(small.left, small.right, linked.model)
    assert "parameters were given" in declined(again, linked.model)


def test_em_that_did_not_converge_is_not_vouched_for(linked, zh):
    slow = tuple(replace(item, converged=False) for item in linked.report.estimates)
    halted = replace(linked, report=replace(linked.report, estimates=slow))
    assert "EM did not converge within rule 'id_number'" in declined(halted, zh)


def test_one_training_rule_is_contradicted_by_none(small, zh):
    rules = (Rule(("id_number",)), Rule(("name:folded", "birth_date:day"), train=False))
    single = replace(zh, blocking=replace(zh.blocking, rules=rules))
    assert "fewer than two training rules" in declined(link(small.left, small.right, single), single)


def test_few_matches_are_not_vouched_for(zh):
    case = scene(60, 50, seed=3)
    assert "matches are expected; at least 50" in declined(link(case.left, case.right, zh), zh)


def test_no_draws_no_limits(linked, zh):
    said = calibrate(linked, zh, replicates=0)
    assert said.replicates == 0
    assert "not estimated anew" in said.at(0.5).precision.declined.en


def test_nothing_accepted_is_said_so(linked, zh):
    result = replace(linked, pairs=linked.pairs.slice(0, 0))
    said = calibrate(result, zh, replicates=2).at(0.5)
    assert (said.pairs, said.precision.declined.en) == (0, "no pair is accepted")


def test_it_is_said_in_sentences_of_both_languages(calibrated, linked, small):
    found = unlinkable(small.left, small.right, linked.model)
    english, chinese = (in_words(calibrated, found, language=language) for language in ("en", "zh"))
    assert len(english) == len(chinese) == 6
    assert english[0].startswith("Of the 1,20")
    assert "are right (95 %: " in english[0]
    assert chinese[0].startswith("从概率 0.5 起接受 1,20")
    assert "of all matches are found" in english[1]
    assert "made by no blocking rule" in english[2]
    assert "右表 2,000 条记录中有 0 条" in chinese[-1]


def test_what_is_not_stated_is_said_so_with_the_reason(linked, small):
    said = calibrate(link(small.left, small.right, linked.model), linked.model)
    english, chinese = (in_words(said, language=language) for language in ("en", "zh"))
    assert english[1].startswith("Recall is not stated: the parameters were given")
    assert chinese[1].startswith("召回率不予说明：模型参数是给定的")
    assert table_rows(said.before)[0][3:] == ("not stated", "not stated")
    assert table_rows(said.before, "zh")[0][2].endswith("（无区间）")


def test_the_table_has_a_row_for_each_threshold(calibrated):
    rows = table_rows(calibrated.before)
    assert [row[0] for row in rows] == ["0.1", "0.5", "0.8", "0.9", "0.95", "0.99", "0.999"]
    assert {len(row) for row in rows} == {len(TABLE_HEAD["en"]), len(TABLE_HEAD["zh"])}


def test_how_it_was_counted_does_not_matter(linked, small, zh):
    """Counts of chunks kept in memory and counts of a walk without keeping are the same, and reach the result."""
    walked = link(small.left, small.right, zh, options=LinkOptions(cached_pairs=0))
    for name in ("patterns", "masks", "pairs"):
        assert getattr(walked.counts, name).tolist() == getattr(linked.counts, name).tolist()
    assert linked.counts.pairs.sum() == linked.report.candidate_pairs
    assert linked.random.pairs.sum() == LinkOptions().random_pairs
