"""Receipts: what a sender is told, in JSON and as a workbook, and what neither may hold."""

import datetime as dt
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hand_built import Database, opened

from bangfu.db.deliveries import delivered_files, get_delivery, list_deliveries
from bangfu.db.intake_models import DeliveryStatus
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.approve import approve, turn_down
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.retract import retract
from bangfu.pipeline.intake.settle import settle_pending
from bangfu.pipeline.receipts import giving as receipts
from bangfu.pipeline.receipts.account import RejectedRow, correction_of
from bangfu.pipeline.receipts.giving import receipt_of, workbook_of
from bangfu.storage.local import LocalStore
from schemas.vocabulary import REJECT_REASONS, RejectCode
from tests.bangfu.pipeline.sending import Sending, correction, roster_text

SECRETS = ("金丝雀", "539210199003070036", "13900077123", "6217000010001234567", "茉莉巷")


@pytest.fixture
def context(database: Database) -> Context:
    opening = opened(database)
    return replace(opening, settings=replace(opening.settings, quiet_seconds=0))


def settlements() -> bytes:
    """A workbook as an office exports it: title, two sheets, columns that may not come, rows that cannot be used."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("6月结算")
        sheet.write_row(0, 0, ["昆明市医保中心住院结算明细"])
        sheet.write_row(1, 0, ["结算ID", "人员姓名", "身份证号", "结算时间", "个人负担（元）", "银行卡号", "科室"])
        card = SECRETS[3]
        rows = [
            ["S1", "金丝雀一", "539210199003070036", "2026-06-02", "61000", card, "内科"],
            ["S2", "金丝雀二", "539210199003070044", "见附件", "500", card, "内科"],
            ["S3", "", "539210199003070052", "2026-06-03", "500", card, "外科"],
            ["S4", "金丝雀四", "", "2026-06-04", "500", card, "外科"],
            ["S5", "金丝雀五", "539210199003070060", "2026-06-05", "若干", card, "外科"],
            ["S5", "金丝雀五", "539210199003070060", "2026-06-05", "若干", card, "外科"],
            ["合计", "", "", "", "62500", "", ""],
        ]
        for place, row in enumerate(rows, 2):
            sheet.write_row(place, 0, row)
        book.add_worksheet("填报说明").write_row(0, 0, ["请于每月 5 日前报送"])
    return content.getvalue()


SETTLEMENTS = Sending(
    {"6月住院结算.xlsx": settlements()}, {"6月住院结算.xlsx": 6}, "medical_settlement", "530100", "2026-06"
)


def delivered(context: Context, sending: Sending) -> dict[str, Any]:
    sending.put(context)
    receive_dropped(context, sending.source)
    settle_pending(context, sending.source)
    return receipt_of(context, sending.delivery_id)


def accepted(context: Context, sending: Sending) -> dict[str, Any]:
    """The receipt of a delivery that is approved where it waits, as so small ones often do."""
    receipt = delivered(context, sending)
    if receipt["outcome"] == "held":
        approve(context, sending.delivery_id, by="he.wei")
    return receipt_of(context, sending.delivery_id)


def sheets(context: Context, receipt: dict[str, Any]) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(context.store, receipt)))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def table(lines: list[list[Any]], head: str) -> list[list[Any]]:
    """The rows below a heading, up to the first empty one."""
    first = next(place for place, line in enumerate(lines) if line[0] == head) + 1
    rows = lines[first:]
    return rows[: next((place for place, row in enumerate(rows) if row[0] is None), len(rows))]


class TestAnAcceptedDelivery:
    def test_is_told_in_one_sentence_with_the_counts_of_each_file(self, context: Context) -> None:
        receipt = accepted(context, SETTLEMENTS)
        assert receipt["verdict_zh"] == "已接收：共读到 6 行，可用 2，退回 4。"
        assert receipt["verdict_en"] == "Accepted: rows read: 6, usable: 2, returned: 4."
        [file] = receipt["files"]
        assert (file["name"], file["rows_stated"], file["rows_read"]) == ("6月住院结算.xlsx", 6, 6)
        assert (file["persons"], file["accepted"], file["rejected"]) == (6, 2, 4)
        assert file["left_empty"] == {"personal_amount": 1}
        summary = sheets(context, receipt)["回执"]
        assert table(summary, "文件 File") == [
            ["6月住院结算.xlsx", 6, 6, 6, 2, 4, len(SETTLEMENTS.files["6月住院结算.xlsx"]), "个人负担总金额 1 处"]
        ]

    def test_names_every_rejected_row_by_the_sender_s_own_words(self, context: Context) -> None:
        receipt = accepted(context, SETTLEMENTS)
        rows = table(sheets(context, receipt)["退回行"], "文件 File")
        assert [row[1:5] for row in rows] == [
            ["6月结算", 4, "结算时间", "\n".join(REJECT_REASONS[RejectCode.UNREADABLE_VALUE])],
            ["6月结算", 5, "人员姓名", "\n".join(REJECT_REASONS[RejectCode.NAME_MISSING])],
            ["6月结算", 6, None, "\n".join(REJECT_REASONS[RejectCode.NO_IDENTIFIER])],
            ["6月结算", 8, None, "\n".join(REJECT_REASONS[RejectCode.DUPLICATE_ROW])],
        ]
        assert rows[0][5].startswith("更正“结算时间”列的内容；日期写成 2026-06-30 的样子\n")
        assert [(row["row"], row["code"]) for row in receipt["rejected_rows"]] == [
            (4, "unreadable_value"), (5, "name_missing"), (6, "no_identifier"), (8, "duplicate_row"),
        ]  # fmt: skip

    def test_says_how_every_column_was_understood(self, context: Context) -> None:
        rows = table(sheets(context, accepted(context, SETTLEMENTS))["列的理解"], "文件 File")
        understood = {row[2]: (row[3], row[4]) for row in rows if row[2]}
        assert understood["人员姓名"] == ("姓名\nname", "已读取 taken")
        assert understood["个人负担（元）"] == ("个人负担总金额\nborne by the person", "已读取 taken")
        assert "没有留存" in understood["银行卡号"][1]
        assert "没有留存" in understood["科室"][1]
        assert ["6月住院结算.xlsx", "填报说明"] in [row[:2] for row in rows]
        [absent] = [row[3] for row in rows if row[2] and row[2].startswith("（没有这些列）")]
        assert "医疗费总额" in absent.split("、")

    def test_says_how_to_correct_it_and_what_a_correction_replaced(self, context: Context) -> None:
        first = Sending({"花名册.csv": roster_text("李娜", "王芳")})
        receipt = accepted(context, first)
        assert receipt["replaces"] is None
        assert receipt["next_zh"] == ["更正的办法：改好后把这一期的全部文件作为第 2 版重新报送，新版自动替换本版。"]
        second = accepted(context, correction(first, {"花名册.csv": roster_text("李娜", "王芳", "岩罕")}))
        assert (second["replaces"], second["superseded_by"]) == (1, None)
        assert second["next_zh"][0] == "本版已替换第 1 版，旧版不再使用。"
        assert "作为第 3 版" in second["next_zh"][-1]

    def test_that_comes_after_its_own_correction_is_not_said_to_be_in_use(self, context: Context) -> None:
        first = Sending({"花名册.csv": roster_text("李娜", "王芳")})
        accepted(context, replace(first, revision=2))
        late = accepted(context, correction(replace(first, revision=0), {"花名册.csv": roster_text("李娜", "岩罕")}))
        assert late["superseded_by"] == 2
        assert late["verdict_zh"].startswith("已接收，但不参加比对：第 2 版已在用。")
        assert "作为第 3 版" in late["next_zh"][-1]

    def test_without_a_manifest_is_told_that_a_correction_replaces_nothing(self, context: Context) -> None:
        context.store.put("drop/union_roster/花名册.csv", roster_text("李娜"))
        receive_dropped(context, "union_roster")
        settle_pending(context)
        with context.engine.connect() as connection:
            [row] = list_deliveries(connection)
        assert any("没有报送清单" in step for step in receipt_of(context, row.delivery_id)["next_zh"])


class TestADeliveryThatWaits:
    @pytest.fixture
    def held(self, context: Context) -> str:
        """Four of six rows cannot be used: somebody must look at that first."""
        assert delivered(context, SETTLEMENTS)["outcome"] == "held"
        return SETTLEMENTS.delivery_id

    def test_is_told_that_it_waits_and_why(self, context: Context, held: str) -> None:
        receipt = receipt_of(context, held)
        assert receipt["verdict_zh"].startswith("已收到，等待人工审核：共读到 6 行，可用 2，退回 4。")
        assert receipt["reason_zh"]
        assert receipt["next_zh"][0] == "如果数据没有报错，不用做什么：审核后会有新的回执。"

    def test_gets_another_receipt_when_it_is_approved(self, context: Context, held: str) -> None:
        before = key_of(context, held)
        approve(context, held, by="he.wei")
        receipt = receipt_of(context, held)
        assert key_of(context, held) != before
        assert (receipt["outcome"], receipt["verdict_zh"]) == ("accepted", "已接收：共读到 6 行，可用 2，退回 4。")
        assert "he.wei" not in str(receipt)

    def test_gets_another_receipt_when_it_is_turned_down(self, context: Context, held: str) -> None:
        turn_down(context, held, by="he.wei", reason="退回的行太多")
        receipt = receipt_of(context, held)
        assert receipt["verdict_zh"] == "未采用：经人工审核退回，不参加比对。"
        assert receipt["reason_zh"] == "退回的行太多"
        assert "仍是第 1 版" in receipt["next_zh"][0]


class TestARetractedDelivery:
    @pytest.fixture
    def told(self, context: Context) -> dict[str, Any]:
        """Revision 2 is retracted, revision 1 is there."""
        accepted(context, SETTLEMENTS)
        again = accepted(context, replace(SETTLEMENTS, revision=2))["delivery_id"]
        retract(context, again, "发错了月份", by="he.wei")
        return receipt_of(context, again)

    def test_is_told_that_it_is_withdrawn_when_and_why(self, context: Context, told: dict[str, Any]) -> None:
        assert (told["outcome"], told["code"], told["reason_zh"]) == ("retracted", "retracted", "发错了月份")
        with context.engine.connect() as connection:
            row = get_delivery(connection, told["delivery_id"])
        assert row is not None
        assert row.retracted_at is not None
        assert told["retracted_at"] == row.retracted_at.isoformat(timespec="seconds")
        at = row.retracted_at.astimezone(dt.timezone(dt.timedelta(hours=8)))
        assert told["verdict_zh"] == f"已于 {at:%Y-%m-%d %H:%M}（北京时间）撤回，不再参加比对。"

    def test_is_told_what_counts_instead_and_how_to_send_it_again(self, told: dict[str, Any]) -> None:
        assert told["next_zh"] == [
            "第 1 版重新使用。",
            "如需重新报送，请把改好的全部文件作为第 3 版报送；撤回的版次不能再用。",
        ]
        assert told["next_en"][0] == "Revision 1 is in use again."
        assert told["replaces"] is None

    def test_has_a_workbook_that_says_the_same(self, context: Context, told: dict[str, Any]) -> None:
        shown = dict(line[:2] for line in sheets(context, told)["回执"] if line[0] and line[1])
        assert shown["撤回原因　Reason"] == "发错了月份"
        assert sheets(context, told)["回执"][1][0] == f"{told['verdict_zh']}\n{told['verdict_en']}"

    def test_without_a_manifest_is_told_to_send_one(self, context: Context) -> None:
        context.store.put("drop/union_roster/花名册.csv", roster_text("李娜"))
        receive_dropped(context, "union_roster")
        settle_pending(context)
        with context.engine.connect() as connection:
            [row] = list_deliveries(connection)
        retract(context, row.delivery_id, "发错了", by="he.wei")
        assert receipt_of(context, row.delivery_id)["next_zh"] == [
            "如需重新报送，请改好后附报送清单 manifest.json 报送；同样的文件不会再收。"
        ]

    def test_that_was_never_standardised_is_told_as_well(self, context: Context) -> None:
        SETTLEMENTS.put(context)
        receive_dropped(context, "medical_settlement")
        retract(context, SETTLEMENTS.delivery_id, "发错了", by="he.wei")
        told = receipt_of(context, SETTLEMENTS.delivery_id)
        assert (told["outcome"], told["files"][0]["rows_read"], told["files"][0]["accepted"]) == ("retracted", 6, None)


class TestARefusedDelivery:
    def test_is_told_why_and_what_to_do(self, context: Context) -> None:
        wrong = Sending({"花名册.csv": roster_text("李娜")}, {"花名册.csv": 2})
        wrong.put(context)
        receive_dropped(context, "union_roster")
        receipt = receipt_of(context, wrong.delivery_id)
        assert (receipt["outcome"], receipt["code"]) == ("rejected", "rows_differ")
        assert "写明 2 行数据，实际读到 1 行" in receipt["reason_zh"]
        assert receipt["next_zh"] == ["按上面的原因处理后，把这一期的全部文件重新报送；版次不变，仍是第 1 版。"]

    def test_has_a_workbook_of_one_sheet(self, context: Context) -> None:
        wrong = Sending({"花名册.csv": b""}, {"花名册.csv": 0})
        replace(wrong, files={"花名册.csv": b"x"}).put(context)
        receive_dropped(context, "union_roster")
        with context.engine.connect() as connection:
            [row] = list_deliveries(connection, status=DeliveryStatus.REJECTED)
        book = sheets(context, receipt_of(context, row.delivery_id))
        assert list(book) == ["回执"]
        assert any(line[0] and str(line[0]).startswith("整份拒收") for line in book["回执"])

    def test_with_a_revision_that_is_taken_is_told_to_use_the_next(self, context: Context) -> None:
        delivered(context, Sending({"花名册.csv": roster_text("李娜")}))
        other = Sending({"花名册.csv": roster_text("王芳")})
        other.put(context)
        receive_dropped(context, "union_roster")
        assert "版次加一" in receipt_of(context, other.delivery_id)["next_zh"][0]


class TestEveryReceipt:
    def test_holds_nothing_of_a_person(self, context: Context) -> None:
        delivered(context, SETTLEMENTS)
        looked_at = 0
        for item in context.store.list("receipts/"):
            content = context.store.read(item.key)
            parts = [content]
            if item.key.endswith(".xlsx"):
                with zipfile.ZipFile(io.BytesIO(content)) as book:
                    parts = [book.read(name) for name in book.namelist()]
            for part in parts:
                looked_at += 1
                assert [secret for secret in SECRETS if secret in part.decode("utf-8", "replace")] == []
            assert [secret for secret in SECRETS if secret in item.key] == []
        assert looked_at > 8

    def test_is_the_same_bytes_whenever_it_is_made(self, context: Context, tmp_path: Path) -> None:
        delivered(context, SETTLEMENTS)
        with context.engine.connect() as connection:
            delivery = get_delivery(connection, SETTLEMENTS.delivery_id)
            files = delivered_files(connection, SETTLEMENTS.delivery_id)
        assert delivery is not None
        first = receipts.give_receipt(context, delivery, files)
        elsewhere = replace(context, store=LocalStore(tmp_path / "elsewhere"))
        for item in context.store.list("landing/"):
            elsewhere.store.put(item.key, context.store.get_file(item.key))
        for item in context.store.list("quarantine/"):
            elsewhere.store.put(item.key, context.store.get_file(item.key))
        assert receipts.give_receipt(elsewhere, delivery, files) == first
        workbook = receipts.read_receipt(elsewhere.store, first)["workbook"]
        assert elsewhere.store.read(workbook) == context.store.read(workbook)

    def test_lists_so_many_rows_and_says_so(self, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
        from bangfu.pipeline.receipts import workbook as receipt_workbook

        monkeypatch.setattr(receipt_workbook, "MOST_ROWS", 2)
        monkeypatch.setattr(receipts, "MOST_ROWS", 2)
        book = sheets(context, delivered(context, SETTLEMENTS))
        assert "共退回 4 行，这里只列前 2 行" in book["退回行"][0][0]
        assert len(table(book["退回行"], "文件 File")) == 2

    def test_is_laid_out_for_reading_and_for_paper(self, context: Context) -> None:
        receipt = delivered(context, SETTLEMENTS)
        book = openpyxl.load_workbook(io.BytesIO(workbook_of(context.store, receipt)))
        assert book.sheetnames == ["回执", "退回行", "列的理解"]
        for sheet in book:
            assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
            assert sheet.sheet_properties.pageSetUpPr.fitToPage is True
        for name in ("退回行", "列的理解"):
            assert book[name].freeze_panes == "A3"
            assert book[name].auto_filter.ref is not None
            assert book[name].auto_filter.ref.startswith("A2:")
            assert book[name].print_title_rows == "$2:$2"

    def test_takes_a_file_name_for_text_whatever_it_looks_like(self, context: Context) -> None:
        name = '=HYPERLINK("x").csv'
        receipt = delivered(context, Sending({name: roster_text("李娜")}))
        book = openpyxl.load_workbook(io.BytesIO(workbook_of(context.store, receipt)))
        cells = [cell for row in book["回执"].iter_rows() for cell in row if cell.value == name]
        assert [cell.data_type for cell in cells] == ["s"]

    def test_says_the_time_in_china(self, context: Context) -> None:
        receipt = delivered(context, SETTLEMENTS)
        shown = dict(line[:2] for line in sheets(context, receipt)["回执"] if line[0] and line[1])
        told = dt.datetime.fromisoformat(receipt["received_at"]).astimezone(dt.timezone(dt.timedelta(hours=8)))
        assert shown["收到时间　Received"] == f"{told:%Y-%m-%d %H:%M}（北京时间）"


def test_a_delivery_without_a_receipt_says_so(context: Context) -> None:
    with pytest.raises(BangfuError, match="No delivery"):
        receipt_of(context, "union_roster-d-00")
    sending = Sending({"花名册.csv": roster_text("李娜")})
    sending.put(context)
    receive_dropped(context, "union_roster")
    with pytest.raises(BangfuError, match="no receipt yet"):
        receipt_of(context, sending.delivery_id)


@pytest.mark.parametrize("code", RejectCode)
def test_every_reason_has_a_correction_in_both_languages(code: RejectCode) -> None:
    zh, en = correction_of(RejectedRow("a.csv", "", 3, 0, "结算时间", code, "settled_on"))
    assert re.search(r"[\u4e00-\u9fff]", zh)
    assert en.isascii() or "结算时间" in en
    assert "{" not in zh + en


def key_of(context: Context, delivery_id: str) -> str | None:
    with context.engine.connect() as connection:
        row = get_delivery(connection, delivery_id)
    assert row is not None
    return row.receipt_key
