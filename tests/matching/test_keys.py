"""Blocking keys with several values a row, and hashes that depend on the value alone."""

import numpy as np
import pyarrow as pa
import pytest

from matching.columns import Columns
from matching.keys import MOST_ALTERNATIVES, columns_of, key_hashes, rule_hashes


def meet(key, left, right) -> list[list[bool]]:
    """Whether each left row shares a value of the key with each right row."""
    a, b = key_hashes(Columns(left, right), key)
    return [[bool(set(one[one > 0]) & set(two[two > 0])) for two in b] for one in a]


def lists(*rows) -> pa.Table:
    return pa.table({"x": pa.array(rows, pa.list_(pa.string()))})


def test_rows_meet_that_share_any_item_of_a_list():
    left = lists(["a", "b"], ["c"], [], None)
    right = lists(["b", "d"], ["c", "a"])
    assert meet("x", left, right) == [[True, True], [False, True], [False, False], [False, False]]


def test_items_of_a_list_are_derived_one_by_one():
    assert meet("x:plain", lists([" José "]), lists(["anna", "jose"])) == [[True]]


def test_of_a_long_list_the_first_items_count():
    many = [str(number) for number in range(MOST_ALTERNATIVES + 1)]
    assert meet("x", lists(many), lists([many[0]], [many[-1]])) == [[True, False]]


def test_a_name_meets_a_former_name():
    """Columns joined by a bar are alternatives of one key."""
    left = pa.table({"name": ["岩罕", "玉香"], "former_name": ["岩温", None]})
    right = pa.table({"name": ["岩温", "玉香", "岩叫"], "former_name": [None, "玉罕", None]})
    assert meet("name|former_name:folded", left, right) == [[True, False, False], [False, True, False]]


def test_a_name_meets_under_each_of_its_readings():
    """单 is shàn as a surname and dān elsewhere; whoever typed 丹 for it had the other reading in mind."""
    left, right = pa.table({"x": ["单芳"]}), pa.table({"x": ["丹芳", "善芳"]})
    assert meet("x:sound", left, right) == [[False, True]]
    assert meet("x:sounds", left, right) == [[True, True]]


def test_all_keys_of_a_rule_must_agree_whatever_the_alternative():
    left = pa.table({"x": pa.array([["a", "b"]]), "y": ["1"]})
    right = pa.table({"x": pa.array([["b"], ["b"], ["z"]]), "y": ["1", "2", "1"]})
    a, b = rule_hashes(Columns(left, right), ("x", "y"))
    assert [bool(set(a[0][a[0] > 0]) & set(row)) for row in b] == [True, False, False]


@pytest.mark.parametrize("key", ["x", "x:plain", "x:first2", "x:sound", "x:sounds", "x:folded", "x:soundex", "x:year"])
def test_a_hash_depends_on_nothing_but_the_value(key):
    """So that what was kept last month meets what comes in this month."""
    alone = pa.table({"x": ["岩罕 1962-03-07"]})
    among = pa.table({"x": ["王方", "1962-03-07", "岩罕 1962-03-07", None, "Ashcraft"] * 3})
    one, _ = key_hashes(Columns(alone, alone), key)
    many, _ = key_hashes(Columns(among, among.slice(1)), key)
    width = min(one.shape[1], many.shape[1])
    assert one[0, :width].tolist() == many[2, :width].tolist()


def test_columns_of_a_key():
    assert columns_of("name|former_name:sound") == ("name", "former_name")
    assert np.all(key_hashes(Columns(pa.table({"y": ["1"]}), pa.table({"y": ["1"]})), "absent")[0] == 0)
