"""The receipt of an upload."""

import pytest

from bangfu.review.workbook.judging import judge
from bangfu.review.workbook.model import Preview, Trouble, Verdict
from bangfu.review.workbook.receipt import receipt_bytes, receipt_lines, summary_of
from bangfu.review.workbook.verdict_texts import TROUBLE_TEXTS, VERDICT_TEXTS, Tone
from tests.bangfu.review.workbook.casebook import CONFIRMED, SECRET, TODAY, Book, as_before, cases, sheets_of

_ROWS = cases(6)


@pytest.fixture(scope="module")
def preview() -> Preview:
    book = Book(_ROWS)
    book.fill(_ROWS[0].case_id, CONFIRMED)
    book.fill(_ROWS[1].case_id, {"outcome": "99", "note": "=HYPERLINK(1)"})
    book.fill(_ROWS[2].case_id, {**CONFIRMED, "visit_date": "昨天"})
    book.fill(_ROWS[3].case_id, {"name": "换了人"})
    book.fill(_ROWS[4].case_id, CONFIRMED)
    book.add_member(clue_id=_ROWS[4].case_id, relation="配偶", age="四十")
    return judge(book.sheets, SECRET, "530102", as_before(_ROWS), TODAY)


def test_every_verdict_and_every_trouble_is_said_in_both_languages() -> None:
    assert set(VERDICT_TEXTS) == set(Verdict)
    assert set(TROUBLE_TEXTS) == set(Trouble)
    for text in VERDICT_TEXTS.values():
        assert text.zh
        assert text.en
        assert bool(text.todo_zh) is bool(text.todo_en)
        assert text.todo_zh or text.tone is not Tone.BAD, "who is returned a row is told what to do"


def test_each_row_says_what_became_of_it_and_why(preview: Preview) -> None:
    lines = {line.case_id: line for line in receipt_lines(preview)}
    assert lines[_ROWS[0].case_id].zh == "可以导入"
    assert "“核查日期”没有填" in lines[_ROWS[1].case_id].reason_zh
    assert "Visited on cannot be understood" in lines[_ROWS[2].case_id].reason_en
    assert "“姓名”被改动" in lines[_ROWS[3].case_id].reason_zh
    assert "家庭成员第5行“年龄”看不懂" in lines[_ROWS[4].case_id].reason_zh
    assert summary_of(preview)[0] == "共 6 行：可以导入 1 行，不需要处理 1 行，退回 4 行。"


def test_the_workbook_lists_what_must_be_done_first_and_names_no_person(preview: Preview) -> None:
    content = receipt_bytes(preview, applied=True)
    (rows,) = sheets_of(content).values()
    assert "已导入" in rows[2][0]
    results = [row[3].split("\n")[0] for row in rows[4:]]
    assert results[-1] == "未填写"
    assert results.index("可以导入") == 4
    everything = "".join(cell for row in rows for cell in row)
    for row in _ROWS:
        assert row.values["name"] not in everything
        assert row.values["phone"] not in everything
    for written in ("昨天", "换了人", "HYPERLINK", "四十"):
        assert written not in everything


def test_a_preview_says_that_nothing_was_taken_over(preview: Preview) -> None:
    (rows,) = sheets_of(receipt_bytes(preview, applied=False)).values()
    assert "还没有导入" in rows[2][0]


def test_where_a_row_stands_is_the_row_of_the_sheet(preview: Preview) -> None:
    lines = receipt_lines(preview)
    assert [line.row for line in lines] == [5, 6, 7, 8, 9, 10]
    assert {line.sheet for line in lines} == {"名单"}
