"""Given names in letters: short forms, initials, further names, and the laws of the comparison."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.columns import Columns
from matching.comparisons import compare_pairs, comparer
from matching.errors import ModelError
from matching.given_names import full_names
from matching.levels import levels_of
from matching.model import Comparison
from matching.reference import rows


def levels(pairs, **options):
    """Names of the levels of pairs of values; a value with a surname is a tuple."""
    columns = ("given_name", "surname") if isinstance(pairs[0][0], tuple) else ("given_name",)
    sides = [[value if isinstance(value, tuple) else (value,) for value in side] for side in zip(*pairs, strict=True)]
    left, right = (
        pa.table({name: pa.array([row[place] for row in side], pa.string()) for place, name in enumerate(columns)})
        for side in sides
    )
    row = np.arange(len(pairs), dtype=np.int32)
    codes = compare_pairs(
        [comparer(Comparison("it", "given_name", columns, options), 0, Columns(left, right))], row, row
    )
    names = ["missing", *(level.name for level in levels_of("given_name", options))]
    return [names[code] for code in codes]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("William", "WILLIAM", "exact"),
        ("José", "Jose", "exact"),
        ("Anne-Marie", "Anne Marie", "exact"),
        ("Mary Ann", "Maryann", "exact"),
        ("J Edgar", "J. Edgar", "exact"),
        ("Wm.", "William", "short_form"),
        ("Bill", "Will", "short_form"),
        ("Betty", "Eliza", "short_form"),
        ("Wm Henry", "William Harry", "short_form"),
        ("Nell", "Helen", "short_form"),
        ("Nell", "Eleanor", "short_form"),
        ("Helen", "Eleanor", "differs"),  # Nell may be either, but these are two names
        ("Mary", "Mary Ann", "part"),
        ("Mary A.", "Mary Ann", "part"),
        ("J. Edgar", "John Edgar", "part"),
        ("Polly", "Mary Ann", "part"),
        ("Mary Jane", "Mary Ann", "one_agrees"),
        ("Ann Mary", "Mary Ann", "one_agrees"),
        ("J.", "John", "initial"),
        ("J.P.", "John Paul", "initial"),
        ("J.P.", "John", "initial"),
        ("J", "J", "initial"),
        ("J", "William", "differs"),
        ("A", "Mary Ann", "differs"),
        ("J.P.", "John Edgar", "differs"),
        ("Margret", "Margaret", "short_form"),
        ("Elizabeht", "Elizabeth", "similar_0.92"),
        ("Elizabeht Ann", "Elizabeth", "similar_0.92"),
        ("John", "Mary", "differs"),
        ("Иван", "ИВАН", "exact"),
        ("И", "Иван", "initial"),
        ("罕", "罕香", "differs"),  # a character is no initial
        ("J Edgar", "J Walter", "differs"),
        ("J Edgar", "J Edgra", "similar_0.92"),
        ("O'Neil", "ONeil", "exact"),
        ("?", "John", "missing"),
        ("", "John", "missing"),
        (None, "John", "missing"),
    ],
)
def test_given_names(a, b, expected):
    assert levels([(a, b)]) == [expected]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (("Scott", "Walter"), ("Walter", "Scott"), "swapped"),
        (("Scott", "Walter"), ("Walter", "Scot"), "differs"),
        (("Scott", "Scott"), ("Scott", "Scott"), "exact"),
        (("J", "J"), ("J", "J"), "initial"),
        (("Scott", None), ("Walter", "Scott"), "differs"),
        (("Scott", "?"), ("?", "Scott"), "missing"),
    ],
)
def test_given_name_and_surname_change_places(a, b, expected):
    assert levels([(a, b)]) == [expected]


def test_the_table_of_short_forms_has_every_name_once_and_no_name_of_itself():
    table = {row["name"]: row["forms"].split() for row in rows("given_names.csv")}
    assert len(table) == len(rows("given_names.csv"))
    for name, forms in table.items():
        assert forms
        assert len(set(forms) | {name}) == len(forms) + 1
        assert all(text.isascii() and text.isalpha() and text.islower() for text in (name, *forms))


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ("wm", {"william"}), ("jas", {"james"}), ("thos", {"thomas"}), ("geo", {"george"}), ("chas", {"charles"}),
        ("jno", {"john"}), ("betty", {"elizabeth"}), ("peggy", {"margaret"}), ("kit", {"christian", "christopher"}),
        ("sally", {"salome", "sarah"}), ("zoltan", set()),
    ],
)  # fmt: skip
def test_a_short_form_stands_for_its_full_names_and_itself(form, names):
    assert full_names(form) == names | {form}


NAMES = st.one_of(
    st.none(),
    st.lists(
        st.sampled_from(["John", "J", "Jno", "Mary", "M.", "Polly", "Ann", "Anne", "Nell", "Helen", "Jon", "罕", "?"]),
        max_size=4,
    ).map(" ".join),
    st.text(max_size=8),
)


@settings(max_examples=200, deadline=None)
@given(pairs=st.lists(st.tuples(st.tuples(NAMES, NAMES), st.tuples(NAMES, NAMES)), min_size=1, max_size=8))
def test_the_comparison_is_symmetric_and_a_name_agrees_with_itself(pairs):
    assert levels(pairs) == levels([(b, a) for a, b in pairs])
    assert set(levels([(a, a) for a, _ in pairs])) <= {"missing", "exact", "initial"}


@settings(max_examples=100, deadline=None)
@given(pair=st.tuples(NAMES, NAMES))
def test_a_lower_cutoff_never_finds_less(pair):
    order = ["differs", "similar_0.85", "similar_0.92", "initial"]
    strict, loose = levels([pair], cutoffs=[0.92]), levels([pair], cutoffs=[0.92, 0.85])
    if strict != loose:
        assert order.index(loose[0]) > order.index(strict[0])


@settings(max_examples=100, deadline=None)
@given(
    name=st.lists(st.sampled_from(["john", "mary", "ann", "élise", "wm"]), min_size=1, max_size=3),
    mark=st.sampled_from("-. ,·\u3000"),
)
def test_case_and_marks_between_names_do_not_count(name, mark):
    assert levels([(mark.join(name).upper(), " ".join(name))]) == ["exact"]


@pytest.mark.parametrize("cutoffs", [[0.8, 0.9], [1.2], [0.9, 0.8, 0.7, 0.6, 0.5], "0.9"])
def test_wrong_cutoffs_are_refused(cutoffs):
    with pytest.raises(ModelError):
        levels_of("given_name", {"cutoffs": cutoffs})
