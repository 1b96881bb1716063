"""Lists compare as sets: neither order nor repetition matters, and more in common is never weaker."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.columns import Columns
from matching.comparisons import compare_pairs, comparer
from matching.errors import ModelError
from matching.levels import levels_of
from matching.model import Comparison

ITEMS = st.lists(st.sampled_from(["岩罕", "玉香", "𠮷", "李", "a", "b"]), max_size=6)
KINDS_OF_LIST = [pa.list_(pa.string()), pa.large_list(pa.string())]


def found(a, b, kind=None, **options):
    """Names of the levels of rows a[i] and b[i]."""
    tables = [pa.table({"c": pa.array(list(side), kind or pa.list_(pa.string()))}) for side in (a, b)]
    rows = np.arange(len(a), dtype=np.int32)
    it = Comparison("it", "array", ("c",), options)
    names = ["missing", *(level.name for level in levels_of("array", options))]
    return [names[code] for code in compare_pairs([comparer(it, 0, Columns(*tables))], rows, rows)]


@pytest.mark.parametrize("kind", KINDS_OF_LIST)
@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (["岩罕", "玉香"], ["玉香", "岩罕", "岩罕"], "same_set"),
        (["岩罕"], ["玉香", "岩罕"], "contains"),
        (["a", "b", "c", "x"], ["a", "b", "c", "y"], "overlap_3"),
        (["a", "b", "x"], ["a", "b", "y"], "overlap_2"),
        (["a", "x"], ["a", "y"], "some_overlap"),
        (["a"], ["b"], "no_overlap"),
        (["José"], ["JOSE"], "same_set"),
        (["𠮷"], ["吉"], "no_overlap"),
        ([], ["a"], "missing"),
        ([None, " "], ["a"], "missing"),
        (["\u0301"], ["a"], "missing"),  # an accent without a letter is nothing
        (["\u0301", "a"], ["b", "a"], "contains"),
        (None, ["a"], "missing"),
        (["a", None, ""], ["a"], "same_set"),
    ],
)
def test_levels_of_lists(kind, a, b, expected):
    assert found([a], [b], kind, cutoffs=[3, 2]) == [expected]


def test_without_whole_sets_only_the_count_of_shared_items_matters():
    pairs = [(["a"], ["a"]), (["a", "b"], ["b", "a"]), (["a"], ["a", "b"]), (["a"], ["b"])]
    assert found(*zip(*pairs, strict=True), sets=False) == ["some_overlap", "overlap_2", "some_overlap", "no_overlap"]


def test_text_is_divided_by_the_declared_separator():
    told = found(["岩罕；玉香", " 玉香 ；", "；"], ["玉香；岩罕", "玉香；李", "玉香"], pa.string(), separator="；")
    assert told == ["same_set", "contains", "missing"]


def test_numbers_in_lists_compare_by_value():
    assert found([[1, 2]], [[2, 1]], pa.list_(pa.int64())) == ["same_set"]


def test_text_without_a_separator_is_refused_with_what_to_do():
    with pytest.raises(ModelError, match=r"column 'c' holds text, not lists; give .* the option 'separator'"):
        found(["a;b"], ["a"], pa.string())


def test_an_absent_or_empty_column_says_nothing():
    zero = np.zeros(1, np.int32)
    tables = pa.table({"c": [["a"]]}), pa.table({"d": [1]}), pa.table({"c": pa.nulls(1)})
    it = Comparison("it", "array", ("c",))
    for other in tables[1:]:
        assert compare_pairs([comparer(it, 0, Columns(tables[0], other))], zero, zero).tolist() == [0]


@given(pairs=st.lists(st.tuples(ITEMS, ITEMS), min_size=1, max_size=10), data=st.data())
def test_neither_side_nor_any_order_matters(pairs, data):
    a, b = zip(*pairs, strict=True)
    there = found(a, b)
    assert found(b, a) == there
    assert found([list(reversed(items)) + items for items in a], b) == there
    order = data.draw(st.permutations(range(len(pairs))))
    assert found([a[i] for i in order], [b[i] for i in order]) == [there[i] for i in order]


@given(a=ITEMS, b=ITEMS)
def test_a_level_says_what_python_sets_say(a, b):
    first, second = set(a), set(b)
    shared = len(first & second)
    expected = (
        "missing" if not a or not b
        else "same_set" if first == second
        else "contains" if first <= second or second <= first
        else "overlap_2" if shared >= 2
        else "some_overlap" if shared
        else "no_overlap"
    )  # fmt: skip
    assert found([a], [b]) == [expected]


@given(a=ITEMS.filter(bool), b=ITEMS.filter(bool), more=st.sampled_from(["x", "y"]))
def test_one_more_item_in_both_is_never_weaker_by_count(a, b, more):
    names = [level.name for level in levels_of("array", {"sets": False, "cutoffs": [3, 2]})]
    before, after = (
        names.index(found([left], [right], sets=False, cutoffs=[3, 2])[0])
        for left, right in ((a, b), ([*a, more], [*b, more]))
    )
    assert after <= before
