"""Receiving extracts: landed unchanged, registered once, refused with a reason."""

import dataclasses
import datetime as dt
import hashlib
from pathlib import Path

import pytest
from hand_built import Database, opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

import bangfu.pipeline.receive as use_case
from bangfu.db.models import ExtractStatus
from bangfu.db.registry import ExtractRow, list_extracts
from bangfu.errors import BangfuError, Refused
from bangfu.pipeline.context import Context
from bangfu.pipeline.drop import drop
from bangfu.pipeline.receive import check_lawful, receive, receive_dropped
from bangfu.pipeline.standardise import standardise
from schemas.source import LegalBasis, Source
from schemas.sources import SOURCES
from schemas.vocabulary import DataOrigin

ROSTER = "姓名,身份证号\n李娜,539210199003070036\n"
HTML = "<html><table></table></html>"


def written(folder: Path, text: str = ROSTER, name: str = "花名册.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def registered(context: Context) -> list[ExtractRow]:
    with context.engine.connect() as connection:
        return list_extracts(connection)


def stored(context: Context, prefix: str = "") -> list[str]:
    return [item.key for item in context.store.list(prefix)]


def changed(monkeypatch: pytest.MonkeyPatch, **declared: object) -> None:
    """Declare the roster differently."""
    source = SOURCES["union_roster"]
    values = {field.name: getattr(source, field.name) for field in dataclasses.fields(source) if field.init}
    monkeypatch.setattr(use_case, "SOURCES", {"union_roster": Source(**{**values, **declared})})


def test_an_extract_lands_unchanged_and_is_registered(context: Context, tmp_path: Path) -> None:
    path = written(tmp_path)
    receipt = receive(context, "union_roster", path, period="2026Q3", revision=2)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (receipt.outcome, receipt.rows_in, receipt.byte_size) == ("registered", None, path.stat().st_size)
    [row] = registered(context)
    assert row.landing_key == f"landing/union_roster/{digest}.csv"
    assert context.store.read(row.landing_key, sha256=digest) == path.read_bytes()
    assert (row.extract_id, row.status, row.period, row.revision) == (
        receipt.extract_id, ExtractStatus.RECEIVED, "2026Q3", 2,
    )  # fmt: skip
    assert row.original_name == "花名册.csv"
    assert path.exists()


def test_the_same_bytes_again_change_nothing_whatever_the_file_is_called(context: Context, tmp_path: Path) -> None:
    first = receive(context, "union_roster", written(tmp_path))
    before = registered(context), stored(context)
    again = receive(context, "union_roster", written(tmp_path, name="花名册(1).txt"), period="2027Q1")
    assert (again.outcome, again.extract_id) == ("already_received", first.extract_id)
    assert (registered(context), stored(context)) == before


def test_the_same_bytes_of_another_source_are_another_extract(context: Context, tmp_path: Path) -> None:
    path = written(tmp_path)
    receipts = [receive(context, source, path) for source in ("union_roster", "civil_affairs")]
    assert [receipt.outcome for receipt in receipts] == ["registered", "registered"]
    assert len({receipt.extract_id for receipt in receipts}) == 2


def test_after_standardising_a_receipt_tells_the_rows(context: Context, tmp_path: Path) -> None:
    first = receive(context, "union_roster", written(tmp_path))
    standardise(context, first.extract_id)
    again = receive(context, "union_roster", written(tmp_path))
    assert (again.outcome, again.rows_in) == ("already_received", 1)


def test_what_no_reader_can_open_is_landed_and_registered_as_rejected(context: Context, tmp_path: Path) -> None:
    """The department will ask what became of its file; the receipt says it, now and when it is sent again."""
    path = written(tmp_path, HTML, "名单.xls")
    first, again = receive(context, "civil_affairs", path), receive(context, "civil_affairs", path)
    assert first == again
    assert first.outcome == "rejected"
    assert first.reason_zh is not None
    assert first.reason_en is not None
    assert "另存为 xlsx" in first.reason_zh
    assert "HTML" in first.reason_en
    [row] = registered(context)
    assert (row.status, row.reject_code) == (ExtractStatus.REJECTED, "markup_file")
    assert context.store.read(row.landing_key) == path.read_bytes()


def test_a_rejection_that_was_interrupted_is_made_up_for(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between registering and rejecting, the next attempt must not call the file received."""
    path = written(tmp_path, HTML, "名单.xls")
    with monkeypatch.context() as patched:
        patched.setattr(use_case, "_reject", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            receive(context, "civil_affairs", path)
    assert registered(context)[0].status is ExtractStatus.RECEIVED
    assert receive(context, "civil_affairs", path).outcome == "rejected"
    assert registered(context)[0].status is ExtractStatus.REJECTED


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"legal_basis": LegalBasis("协议", "数据共享协议", dt.date(2020, 1, 1))}, "2020-01-01"),
        ({"data_origin": DataOrigin.STATISTICAL_SURVEY}, "统计"),
        ({"data_origin": DataOrigin.SUPERVISION}, "督查"),
    ],
    ids=["expired basis", "statistics", "supervision"],
)
def test_what_may_not_be_held_is_refused_and_not_stored(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, declared: dict[str, object], said: str
) -> None:
    """Data without a legal basis must not exist here at all (个人信息保护法 art. 13, 统计法 art. 28)."""
    changed(monkeypatch, **declared)
    receipt = receive(context, "union_roster", written(tmp_path))
    assert receipt.outcome == "rejected"
    assert receipt.reason_zh is not None
    assert said in receipt.reason_zh
    assert receipt.reason_en
    assert registered(context) == []
    assert stored(context) == []


def test_a_legal_basis_holds_through_its_last_day() -> None:
    source = SOURCES["union_roster"]
    last = source.legal_basis.valid_until
    check_lawful(source, last)
    with pytest.raises(Refused) as refused:
        check_lawful(source, last + dt.timedelta(days=1))
    assert refused.value.code == "legal_basis_expired"


def test_no_such_source_or_file(context: Context, tmp_path: Path) -> None:
    with pytest.raises(BangfuError, match="There is no source 'roster'; known are civil_affairs"):
        receive(context, "roster", written(tmp_path))
    with pytest.raises(BangfuError, match="There is no file"):
        receive(context, "union_roster", tmp_path / "missing.csv")
    with pytest.raises(BangfuError, match="There is no source"):
        receive_dropped(context, "roster")


def test_a_dropped_file_leaves_once_it_is_registered(context: Context, tmp_path: Path) -> None:
    for name, text in (("a.csv", ROSTER), ("b.xls", HTML), ("c.csv", ROSTER)):
        drop(context, "union_roster", written(tmp_path, text, name))
    receipts = receive_dropped(context, "union_roster")
    assert [receipt.outcome for receipt in receipts] == ["registered", "rejected", "already_received"]
    assert stored(context, "drop/") == []
    assert {row.original_name for row in registered(context)} == {"a.csv", "b.xls"}
    assert receive_dropped(context, "union_roster") == []


def test_a_dropped_file_stays_when_registering_fails(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be the only copy: the partner has moved it here."""
    drop(context, "union_roster", written(tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr(use_case, "register_extract", lambda *_: (_ for _ in ()).throw(BangfuError("no database")))
        with pytest.raises(BangfuError, match="no database"):
            receive_dropped(context, "union_roster")
    assert stored(context, "drop/") == ["drop/union_roster/花名册.csv"]
    assert [receipt.outcome for receipt in receive_dropped(context, "union_roster")] == ["registered"]


def test_a_dropped_file_of_a_source_that_may_not_be_held_stays(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(context, "union_roster", written(tmp_path))
    changed(monkeypatch, legal_basis=LegalBasis("协议", "数据共享协议", dt.date(2020, 1, 1)))
    with pytest.raises(Refused):
        receive_dropped(context, "union_roster")
    assert stored(context) == ["drop/union_roster/花名册.csv"]


def test_a_basis_that_ends_between_two_files_leaves_the_second_where_it_is(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At midnight the look at the beginning is out of date; what is refused then is not registered anywhere."""
    drop(context, "union_roster", written(tmp_path))
    looks = iter([None, Refused("legal_basis_expired", "已到期", "It ended.")])

    def look(source: Source) -> None:
        if (refusal := next(looks)) is not None:
            raise refusal

    monkeypatch.setattr(use_case, "check_lawful", look)
    with pytest.raises(Refused):
        receive_dropped(context, "union_roster")
    assert stored(context) == ["drop/union_roster/花名册.csv"]


def test_a_file_that_still_grows_while_it_is_received_is_not_lost(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through a mounted directory a partner writes for minutes; what came later must not be deleted unread."""
    other = drop(context, "union_roster", written(tmp_path, name="other.csv"))
    place = context.store.get_file(other).with_name("花名册.csv")
    context.store.delete(other)
    place.write_text(ROSTER, encoding="utf-8")
    more = ROSTER + "岩温,539210199003070087\n"
    sniff = use_case.sniff

    def grows(path: Path) -> object:
        place.write_text(more, encoding="utf-8")
        return sniff(path)

    with monkeypatch.context() as patched:
        patched.setattr(use_case, "sniff", grows)
        receive_dropped(context, "union_roster")
    assert place.read_text(encoding="utf-8") == more
    assert [receipt.byte_size for receipt in receive_dropped(context, "union_roster")] == [len(more.encode())]
    assert stored(context, "drop/") == []


def test_a_file_that_somebody_else_took_is_passed_over(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(context, "union_roster", written(tmp_path))
    listed = list(context.store.list("drop/"))
    context.store.delete(listed[0].key)
    monkeypatch.setattr(type(context.store), "list", lambda *_: iter(listed))
    assert receive_dropped(context, "union_roster") == []


class Deliveries(RuleBasedStateMachine):
    """Whatever is sent, dropped and received in whatever order: what was acknowledged is there, once, unchanged."""

    context: Context
    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.waiting: set[bytes] = set()
        self.acknowledged: set[bytes] = set()

    @initialize()
    def begin_afresh(self) -> None:
        from sqlalchemy import text

        with self.context.engine.begin() as connection:
            connection.execute(text("DELETE FROM extract"))
        for item in list(self.context.store.list("")):
            self.context.store.delete(item.key)

    def file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    contents = st.sampled_from([b"", b"<x/>", ROSTER.encode(), ROSTER.encode("gb18030"), b"\xff\xff"])
    names = st.sampled_from(["a.csv", "b.xls", "无后缀", "..odd .CSV"])

    @rule(name=names, content=contents)
    def send(self, name: str, content: bytes) -> None:
        receive(self.context, "union_roster", self.file(name, content))
        self.acknowledged.add(content)

    @rule(name=names, content=contents)
    def put_into_the_drop_area(self, name: str, content: bytes) -> None:
        drop(self.context, "union_roster", self.file(name, content))
        self.waiting.add(content)

    @rule()
    def receive_what_was_dropped(self) -> None:
        receive_dropped(self.context, "union_roster")
        self.acknowledged |= self.waiting
        self.waiting.clear()

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        rows = registered(self.context)
        landed = {row.sha256: self.context.store.read(row.landing_key) for row in rows}
        assert len(landed) == len(rows)
        assert set(landed.values()) == self.acknowledged
        dropped = [self.context.store.read(key) for key in stored(self.context, "drop/")]
        assert set(dropped) == self.waiting


def test_deliveries_in_any_order(context: Context, tmp_path: Path) -> None:
    machine = type("Here", (Deliveries,), {"context": context, "folder": tmp_path})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_get_a_receipt(context: Context, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "anything"
    path.write_bytes(content)
    receipt = receive(context, "union_roster", path)
    assert receipt.byte_size == len(content)
    assert (receipt.outcome == "rejected") == bool(receipt.reason_zh)
