"""What a clerk writes, understood."""

import datetime as dt
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.review.workbook.model import Trouble, Value
from bangfu.review.workbook.values import Unclear, answer_key, code_text, understand
from schemas.code_list import CodeList
from schemas.review import MEMBER_COLUMNS, REVIEW_COLUMNS, REVIEW_LISTS, ReviewColumn
from schemas.review_codes import CANDIDATE_OUTCOME
from tests.bangfu.review.workbook.casebook import TODAY

_LISTS = sorted(
    {
        codes.name: codes
        for flow in REVIEW_LISTS.values()
        for column in (*flow.columns, *MEMBER_COLUMNS)
        if (codes := flow.codes_of(column))
    }.items()
)
_OUTCOME = REVIEW_COLUMNS["outcome"]


def read(code: str, text: str) -> Value | None:
    column = REVIEW_COLUMNS.get(code) or next(column for column in MEMBER_COLUMNS if column.code == code)
    return understand(column, column.codes or CANDIDATE_OUTCOME, text, TODAY)


def trouble(code: str, text: str) -> Trouble:
    with pytest.raises(Unclear) as caught:
        read(code, text)
    return caught.value.trouble


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-03", "2026/6/3", "2026.6.3", "2026年6月3日", "20260603", "6月3日", "26-6-3", "46176",
        "2026年06月03号", "二〇二六年六月三日", "２０２６－０６－０３", " 2026-06-03 00:00:00 ", "6/3", "6.3", "26.6.3",
    ],
)  # fmt: skip
def test_a_day_in_every_style_a_clerk_writes(text: str) -> None:
    assert read("visit_date", text) == dt.date(2026, 6, 3)


def test_a_day_without_a_year_is_the_latest_that_is_past() -> None:
    assert read("visit_date", "12月31日") == dt.date(2025, 12, 31)
    assert read("visit_date", "2026-01-01") == dt.date(2026, 1, 1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-06-21", Trouble.FUTURE_DAY),
        ("2016-06-03", Trouble.LONG_AGO),
        ("2026", Trouble.NOT_UNDERSTOOD),
        ("2026年6月", Trouble.NOT_UNDERSTOOD),
        ("上周三", Trouble.NOT_UNDERSTOOD),
        ("2026-02-30", Trouble.NOT_UNDERSTOOD),
        ("2月30日", Trouble.NOT_UNDERSTOOD),
    ],
)
def test_what_is_no_day_of_a_visit(text: str, why: Trouble) -> None:
    assert trouble("visit_date", text) is why


@pytest.mark.parametrize(("name", "codes"), _LISTS, ids=[name for name, _ in _LISTS])
def test_every_code_is_understood_as_code_label_or_both_in_both_languages(name: str, codes: CodeList) -> None:
    column = ReviewColumn("any", "", "", "", "", kind=_OUTCOME.kind)
    for code in codes.codes:
        written = (code.code, code.zh, code.en, code_text(codes, code.code), code_text(codes, code.code, "en"))
        for text in (*written, *code.spellings, f"{code.code}-{code.zh}", f" {code.code}　{code.zh} "):
            assert understand(column, codes, text, TODAY) == code.code, (name, text)


@pytest.mark.parametrize(
    ("text", "code"),
    [("3", "03"), ("属实－支出型(第二层级)", "03"), ("６０", "60"), ("99.", "99"), ("联系不上", None), ("03 不符合-收入超标", None), ("04属实", None)],
)  # fmt: skip
def test_an_outcome_as_typed(text: str, code: str | None) -> None:
    if code is None:
        assert trouble("outcome", text) is Trouble.NOT_IN_LIST
    else:
        assert read("outcome", text) == code


def test_several_needs_in_one_cell() -> None:
    assert read("needs", "医疗、助学；1 生活") == ("1", "2", "3")
    assert trouble("needs", "医疗、买房") is Trouble.NOT_IN_LIST


@pytest.mark.parametrize(
    ("code", "text", "value"),
    [
        ("household_size", "3人", 3),
        ("household_size", "３", 3),
        ("household_size", "3.0", 3),
        ("means_after", "1,234.5元", Decimal("1234.50")),
        ("means_after", "-35", Decimal("-35.00")),
        ("means_after", "0.12万", Decimal("1200.00")),
        ("means_after", "￥800", Decimal("800.00")),
        ("expenditure_share", "85%", Decimal("85.00")),
        ("expenditure_share", "120", Decimal("120.00")),
        ("expenditure_share", "0", Decimal("0.00")),
        ("income", "0", Decimal("0.00")),
        ("note", "=1+1", "'=1+1"),
        ("note", "  情况 属实\n", "情况 属实"),
    ],
)
def test_numbers_and_texts(code: str, text: str, value: Value) -> None:
    assert read(code, text) == value


@pytest.mark.parametrize(
    ("code", "text", "why"),
    [
        ("household_size", "0", Trouble.OUT_OF_RANGE),
        ("household_size", "三四个", Trouble.NOT_UNDERSTOOD),
        ("expenditure_share", "0.85", Trouble.PERCENT_UNCLEAR),
        ("means_after", "约800", Trouble.NOT_UNDERSTOOD),
        ("means_after", "9" * 12, Trouble.OUT_OF_RANGE),
        ("note", "长" * 501, Trouble.TOO_LONG),
        ("age", "121", Trouble.OUT_OF_RANGE),
    ],
)
def test_what_is_told_of_rather_than_guessed(code: str, text: str, why: Trouble) -> None:
    assert trouble(code, text) is why


@given(st.text(max_size=40), st.sampled_from([*REVIEW_COLUMNS, *(column.code for column in MEMBER_COLUMNS)]))
def test_any_text_is_understood_or_told_of(text: str, code: str) -> None:
    with suppress(Unclear):
        read(code, text)


def test_the_key_of_an_answer_does_not_depend_on_order() -> None:
    members = [{"relation": "1", "age": 40}, {"relation": "2", "age": 9}]
    key = answer_key(("a", 1), {"outcome": "03", "note": "x"}, members)
    assert key == answer_key(("a", 1), {"note": "x", "outcome": "03"}, members[::-1])
    assert len({key, answer_key(("a", 2), {"outcome": "03", "note": "x"}, members), answer_key(("a", 1), {"outcome": "03"}, members)}) == 3  # fmt: skip
