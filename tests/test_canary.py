"""Canary people (金丝雀): persons with values found nowhere else go through the whole chain, some of them badly.

Nothing personal may be written to logs, Airflow's database (XCom, exception texts), object keys, the registry or what
commands print. A rule like that is kept only where something looks at everything that is written; this does.
"""

import csv
import datetime as dt
import io
import json
import logging
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hand_built import Database, identity_number, opened, person
from sqlalchemy import text

import bangfu.pipeline.intake.standardise
import bangfu.pipeline.intake.taking
import bangfu.pipeline.linkage.link
import bangfu.pipeline.review.publish
import bangfu.pipeline.screening.screen
from bangfu.airflow import work
from bangfu.cli import main
from bangfu.db import embedded
from bangfu.errors import BangfuError
from bangfu.notice_settings import NoticeSettings, SmtpSettings
from bangfu.pipeline.notices.channels import set_channels
from bangfu.pipeline.notices.dispatch import dispatch_due
from bangfu.pipeline.sealed import read_sealed
from bangfu.settings import Settings
from bangfu.storage import open_store
from schemas.notices import Channel
from schemas.sources import SOURCES
from tests.approving import approve_latest
from tests.bangfu.notifying.servers import mailing, receiving
from tests.bangfu.pipeline.sending import Sending

NAME, FORMER, PHONE, LANE = "金丝雀茉莉", "鸢尾金丝雀", "13900077123", "金丝雀巷7号"
NUMBER = identity_number("539001", dt.date(1981, 3, 7), 614)
UNREADABLE = "金丝雀年金丝雀月"
CARD = "HYCANARY77"
SECRETS = (NAME, FORMER, "金丝雀", PHONE, NUMBER, NUMBER[:14], CARD)
"""What must not be found; "金丝雀" stands in every Chinese value."""

KEEPS_PERSONS = {"candidate", "list_entry", "review_case"}
"""The tables that hold persons: cases behind row-level security, lists out of the portal's reach."""


@dataclass
class Written:
    """Everything the chain has written where operators, Airflow or a log collector would see it."""

    parts: dict[str, str] = field(default_factory=dict)

    def add(self, where: str, what: str) -> None:
        self.parts[where] = self.parts.get(where, "") + what

    def leaks(self) -> list[str]:
        return [f"{where}: {secret}" for where, what in self.parts.items() for secret in SECRETS if secret in what]


def extract(source: str, rows: list[dict[str, Any]]) -> bytes:
    """The rows as a department's CSV file: its headers are the first aliases that the declaration knows."""
    aliases = {column.field: column.aliases[0] for column in SOURCES[source].columns}
    fields = list(dict.fromkeys(name for row in rows for name in row))
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(aliases[name] for name in fields)
    writer.writerows([row.get(name) for name in fields] for row in rows)
    return sheet.getvalue().encode("gb18030")


def particulars(number: int, *names: str) -> dict[str, Any]:
    everything = person(number)
    return {name: everything[name] for name in ("name", "id_number", *names)}


CANARY = {"name": NAME, "id_number": NUMBER}


def roster() -> bytes:
    some = [
        particulars(n, "phone") | {"person_ref": f"HY{n:05}", "parent_union": "昆明市五华区总工会"} for n in range(250)
    ]
    canary = CANARY | {
        "former_name": FORMER, "person_ref": CARD, "phone": PHONE, "birth_date": UNREADABLE,
        "address": f"昆明市五华区{LANE}", "parent_union": "昆明市五华区总工会",
    }  # fmt: skip
    return extract("union_roster", [*some, canary, canary | {"name": ""}, {"name": f"{NAME}二"}])


def settlements() -> bytes:
    def bill(number: int) -> dict[str, Any]:
        return {"settlement_ref": f"S{number}", "settled_on": "2026-03-02", "personal_amount": "61000"}

    some = [particulars(n) | bill(n) for n in range(40)]
    return extract("medical_settlement", [*some, CANARY | bill(900), CANARY | bill(901) | {"settled_on": UNREADABLE}])


def allowances(*more: dict[str, Any]) -> bytes:
    rows = [
        particulars(n) | {"household_ref": f"JZ{n}", "relief_category": "城市低保", "relation": "户主"}
        for n in range(60, 90)
    ]
    canary = CANARY | {"household_ref": CARD, "relief_category": "城市低保", "relation": "户主"}
    return extract("civil_affairs", [*rows, canary, *more])


def payments() -> bytes:
    paid = {"event_kind": "洪涝", "event_on": "2026-02-01", "relief_amount": "600", "houses_collapsed": "2"}
    rows = [particulars(n, "phone") | paid for n in range(100, 120)]
    return extract("disaster_relief", [*rows, CANARY | paid | {"address": LANE}])


EXTRACTS = {
    "union_roster": roster, "medical_settlement": settlements, "civil_affairs": allowances, "disaster_relief": payments,
}  # fmt: skip


@pytest.fixture
def written(
    database: Database, server: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Written:
    """The chain has run by the bodies of Airflow's tasks; all logs were kept, the finest as well."""
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_PORTAL_DATABASE_URL", database.settings.portal_database_url or "")
    caplog.set_level(logging.DEBUG)
    log_before = server_log(server).stat().st_size
    found = Written()
    for source, rows in EXTRACTS.items():
        send(database, source, rows())
    for stage in (work.receive, work.standardise):
        for source in EXTRACTS:
            found.add("XCom", json.dumps(stage(source), ensure_ascii=False))
    for last in (work.link, work.screen, work.publish):
        if last is work.publish:
            approve_latest(opened(database))
        found.add("XCom", json.dumps(last(), ensure_ascii=False))
    collect(found, database, caplog, server, log_before)
    return found


def send(database: Database, source: str, content: bytes, period: str = "2026Q2") -> None:
    """Drop a delivery as its department would."""
    Sending({f"{source}.csv": content}, source=source, period=period).put(opened(database))


def server_log(server: Any) -> Path:
    return embedded._server(server[0]).log


def collect(
    found: Written, database: Database, caplog: pytest.LogCaptureFixture, server: Any, log_before: int = 0
) -> None:
    """Add what lies around: logs, object keys, every table but that of persons, files of the installation."""
    found.add("log", "\n".join(record.getMessage() for record in caplog.records) + caplog.text)
    found.add("server log", server_log(server).read_bytes()[log_before:].decode("utf-8", "replace"))
    store = open_store(database.settings)
    found.add("object keys", "\n".join(item.key for item in store.list("")))
    for item in store.list(""):
        if not item.key.startswith("drop/"):  # what partners put there is theirs until it is taken
            found.add(f"object {item.key}", store.read(item.key).decode("utf-8", "replace"))
    with database.owner.connect() as connection:
        tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        for table in set(tables) - KEEPS_PERSONS:
            rows = connection.scalars(text(f'SELECT to_jsonb(t)::text FROM "{table}" t')).all()
            found.add(f"table {table}", "\n".join(rows))
    for path in database.settings.home.rglob("*"):
        if path.is_file() and "objects" not in path.relative_to(database.settings.home).parts:
            found.add(f"file {path.name}", path.read_bytes().decode("utf-8", "replace"))


def test_the_canaries_reach_the_list(written: Written, database: Database) -> None:
    """Otherwise the tests below could not fail: the values must have gone all the way."""
    with database.owner.connect() as connection:
        listed = connection.execute(text("SELECT name, id_number, phone FROM candidate WHERE status = 'published'"))
        assert (NAME, NUMBER, PHONE) in {tuple(row) for row in listed}
        rejected = connection.scalar(text("SELECT sum(rows_rejected) FROM extract"))
        quarantined = connection.execute(text("SELECT extract_id, quarantine_key FROM extract")).all()
    assert rejected == 3
    tables = [read_sealed(opened(database), key, extract) for extract, key in quarantined if key]
    assert any(NAME in raw for table in tables for raw in table["raw"])


def test_nothing_personal_is_written_on_the_way(written: Written) -> None:
    assert {"XCom", "log", "object keys", "table extract", "table pipeline_run"} <= written.parts.keys()
    assert all(written.parts[name] for name in ("XCom", "log", "object keys", "table extract", "table pipeline_run"))
    assert written.leaks() == []


@pytest.mark.parametrize("machine", [True, False], ids=["--json", "for people"])
def test_nothing_personal_is_printed(written: Written, database: Database, tmp_path: Path, machine: bool) -> None:
    files = {source: tmp_path / f"{source}.csv" for source in EXTRACTS}
    for source, path in files.items():
        path.write_bytes(EXTRACTS[source]())
    commands = [
        *(["receive", source, str(path)] for source, path in files.items()),
        ["standardise"],
        ["link"],
        ["screen"],
        ["publish"],
        ["run"],
        ["status"],
        ["candidates", "--out", str(tmp_path / "list.parquet")],
    ]
    printed = Written()
    for command in commands:
        told = io.StringIO()
        with redirect_stdout(told), redirect_stderr(told):
            assert main([*command, "--json"] if machine else command) == 0, command
        printed.add(" ".join(command[:2]), told.getvalue())
    assert all(printed.parts.values())
    assert printed.leaks() == []


def test_nothing_personal_is_told_to_unions(written: Written, database: Database) -> None:
    """Mails and webhooks leave the house: the notices of the published list, as they are received."""
    with receiving() as receiver, mailing("none") as mails:
        smtp = SmtpSettings("127.0.0.1", mails.port, "none", "bangfu@union.example")
        context = opened(database)
        notices = NoticeSettings(smtp=smtp, private=True)
        context = replace(context, settings=replace(context.settings, notices=notices))
        addresses = {Channel.EMAIL: "a@union.example", Channel.WEBHOOK: receiver.url}
        with context.engine.begin() as connection:
            unions = connection.scalars(text("SELECT DISTINCT union_code FROM notice")).all()
            add_message = text(
                "INSERT INTO notice_message SELECT :channel || notice_id, notice_id, :channel FROM notice"
            )
            for channel in addresses:
                connection.execute(add_message, {"channel": str(channel)})
        for union in unions:
            set_channels(context, union, list(addresses.items()), by="test")
        assert dispatch_due(context).sent == 2 * len(unions) > 0
    told = Written()
    told.add("webhooks", "".join(f"{post.headers} {post.body}" for post in receiver.posts))
    told.add(
        "mails",
        "".join(str(mail["Subject"]) + str(part.get_content()) for mail in mails.mails for part in mail.iter_parts()),
    )
    assert "新增线索" in told.parts["mails"]
    assert '"new":' in told.parts["webhooks"]
    assert told.leaks() == []


FAULTS: dict[str, tuple[Any, str, Callable[[], Any]]] = {
    "receive": (bangfu.pipeline.intake.taking, "register_extract", lambda: work.receive("civil_affairs")),
    "standardise": (bangfu.pipeline.intake.standardise, "standardise_frame", lambda: work.standardise("civil_affairs")),
    "link": (bangfu.pipeline.linkage.link, "collapse", work.link),
    "screen": (bangfu.pipeline.screening.screen, "replace_screened", work.screen),
}
"""By stage: where a defect strikes, and the task body that meets it."""


@pytest.mark.parametrize("ours", [False, True], ids=["a library's error", "ours, caused by it"])
@pytest.mark.parametrize("stage", FAULTS)
def test_nothing_personal_is_told_by_a_failure(
    written: Written, database: Database, stage: str, ours: bool, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, server: Any, tmp_path: Path,
) -> None:  # fmt: skip
    """A library's exception quotes what it choked on; Airflow shows the text, the chain of causes and the traceback."""
    import traceback

    module, struck, task = FAULTS[stage]
    handed = tmp_path / "handed.csv"
    handed.write_bytes(extract("civil_affairs", [CANARY | {"household_ref": CARD, "relief_category": "特困"}]))
    again = allowances(CANARY | {"household_ref": f"{CARD}X", "relief_category": "农村低保", "relation": "户主"})
    send(database, "civil_affairs", again, "2026Q3")
    if stage != "receive":
        work.receive("civil_affairs")
    if stage in {"link", "screen"}:
        work.standardise("civil_affairs")
    if stage == "screen":
        work.link()

    def fail(*_: Any, **__: Any) -> Any:
        try:
            raise ValueError(f"cannot convert {NAME!r} with {NUMBER} at {LANE}")
        except ValueError as error:
            if ours:
                raise BangfuError("Something cannot be done.") from error
            raise

    monkeypatch.setattr(module, struck, fail)
    message = "Something cannot be done" if ours else "ValueError"
    with pytest.raises(Exception, match=message) as failure:
        task()
    after = Written()
    after.add("traceback", "".join(traceback.format_exception(failure.value)))
    told = io.StringIO()
    with redirect_stdout(told), redirect_stderr(told):
        assert main([stage] if stage != "receive" else ["receive", "civil_affairs", str(handed)]) == 1
    after.add("printed", told.getvalue())
    collect(after, database, caplog, server)
    assert ("Something cannot be done." if ours else "unexpected failure (ValueError)") in told.getvalue()
    assert after.leaks() == []


def test_the_database_does_not_log_what_it_refuses(written: Written, database: Database, server: Any) -> None:
    """PostgreSQL quotes keys, rows and statements in its log unless it is told not to."""
    before = server_log(server).stat().st_size
    twice = text(
        "INSERT INTO delivery_file SELECT * FROM delivery_file WHERE name IS NOT NULL OR name = :canary LIMIT 1"
    )
    wrong = text("INSERT INTO candidate (candidate_id, name) VALUES (:number, :canary)")
    for statement in (twice, wrong):
        with suppress(Exception), database.owner.begin() as connection:
            connection.execute(statement, {"canary": NAME, "number": NUMBER})
            pytest.fail("the database took it")
    logged = server_log(server).read_bytes()[before:].decode()
    assert logged.count("ERROR") == 2
    assert NAME not in logged
    assert NUMBER not in logged


def test_settings_do_not_show_their_secrets(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGFU_DATABASE_URL", "postgresql://bangfu:canary-password@127.0.0.1/bangfu")
    monkeypatch.setenv("BANGFU_S3_SECRET_KEY", "canary-secret")
    shown = repr(Settings.from_environment())
    assert "canary-password" not in shown
    assert "canary-secret" not in shown
