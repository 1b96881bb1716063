"""The verdict on a linkage: what is doubted, in words, and never more certainty than there is."""

from dataclasses import replace

import pyarrow as pa
import pytest

from matching import Model, link
from matching.calibration.calibrate import Estimated, ThresholdQuality
from matching.model import Blocking, Comparison, Parameters, Rule
from matching.proposal.health import examine
from matching.proposal.propose import propose
from tests.matching.people import scene


@pytest.fixture(scope="module")
def linked():
    people = scene(1500, 900, seed=4)
    proposal = propose(people.left, people.right)
    return link(proposal.left, proposal.right, proposal.model, assignment="one_to_one")


def changed(result, **report):
    return replace(result, report=replace(result.report, **report))


def doubts(result, assignment="one_to_one", **options):
    return examine(result, assignment, same_table=False, **options).doubts


def test_a_good_linkage_is_sound(linked):
    health = examine(linked, "one_to_one", same_table=False)
    assert (health.verdict, health.doubts) == ("sound", ())


def test_recall_is_declined_with_the_reason(linked):
    assert examine(linked, "one_to_one", same_table=False).recall.startswith(
        "Recall is not stated: no parameter was estimated or no pair accepted, so nothing shows how sure it would be. By the model"
    )


def test_recall_is_stated_with_an_interval_where_there_is_one(linked):
    quality = ThresholdQuality(
        0.5, 500, Estimated(0.99, 0.98, 1.0), Estimated(), Estimated(0.972, 0.95, 0.99), "parameters"
    )
    assert examine(linked, "one_to_one", same_table=False, quality=quality).recall == (
        "Recall is about 97.2% (95.0% to 99.0%), by the model's own estimates; no pair of these files was checked by hand."
    )


def test_more_matches_than_records(linked):
    assert doubts(changed(linked, expected_matches=2000.0))[0] == (
        "2,000 matches are expected, more than the 900 records of the smaller file"
    )


def test_matches_that_one_to_one_cannot_hold(linked):
    (told,) = doubts(changed(linked, expected_matches=800.0))
    assert told.startswith("800 matches are expected, and only ")
    assert doubts(changed(linked, expected_matches=800.0), "none") == ()


def test_estimation_that_did_not_come_to_rest(linked):
    first = linked.report.estimates[0]
    slow = (replace(first, converged=False), *linked.report.estimates[1:])
    assert doubts(changed(linked, estimates=slow)) == (
        f"the estimation did not come to rest within rule(s) {first.rule}",
    )


def test_blocks_that_were_cut(linked):
    rules = (replace(linked.report.rules[0], skipped_pairs=5000), *linked.report.rules[1:])
    lost = (7.0, *(0.0 for _ in rules[1:]))
    (told,) = doubts(changed(linked, rules=rules, skipped_matches=lost))
    assert (
        told
        == f"rule '{rules[0].rule}': blocks were too large, 5,000 pairs are not compared, about 7 matches among them"
    )


def test_records_in_no_block(linked):
    assert doubts(linked, unreached=0.25) == (
        "25.0% of the records of one side are in no block: what every rule reads is missing there",
    )


def test_agreement_that_speaks_against_a_match(linked):
    backwards = Comparison("town", "exact", ("town",), parameters=(Parameters(0.1, 0.4), Parameters(0.9, 0.6)))
    model = replace(linked.model, comparisons=(*linked.model.comparisons, backwards))
    assert doubts(replace(linked, model=model)) == (
        "'town' speaks against a match where it agrees (-2.0 bits): it may be another thing in each file",
    )


def test_one_column_is_too_few():
    names = pa.table({"record_id": [f"{row}" for row in range(60)], "name": [f"n{row % 20}" for row in range(60)]})
    model = Model("m", (Comparison("name", "exact", ("name",)),), Blocking((Rule(("name",)),)))
    result = link(names, names.set_column(0, "record_id", pa.array([f"x{row}" for row in range(60)])), model)
    assert "only 1 column(s) are compared; namesakes cannot be told apart with so few" in doubts(result, "none")


def test_nothing_compared_is_unusable(linked):
    nothing = replace(
        linked, pairs=linked.pairs.slice(0, 0), report=replace(linked.report, candidate_pairs=0, accepted_pairs=0)
    )
    health = examine(nothing, "none", same_table=False)
    assert health.verdict == "unusable"
    assert health.sentence == "Not to be used: no two records share a blocking key, so nothing was compared."


def test_no_match_is_unusable(linked):
    none = replace(
        linked, pairs=linked.pairs.slice(0, 0), report=replace(linked.report, accepted_pairs=0, expected_matches=0.0)
    )
    assert examine(none, "none", same_table=False).verdict == "unusable"
