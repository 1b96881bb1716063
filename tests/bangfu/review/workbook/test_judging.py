"""One verdict for every row."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from bangfu.errors import Refused
from bangfu.review.workbook.hidden import HIDDEN_SHEET
from bangfu.review.workbook.judging import judge
from bangfu.review.workbook.model import Preview, Problem, Standing, Trouble, Verdict, VerdictRow
from bangfu.review.workbook.sheet_names import LIST_SHEET, MEMBER_SHEET
from schemas.review import CASE_ID, CHECK_CODE
from tests.bangfu.review.workbook.casebook import BATCH, CONFIRMED, SECRET, TODAY, Book, as_before, case, cases, member

_ROWS = cases(8)
_CASE = _ROWS[3].case_id


@pytest.fixture
def book() -> Book:
    return Book(_ROWS)


def judged(book: Book, standing: Mapping[str, Standing] | None = None, union: str = "530102") -> Preview:
    present = as_before(_ROWS)(()) if standing is None else standing
    return judge(book.sheets, SECRET, union, lambda _ids: present, TODAY)


def row_of(preview: Preview, case_id: str = _CASE) -> VerdictRow:
    return next(row for row in preview.rows if row.case_id == case_id)


def refused(book: Book, union: str = "530102") -> str:
    with pytest.raises(Refused) as caught:
        judged(book, union=union)
    return caught.value.code


def test_a_workbook_that_nobody_filled_in_changes_nothing(book: Book) -> None:
    preview = judged(book)
    assert preview.counts == {Verdict.UNCHANGED: len(_ROWS)}
    assert preview.batch == BATCH


def test_a_complete_row_is_accepted_with_all_it_says(book: Book) -> None:
    book.fill(_CASE, {**CONFIRMED, "needs": "医疗、助学"})
    book.add_member(clue_id=_CASE, member_name="玉罕", relation="配偶", age="44", status="失业", insured="有")
    (answer,) = judged(book).accepted
    assert (answer.case_id, answer.version, answer.outcome) == (_CASE, 3, "03")
    assert answer.values["needs"] == ("2", "3")
    assert answer.members == ({"member_name": "玉罕", "relation": "1", "age": 44, "status": "2", "insured": "1"},)


def test_of_a_child_nothing_but_relation_age_and_school_stage_is_kept(book: Book) -> None:
    book.fill(_CASE, CONFIRMED)
    book.add_member(
        clue_id=_CASE, member_name="小玉", relation="女", age="13", status="小学", place="某小学", health="患病"
    )
    book.add_member(clue_id=_CASE, member_name="大玉", relation="女", age="14", status="中学", place="某中学")
    children = judged(book).accepted[0].members
    assert children[0] == {"relation": "3", "age": 13, "status": "7"}
    assert children[1]["member_name"] == "大玉"


def test_a_member_may_be_told_by_the_name_of_a_worker_whom_nobody_else_shares(book: Book) -> None:
    name = _ROWS[3].values["name"]
    book.fill(_CASE, CONFIRMED)
    book.add_member(clue_id=name, relation="配偶", age="44")
    assert len(judged(book).accepted[0].members) == 1
    book.line(_ROWS[4].case_id)[0] = name
    stray = judged(book).rows[-1]
    assert (stray.of_members, stray.verdict, stray.problems[0].trouble) == (
        True,
        Verdict.NOT_UNDERSTOOD,
        Trouble.WHO_IS_UNCLEAR,
    )


def test_what_the_outcome_needs_and_is_empty_is_named(book: Book) -> None:
    book.fill(_CASE, {"outcome": "99", "visit_date": "6月3日"})
    row = row_of(judged(book))
    assert row.verdict is Verdict.INCOMPLETE
    assert {problem.column for problem in row.problems} == {"visitor_1", "note"}
    assert row.answer is None


def test_members_without_an_outcome_are_an_incomplete_answer(book: Book) -> None:
    book.add_member(clue_id=_CASE, relation="配偶")
    row = row_of(judged(book))
    assert row.verdict is Verdict.INCOMPLETE
    assert Problem("age", Trouble.MISSING, 5) in row.problems
    assert Problem("outcome", Trouble.MISSING) in row.problems


@pytest.mark.parametrize(
    ("code", "text", "trouble"),
    [
        ("outcome", "同意", Trouble.NOT_IN_LIST),
        ("visit_date", "2027-01-05", Trouble.FUTURE_DAY),
        ("household_size", "很多", Trouble.NOT_UNDERSTOOD),
    ],
)
def test_a_value_that_is_not_understood_returns_its_row(book: Book, code: str, text: str, trouble: Trouble) -> None:
    book.fill(_CASE, {**CONFIRMED, code: text})
    row = row_of(judged(book))
    assert row.verdict is Verdict.NOT_UNDERSTOOD
    assert Problem(code, trouble) in row.problems
    assert row.answer is None


def test_three_attempts_are_needed_to_be_not_reached(book: Book) -> None:
    answer = {"outcome": "31", "visit_date": "6月3日", "visitor_1": "张敏"}
    book.fill(_CASE, {**answer, "attempts": "2"})
    assert row_of(judged(book)).problems == (Problem("attempts", Trouble.TOO_FEW),)
    book.fill(_CASE, {**answer, "attempts": "3次"})
    assert row_of(judged(book)).verdict is Verdict.ACCEPTED


def test_a_visit_takes_two_persons(book: Book) -> None:
    book.fill(_CASE, {**CONFIRMED, "visitor_2": " 张敏"})
    row = row_of(judged(book))
    assert (row.verdict, row.problems) == (Verdict.NOT_UNDERSTOOD, (Problem("visitor_2", Trouble.SAME_PERSON),))


def test_the_same_again_is_a_replay_even_after_the_case_has_moved_on(book: Book) -> None:
    book.fill(_CASE, CONFIRMED)
    key = judged(book).accepted[0].key
    row = row_of(judged(book, {_CASE: Standing(4, frozenset({key}))}))
    assert row.verdict is Verdict.REPLAY
    book.fill(_CASE, {"note": "后来又补充"})
    assert row_of(judged(book, {_CASE: Standing(4, frozenset({key}))})).verdict is Verdict.CONFLICT


def test_a_case_that_moved_on_is_a_conflict_and_its_answer_is_kept_to_look_at(book: Book) -> None:
    book.fill(_CASE, CONFIRMED)
    row = row_of(judged(book, {_CASE: Standing(4)}))
    assert row.verdict is Verdict.CONFLICT
    assert row.answer is not None
    assert row.answer.version == 3


def test_a_case_that_is_not_the_unions_any_more_is_withdrawn(book: Book) -> None:
    book.fill(_CASE, CONFIRMED)
    assert row_of(judged(book, {})).verdict is Verdict.WITHDRAWN


def test_a_changed_locked_cell_is_named(book: Book) -> None:
    book.fill(_CASE, {**CONFIRMED, "employer": "别的公司", "phone": "13900000000"})
    row = row_of(judged(book))
    assert row.verdict is Verdict.LOCKED_CHANGED
    assert row.problems == (Problem("phone", Trouble.CHANGED), Problem("employer", Trouble.CHANGED))
    assert row.answer is None


@pytest.mark.parametrize("edited", ["0000000000000000000000ff", "", "线索三"])
def test_an_edited_id_is_told_with_the_case_it_was(book: Book, edited: str) -> None:
    book.fill(_CASE, {**CONFIRMED, CASE_ID: edited})
    assert row_of(judged(book)).verdict is Verdict.ID_EDITED


def test_exchanged_ids_are_told_too(book: Book) -> None:
    other = _ROWS[5].case_id
    first, second = book.line(_CASE), book.line(other)
    first[book.places[CASE_ID]], second[book.places[CASE_ID]] = other, _CASE
    book.lines[book.lines.index(first)] = first
    assert judged(book).counts[Verdict.ID_EDITED] == 2


def test_an_edited_check_code_is_told(book: Book) -> None:
    book.fill(_CASE, {CHECK_CODE: "AAAAAAAA"})
    row = row_of(judged(book))
    assert (row.verdict, row.problems) == (Verdict.LOCKED_CHANGED, (Problem(CHECK_CODE, Trouble.CHANGED),))


def test_an_edited_seal_is_told(book: Book) -> None:
    """Whoever writes a later version into the hidden sheet, to slip past a conflict, has no key to seal it."""
    book.fill(_CASE, CONFIRMED)
    seal = next(row for row in book.sheets[HIDDEN_SHEET] if row[0] == _CASE)
    seal[1] = "v4"
    assert row_of(judged(book, {_CASE: Standing(4)})).verdict is Verdict.SEAL_WRONG


def foreign(other: Book, book: Book) -> None:
    """Copy a filled row of another workbook, with its seal."""
    case_id = case(50).case_id
    other.fill(case_id, CONFIRMED)
    book.lines.append(other.line(case_id))
    book.sheets[HIDDEN_SHEET].append(next(row for row in other.sheets[HIDDEN_SHEET] if row[0] == case_id))


@pytest.mark.parametrize("batch", [replace(BATCH, union="530103"), replace(BATCH, batch_id="b2026q1-530102")])
def test_a_row_of_another_union_or_batch_is_foreign_even_with_its_seal(book: Book, batch: object) -> None:
    foreign(Book([case(50)], batch), book)  # type: ignore[arg-type]
    last = judged(book, {case(50).case_id: Standing(3)}).rows[-1]
    assert (last.verdict, last.answer) == (Verdict.FOREIGN, None)


def test_a_row_of_another_workbook_without_its_seal_is_foreign(book: Book) -> None:
    foreign(Book([case(50)], replace(BATCH, union="530103")), book)
    book.sheets[HIDDEN_SHEET].pop()
    assert judged(book).rows[-1].verdict is Verdict.FOREIGN


def test_the_case_of_a_foreign_row_takes_no_members(book: Book) -> None:
    book.add_member(clue_id=case(50).case_id, relation="配偶", age="44")
    assert judged(book).rows[-1].verdict is Verdict.NOT_UNDERSTOOD


def test_added_rows_are_passed_over(book: Book) -> None:
    blank = [""] * len(book.lines[3])
    book.lines.extend([[*blank], ["合计", "8人", *blank[2:]], ["制表人：张敏", *blank[1:]]])
    assert judged(book).counts == {Verdict.UNCHANGED: 8, Verdict.ADDED: 2}


def test_a_case_answered_twice_alike_counts_once_and_differently_not_at_all(book: Book) -> None:
    book.fill(_CASE, CONFIRMED)
    book.lines.append(list(book.line(_CASE)))
    assert [row.verdict for row in judged(book).rows if row.case_id == _CASE] == [Verdict.ACCEPTED, Verdict.REPEATED]
    book.lines[-1][book.places["note"]] = "另有说明"
    assert [row.verdict for row in judged(book).rows if row.case_id == _CASE] == [Verdict.CONTRADICTORY] * 2
    assert judged(book).accepted == ()


def test_an_empty_copy_of_a_row_does_no_harm(book: Book) -> None:
    book.lines.append(list(book.line(_CASE)))
    book.fill(_CASE, CONFIRMED)
    assert len(judged(book).accepted) == 1


def test_a_draft_that_is_returned_as_it_was_is_unchanged() -> None:
    draft = replace(_ROWS[3], answers={"outcome": "99"}, members=(member(clue_id=_CASE, relation="1", age="44"),))
    book = Book([draft])
    assert row_of(judged(book)).verdict is Verdict.UNCHANGED
    book.fill(_CASE, {"note": "查明原因"})
    assert row_of(judged(book)).verdict is Verdict.INCOMPLETE
    book.fill(_CASE, {"visit_date": "胡写"})
    assert row_of(judged(book)).verdict is Verdict.NOT_UNDERSTOOD


def _without_hidden(book: Book) -> None:
    del book.sheets[HIDDEN_SHEET]


def _other_recipient(book: Book) -> None:
    next(row for row in book.sheets[HIDDEN_SHEET] if row[0] == "recipient")[1] = "somebody"


def _other_schema(book: Book) -> None:
    next(row for row in book.sheets[HIDDEN_SHEET] if row[0] == "schema")[1] = "0"


def _cut_hidden(book: Book) -> None:
    del book.sheets[HIDDEN_SHEET][4:]


def _bad_moment(book: Book) -> None:
    next(row for row in book.sheets[HIDDEN_SHEET] if row[0] == "made_at")[1] = "gestern"


def _without_list(book: Book) -> None:
    del book.sheets[LIST_SHEET]


def _without_column(book: Book) -> None:
    for line in book.lines[3:]:
        del line[book.places["phone"]]


def _column_twice(book: Book) -> None:
    book.lines[3].append("说明")


def _without_members(book: Book) -> None:
    del book.sheets[MEMBER_SHEET]


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (_without_hidden, "seal_lost"),
        (_other_recipient, "seal_broken"),
        (_other_schema, "other_schema"),
        (_cut_hidden, "seal_broken"),
        (_bad_moment, "seal_broken"),
        (_without_list, "list_missing"),
        (_without_column, "column_missing"),
        (_column_twice, "column_twice"),
        (_without_members, "list_missing"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_what_to_do(book: Book, harm: Callable[[Book], None], code: str) -> None:
    harm(book)
    assert refused(book) == code


def test_another_unions_workbook_is_refused_as_a_whole(book: Book) -> None:
    assert refused(book, union="530103") == "other_union"
    next(row for row in book.sheets[HIDDEN_SHEET] if row[0] == "union")[1] = "530103"
    assert refused(book, union="530103") == "seal_broken"


def test_the_union_of_another_secret_has_other_seals(book: Book) -> None:
    with pytest.raises(Refused) as caught:
        judge(book.sheets, b"another secret", "530102", as_before(_ROWS), TODAY)
    assert caught.value.code == "seal_broken"


def test_ids_may_be_written_in_either_case() -> None:
    row = replace(_ROWS[3], case_id="Ab-17")
    book = Book([row])
    book.fill("Ab-17", {**CONFIRMED, CASE_ID: "AB-17"})
    book.add_member(clue_id="ab-17", relation="配偶", age="44")
    (answer,) = judged(book, {"Ab-17": Standing(3)}).accepted
    assert (answer.case_id, len(answer.members)) == ("Ab-17", 1)


def test_renamed_and_moved_sheets_are_found(book: Book) -> None:
    book.fill(_CASE, CONFIRMED)
    book.sheets = {f"{name} (2)": rows for name, rows in reversed(book.sheets.items())}
    assert len(judged(book).accepted) == 1
