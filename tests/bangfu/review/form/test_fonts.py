"""Fonts of printed forms."""

from hypothesis import given
from hypothesis import strategies as st

from bangfu.review.form.fonts import font_folders, has_glyph, printable
from schemas.personal_codes import ETHNIC_GROUP
from schemas.reference import divisions, private_use_characters
from schemas.review import REVIEW_LISTS

_NAMES = "岩艾爱依玉尼桑赛叶伊安扎娜此里次茨鲁茸农布卓玛追阿麻勒木普杨段赵董马纳沙单曾解仇查任盖区朴乐尹䶮𠅤𬭊㭎〇·"


def test_every_character_the_form_itself_needs_has_a_glyph() -> None:
    texts = [item.name for item in divisions().values()]
    texts += [code.zh for flow in REVIEW_LISTS.values() for code in flow.outcomes.codes]
    texts += [code.zh for code in ETHNIC_GROUP.codes]
    assert {character for text in texts for character in text if not has_glyph(character)} == set()


def test_the_names_of_yunnan_have_their_glyphs() -> None:
    assert printable(_NAMES) == _NAMES


def test_characters_once_kept_in_the_private_use_area_have_their_glyphs() -> None:
    """The 造字 of GBK that Unicode has today: they come in names and places."""
    missing = [chr(code) if isinstance(code, int) else code for code in private_use_characters().values()]
    assert all(printable(str(text)) for text in missing)


def test_a_character_without_a_glyph_is_named_rather_than_an_empty_box() -> None:
    assert printable("李\U0002a6d0明") == "李〔U+2A6D0 请手写〕明"
    assert printable("李\ue000") == "李〔U+E000 请手写〕"
    assert printable("葛\U000e0100") == "葛"


@given(st.text())
def test_whatever_comes_everything_that_is_printed_has_a_glyph(text: str) -> None:
    assert all(character == " " or has_glyph(character) for character in printable(text))


def test_fonts_come_with_the_service() -> None:
    assert all(any(folder.glob("Noto*.[ot]t[fc]")) for folder in font_folders())
