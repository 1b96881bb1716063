"""The form of values is told, and never a value."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.pipeline.sources.value_forms import Forms, form_of


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("539210199003070036", "18-digit number"),
        ("53921019900307003X", "18-digit number"),
        ("539210900307003", "15 digits"),
        ("539210********0036", "partly masked number"),
        ("5.39210199003E+17", "scientific notation"),
        ("2026-06-30", "yyyy-mm-dd"),
        ("2026/6/3", "yyyy/mm/dd"),
        ("2026.06.30", "yyyy.mm.dd"),
        ("2026年6月3日", "yyyy年mm月dd日"),
        ("2026 年 6 月", "yyyy年mm月"),
        ("2026-06", "yyyy-mm"),
        ("1234.56", "decimal number"),
        ("-1234.56", "negative number"),
        ("2026-06-30 08:00:00", "date and time"),
        ("岩温", "2 Han characters"),
        ("３４", "2 digits"),
        ("3室", "1 digits, 1 Han characters"),
        ("汉9a①", "1 Han characters, 1 digits, 1 letters, 1 other characters"),
        ("91530100MA6K1X2Y3Z", "18 letters and digits"),
        ("张 三", "1 Han characters, space, 1 Han characters"),
        ("昆明市五华区翠湖路1号2栋3单元404室", "text of 20 characters"),
    ],
)
def test_one_value(text: str, form: str) -> None:
    assert form_of(text) == form


def test_values_of_one_form_are_told_together_with_their_lengths() -> None:
    forms = Forms()
    forms.add(pl.Series(["李娜", "岩温", "李小娜", "欧阳娜娜", None, "2026-06-30"]))
    forms.add(pl.Series([None, None], dtype=pl.String))
    assert [(form.zh, form.en, form.share) for form in forms.most()] == [
        ("2-4 个汉字", "2-4 Han characters", 0.8),
        ("yyyy-mm-dd", "yyyy-mm-dd", 0.2),
    ]
    assert forms.filled == 5


def test_long_and_mixed_texts_are_told_together() -> None:
    """Otherwise addresses and credit codes fill the line with the same words again and again."""
    forms = Forms()
    forms.add(pl.Series(["某市某区某路1号2栋3单元", "某县某乡某村12号（原供销社后面）3室", "某县某乡某村民小组" * 4]))
    assert [form.en for form in forms.most()] == ["text of 13-36 characters"]
    forms.add(pl.Series(["91530100MA6K1X2Y3Z", "9153A100MA6K1X2Y3B"] * 2))
    assert [(form.zh, round(form.share, 2)) for form in forms.most()] == [
        ("18 位字母和数字", 0.57), ("13-36 个字符的文字", 0.43),
    ]  # fmt: skip


def test_a_column_of_many_patterns_takes_no_memory() -> None:
    forms = Forms()
    for start in range(0, 20_000, 5_000):
        forms.add(pl.Series([f"{n:b}".replace("0", "甲").replace("1", "-") for n in range(start, start + 5_000)]))
    assert len(forms._patterns) <= 2 * 4_096
    assert forms.filled == 20_000


@given(st.text(min_size=1, max_size=60))
def test_no_letter_and_no_digit_of_a_value_is_told(text: str) -> None:
    """What a form shows of a value is its punctuation; a name or number in it would be a leak."""
    forms = Forms()
    forms.add(pl.Series([text]))
    for form in forms.most():
        assert form.share == 1
        shown = form.zh + form.en
        for character in text:
            if (
                character.isalnum()
                and not character.isascii()
                and character not in "年月日证件号位数字个汉其他符的文部分打码小科学记法期和时间母"
            ):
                assert character not in shown
