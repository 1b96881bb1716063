"""Columns become codes and code points; what compiled code reads is what Python would."""

import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.columns import Columns, Texts, code_points, containing, distinct, folded, plain_text, strings, text_column

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)  # NUL counts as nothing
MARKS = set(map(chr, range(0x300, 0x370)))
TEXTS = st.lists(TEXT, max_size=15)
VALUES = st.lists(st.none() | TEXT, max_size=15)


def column(values) -> pa.Table:
    return pa.table({"x": pa.array(values, pa.string())})


@given(VALUES)
def test_text_is_trimmed_and_blank_is_missing(values):
    expected = [text.strip() or None if text is not None else None for text in values]
    # Arrow's notion of white space has what Python's has but for the control characters 1c to 1f
    if not any(set(text or "") & set("\x1c\x1d\x1e\x1f\x85") for text in values):
        composed = [normalize("NFC", text) if text and MARKS & set(text) else text for text in expected]
        assert text_column(column(values), "x").to_pylist() == composed


def test_an_accent_is_part_of_its_letter_however_it_is_written():
    composed, decomposed = "Zoé Müller", "Zoe\u0301 Mu\u0308ller"
    assert composed != decomposed
    assert text_column(column([decomposed, "岩罕", None]), "x").to_pylist() == [composed, "岩罕", None]
    both = Columns(column([composed]), column([decomposed]))
    assert both.coded("x").left.tolist() == both.coded("x").right.tolist()


@given(TEXTS)
def test_code_points_are_those_of_python(values):
    assert strings(code_points(pa.array(values, pa.large_string()))) == values


def test_a_column_may_be_let_go_while_another_is_encoded():
    """Both happen at once where comparers are made by several threads."""
    columns = Columns(column(["a"]), column(["b"]))
    done = Event()

    def encode() -> None:
        for number in count():
            columns.once(("number", str(number % 5_000)), lambda: None)
            columns._made.pop(("number", str((number + 2_500) % 5_000)), None)
            if done.is_set():
                return

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(1) as pool:
            encoding = pool.submit(encode)
            try:
                for _ in range(300):
                    columns.let_go("x")
            finally:
                done.set()
            encoding.result()
    finally:
        sys.setswitchinterval(usual)


@given(TEXTS)
def test_folding_is_character_by_character(values):
    """Vowels go, capitals become small: by table, not by text."""

    def fold(character: str) -> int:
        return 0 if character in "aeiou" else ord(character.lower()[0])

    expected = ["".join(chr(fold(c)) for c in text if fold(c)) for text in values]
    assert strings(folded(pa.array(values, pa.large_string()), fold)) == expected


@given(TEXTS)
def test_plain_text_has_single_blanks_and_none_outside(values):
    for text in strings(plain_text(pa.array(values, pa.large_string()))):
        assert text == text.strip(" ")
        assert "  " not in text


@given(st.lists(st.sampled_from(["", "a", "ab", "b", "𠮷", "岩罕"]), max_size=20))
def test_distinct_numbers_in_order_of_appearance(values):
    codes, texts = distinct(code_points(pa.array(values, pa.large_string())))
    known = list(dict.fromkeys(text for text in values if text))
    assert codes.tolist() == [known.index(text) if text else -1 for text in values]
    assert strings(texts) == known or (len(known) == len(values) and strings(texts) == values)


@given(TEXTS, TEXT)
def test_texts_that_contain_a_character(values, characters):
    found = containing(pa.array(values, pa.large_string()), characters)
    assert found.tolist() == [bool(set(text) & set(characters)) for text in values]
    only = containing(pa.array(values, pa.large_string()), characters, only=True)
    assert only.tolist() == [set(text) <= set(characters) for text in values]


@given(VALUES, VALUES)
def test_equal_texts_of_both_sides_have_equal_codes(left, right):
    both = Columns(column(left), column(right)).coded("x")
    texts = [text_column(column(side), "x").to_pylist() for side in (left, right)]
    codes = [*both.left.tolist(), *both.right.tolist()]
    assert [None if code < 0 else both.values[code].as_py() for code in codes] == [*texts[0], *texts[1]]
    assert len({text for text in [*texts[0], *texts[1]] if text is not None}) == len(both.values)


def test_a_nearly_unique_column_is_listed_as_it_stands():
    """A dictionary of forty thousand telephone numbers saves nothing; one of a hundred surnames does."""
    phones = column([f"1{number:010d}" for number in range(40_000)])
    names = column([f"n{number % 100}" for number in range(40_000)])
    listed = Columns(phones, phones.slice(0, 5)).listed("x")
    assert len(listed.values) == 40_005
    assert [listed.values[code].as_py() for code in listed.right.tolist()] == phones["x"].slice(0, 5).to_pylist()
    assert len(Columns(names, names).listed("x").values) == 100


def test_one_table_against_itself_is_encoded_once():
    table = column(["a", "b"])
    columns = Columns(table, table)
    assert columns.coded("x").left is columns.coded("x").right
    assert columns.plain("x").left is columns.plain("x").right


def test_what_was_let_go_can_be_made_again():
    columns = Columns(column(["a", "b"]), column(["b"]))
    before = columns.coded("x")
    columns.let_go("x")
    assert columns.coded("x") is not before
    assert columns.coded("x").right.tolist() == before.right.tolist()


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array([1.0, 2.5, None]), ["1", "2.5", None]),
        (pa.array([7, None], pa.int8()), ["7", None]),
        (pa.array(["a", "a", None]).dictionary_encode(), ["a", "a", None]),
        (pa.array([0, None], pa.date32()), ["1970-01-01", None]),
        (pa.array([0], pa.timestamp("us")), ["1970-01-01"]),
        (pa.array([True, None]), ["true", None]),
    ],
)
def test_columns_of_other_types_are_texts(values, texts):
    assert text_column(pa.table({"x": values}), "x").to_pylist() == texts


def test_points_that_fit_are_bytes():
    narrow = folded(pa.array(["ab"], pa.large_string()), ord, narrow=True)
    wide = folded(pa.array(["岩"], pa.large_string()), ord, narrow=True)
    assert (narrow.points.dtype, wide.points.dtype) == (np.dtype(np.uint8), np.dtype(np.int32))
    assert isinstance(wide, Texts)
