"""Households and members in two sheets go the whole way, and their sender reads which household nobody belongs to."""

import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hand_built import Database, opened

from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.settle import settle_pending
from bangfu.pipeline.receipts.giving import receipt_of, workbook_of
from tests.bangfu.pipeline.sending import Sending
from tests.bangfu.readers.extracts import NUMBERS, in_memory, xlsx_file

HOUSEHOLDS = [
    ("低保证号", "救助类别", "家庭住址"),
    ("J1", "农村低保", "某乡一村"),
    ("J2", "城市低保", "某街二号"),
]
MEMBERS = [
    ("低保证号", "成员姓名", "成员身份证号", "与户主关系"),
    ("J1", "李娜", NUMBERS[0], "户主"),
    ("J1", "岩叫", NUMBERS[1], "儿子"),
]


@pytest.fixture
def context(database: Database) -> Context:
    opening = opened(database)
    return replace(opening, settings=replace(opening.settings, quiet_seconds=0))


def test_two_lists_are_received_and_told(context: Context, tmp_path: Path) -> None:
    content = xlsx_file(tmp_path / "名单.xlsx", {"户信息": HOUSEHOLDS, "成员信息": MEMBERS}).read_bytes()
    sending = Sending({"名单.xlsx": content}, {"名单.xlsx": 2}, "civil_affairs", "530100", "2026-06")
    sending.put(context)
    receive_dropped(context, "civil_affairs")
    settle_pending(context, "civil_affairs")
    receipt = receipt_of(context, sending.delivery_id)
    [file] = receipt["files"]
    assert (file["rows_read"], file["persons"], file["accepted"], file["rejected"]) == (2, 3, 2, 1)
    [row] = receipt["rejected_rows"]
    assert (row["sheet"], row["row"], row["code"]) == ("户信息", 3, "name_missing")
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(context.store, receipt)))
    told = [[str(cell) for cell in row] for row in book["列的理解"].iter_rows(values_only=True)]
    assert any("户信息" in line and "救助类别" in "".join(line) for line in told)


def test_one_list_alone_is_refused_with_what_to_do(context: Context) -> None:
    content = in_memory(MEMBERS)
    sending = Sending({"成员.xlsx": content}, {"成员.xlsx": 2}, "civil_affairs", "530100", "2026-06")
    sending.put(context)
    receive_dropped(context, "civil_affairs")
    receipt = receipt_of(context, sending.delivery_id)
    assert (receipt["outcome"], receipt["code"]) == ("rejected", "lists_apart")
    assert "放在同一个工作簿的两个工作表" in receipt["reason_zh"]
