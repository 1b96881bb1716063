"""Seals, and the order that tells whose copy it was."""

from dataclasses import replace

from bangfu.review.workbook.seals import agreement, changed_columns, is_intact, row_order, seal_row, workbook_key
from schemas.review import CASE_ID, CHECK_CODE, REVIEW_LISTS

_FLOW = REVIEW_LISTS["candidates"]
_KEY = workbook_key(b"secret", "530102", "b1")
_VALUES = {column.code: column.zh for column in _FLOW.locked}
_CASE = ("c1", 3)


def test_a_seal_fits_its_row_and_no_other() -> None:
    seal = seal_row(_KEY, _FLOW, _CASE, _VALUES, "")
    row = {**_VALUES, CASE_ID: "c1", CHECK_CODE: seal.check_code}
    assert is_intact(_KEY, _FLOW, seal, row)
    assert changed_columns(_KEY, _FLOW, seal, row) == ()
    for code in _VALUES.keys() - {CASE_ID, CHECK_CODE}:
        changed = {**row, code: "别的"}
        assert not is_intact(_KEY, _FLOW, seal, changed)
        assert changed_columns(_KEY, _FLOW, seal, changed) == (code,)
    assert changed_columns(_KEY, _FLOW, seal, {**row, CHECK_CODE: "X"}) == (CHECK_CODE,)


def test_what_a_seal_says_beside_the_row_is_sealed_too() -> None:
    seal = seal_row(_KEY, _FLOW, _CASE, _VALUES, "key")
    for other in (replace(seal, version=4), replace(seal, answer_key=""), replace(seal, case_id="c2")):
        assert not is_intact(_KEY, _FLOW, other, _VALUES)


def test_another_union_and_another_batch_have_other_keys() -> None:
    keys = {workbook_key(b"secret", union, batch) for union in ("530102", "530103") for batch in ("b1", "b2")}
    assert len({*keys, workbook_key(b"other", "530102", "b1")}) == 5


def test_a_check_code_is_letters_which_no_program_takes_for_a_number() -> None:
    codes = [seal_row(_KEY, _FLOW, (f"c{number}", 1), _VALUES, "").check_code for number in range(200)]
    assert all(code.isalpha() and len(code) == 8 for code in codes)
    assert len(set(codes)) == 200


def test_a_leaked_part_of_a_list_tells_whose_copy_it_was() -> None:
    cases = [f"c{number}" for number in range(300)]
    leaked = row_order(_KEY, "zhang", cases)[40:80]
    assert sorted(leaked) != leaked
    assert agreement(_KEY, "zhang", leaked) == 1
    assert all(agreement(_KEY, other, leaked) < 0.8 for other in ("li", "wang", "zhao", "chen"))
