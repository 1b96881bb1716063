"""The columns of a case."""

import itertools
import re

import pytest

from bangfu.masking import MASKS
from schemas.outcomes import OUTCOMES
from schemas.review import CASE_ID, CHECK_CODE, MEMBER_COLUMNS, REVIEW_COLUMNS, REVIEW_LISTS, Kind, ReviewList
from schemas.screening_lists import SCREENING_LISTS
from schemas.vocabulary import Sensitivity

_EACH_FLOW = pytest.mark.parametrize("flow", REVIEW_LISTS.values(), ids=REVIEW_LISTS)


@_EACH_FLOW
def test_a_flow_is_a_list_that_screening_makes(flow: ReviewList) -> None:
    assert flow.code in {"candidates", "second_reviews", *SCREENING_LISTS}


@_EACH_FLOW
def test_headers_tell_columns_apart(flow: ReviewList) -> None:
    """A returned workbook's columns are found by either language's header, whatever their order."""
    for columns in (flow.columns, MEMBER_COLUMNS):
        headers = list(itertools.chain.from_iterable({column.zh, column.en} for column in columns))
        assert len(headers) == len(set(headers))
        assert len({column.code for column in columns}) == len(columns)


@_EACH_FLOW
def test_every_case_has_its_id_and_check_code_among_the_locked_columns(flow: ReviewList) -> None:
    assert {CASE_ID, CHECK_CODE} <= {column.code for column in flow.locked}
    assert "outcome" in {column.code for column in flow.editable}


@_EACH_FLOW
def test_what_an_outcome_needs_is_there_to_be_filled_in(flow: ReviewList) -> None:
    editable = {column.code for column in flow.editable}
    assert flow.needed.keys() <= {code.code for code in flow.outcomes.codes}
    for code in flow.outcomes.codes:
        assert set(flow.required(code.code)) <= editable


@_EACH_FLOW
def test_outcome_codes_have_two_digits(flow: ReviewList) -> None:
    """The workbook's colours look at the first two characters of the cell."""
    assert all(re.fullmatch("[0-9]{2}", code.code) for code in flow.outcomes.codes)


def test_the_outcomes_of_clues_are_those_screening_learns_from() -> None:
    assert {code.code: code.zh for code in REVIEW_LISTS["candidates"].outcomes.codes} == {
        code: item.zh for code, item in OUTCOMES.items()
    }


def test_a_column_is_the_same_in_every_flow() -> None:
    for flow in REVIEW_LISTS.values():
        assert all(REVIEW_COLUMNS[column.code] == column for column in flow.columns)


def test_what_names_or_reaches_a_person_is_masked_in_lists() -> None:
    for column in (*REVIEW_COLUMNS.values(), *MEMBER_COLUMNS):
        if column.sensitivity in {Sensitivity.IDENTITY, Sensitivity.CONTACT} and column.code != "id_last":
            assert column.mask in MASKS


def test_nothing_asks_for_a_diagnosis_or_a_medical_amount() -> None:
    """Of health only bands, coarse states and levels of certificates are asked and told (个人信息保护法 art. 28)."""
    for column in (*REVIEW_COLUMNS.values(), *MEMBER_COLUMNS):
        assert not re.search("病种|诊断|疾病名", column.zh)
        assert not re.search("diagnos|disease|medical", column.en.lower())
        if column.sensitivity is Sensitivity.HEALTH:
            assert column.kind is Kind.CODE


def test_code_columns_have_a_code_list() -> None:
    for flow in REVIEW_LISTS.values():
        for column in (*flow.columns, *MEMBER_COLUMNS):
            assert (flow.codes_of(column) is not None) == (column.kind in {Kind.CODE, Kind.CODES})
