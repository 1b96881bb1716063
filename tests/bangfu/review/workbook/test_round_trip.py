"""Laws of the round trip, on real bytes: whatever a clerk does to a workbook, what they filled in comes back, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bangfu.errors import Refused
from bangfu.review.workbook.cell_text import neutral, same
from bangfu.review.workbook.judging import judge
from bangfu.review.workbook.model import Answer, Preview, Verdict
from bangfu.review.workbook.sheet_names import LIST_SHEET
from bangfu.review.workbook.values import code_text, understand
from schemas.review import CASE_ID, REVIEW_LISTS, Kind, ReviewColumn
from tests.bangfu.review.workbook.casebook import BATCH, SECRET, TODAY, Book, as_before, case, cases, sheets_of

_ROWS = cases(6)
_IDS = [row.case_id for row in _ROWS]
_FLOW = REVIEW_LISTS["candidates"]
_OTHER_UNION = Book([case(number) for number in range(40, 46)], replace(BATCH, union="530103"))
_LAST_QUARTER = Book([case(number) for number in range(3, 9)], replace(BATCH, batch_id="b2026q1-530102"))

_TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=60)


def _cells(column: ReviewColumn) -> st.SearchStrategy[str]:
    """Ways to fill a cell in."""
    codes = _FLOW.codes_of(column)
    if column.kind is Kind.TEXT:
        return _TEXTS
    if column.kind is Kind.DATE:
        return st.sampled_from(["2026-06-03", "2026/6/3", "2026年6月3日", "6月3日", "20260603", "46176"])
    if codes is not None:
        written = [text for code in codes.codes for text in (code.code, code.zh, code_text(codes, code.code))]
        several = st.lists(st.sampled_from([code.code for code in codes.codes]), min_size=1, max_size=3).map("、".join)
        return several if column.kind is Kind.CODES else st.sampled_from(written)
    return st.integers(max(column.least, 4), min(column.most, 20)).map(str)


_REQUIRED = {
    "outcome": "01", "visit_date": "6月3日", "visitor_1": "张敏", "visitor_2": "李强", "visit_mode": "入户",
    "household_size": "3", "means_after": "-20", "main_cause": "1", "willing": "是", "attempts": "3", "note": "已核实",
}  # fmt: skip


@st.composite
def _answers(draw: st.DrawFn) -> dict[str, str]:
    """A complete answer: what is required has something in it, what is not may."""
    chosen = draw(st.sets(st.sampled_from([column.code for column in _FLOW.editable])))
    filled = {column.code: draw(_cells(column)) for column in _FLOW.editable if column.code in chosen}
    answer = {**_REQUIRED, **{code: text for code, text in filled.items() if same(text)}}
    assume(same(neutral(answer["visitor_1"])) != same(neutral(answer["visitor_2"])))
    return answer


@dataclass(frozen=True)
class _Handling:
    """What a clerk does to the workbook beside filling it in."""

    seed: int
    sort: bool
    drop: int
    added_rows: int
    added_column: bool
    reorder: bool
    spaces: bool
    old_format: bool

    def do(self, book: Book) -> bytes:
        chance = random.Random(self.seed)
        lines = book.lines
        head, body = lines[: book.header + 1], lines[book.header + 1 :]
        if self.spaces:
            body = [[f"{cell} 　" if cell else "" for cell in line] for line in body]
        if self.sort:
            chance.shuffle(body)
        body = body[self.drop :]
        for _ in range(self.added_rows):
            body.insert(chance.randrange(len(body) + 1), ["合计", *[""] * (len(head[3]) - 1)])
        rows = [[*line, *[""] * (len(head[3]) - len(line))] for line in (*head, *body)]
        if self.added_column:
            place = chance.randrange(len(head[3]) + 1)
            rows = [
                [*line[:place], "我的备注" if row == book.header else "√", *line[place:]]
                for row, line in enumerate(rows)
            ]
        if self.reorder:
            order = chance.sample(range(len(rows[0])), len(rows[0]))
            rows = [[line[place] for place in order] for line in rows]
        book.sheets[LIST_SHEET] = rows
        return book.xls() if self.old_format else book.xlsx()


_HANDLINGS = st.builds(
    _Handling,
    seed=st.integers(0, 2**16),
    sort=st.booleans(),
    drop=st.integers(0, 2),
    added_rows=st.integers(0, 3),
    added_column=st.booleans(),
    reorder=st.booleans(),
    spaces=st.booleans(),
    old_format=st.booleans(),
)


def _judged(content: bytes) -> Preview:
    everything = as_before([*_ROWS, *(case(number) for number in range(6, 60))])
    return judge(sheets_of(content), SECRET, "530102", everything, TODAY)


def _expected(answer: Mapping[str, str]) -> dict[str, object]:
    values = {
        column.code: understand(column, _FLOW.codes_of(column), answer[column.code], TODAY)
        for column in _FLOW.editable
        if column.code in answer
    }
    return {code: value for code, value in values.items() if value is not None and code != "outcome"}


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(_IDS), _answers(), min_size=1, max_size=4), _HANDLINGS)
def test_whatever_is_filled_in_survives_whatever_is_done_to_the_file(
    answers: dict[str, dict[str, str]], handling: _Handling
) -> None:
    book = Book(_ROWS)
    for case_id, answer in answers.items():
        book.fill(case_id, answer)
    kept = {line[book.places[CASE_ID]] for line in book.lines[book.header + 1 :]}
    content = handling.do(book)
    if handling.drop:
        found = {cell.strip() for line in book.lines for cell in line}
        kept &= found
    accepted = {answer.case_id: answer for answer in _judged(content).accepted}
    assert accepted.keys() == answers.keys() & kept
    for case_id, told in accepted.items():
        assert told.values == _expected(answers[case_id])


@settings(max_examples=60)
@given(st.sampled_from(_IDS), st.sampled_from(_FLOW.locked), _TEXTS, _HANDLINGS)
def test_any_change_of_a_locked_cell_is_found(
    case_id: str, column: ReviewColumn, text: str, handling: _Handling
) -> None:
    book = Book(_ROWS)
    before = book.line(case_id)[book.places[column.code]]
    book.fill(case_id, {**_REQUIRED, column.code: text})
    verdicts = _judged(replace(handling, drop=0).do(book))
    answered = {answer.case_id for answer in verdicts.accepted}
    ignoring_case = column.code in (CASE_ID, "check_code") and same(text).lower() == same(before).lower()
    assert answered == ({case_id} if same(text) == same(before) or ignoring_case else set())


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from([_OTHER_UNION, _LAST_QUARTER]), st.integers(0, 5), st.booleans()), min_size=1, max_size=5), _HANDLINGS)  # fmt: skip
def test_no_foreign_row_is_ever_accepted(copied: list[tuple[Book, int, bool]], handling: _Handling) -> None:
    book = Book(_ROWS)
    hidden = list(book.sheets)[-1]
    for other, number, with_seal in copied:
        line = list(other.lines[other.header + 1 + number])
        for code, text in _REQUIRED.items():
            line[other.places[code]] = text
        book.lines.append(line)
        if with_seal:
            case_id = line[other.places[CASE_ID]]
            book.sheets[hidden].append(next(row for row in other.sheets[hidden] if row[0] == case_id))
    preview = _judged(handling.do(book))
    assert preview.accepted == ()
    assert all(row.verdict is not Verdict.CONFLICT for row in preview.rows)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 60), st.integers(0, 40), _TEXTS), max_size=30), st.booleans()
)
def test_a_workbook_scribbled_over_is_judged_or_refused(scribbles: list[tuple[int, int, int, str]], old: bool) -> None:
    """Never anything else: what a stranger's file holds must not end in an error of ours."""
    book = Book(_ROWS)
    for sheet, row, column, text in scribbles:
        rows = book.sheets[list(book.sheets)[sheet]]
        while len(rows) <= row:
            rows.append([])
        rows[row] += [""] * (column + 1 - len(rows[row]))
        rows[row][column] = text
    accepted: tuple[Answer, ...] = ()
    with suppress(Refused):
        accepted = _judged(book.xls() if old else book.xlsx()).accepted
    for answer in accepted:
        assert answer.case_id in _IDS
        assert all(value == neutral(value) for value in answer.values.values() if isinstance(value, str))


@pytest.mark.parametrize("saved", [Book.xlsx, Book.xls], ids=["xlsx", "xls"])
def test_saving_without_a_change_changes_nothing(saved: object) -> None:
    content = saved(Book(_ROWS))  # type: ignore[operator]
    assert _judged(content).counts == {Verdict.UNCHANGED: len(_ROWS)}
