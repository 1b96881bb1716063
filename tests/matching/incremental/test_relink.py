"""A kept linkage brought up to date says what a full run over the whole tables says."""

import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching import LinkError, Model, link
from matching.incremental.relink import keep_linked, relink
from matching.model import Blocking, Comparison, Frequency, Rule
from matching.model import Model as LinkageModel
from tests.matching.people import scene

MODEL = Path(__file__).parents[3] / "matching" / "models" / "person_zh.json"


@pytest.fixture(scope="module")
def tables():
    made = scene(900, 700, seed=5)
    return made.left, made.right


@pytest.fixture(scope="module")
def estimated(tables):
    return link(*tables, Model.load(MODEL)).model


def without(table: pa.Table, ids) -> pa.Table:
    return table.filter(pc.invert(pc.is_in(table["record_id"], value_set=pa.array(list(ids), pa.string()))))


def only(table: pa.Table, ids) -> pa.Table:
    return table.filter(pc.is_in(table["record_id"], value_set=pa.array(list(ids), pa.string())))


def replaced(table: pa.Table, rows: pa.Table) -> pa.Table:
    return pa.concat_tables([without(table, rows["record_id"].to_pylist()), rows.select(table.column_names)])


def assert_same(found, full):
    assert found.pairs.column_names == full.pairs.column_names
    for name in ("left_id", "right_id", "pattern", "accepted"):
        assert found.pairs[name].to_pylist() == full.pairs[name].to_pylist(), name
    for name in ("match_weight", "frequency_weight"):
        np.testing.assert_allclose(found.pairs[name].to_numpy(), full.pairs[name].to_numpy(), rtol=1e-9, atol=1e-9)
    assert (found.report.left_rows, found.report.right_rows) == (full.report.left_rows, full.report.right_rows)


@pytest.mark.parametrize("assignment", ["none", "one_to_one", "many_to_one"])
def test_months_of_changes_on_both_sides_equal_a_full_run(tmp_path, tables, estimated, assignment):
    """Rows come, change and go; an id that had gone comes back."""
    rng = random.Random(3)
    whole = list(tables)
    ids = [side["record_id"].to_pylist() for side in whole]
    now = [without(side, rng.sample(own, 80)) for side, own in zip(whole, ids, strict=True)]
    keep_linked(tmp_path, *now, estimated, assignment=assignment)
    for month in range(3):
        there = [side["record_id"].to_pylist() for side in now]
        gone = [rng.sample(own, 15) for own in there]
        fresh = [
            only(side, [name for name in own if name not in set(here)][month * 20 :][:20])
            for side, own, here in zip(whole, ids, there, strict=True)
        ]
        moved = [
            side.slice(5 * month, 10) for side in (without(side, lost) for side, lost in zip(now, gone, strict=True))
        ]
        moved = [
            rows.set_column(rows.column_names.index("phone"), "phone", pa.array(["13800000001"] * len(rows)))
            for rows in moved
        ]
        rows = [pa.concat_tables([a, b.select(a.column_names)]) for a, b in zip(fresh, moved, strict=True)]
        now = [replaced(without(side, lost), new) for side, lost, new in zip(now, gone, rows, strict=True)]
        found = relink(tmp_path, left=rows[0], right=rows[1], gone_left=gone[0], gone_right=gone[1])
        assert_same(found, link(*now, estimated, assignment=assignment))
        assert found.report.candidate_pairs < link(*now, estimated).report.candidate_pairs


def test_a_telephone_that_has_become_shared_changes_rows_that_were_there(tmp_path, tables, estimated):
    """Twenty rows may carry a number; with more it says nothing, for all of them."""
    left, right = tables
    number = "13900000002"

    def with_number(table, rows):
        phones = [number if place < rows else value for place, value in enumerate(table["phone"].to_pylist())]
        return table.set_column(table.column_names.index("phone"), "phone", pa.array(phones))

    keep_linked(tmp_path, with_number(left, 20), right, estimated)
    more = with_number(left, 21).slice(20, 1)
    found = relink(tmp_path, left=more)
    assert_same(found, link(with_number(left, 21), right, estimated))
    back = relink(tmp_path, left=left.slice(20, 1))
    assert_same(back, link(with_number(left, 20), right, estimated))


def test_the_cap_on_block_size_holds_as_in_a_full_run(tmp_path):
    exact = [Comparison(name, "exact", (name,)) for name in ("town", "name", "year")]
    model = LinkageModel(
        "m",
        (exact[0], Comparison("name", "exact", ("name",), frequency=Frequency("name", ("town",))), exact[2]),
        Blocking((Rule(("town",)), Rule(("name",))), refine=("year",), max_block_pairs=150),
    )

    def table(side, count, seed):
        rng = random.Random(seed)
        return pa.table(
            {
                "record_id": [f"{side}{number:04d}" for number in range(count)],
                "town": [rng.choice("ab" * 3 + "cdefgh") for _ in range(count)],
                "name": [rng.choice("uvwxyz") + rng.choice("123456789") for _ in range(count)],
                "year": [str(rng.randrange(1990, 1994)) for _ in range(count)],
            }
        )

    left, right = table("l", 90, 1), table("r", 80, 2)
    complete = link(left, right, model).model
    keep_linked(tmp_path, left.slice(0, 70), right, complete)
    found = relink(tmp_path, left=left.slice(70))
    full = link(left, right, complete)
    assert full.report.rules[0].subdivided_blocks > 0
    assert_same(found, full)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 39), st.booleans()), max_size=12))
def test_any_change_equals_a_full_run(tmp_path_factory, tables, estimated, changes):
    folder = tmp_path_factory.mktemp("kept")
    whole = [side.slice(0, 300) for side in tables]
    keep_linked(folder, *(side.slice(0, 280) for side in whole), estimated, assignment="one_to_one")
    gone: list[set[str]] = [set(), set()]
    fresh: list[set[str]] = [set(), set()]
    for side, place, there in changes:
        name = whole[side]["record_id"][260 + place].as_py()
        (fresh if there else gone)[side].add(name)
    rows = [only(side, new) for side, new in zip(whole, fresh, strict=True)]
    found = relink(folder, left=rows[0], right=rows[1], gone_left=list(gone[0]), gone_right=list(gone[1]))
    now = [replaced(without(side.slice(0, 280), lost), new) for side, lost, new in zip(whole, gone, rows, strict=True)]
    assert_same(found, link(*now, estimated, assignment="one_to_one"))


def test_a_broken_update_leaves_the_last_one_standing(tmp_path, tables, estimated, monkeypatch):
    left, right = tables
    keep_linked(tmp_path, left, right.slice(0, 650), estimated)
    before = sorted(path.name for path in tmp_path.iterdir())
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        relink(tmp_path, right=right.slice(650))
    monkeypatch.undo()
    assert set(before) < {path.name for path in tmp_path.iterdir()}
    found = relink(tmp_path, right=right.slice(650))
    assert_same(found, link(left, right, estimated))
    assert all(path.suffix in (".json", ".arrow") for path in tmp_path.iterdir())


def test_a_folder_without_a_kept_linkage_is_told(tmp_path, tables):
    with pytest.raises(LinkError, match="holds no kept linkage"):
        relink(tmp_path, right=tables[1])


def test_ids_that_are_repeated_among_new_rows_are_told(tmp_path, tables, estimated):
    keep_linked(tmp_path, *tables, estimated)
    twice = pa.concat_tables([tables[1].slice(0, 1)] * 2)
    with pytest.raises(LinkError, match="'record_id' is repeated 1 time"):
        relink(tmp_path, right=twice)


def test_numbers_serve_as_ids(tmp_path, tables, estimated):
    left, right = (side.set_column(0, "record_id", pa.array(np.arange(len(side)))) for side in tables)
    assert left.column_names[0] == "record_id"
    keep_linked(tmp_path, left, right.slice(0, 600), estimated)
    assert_same(relink(tmp_path, right=right.slice(600)), link(left, right, estimated))
