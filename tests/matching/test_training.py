"""A trained model says when, on what and how it was trained, and where each parameter comes from."""

from dataclasses import replace

import pyarrow as pa
import pytest

from matching.errors import LinkError
from matching.linkage import LinkOptions, link
from matching.model import Blocking, Comparison, Model, Parameters, Rule
from matching.model_file import content_hash
from matching.model_table import parameter_rows
from matching.requirements import check_required
from matching.training import trained

AT = "2026-11-30T08:00:00+08:00"
OPTIONS = LinkOptions(random_pairs=2_000, seed=5)


def people(shift=0):
    rows = range(400)
    return pa.table(
        {
            "record_id": list(rows),
            "name": [f"name{row % 97}{row}" for row in rows],
            "born": [f"19{10 + row % 80}-0{1 + row % 9}-1{row % 7}" for row in rows],
            "town": [f"town{(row + (shift if row % 10 == 0 else 0)) % 12}" for row in rows],
        }
    )


def model(**changes):
    by_hand = (
        Parameters(0.9, None, m_from="imported"),
        Parameters(0.1, None, m_from="imported"),
    )
    return Model(
        name="small",
        comparisons=(
            Comparison("name", "exact", ("name",)),
            Comparison("born", "exact", ("born",), parameters=by_hand),
            Comparison("town", "exact", ("town",)),
        ),
        blocking=Blocking((Rule(("name",)),)),
        **changes,
    )


@pytest.fixture(scope="module")
def after():
    result = link(people(), people(shift=1), model(), options=OPTIONS)
    return trained(result, OPTIONS, AT)


def test_the_run_is_recorded(after):
    run = after.training
    assert (run.at, run.left_rows, run.right_rows, run.random_pairs, run.seed) == (AT, 400, 400, 2_000, 5)
    assert run.candidate_pairs == 400
    assert [(rule.rule, rule.comparisons, rule.converged) for rule in run.rules] == [("name", ("born", "town"), True)]
    assert run.rules[0].expected_matches == pytest.approx(400, rel=0.05)


def test_every_parameter_says_where_it_comes_from(after):
    told = {(row.comparison, row.m_from, row.u_from) for row in parameter_rows(after)}
    assert told == {
        ("name", "declared default", "random pairs"),  # its rule reads it, so it is never free
        ("born", "imported", "random pairs"),
        ("town", "EM within name", "random pairs"),
    }


def test_the_record_is_read_back_as_written_and_does_not_change_the_hash(after, tmp_path):
    after.save(tmp_path / "m.json")
    assert Model.load(tmp_path / "m.json") == after
    assert content_hash(replace(after, training=None)) == content_hash(after)


def test_what_was_given_keeps_its_origin_on_either_side():
    half = (Parameters(None, 0.2, u_from="imported"), Parameters(None, 0.8, u_from="hand"))
    base = model()
    given = replace(base, comparisons=(*base.comparisons[:2], replace(base.comparisons[2], parameters=half)))
    done = trained(link(people(), people(shift=1), given, options=OPTIONS), OPTIONS, AT)
    assert [(item.u, item.u_from) for item in done.comparisons[2].parameters] == [(0.2, "imported"), (0.8, "hand")]
    assert {item.m_from for item in done.comparisons[2].parameters} == {"em"}


def test_a_complete_model_keeps_its_record(after):
    result = link(people(), people(), after, options=OPTIONS)
    assert trained(result, OPTIONS, "later") == after


def test_without_parameters_everything_is_to_be_estimated():
    rows = parameter_rows(model())
    assert {row.u_from for row in rows} == {"to be estimated"}
    assert {row.weight for row in rows} == {None}


def test_a_required_column_that_is_absent_or_empty_is_refused_with_what_to_do():
    needs = model(required=("town",), aliases={"town": ("place",)})
    check_required(needs, people(), people())
    with pytest.raises(LinkError, match=r"the right table has no column 'town' or 'place'.* take 'town' out of"):
        check_required(needs, people(), people().drop_columns(["town"]))
    empty = people().drop_columns(["town"]).append_column("town", pa.nulls(400, pa.string()))
    with pytest.raises(LinkError, match="column 'town' is empty in the left table"):
        check_required(needs, empty, people())
