"""Receiving: a delivery is taken whole when everything agrees with its manifest, and refused with a reason when not."""

import dataclasses
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from hand_built import Database, opened
from sqlalchemy import select

import bangfu.pipeline.intake.receive as use_case
from bangfu.db.deliveries import DeliveryRow, delivered_files, list_deliveries
from bangfu.db.exchange import exchanges
from bangfu.db.intake_models import Announcement, DeliveryStatus, Direction, Exchange, ExtractStatus
from bangfu.db.registry import ExtractRow, extract_id, list_extracts
from bangfu.errors import BangfuError, Refused
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.lawful import check_lawful
from bangfu.pipeline.intake.receive import receive, receive_dropped
from bangfu.pipeline.sealed import read_sealed
from schemas.manifest import MANIFEST, SUCCESS, Manifest
from schemas.source import LegalBasis, Source
from schemas.sources import SOURCES
from schemas.vocabulary import DataOrigin
from tests.bangfu.pipeline.sending import Sending, correction, roster_text

ROSTER = {"花名册.csv": roster_text("李娜", "王芳")}


@pytest.fixture
def context(database: Database) -> Context:
    return patient(opened(database), 0)


def patient(context: Context, quiet: float, incomplete: float = 24) -> Context:
    """The installation with other waiting times."""
    return replace(context, settings=replace(context.settings, quiet_seconds=quiet, incomplete_hours=incomplete))


def deliveries(context: Context) -> list[DeliveryRow]:
    with context.engine.connect() as connection:
        return list_deliveries(connection)


def extracts(context: Context) -> list[ExtractRow]:
    with context.engine.connect() as connection:
        return list_extracts(connection)


def stored(context: Context, prefix: str = "") -> list[str]:
    return [item.key for item in context.store.list(prefix)]


def declared(monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    """Declare the roster differently."""
    source = SOURCES["union_roster"]
    values = {field.name: getattr(source, field.name) for field in dataclasses.fields(source) if field.init}
    monkeypatch.setattr(use_case, "SOURCES", {"union_roster": Source(**{**values, **changes})})


class TestAnAnnouncedDelivery:
    def test_is_landed_registered_and_leaves_the_drop_area(self, context: Context) -> None:
        sending = Sending(ROSTER)
        sending.put(context)
        [receipt] = receive_dropped(context, "union_roster")
        size = len(ROSTER["花名册.csv"])
        assert (receipt.outcome, receipt.files, receipt.rows, receipt.byte_size) == ("registered", 1, 2, size)
        [row] = deliveries(context)
        assert (row.delivery_id, row.announced, row.status) == (
            sending.delivery_id, Announcement.MANIFEST, DeliveryStatus.RECEIVED,
        )  # fmt: skip
        assert (row.sender, row.period, row.revision) == ("530102", "2026Q2", 1)
        [extract] = extracts(context)
        assert (extract.status, extract.data_rows, extract.byte_size) == (ExtractStatus.RECEIVED, 2, size)
        assert stored(context, "drop/") == []

    def test_lands_as_the_cells_that_may_be_held(self, context: Context) -> None:
        """The bytes are not kept: a bank card among them must never reach the object store."""
        text = "姓名,身份证号,银行卡号\n李娜,539210199003070036,6217000010001234567\n".encode()
        Sending({"花名册.csv": text}).put(context)
        receive_dropped(context, "union_roster")
        [extract] = extracts(context)
        cells = read_sealed(context, extract.landing_key or "", extract.extract_id)
        assert cells.select("row_number", "name", "id_number").rows() == [(2, "李娜", "539210199003070036")]
        assert not any("6217000010001234567" in str(value) for row in cells.rows() for value in row)

    def test_says_what_was_exchanged_and_on_which_basis(self, context: Context) -> None:
        sending = Sending(ROSTER)
        sending.put(context)
        receive_dropped(context, "union_roster")
        with context.engine.connect() as connection:
            [(_, entry)] = exchanges(connection)
        source = SOURCES["union_roster"]
        assert (entry.direction, entry.delivery_id, entry.columns, entry.rows) == (
            Direction.IN, sending.delivery_id, ("name", "id_number"), 2,
        )  # fmt: skip
        assert entry.purpose == source.purpose
        assert source.legal_basis.number in entry.legal_basis
        assert entry.counterpart == f"{source.owner_zh} 530102"

    def test_may_hold_several_files(self, context: Context) -> None:
        files = {**ROSTER, "二车间.csv": roster_text("岩罕")}
        Sending(files).put(context)
        [receipt] = receive_dropped(context, "union_roster")
        assert (receipt.files, receipt.rows) == (2, 3)
        with context.engine.connect() as connection:
            names = [file.name for file in delivered_files(connection, receipt.delivery_id)]
        assert names == ["花名册.csv", "二车间.csv"]

    def test_sent_again_changes_nothing_whatever_its_files_are_called(self, context: Context) -> None:
        sending = Sending(ROSTER)
        sending.put(context)
        receive_dropped(context, "union_roster")
        before = deliveries(context), extracts(context), stored(context)
        replace(sending, files={"另存.csv": ROSTER["花名册.csv"]}).put(context)
        [again] = receive_dropped(context, "union_roster")
        assert (again.outcome, again.delivery_id) == ("already_received", sending.delivery_id)
        assert (deliveries(context), extracts(context), stored(context)) == before

    def test_waits_for_its_manifest_and_for_every_file(self, context: Context) -> None:
        sending = Sending({**ROSTER, "二车间.csv": roster_text("岩罕")})
        folder = sending.put(context, without=(MANIFEST,))
        assert receive_dropped(context, "union_roster") == []
        context.store.put(f"drop/union_roster/{folder}/{MANIFEST}", sending.manifest().to_json().encode())
        context.store.delete(f"drop/union_roster/{folder}/二车间.csv")
        assert receive_dropped(context, "union_roster") == []
        assert deliveries(context) == []
        context.store.put(f"drop/union_roster/{folder}/二车间.csv", sending.files["二车间.csv"])
        assert [receipt.outcome for receipt in receive_dropped(context, "union_roster")] == ["registered"]

    @pytest.mark.parametrize("without", [(MANIFEST,), ("花名册.csv",)])
    def test_that_never_becomes_complete_is_refused(self, context: Context, without: tuple[str, ...]) -> None:
        Sending({**ROSTER, "二车间.csv": roster_text("岩罕")}).put(context, without=without)
        [receipt] = receive_dropped(patient(context, 0, incomplete=0), "union_roster")
        assert (receipt.outcome, receipt.code) == ("rejected", "incomplete_delivery")
        assert stored(context, "drop/") == []

    def test_with_fewer_rows_than_stated_is_refused(self, context: Context) -> None:
        """The file is what was sent, byte for byte, and yet not all of what the sender meant to send."""
        Sending(ROSTER, rows={"花名册.csv": 3}).put(context)
        [receipt] = receive_dropped(context, "union_roster")
        assert (receipt.outcome, receipt.code) == ("rejected", "rows_differ")
        assert "写明 3 行数据，实际读到 2 行" in (receipt.reason_zh or "")
        assert extracts(context) == []
        assert stored(context, "landing/") == []

    def test_cut_off_on_its_way_waits_and_is_not_taken(self, context: Context) -> None:
        Sending(ROSTER).put(context, cut={"花名册.csv": 30})
        assert receive_dropped(context, "union_roster") == []

    def test_damaged_on_its_way_is_refused(self, context: Context) -> None:
        def other_digest(manifest: Manifest) -> Manifest:
            return replace(manifest, files=(replace(manifest.files[0], sha256="0" * 64),))

        Sending(ROSTER).put(context, state=other_digest)
        [receipt] = receive_dropped(context, "union_roster")
        assert (receipt.outcome, receipt.code) == ("rejected", "digest_differs")

    def test_with_a_file_that_is_not_listed_is_refused(self, context: Context) -> None:
        folder = Sending(ROSTER).put(context)
        context.store.put(f"drop/union_roster/{folder}/多余.csv", roster_text("张三"))
        [receipt] = receive_dropped(context, "union_roster")
        assert (receipt.outcome, receipt.code) == ("rejected", "file_unlisted")

    def test_for_another_source_is_refused(self, context: Context) -> None:
        Sending(ROSTER).put(context, state=lambda manifest: replace(manifest, source="civil_affairs"))
        [receipt] = receive_dropped(context, "union_roster")
        assert (receipt.outcome, receipt.code) == ("rejected", "wrong_source")

    def test_with_a_manifest_that_is_no_manifest_is_refused(self, context: Context) -> None:
        folder = Sending(ROSTER).put(context, without=(MANIFEST,))
        context.store.put(f"drop/union_roster/{folder}/{MANIFEST}", b"[]")
        [receipt] = receive_dropped(context, "union_roster")
        assert (receipt.outcome, receipt.code) == ("rejected", "manifest_invalid")

    def test_one_bad_file_refuses_the_whole_delivery(self, context: Context) -> None:
        Sending({**ROSTER, "网页.xls": b"<html><table></table></html>"}, rows={"网页.xls": 1}).put(context)
        [receipt] = receive_dropped(context, "union_roster")
        assert (receipt.outcome, receipt.code) == ("rejected", "markup_file")
        assert extracts(context) == []

    def test_refused_and_put_right_is_taken_under_the_same_revision(self, context: Context) -> None:
        wrong = Sending(ROSTER, rows={"花名册.csv": 3})
        wrong.put(context)
        receive_dropped(context, "union_roster")
        replace(wrong, rows={}).put(context)
        [receipt] = receive_dropped(context, "union_roster")
        assert receipt.outcome == "registered"
        assert [row.status for row in deliveries(context)] == [DeliveryStatus.REJECTED, DeliveryStatus.RECEIVED]

    def test_with_other_content_under_the_same_revision_is_refused(self, context: Context) -> None:
        Sending(ROSTER).put(context)
        receive_dropped(context, "union_roster")
        Sending({"花名册.csv": roster_text("张三")}).put(context)
        [receipt] = receive_dropped(context, "union_roster")
        assert (receipt.outcome, receipt.code) == ("rejected", "revision_taken")
        assert len(extracts(context)) == 1

    def test_corrected_under_the_next_revision_is_taken(self, context: Context) -> None:
        first = Sending(ROSTER)
        first.put(context)
        correction(first, {"花名册.csv": roster_text("张三")}).put(context)
        assert [receipt.outcome for receipt in receive_dropped(context, "union_roster")] == ["registered"] * 2

    def test_corrected_without_a_new_manifest_is_refused_and_not_lost_unseen(self, context: Context) -> None:
        """The same manifest again looks like a repetition; the new bytes beside it must not vanish as one."""
        sending = Sending(ROSTER)
        sending.put(context)
        receive_dropped(context, "union_roster")
        replace(sending, files={"花名册.csv": roster_text("王芳", "李娜")}).put(
            context, state=lambda _: sending.manifest()
        )
        [receipt] = receive_dropped(context, "union_roster")
        assert (receipt.outcome, receipt.code) == ("rejected", "digest_differs")
        assert [row.status for row in deliveries(context)] == [DeliveryStatus.RECEIVED, DeliveryStatus.REJECTED]

    def test_with_the_content_of_another_period_is_read_once(self, context: Context) -> None:
        Sending(ROSTER).put(context)
        Sending(ROSTER, period="2026Q3").put(context)
        assert [receipt.outcome for receipt in receive_dropped(context, "union_roster")] == ["registered"] * 2
        assert len(extracts(context)) == 1
        assert len(stored(context, "landing/")) == 1


class TestAFileWithoutAManifest:
    def test_is_taken_once_it_is_quiet(self, context: Context) -> None:
        context.store.put("drop/union_roster/花名册.csv", ROSTER["花名册.csv"])
        assert receive_dropped(patient(context, 60), "union_roster") == []
        [receipt] = receive_dropped(context, "union_roster")
        assert (receipt.outcome, receipt.rows) == ("registered", 2)
        assert deliveries(context)[0].announced is Announcement.NONE

    def test_whose_last_line_does_not_end_is_refused(self, context: Context) -> None:
        context.store.put("drop/union_roster/花名册.csv", ROSTER["花名册.csv"][:-1])
        [receipt] = receive_dropped(context, "union_roster")
        assert (receipt.outcome, receipt.code) == ("rejected", "unfinished_text")

    def test_is_refused_where_its_source_demands_one(self, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
        declared(monkeypatch, unannounced="refuse")
        context.store.put("drop/union_roster/花名册.csv", ROSTER["花名册.csv"])
        [receipt] = receive_dropped(context, "union_roster")
        assert (receipt.outcome, receipt.code) == ("rejected", "manifest_required")

    def test_again_is_the_same_delivery(self, context: Context) -> None:
        for name in ("花名册.csv", "花名册(1).csv"):
            context.store.put(f"drop/union_roster/{name}", ROSTER["花名册.csv"])
        outcomes = [receipt.outcome for receipt in receive_dropped(context, "union_roster")]
        assert sorted(outcomes) == ["already_received", "registered"]

    def test_never_replaces_anything(self, context: Context) -> None:
        Sending(ROSTER).put(context)
        context.store.put("drop/union_roster/花名册.csv", roster_text("张三"))
        receive_dropped(context, "union_roster")
        assert len({row.slot for row in deliveries(context)}) == 2

    def test_a_marker_closes_a_folder(self, context: Context) -> None:
        context.store.put("drop/union_roster/六月/一.csv", ROSTER["花名册.csv"])
        context.store.put("drop/union_roster/六月/二.csv", roster_text("岩罕"))
        assert receive_dropped(context, "union_roster") == []
        context.store.put(f"drop/union_roster/六月/{SUCCESS}", b"")
        [receipt] = receive_dropped(context, "union_roster")
        assert (receipt.outcome, receipt.files, receipt.rows) == ("registered", 2, 3)
        assert deliveries(context)[0].announced is Announcement.MARKER


class TestFilesHandedToTheOperator:
    def test_each_stands_for_itself(self, context: Context, tmp_path: Path) -> None:
        paths = [tmp_path / "一.csv", tmp_path / "二.csv"]
        paths[0].write_bytes(roster_text("李娜"))
        paths[1].write_bytes(roster_text("王芳")[:-1])
        receipts = receive(context, "union_roster", paths)
        assert [(receipt.outcome, receipt.rows) for receipt in receipts] == [("registered", 1), ("registered", 1)]
        assert all(path.exists() for path in paths)

    def test_are_one_delivery_with_a_sender_and_a_period(self, context: Context, tmp_path: Path) -> None:
        for name in ("一.csv", "二.csv"):
            (tmp_path / name).write_bytes(roster_text(name))
        paths = sorted(tmp_path.glob("*.csv"))
        [receipt] = receive(context, "union_roster", paths, sender="530102", period="2026Q2", revision=2)
        assert (receipt.outcome, receipt.files) == ("registered", 2)
        assert (deliveries(context)[0].slot, deliveries(context)[0].revision) == ("530102/2026Q2", 2)

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"sender": "530102"}, "together"),
            ({"period": "2026Q2"}, "together"),
            ({"sender": "李娜", "period": "2026Q2"}, "division or credit code"),
            ({"sender": "530102", "period": "June"}, "period such as"),
            ({"revision": 2}, "give both"),
        ],
    )
    def test_a_statement_that_makes_no_sense_is_explained(
        self, context: Context, tmp_path: Path, given: dict[str, object], message: str
    ) -> None:
        path = tmp_path / "一.csv"
        path.write_bytes(roster_text())
        with pytest.raises(BangfuError, match=message):
            receive(context, "union_roster", [path], **given)  # type: ignore[arg-type]

    def test_an_unknown_source_or_file_is_named(self, context: Context, tmp_path: Path) -> None:
        with pytest.raises(BangfuError, match="no source 'roster'"):
            receive(context, "roster", [tmp_path / "x"])
        with pytest.raises(BangfuError, match="no file"):
            receive(context, "union_roster", [tmp_path / "x"])


class TestTheLaw:
    BASIS = SOURCES["union_roster"].legal_basis

    def test_an_expired_basis_receives_nothing(self, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
        declared(monkeypatch, legal_basis=replace(self.BASIS, valid_until=dt.date(2026, 1, 1)))
        Sending(ROSTER).put(context)
        with pytest.raises(Refused, match="ended on 2026-01-01"):
            receive_dropped(context, "union_roster")
        assert len(stored(context, "drop/")) == 2
        assert stored(context) == stored(context, "drop/")

    @pytest.mark.parametrize(
        ("day", "code"),
        [(dt.date(2025, 6, 1), None), (dt.date(2019, 1, 1), "not_yet"), (dt.date(2099, 1, 1), "expired")],
    )
    def test_a_basis_holds_from_day_to_day(self, day: dt.date, code: str | None) -> None:
        source = SOURCES["union_roster"]
        if code is None:
            check_lawful(source, day)
            return
        with pytest.raises(Refused, match=code):
            check_lawful(source, day)

    @pytest.mark.parametrize("origin", [DataOrigin.STATISTICAL_SURVEY, DataOrigin.SUPERVISION])
    def test_statistical_and_supervision_data_are_refused(
        self, monkeypatch: pytest.MonkeyPatch, context: Context, origin: DataOrigin
    ) -> None:
        declared(monkeypatch, data_origin=origin)
        with pytest.raises(Refused, match="statistical surveys"):
            receive_dropped(context, "union_roster")

    def test_what_was_exchanged_stays_on_record(self, context: Context) -> None:
        Sending(ROSTER).put(context)
        receive_dropped(context, "union_roster")
        with pytest.raises(Exception, match="only ever added"), context.engine.begin() as connection:
            connection.execute(Exchange.__table__.delete())
        with context.engine.connect() as connection:
            assert len(connection.execute(select(Exchange)).all()) == 1


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_round(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody writes through a mounted directory; nothing half-written is kept, and nothing is lost."""
    from bangfu.pipeline.intake import taking

    path = context.store.put("drop/union_roster/花名册.csv", ROSTER["花名册.csv"]) and context.store.get_file(
        "drop/union_roster/花名册.csv"
    )
    read = taking.read_cells

    def read_and_change(*arguments: object) -> object:
        cells = read(*arguments)  # type: ignore[arg-type]
        path.chmod(0o640)
        path.write_bytes(roster_text("李娜", "王芳", "岩罕"))
        return cells

    with monkeypatch.context() as patched:
        patched.setattr(taking, "read_cells", read_and_change)
        assert receive_dropped(context, "union_roster") == []
    assert deliveries(context) == []
    [receipt] = receive_dropped(context, "union_roster")
    assert (receipt.outcome, receipt.rows) == ("registered", 3)


def test_extract_ids_come_from_the_bytes_received(context: Context) -> None:
    sending = Sending(ROSTER)
    sending.put(context)
    receive_dropped(context, "union_roster")
    assert extracts(context)[0].extract_id == extract_id("union_roster", sending.manifest().files[0].sha256)


def test_a_basis_must_hold_some_day() -> None:
    with pytest.raises(ValueError, match="must hold for some day"):
        LegalBasis("协议", "共享协议", "示例〔2020〕1号", dt.date(2021, 1, 1), dt.date(2020, 1, 1))
