"""The closed code lists are complete, in both languages, and read back."""

import pytest

from matching.standardise.codes import read_code
from schemas.fields import FIELDS
from schemas.sources import SOURCES
from schemas.vocabulary import CODE_LISTS, PURPOSES, REJECT_REASONS, CodeList, RejectCode

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


@pytest.mark.parametrize(
    ("code_list", "written", "code"),
    [
        ("disability_type", "肢体", "4"),
        ("disability_type", "4", "4"),
        ("disability_type", "4-肢体残疾", "4"),
        ("disability_type", "精神残疾", "6"),
        ("disability_level", "二级", "2"),
        ("disability_level", "Ⅱ级", "2"),
        ("disability_level", "2.0", "2"),
        ("certificate_status", "已注销", "cancelled"),
        ("school_stage", "高中", "senior"),
        ("school_stage", "中专", "vocational"),
        ("school_stage", "高职（专科）", "college"),
        ("aid_tier", "家庭经济特别困难", "special"),
        ("aid_tier", "二等助学金", "need"),
        ("injury_grade", "十级", "10"),
        ("injury_grade", "10级", "10"),
        ("injury_grade", "伤残七级", "7"),
        ("injury_grade", "一级伤残", "1"),
        ("injury_grade", "未达级", "none"),
        ("contribution_status", "2", "suspended"),
        ("contribution_status", "断缴", "suspended"),
    ],
)
def test_spellings_of_the_departments(code_list: str, written: str, code: str) -> None:
    assert read_code(written, code_list) == (code,)


def test_scales_run_from_the_gravest() -> None:
    """Seven kinds and four levels of disability are digits of a certificate's number; GB/T 16180 has ten grades."""
    codes = {name: [code.code for code in CODE_LISTS[name].codes] for name in CODE_LISTS}
    assert codes["disability_type"] == [str(number) for number in range(1, 8)]
    assert codes["disability_level"] == [str(number) for number in range(1, 5)]
    assert codes["injury_grade"] == [*(str(number) for number in range(1, 11)), "none", "pending"]
    assert codes["aid_tier"] == ["special", "need", "general"]


def test_every_purpose_is_said_in_both_languages_and_used() -> None:
    assert all(code == purpose.code for code, purpose in PURPOSES.items())
    assert len({purpose.zh for purpose in PURPOSES.values()}) == len(PURPOSES)
    assert all(purpose.en.isascii() and not purpose.zh.isascii() for purpose in PURPOSES.values())
    assert set(PURPOSES) == {source.purpose for source in SOURCES.values()}


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
