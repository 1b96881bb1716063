"""The two sheets that are filled in (名单、家庭成员): cells, locks, drop-downs, colours for what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_range_abs
from xlsxwriter.worksheet import Worksheet

from bangfu.review.workbook.cell_text import neutral
from bangfu.review.workbook.looks import Looks, height_of, prepare_paper, watermark
from bangfu.review.workbook.model import Batch, CaseRow
from bangfu.review.workbook.sheet_names import CODE_SHEET, LIST_SHEET, MEMBER_SHEET
from bangfu.review.workbook.values import code_text
from schemas.code_list import CodeList
from schemas.review import CASE_ID, MEMBER_COLUMNS, Kind, ReviewColumn, ReviewList

__all__ = ["FIRST_ROW", "add_list", "add_members", "code_lists", "shown"]

FIRST_ROW = 4
"""Place of the first case: below title, watermark, advice and header."""
_LEAST_MEMBER_ROWS = 500
_MEMBERS_PER_CASE = 4
_WRAPPED = ("reasons", "address", "employer", "union", "note")
_PROTECTION: dict[str, Any] = {
    "select_locked_cells": True, "select_unlocked_cells": True, "format_columns": True, "format_rows": True,
    "sort": True, "autofilter": True,
}  # fmt: skip


def code_lists(flow: ReviewList) -> dict[str, CodeList]:
    """Every code list that a cell of the workbook is chosen from, by its name, in their order."""
    columns = (*flow.editable, *(MEMBER_COLUMNS if flow.visits_household else ()))
    return {codes.name: codes for column in columns if (codes := flow.codes_of(column))}


def shown(flow: ReviewList, column: ReviewColumn, text: str) -> str:
    """The text of a cell: codes with their label, nothing that begins like a formula."""
    codes = flow.codes_of(column)
    if codes is None or not text:
        return neutral(text)
    known = {code.code for code in codes.codes}
    if column.editable and column.kind is Kind.CODE and text in known:
        return code_text(codes, text)
    return codes.label(text) or neutral(text)


def add_list(
    book: xlsxwriter.Workbook, looks: Looks, batch: Batch, lines: Sequence[tuple[CaseRow, Mapping[str, str]]]
) -> None:
    """Add the list of cases.

    Args:
        book: The workbook.
        looks: Its formats.
        batch: What it is of.
        lines: Every case with the text of its locked columns, in order.
    """
    flow = batch.of
    sheet = book.add_worksheet(LIST_SHEET)
    last = FIRST_ROW + max(len(lines), 1) - 1
    advice = (
        "黄色表头的列由核查人填写，灰色的列已锁定，请勿改动。选项请从下拉表中选。标红的格是该结论必填而未填的。填完直接上传，不必删除未填的行。\n"
        "Fill in the yellow columns. Grey ones are locked. Red cells are still needed for the outcome chosen. Rows left empty are no harm."
    )
    _add_head(sheet, looks, batch, flow.columns, (f"{flow.zh}核查名单　{batch.union_name}", advice), set(flow.always))
    forms = [_form(looks, column) for column in flow.columns]
    texts = [(place, column, form) for place, (column, form) in enumerate(zip(flow.columns, forms, strict=True))]
    wrapped = [column for column in flow.columns if column.code in _WRAPPED]
    write, blank = sheet.write_string, sheet.write_blank
    for row, (case, locked) in enumerate(lines, FIRST_ROW):
        sheet.set_row(row, max(20.0, *(height_of(locked.get(c.code, ""), c.width - 1) for c in wrapped)))
        for place, column, form in texts:
            text = shown(flow, column, case.answers.get(column.code, "")) if column.editable else locked[column.code]
            if text:
                write(row, place, text, form)
            elif not column.editable:  # an empty cell to be filled in has its column's format
                blank(row, place, None, form)
    for place, column in enumerate(flow.columns):
        if column.editable:
            sheet.set_column(place, place, column.width, looks.of_column(column))
            _add_choice(sheet, flow, column, (FIRST_ROW, place, last, place))
            _add_colours(sheet, looks, flow, column, (FIRST_ROW, place, last, place))
    first = len(flow.locked)
    grid = {"type": "formula", "criteria": "=TRUE", "format": looks.grid}
    sheet.conditional_format(FIRST_ROW, first, last, len(flow.columns) - 1, grid)
    sheet.freeze_panes(FIRST_ROW, 1)
    sheet.autofilter(FIRST_ROW - 1, 0, last, len(flow.columns) - 1)
    sheet.repeat_rows(FIRST_ROW - 1)
    sheet.repeat_columns(0)
    prepare_paper(sheet, batch, wide=True)
    sheet.protect("", _PROTECTION)
    sheet.ignore_errors({"number_stored_as_text": xl_range_abs(0, 0, last, len(flow.columns) - 1).replace("$", "")})
    sheet.activate()


def add_members(book: xlsxwriter.Workbook, looks: Looks, batch: Batch, rows: Sequence[CaseRow]) -> None:
    """Add the list of household members: rows to be filled in, and those that were told before."""
    flow = batch.of
    sheet = book.add_worksheet(MEMBER_SHEET)
    advice = (
        "每位共同生活的家庭成员填一行（不含职工本人）。没有家庭成员的不填。14岁以下的只填与职工关系、年龄和学段。任何一栏都不要写病种。\n"
        "One row for each member who lives with the worker. Of children below 14 only relation, age and school stage. No diagnosis anywhere."
    )
    _add_head(
        sheet, looks, batch, MEMBER_COLUMNS, ("家庭成员　Household members", advice), {CASE_ID, "relation", "age"}
    )
    told = [member for case in rows for member in case.members]
    last = FIRST_ROW + max(_LEAST_MEMBER_ROWS, _MEMBERS_PER_CASE * len(rows), len(told)) - 1
    for place, column in enumerate(MEMBER_COLUMNS):
        sheet.set_column(place, place, column.width, looks.open_plain)
        where = (FIRST_ROW, place, last, place)
        _add_choice(sheet, flow, column, where)
    for row, member in enumerate(told, FIRST_ROW):
        for place, column in enumerate(MEMBER_COLUMNS):
            if text := shown(flow, column, member.get(column.code, "")):
                sheet.write_string(row, place, text, looks.open)
    for code in ("relation", "age"):
        place = next(at for at, column in enumerate(MEMBER_COLUMNS) if column.code == code)
        name, row = xl_col_to_name(place), FIRST_ROW + 1
        missing = f"=AND(LEN(TRIM($A{row}))>0,LEN(TRIM({name}{row}))=0)"
        rule = {"type": "formula", "criteria": missing, "format": looks.missing}
        sheet.conditional_format(FIRST_ROW, place, last, place, rule)
    sheet.freeze_panes(FIRST_ROW, 2)
    sheet.autofilter(FIRST_ROW - 1, 0, last, len(MEMBER_COLUMNS) - 1)
    sheet.repeat_rows(FIRST_ROW - 1)
    prepare_paper(sheet, batch, wide=False)
    sheet.print_area(0, 0, FIRST_ROW + max(len(told), 30) - 1, len(MEMBER_COLUMNS) - 1)
    sheet.protect("", _PROTECTION)


def _add_head(
    sheet: Worksheet,
    looks: Looks,
    batch: Batch,
    columns: Sequence[ReviewColumn],
    texts: tuple[str, str],
    always: Iterable[str],
) -> None:
    """Title, watermark, advice and header."""
    title, advice = texts
    for row, height in enumerate((28, 18, 34)):  # no column's borders here
        sheet.set_row(row, height, looks.plain)
    sheet.write_string(0, 0, title, looks.title)
    sheet.write_string(1, 0, watermark(batch), looks.mark)
    sheet.merge_range(2, 0, 2, min(8, len(columns) - 1), advice, looks.soft)
    sheet.set_row(FIRST_ROW - 1, 76)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
        star = "*" if column.code in always else ""
        head = looks.fill_head if column.editable else looks.head
        sheet.write_string(FIRST_ROW - 1, place, f"{column.zh}{star}\n{column.en}", head)


def _form(looks: Looks, column: ReviewColumn) -> Format:
    if not column.editable:
        return looks.locked
    return looks.open_date if column.kind is Kind.DATE else looks.open


def _add_choice(sheet: Worksheet, flow: ReviewList, column: ReviewColumn, where: tuple[int, int, int, int]) -> None:
    """The drop-down of a column, or a hint how to fill it in; what else is typed is told of, not refused."""
    hint = f"{column.meaning_zh}\n{column.meaning_en}"
    rule: dict[str, Any] = {"validate": "any", "input_title": column.zh[:32], "input_message": hint[:255]}
    codes = flow.codes_of(column)
    if codes is not None:
        lists = code_lists(flow)
        place = 2 * list(lists).index(codes.name)
        source = xl_range_abs(2, place, 1 + len(codes.codes), place)
        rule |= {"validate": "list", "source": f"='{CODE_SHEET}'!{source}", "error_type": "warning"}
        rule |= {
            "error_title": "不在选项中",
            "error_message": "请从下拉表中选择。仍要保留现在的内容吗？\nNot in the list. Keep it?",
        }
        if column.kind is Kind.CODES:
            rule["show_error"] = False  # several are typed one behind the other
    sheet.data_validation(*where, rule)


def _add_colours(
    sheet: Worksheet, looks: Looks, flow: ReviewList, column: ReviewColumn, where: tuple[int, int, int, int]
) -> None:
    """Red where the outcome chosen needs a cell that is empty."""
    place = next(at for at, other in enumerate(flow.columns) if other.code == "outcome")
    outcome, cell = f"TRIM(${xl_col_to_name(place)}{FIRST_ROW + 1})", f"{xl_col_to_name(where[1])}{FIRST_ROW + 1}"
    empty = f"LEN(TRIM({cell}))=0"
    if column.code == "outcome":
        rule = {"type": "formula", "criteria": f"={empty}", "format": looks.to_fill}
    elif column.code in flow.always:
        rule = {"type": "formula", "criteria": f"=AND({empty},LEN({outcome})>0)", "format": looks.missing}
    else:
        needing = [code for code, columns in flow.needed.items() if column.code in columns]
        if not needing:
            return
        chosen = f'LEN({outcome})>0,ISNUMBER(FIND("|"&LEFT({outcome},2)&"|","|{"|".join(needing)}|"))'
        rule = {"type": "formula", "criteria": f"=AND({empty},{chosen})", "format": looks.missing}
    sheet.conditional_format(*where, rule)
