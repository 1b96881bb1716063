"""Blocking rules are taken in order, within a budget measured on the tables."""

from functools import partial

import numpy as np
import pyarrow as pa
import pytest

from matching.blocking import plan
from matching.columns import Columns
from matching.keys import rule_hashes
from matching.model import Blocking
from matching.proposal.rule_planning import FEWEST, plan_rules


@pytest.fixture(scope="module")
def tables():
    rng = np.random.default_rng(1)

    def one(rows):
        return pa.table(
            {
                "name": [f"n{number}" for number in rng.zipf(1.3, rows) % 500],
                "year": [str(1930 + number) for number in rng.integers(0, 70, rows)],
                "sex": [str(number) for number in rng.integers(1, 3, rows)],
                "note": pa.array([None] * rows, pa.string()),
            }
        )

    return one(9000), one(8000)


def test_pairs_are_measured(tables):
    """What is planned is what blocking makes."""
    rules, unreached, notes = plan_rules(*tables, [("name", "year"), ("year", "sex")], [])
    hashes_of = partial(rule_hashes, Columns(*tables))
    blocks = plan(hashes_of, Blocking(tuple(item.rule for item in rules)), same_table=False)
    assert [item.pairs for item in rules] == [report.pairs for report in blocks.reports]
    assert unreached == 0
    assert notes == ()


def test_a_rule_that_makes_too_many_pairs_is_narrowed_or_given_up(tables):
    rules, _, notes = plan_rules(*tables, [("sex",), ("name", "year")], ["year"])
    assert [item.rule.keys for item in rules] == [("sex", "year"), ("name", "year")]
    _, _, notes = plan_rules(*tables, [("sex",)], [])
    assert notes == (f"rule 'sex' is left out: it would make {_pairs(tables, 'sex'):,} pairs",)
    assert _pairs(tables, "sex") > FEWEST / 4


def test_the_budget_holds_for_all_rules_together(tables):
    wishes = [("name", "year"), ("year", "sex"), ("name", "sex"), ("year",), ("name",)]
    rules, _, _ = plan_rules(*tables, wishes, ["sex", "year"])
    assert sum(item.pairs for item in rules) <= FEWEST


def test_purity_is_the_share_that_chance_does_not_explain(tables):
    """Name and year have nothing to do with each other among strangers; a copy of the table matches itself."""
    (strangers,), _, _ = plan_rules(*tables, [("name", "year")], [])
    left = tables[0]
    (same,), _, _ = plan_rules(left, left.slice(0, 8000), [("name", "year")], [])
    assert strangers.purity < 0.05
    assert same.purity == pytest.approx(8000 / same.pairs, abs=0.02)


def test_records_without_any_key_are_counted(tables):
    left, right = tables
    half = pa.array([None if place % 2 else "x" for place in range(len(right))], pa.string())
    _, unreached, _ = plan_rules(
        left.set_column(3, "note", pa.array(["x"] * len(left))),
        right.set_column(3, "note", half),
        [("note", "name", "year")],
        [],
    )
    assert unreached == 0.5


def _pairs(tables, column):
    a, b = (dict(zip(*np.unique(table[column].to_numpy(), return_counts=True), strict=True)) for table in tables)
    return int(sum(count * b.get(value, 0) for value, count in a.items()))
