"""The receipt of an upload (回执): each row accepted or the reason why not, for the portal's preview and as a workbook.

A receipt names rows, clue ids, columns and reasons, never a person and never what a cell held.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import xlsxwriter

from bangfu.review.workbook.looks import Looks, height_of, prepare_paper, watermark
from bangfu.review.workbook.model import Preview, Problem, Verdict, VerdictRow
from bangfu.review.workbook.sheet_names import LIST_SHEET, MEMBER_SHEET
from bangfu.review.workbook.verdict_texts import TROUBLE_TEXTS, VERDICT_TEXTS, Tone
from schemas.review import MEMBER_COLUMNS, REVIEW_COLUMNS

__all__ = ["ReceiptLine", "receipt_bytes", "receipt_lines", "summary_of"]

_COLOURS = {Tone.GOOD: "#E7F3EB", Tone.QUIET: "#F2F2F2", Tone.BAD: "#FBECEB"}
_HEAD = (
    ("工作表\nSheet", 11),
    ("行号\nRow", 8),
    ("线索编号\nClue", 28),
    ("结果\nResult", 22),
    ("原因\nReason", 56),
    ("怎样处理\nWhat to do", 46),
)
_MEMBER_COLUMNS = {column.code: column for column in MEMBER_COLUMNS}


@dataclass(frozen=True)
class ReceiptLine:
    """One row of an upload in words.

    Attributes:
        sheet: Name of the sheet.
        row: Row of it, from 1.
        case_id: The case, or empty.
        verdict: What becomes of the row.
        zh, en: The verdict's name.
        reason_zh, reason_en: Why, with the cells that are wrong.
        todo_zh, todo_en: What to do; may be empty.
        tone: How it is coloured.
    """

    sheet: str
    row: int
    case_id: str
    verdict: Verdict
    zh: str
    en: str
    reason_zh: str
    reason_en: str
    todo_zh: str
    todo_en: str
    tone: Tone


def receipt_lines(preview: Preview) -> list[ReceiptLine]:
    """Every row of an upload in words, in the order of the sheets."""
    return [_line(row) for row in preview.rows]


def summary_of(preview: Preview, *, applied: bool = False) -> tuple[str, str]:
    """The upload in one sentence, in Chinese and English.

    It counts rows to be taken over, or that were where it is `applied`, rows left as they were, and rows that are returned.
    """
    tones = [VERDICT_TEXTS[row.verdict].tone for row in preview.rows]
    good, quiet, bad = (tones.count(tone) for tone in Tone)
    zh, en = ("已导入", "were taken over") if applied else ("可以导入", "can be taken over")
    return (
        f"共 {len(tones):,} 行：{zh} {good:,} 行，不需要处理 {quiet:,} 行，退回 {bad:,} 行。",
        f"{len(tones):,} rows: {good:,} {en}, {quiet:,} need nothing, {bad:,} are returned.",
    )


def receipt_bytes(preview: Preview, *, applied: bool) -> bytes:
    """The receipt as a workbook.

    Args:
        preview: What was judged.
        applied: Whether the accepted rows were taken over, or this is a preview only.
    """
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        looks = Looks(book)
        tones = {tone: book.add_format({**_CELL, "bg_color": colour}) for tone, colour in _COLOURS.items()}
        sheet = book.add_worksheet("回执")
        sheet.set_row(0, 28)
        sheet.write_string(0, 0, f"上传回执　{preview.batch.of.zh}　{preview.batch.union_name}", looks.title)
        sheet.write_string(1, 0, watermark(preview.batch), looks.mark)
        done = ("已导入下列可以导入的行。", "The accepted rows were taken over.")
        not_done = ("这是预览，还没有导入。", "This is a preview; nothing was taken over yet.")
        summary = [
            f"{text} {more}"
            for text, more in zip(summary_of(preview, applied=applied), done if applied else not_done, strict=True)
        ]
        sheet.set_row(2, 38)
        sheet.merge_range(2, 0, 2, len(_HEAD) - 1, "\n".join(summary), looks.plain)
        sheet.set_row(3, 34)
        for place, (text, width) in enumerate(_HEAD):
            sheet.set_column(place, place, width)
            sheet.write_string(3, place, text, looks.head)
        lines = sorted(receipt_lines(preview), key=lambda line: _ORDER[line.tone])
        for row, line in enumerate(lines, 4):
            cells = (
                line.sheet,
                str(line.row),
                line.case_id,
                f"{line.zh}\n{line.en}",
                f"{line.reason_zh}\n{line.reason_en}",
                "\n".join(filter(None, (line.todo_zh, line.todo_en))),
            )
            sheet.set_row(row, max(height_of(text, width - 2) for text, (_, width) in zip(cells, _HEAD, strict=True)))
            for place, text in enumerate(cells):
                sheet.write_string(row, place, text, tones[line.tone])
        sheet.freeze_panes(4, 0)
        sheet.autofilter(3, 0, max(3 + len(lines), 4), len(_HEAD) - 1)
        sheet.repeat_rows(3)
        prepare_paper(sheet, preview.batch, wide=False)
    return content.getvalue()


_CELL = {"font_name": "宋体", "font_size": 11, "valign": "vcenter", "num_format": "@", "text_wrap": True, "border": 1,
         "border_color": "#BFBFBF"}  # fmt: skip
_ORDER = {Tone.BAD: 0, Tone.GOOD: 1, Tone.QUIET: 2}
"""What has to be done comes first."""


def _line(row: VerdictRow) -> ReceiptLine:
    text = VERDICT_TEXTS[row.verdict]
    reason_zh, reason_en = row.why or (text.reason_zh, text.reason_en)
    if row.problems:
        told = [_told(problem, of_members=row.of_members) for problem in row.problems]
        reason_zh = f"{reason_zh}：{'；'.join(zh for zh, _ in told)}"
        reason_en = f"{reason_en}: {'; '.join(en for _, en in told)}"
    return ReceiptLine(
        MEMBER_SHEET if row.of_members else LIST_SHEET,
        row.row,
        row.case_id or "",
        row.verdict,
        text.zh,
        text.en,
        reason_zh,
        reason_en,
        text.todo_zh,
        text.todo_en,
        text.tone,
    )


def _told(problem: Problem, *, of_members: bool) -> tuple[str, str]:
    """The column and what is wrong with it; of a member, its row too."""
    column = (_MEMBER_COLUMNS if problem.member_row else REVIEW_COLUMNS)[problem.column]
    zh, en = TROUBLE_TEXTS[problem.trouble]
    of_whom = ("", "")
    if problem.member_row and not of_members:
        of_whom = (f"{MEMBER_SHEET}第{problem.member_row}行", f"{MEMBER_SHEET} row {problem.member_row}, ")
    return f"{of_whom[0]}“{column.zh}”{zh}", f"{of_whom[1]}{column.en} {en}"
