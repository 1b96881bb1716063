"""The whole job on small synthetic scenes: what it finds, and what must not change what it finds."""

import numpy as np
import pyarrow as pa
import pytest

import matching
from matching.errors import LinkError
from matching.evaluation import accepted_pairs, cluster_pairs, compare_with_truth, expected_quality
from matching.explanation import explain
from matching.linkage import LinkOptions, dedupe, link
from matching.model import Model
from tests.matching.people import scene

MODELS = matching.__path__[0] + "/models/"


@pytest.fixture(scope="module")
def zh():
    return Model.load(MODELS + "person_zh.json")


@pytest.fixture(scope="module")
def small():
    return scene(1500, 900, seed=7)


@pytest.fixture(scope="module")
def linked(small, zh):
    return link(small.left, small.right, zh, assignment="many_to_one")


def test_people_are_found_across_the_errors_of_a_careless_source(linked, small):
    quality = compare_with_truth(accepted_pairs(linked.pairs), small.truth)
    assert quality.precision.value > 0.985
    assert quality.recall.value > 0.985


def test_the_model_knows_how_many_matches_there_are(linked, small):
    assert linked.report.expected_matches == pytest.approx(len(small.truth), rel=0.03)
    assert expected_quality(linked.pairs, linked.report.expected_matches).precision > 0.98


def test_estimated_error_rates_are_near_the_true_ones(linked):
    name = linked.model.comparisons[linked.model.position("name")]
    assert name.parameters[0].m == pytest.approx(0.91, abs=0.04)
    assert all(rule.converged for rule in linked.report.estimates)
    assert {(item.m_from, item.u_from) for item in name.parameters} == {("em", "random_pairs")}


def test_an_explanation_adds_up_to_the_weight(linked):
    for row in linked.pairs.slice(0, 50).to_pylist():
        findings = explain(row["pattern"], linked.model, row["frequency_weight"])
        assert sum(item.weight for item in findings) == pytest.approx(row["match_weight"])
        assert all(item.sentence_zh and item.sentence_en for item in findings)


def test_what_the_identity_number_implies_is_not_counted_twice(linked):
    exact = linked.pairs.filter(pa.array([(pattern & 15) == 1 for pattern in linked.pairs["pattern"].to_pylist()]))
    findings = {item.comparison: item for item in explain(exact["pattern"][0].as_py(), linked.model)}
    assert findings["birth_date"].level == "implied"
    assert findings["birth_date"].weight == 0


@pytest.mark.parametrize(
    "options",
    [
        LinkOptions(chunk_pairs=97),
        LinkOptions(cached_pairs=0),
        LinkOptions(threads=1),
        LinkOptions(chunk_pairs=1, cached_pairs=0),
    ],
    ids=["small chunks", "two passes", "one thread", "tiny chunks, two passes"],
)
def test_how_it_runs_does_not_change_the_outcome(options, linked, small, zh):
    again = link(small.left, small.right, zh, assignment="many_to_one", options=options)
    assert again.pairs.equals(linked.pairs)
    assert again.model == linked.model


@pytest.mark.parametrize(("cached", "steps"), [(10**9, {"compare"}), (0, {"compare", "score"})])
def test_progress_rises_to_all_pairs_of_every_step(cached, steps, small, zh):
    told = []
    options = LinkOptions(chunk_pairs=200, cached_pairs=cached)
    link(small.left, small.right, zh, options=options, progress=lambda *step: told.append(step))
    assert {step for step, _, _ in told} == steps
    for step in steps:
        done = [count for name, count, _ in told if name == step]
        assert done == sorted(set(done))
        assert {done[-1]} == {total for name, _, total in told if name == step}


def test_the_order_of_rows_does_not_change_the_outcome(linked, small, zh):
    def shuffled(table):
        return table.take(pa.array(np.random.default_rng(3).permutation(len(table))))

    again = link(shuffled(small.left), shuffled(small.right), zh, assignment="many_to_one")
    assert again.pairs.equals(linked.pairs)


def test_a_model_with_parameters_is_used_as_it_is(linked, small, zh, tmp_path):
    linked.model.save(tmp_path / "estimated.json")
    again = link(small.left, small.right, Model.load(tmp_path / "estimated.json"), assignment="many_to_one")
    assert again.pairs["match_weight"].to_numpy() == pytest.approx(linked.pairs["match_weight"].to_numpy())
    assert again.report.estimates == ()


def test_many_to_one_gives_each_right_record_one_left(linked):
    right = [pair[1] for pair in accepted_pairs(linked.pairs)]
    assert len(right) == len(set(right))


def test_duplicates_of_one_table_form_clusters(small, zh):
    both = pa.concat_tables([small.left, small.right])
    result = dedupe(both, zh)
    assert compare_with_truth(cluster_pairs(result.clusters), small.truth).f1 > 0.97
    for cluster, record in zip(
        result.clusters["cluster_id"].to_pylist(), result.clusters["record_id"].to_pylist(), strict=True
    ):
        assert cluster <= record


def small_model(**changes):
    from matching.model_file import from_document

    return from_document(
        {
            "format": "bangfu-linkage-model/1",
            "name": "small",
            "blocking": {"rules": [{"keys": ["name"]}, {"keys": ["born:year"]}]},
            "comparisons": [
                {"name": "name", "kind": "text", "columns": ["name"]},
                {"name": "born", "kind": "date", "columns": ["born"]},
            ],
            "aliases": {"born": ["dob"]},
            **changes,
        }
    )


def people_table(names=("ann", "bob", "cid"), **columns):
    columns = {
        "record_id": list(range(len(names))),
        "name": list(names),
        "born": ["1962-03-07"] * len(names),
        **columns,
    }
    return pa.table({name: values for name, values in columns.items() if values is not None})


@pytest.mark.parametrize(
    ("left", "message"),
    [
        (people_table(record_id=[1, 1, 2]), "repeated 1 time"),
        (people_table(record_id=[1, None, 2]), "1 row.* have no 'record_id'"),
        (people_table(record_id=None), "no id column"),
        (people_table().slice(0, 0), "no rows"),
        (pa.table({"record_id": [1], "colour": ["red"]}), "none of the model's columns"),
    ],
)
def test_tables_that_cannot_be_linked_are_refused(left, message):
    with pytest.raises(LinkError, match=message):
        link(left, people_table(), small_model())


def test_what_is_left_out_is_named():
    result = link(people_table(born=None), people_table(extra=["x"] * 3), small_model())
    assert "comparison 'born' is left out: column 'born' is not in the left table" in result.report.notes
    assert [item.name for item in result.model.comparisons] == ["name"]


def test_columns_are_found_under_their_aliases():
    result = link(people_table(born=None, DOB=["1962-03-07"] * 3), people_table(), small_model())
    assert [item.name for item in result.model.comparisons] == ["name", "born"]


@pytest.mark.parametrize("born", [[None] * 3, ["1962-03-07"] * 3, ["?", "1962", "07/03/1962"]])
def test_empty_constant_and_mixed_columns_give_sound_results(born):
    result = link(people_table(born=born), people_table(born=born), small_model())
    assert np.isfinite(result.pairs["match_weight"].to_numpy()).all()


def test_ids_keep_type_and_value():
    result = link(people_table(), people_table(), small_model(), options=LinkOptions(keep_probability=0))
    assert result.pairs["left_id"].type == pa.int64()
