"""The closed code lists are complete, in both languages, and read back."""

import pytest

from matching.standardise.codes import read_code
from schemas.fields import FIELDS
from schemas.vocabulary import CODE_LISTS, REJECT_REASONS, CodeList, RejectCode

ALL = pytest.mark.parametrize("codes", CODE_LISTS.values(), ids=lambda codes: codes.name)


@ALL
def test_every_code_has_a_chinese_and_an_english_label(codes: CodeList) -> None:
    assert codes.codes
    for code in codes.codes:
        assert any("\u4e00" <= character <= "\u9fff" for character in code.zh)
        assert code.en.isascii()
        assert code.en.strip()
        assert (codes.label(code.code), codes.label(code.code, "en")) == (code.zh, code.en)


@ALL
def test_codes_and_labels_are_unique(codes: CodeList) -> None:
    for kind in ("code", "zh", "en"):
        values = [getattr(code, kind) for code in codes.codes]
        assert len(set(values)) == len(values), kind


@ALL
def test_no_spelling_means_two_codes(codes: CodeList) -> None:
    """The first code would win in silence."""
    meaning: dict[str, str] = {}
    for code in codes.codes:
        for spelling in (code.code, code.zh, code.en, *code.spellings):
            assert meaning.setdefault(spelling, code.code) == code.code, spelling


@ALL
def test_every_spelling_is_read_as_its_code(codes: CodeList) -> None:
    for code in codes.codes:
        for spelling in (code.code, code.zh, *code.spellings):
            assert read_code(spelling, codes.name) == (code.code,), spelling


@ALL
def test_what_is_no_code_has_no_label(codes: CodeList) -> None:
    assert codes.label(None) == codes.label("no such code") == ""
    assert read_code("火星", codes.name) is None


def test_the_official_lists_are_whole() -> None:
    """GB/T 3304 has 56 groups, GB/T 4761 nine relations of one digit, GB/T 2261.1 two sexes that are recorded."""
    groups = [code.code for code in CODE_LISTS["ethnic_group"].codes]
    assert groups == [f"{number:02d}" for number in range(1, 57)] + ["97"]
    assert [code.code for code in CODE_LISTS["relation"].codes] == [str(number) for number in range(9)]
    assert [code.code for code in CODE_LISTS["sex"].codes] == ["1", "2"]


def test_every_code_list_is_used_by_a_field() -> None:
    used = {
        field.standardiser.removeprefix("code:") for field in FIELDS.values() if field.standardiser.startswith("code:")
    }
    assert used == set(CODE_LISTS)


def test_every_reason_to_reject_a_row_is_explained_in_both_languages() -> None:
    assert set(REJECT_REASONS) == set(RejectCode)
    for zh, en in REJECT_REASONS.values():
        assert any("\u4e00" <= character <= "\u9fff" for character in zh)
        assert en.isascii()
    assert len(set(REJECT_REASONS.values())) == len(REJECT_REASONS)
