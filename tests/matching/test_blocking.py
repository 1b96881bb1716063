"""Blocks make every pair that shares a rule's keys, each pair once, and no block is larger than allowed."""

from functools import partial

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.blocking import plan
from matching.columns import Columns
from matching.engines.local import Engine
from matching.errors import ModelError
from matching.keys import key_hashes, rule_hashes
from matching.model import Blocking, Rule

KEY = st.sampled_from([None, "a", "b", "c"])
ROWS = st.lists(st.tuples(KEY, KEY), min_size=1, max_size=25)


def table(rows):
    return pa.table(
        {"x": pa.array([row[0] for row in rows], pa.string()), "y": pa.array([row[1] for row in rows], pa.string())}
    )


def pairs(left, right, blocking, *, same_table=False, chunk=7):
    columns = Columns(left, left if same_table else right)
    made = plan(partial(rule_hashes, columns), blocking, same_table=same_table)
    engine = Engine(made, [], chunk_pairs=chunk)
    return made, [
        (a, b, mask)
        for chunk in engine.walk(lambda chunk: (chunk.left.tolist(), chunk.right.tolist(), chunk.masks.tolist()))
        for a, b, mask in zip(*chunk, strict=True)
    ]


BOTH = Blocking((Rule(("x",)), Rule(("y",)), Rule(("x", "y"))))


@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS)
def test_the_union_of_rules_without_duplicates(left, right):
    _, found = pairs(table(left), table(right), BOTH)
    expected = {
        (a, b, sum(1 << rule for rule, same in enumerate((x, y, x and y)) if same))
        for a, one in enumerate(left)
        for b, two in enumerate(right)
        for x, y in [(one[0] is not None and one[0] == two[0], one[1] is not None and one[1] == two[1])]
        if x or y
    }
    assert len(found) == len(set(found))
    assert set(found) == expected


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_within_one_table_each_pair_once_lower_row_first(rows):
    _, found = pairs(table(rows), table(rows), BOTH, same_table=True)
    expected = {
        (a, b)
        for a in range(len(rows))
        for b in range(a + 1, len(rows))
        if any(rows[a][place] is not None and rows[a][place] == rows[b][place] for place in (0, 1))
    }
    assert sorted((a, b) for a, b, _ in found) == sorted(expected)


def test_an_oversize_block_is_subdivided_and_the_rest_counted():
    rows = [("a", "b")] * 4 + [("a", "c")] * 3 + [("a", None)] * 3
    made, found = pairs(table(rows), table(rows), Blocking((Rule(("x",)),), refine=("y",), max_block_pairs=20))
    assert len(found) == 4 * 4 + 3 * 3
    report = made.reports[0]
    assert (report.subdivided_blocks, report.largest_block) == (1, 16)
    assert report.skipped_pairs == 100 - 25


def test_one_giant_block_without_refinement_is_skipped_not_exploded():
    rows = [("a", None)] * 1000
    made, found = pairs(table(rows), table(rows), Blocking((Rule(("x",)),), max_block_pairs=100))
    assert found == []
    assert made.reports[0].skipped_pairs == 1_000_000


@pytest.mark.parametrize(
    ("key", "a", "b", "same"),
    [
        ("x:year", "1962-03-07", "1962年", True),
        ("x:day", "1962-03-07", "19620307", True),
        ("x:day", "1962-03", "1962-03", False),
        ("x:first6", "539102199003070030", "539102********0030", True),
        ("x:first14", "539102199003070030", "539102********0030", False),
        ("x:last4", "539102199003070030", "539102********0030", True),
        ("x", "539102********0030", "539102********0030", False),
        ("x:digits_last4", "139-0000-1111", "1111111", True),
        ("x:sound", "刘建国", "牛健国", True),
        ("x:sound", "刘?国", "刘?国", False),
        ("x:surname_sound", "单芳", "善明", True),
        ("x:folded", "阿·依", "阿依", True),
        ("x:soundex", "Robert", "Rupert", True),
        ("x:plain", " José ", "jose", True),
    ],
)
def test_derived_keys(key, a, b, same):
    left, right = key_hashes(Columns(pa.table({"x": [a]}), pa.table({"x": [b]})), key)
    assert bool(np.isin(left[left > 0], right).any()) is same


def test_an_unknown_derivation_is_refused():
    with pytest.raises(ModelError, match="unknown blocking key derivation 'aura'"):
        key_hashes(Columns(pa.table({"x": ["a"]}), pa.table({"x": ["a"]})), "x:aura")


def test_rows_without_a_key_are_in_no_block():
    left, right = key_hashes(Columns(pa.table({"x": pa.nulls(3, pa.string())}), pa.table({"x": ["", " ", "a"]})), "x")
    assert left.ravel().tolist() == [0, 0, 0]
    assert [value > 0 for value in right.ravel().tolist()] == [False, False, True]
