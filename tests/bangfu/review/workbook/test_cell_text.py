"""Text in cells: no formula either way."""

from hypothesis import given
from hypothesis import strategies as st

from bangfu.review.workbook.cell_text import neutral, plain, same

_FORMULA_STARTS = tuple("=+-@＝＋－＠\t\r")


@given(st.text())
def test_no_neutral_text_begins_like_a_formula(text: str) -> None:
    assert not neutral(text).startswith(_FORMULA_STARTS)


@given(st.text())
def test_being_neutral_twice_is_being_neutral_once(text: str) -> None:
    assert neutral(neutral(text)) == neutral(text)


@given(st.text())
def test_plain_text_has_no_control_characters_and_single_spaces(text: str) -> None:
    assert plain(text) == plain(plain(text)) == " ".join(plain(text).split())
    assert all(ord(character) >= 32 for character in plain(text))


@given(st.text(max_size=500), st.sampled_from(["", " ", "\r\n", "　", "\t"]))
def test_what_a_program_adds_or_loses_does_not_count(text: str, space: str) -> None:
    assert same(space + neutral(text) + space) == same(text)
