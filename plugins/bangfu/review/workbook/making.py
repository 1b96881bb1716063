"""Making the workbook of a union (制作工作簿): sheets for filling in, code lists, advice, seals, a password."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import xlsxwriter

from bangfu.china_time import CHINA, in_china
from bangfu.masking import mask
from bangfu.review.workbook.answers import prefilled_key
from bangfu.review.workbook.guide import GUIDE, GUIDE_OF
from bangfu.review.workbook.hidden import HIDDEN_SHEET, hidden_rows
from bangfu.review.workbook.listing import add_list, add_members, code_lists, shown
from bangfu.review.workbook.looks import Looks, height_of, prepare_paper, watermark
from bangfu.review.workbook.model import Batch, CaseRow
from bangfu.review.workbook.seals import Seal, row_order, seal_row, workbook_key
from bangfu.review.workbook.sheet_names import CODE_SHEET, GUIDE_SHEET
from bangfu.review.workbook.values import code_text
from schemas.review import CASE_ID, CHECK_CODE, MEMBER_COLUMNS

__all__ = ["open_workbook_bytes", "workbook_bytes"]


def workbook_bytes(batch: Batch, rows: Iterable[CaseRow], secret: bytes, password: str) -> bytes:
    """The workbook of a union, under a password.

    Args:
        batch: What it is of; its union's and batch's key is derived from `secret`.
        rows: The cases. Those due first come first; within a day the order is the recipient's own.
        secret: What workbook keys are derived from.
        password: Opens the file; told by another channel.

    Returns:
        XLSX under agile encryption (AES, [MS-OFFCRYPTO] 2.3.4.10), as Excel and WPS open it.
    """
    from msoffcrypto.format.ooxml import OOXMLFile

    content = io.BytesIO()
    OOXMLFile(io.BytesIO(open_workbook_bytes(batch, rows, secret))).encrypt(password, content)
    return content.getvalue()


def open_workbook_bytes(batch: Batch, rows: Iterable[CaseRow], secret: bytes) -> bytes:
    """The same without a password, for a channel that is itself encrypted and checked."""
    key = workbook_key(secret, batch.union, batch.batch_id)
    lines, seals = _sealed(batch, _ordered(batch, key, rows), key)
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"title": f"{batch.of.zh}核查名单", "author": batch.recipient, "created": _moment(batch)})
        looks = Looks(book)
        _add_guide(book, looks, batch)
        add_list(book, looks, batch, lines)
        if batch.of.visits_household:
            add_members(book, looks, batch, [case for case, _ in lines])
        _add_codes(book, looks, batch)
        hidden = book.add_worksheet(HIDDEN_SHEET)
        for place, cells in enumerate(hidden_rows(batch, key, seals)):
            for column, text in enumerate(cells):
                hidden.write_string(place, column, text)
        hidden.protect()
        hidden.very_hidden()
    return content.getvalue()


def _ordered(batch: Batch, key: bytes, rows: Iterable[CaseRow]) -> list[CaseRow]:
    """By the day on which they are due; within a day in the recipient's own order."""
    by_id = {case.case_id: case for case in rows}
    own = [by_id[case_id] for case_id in row_order(key, batch.recipient, by_id)]
    return sorted(own, key=lambda case: case.values.get("due", ""))


def _sealed(
    batch: Batch, cases: Sequence[CaseRow], key: bytes
) -> tuple[list[tuple[CaseRow, dict[str, str]]], list[Seal]]:
    """Every case with the text of its locked cells, and its seal."""
    flow, today = batch.of, batch.made_at.astimezone(CHINA).date()
    columns = [column for column in flow.locked if column.code not in (CASE_ID, CHECK_CODE)]
    lines, seals = [], []
    for case in cases:
        locked = {CASE_ID: case.case_id}
        for column in columns:
            text = case.values.get(column.code, "")
            if column.mask and not column.open_in_workbook:
                text = mask(column.mask, text) or ""
            locked[column.code] = shown(flow, column, text)
        of = (case.case_id, case.version)
        prefilled = prefilled_key(flow, of, case.answers, case.members, today)
        seal = seal_row(key, flow, of, locked, prefilled)
        lines.append((case, {**locked, CHECK_CODE: seal.check_code}))
        seals.append(seal)
    return lines, seals


def _add_guide(book: xlsxwriter.Workbook, looks: Looks, batch: Batch) -> None:
    sheet = book.add_worksheet(GUIDE_SHEET)
    sheet.set_column(0, 0, 5)
    sheet.set_column(1, 1, 110)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, f"{batch.of.zh}核查工作簿　{batch.union_name}", looks.title)
    sheet.write_string(1, 0, watermark(batch), looks.mark)
    row = 3
    for heading, lines in (*GUIDE_OF.get(batch.flow, ()), *GUIDE):
        sheet.write_string(row, 0, heading, looks.heading)
        sheet.write_blank(row, 1, None, looks.heading)
        for number, (zh, en) in enumerate(lines, 1):
            row += 1
            sheet.set_row(row, height_of(f"{zh}\n{en}", 94))
            sheet.write_string(row, 0, f"{number}", looks.soft)
            sheet.write_string(row, 1, f"{zh}\n{en}", looks.plain)
        row += 2
    sheet.write_string(row, 1, f"制作时间 Made at {in_china(batch.made_at)}（北京时间）", looks.soft)
    prepare_paper(sheet, batch, wide=False)
    sheet.protect()


def _add_codes(book: xlsxwriter.Workbook, looks: Looks, batch: Batch) -> None:
    """Two columns for each code list: as it is chosen, and in English."""
    sheet = book.add_worksheet(CODE_SHEET)
    flow = batch.of
    sheet.write_string(0, 0, "字典　各列的选项 Code lists", looks.title)
    sheet.set_row(1, 64)
    for place, codes in enumerate(code_lists(flow).values()):
        users = [column for column in (*flow.editable, *MEMBER_COLUMNS) if flow.codes_of(column) == codes]
        sheet.set_column(2 * place, 2 * place, 30 if place == 0 else 20)
        sheet.set_column(2 * place + 1, 2 * place + 1, 48 if place == 0 else 26)
        sheet.write_string(1, 2 * place, "、".join(column.zh for column in users), looks.head)
        sheet.write_string(1, 2 * place + 1, ", ".join(column.en for column in users), looks.head)
        for row, code in enumerate(codes.codes, 2):
            sheet.write_string(row, 2 * place, code_text(codes, code.code), looks.locked)
            sheet.write_string(row, 2 * place + 1, code_text(codes, code.code, "en"), looks.locked)
    sheet.freeze_panes(2, 0)
    prepare_paper(sheet, batch, wide=True)
    sheet.protect()


def _moment(batch: Batch) -> object:
    return batch.made_at.astimezone(CHINA).replace(tzinfo=None)
