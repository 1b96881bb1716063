"""Retracting: a wrong delivery is no longer read, its history stays, and the next list is made without it."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hand_built import Database, add, member, opened, stay

from bangfu.cli import main
from bangfu.db.deliveries import deliveries_of as brought
from bangfu.db.intake_models import DeliveryStatus
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.retract import retract
from bangfu.pipeline.intake.settle import settle_pending
from bangfu.pipeline.standard_tables import active_extracts, read_standard
from tests.approving import run
from tests.bangfu.pipeline.sending import Sending, correction, roster_text


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def test_the_next_list_is_made_without_it(context: Context) -> None:
    add(context, "union_roster", [member(n) for n in range(200)])
    add(context, "medical_settlement", [stay(n, 30_000, "2026-03-01") for n in range(10)], period="2026-03")
    wrong = add(context, "medical_settlement", [stay(n, 30_000, "2026-03-01") for n in range(10, 30)], period="2026-04")
    first = run(context)
    assert first.screen.candidates == 30
    [done] = retract(context, wrong, "sent for another province", by="chen.jie")
    assert (done.source, done.rows, done.takes_over) == ("medical_settlement", 20, None)
    assert done.derived.link_runs == (first.link.run_id,)
    assert done.derived.screen_runs == (first.screen.run_id,)
    assert done.derived.list_versions == (first.publish.list_version,)
    after = run(context)
    assert (after.screen.candidates, after.publish.candidates) == (10, 10)


def test_the_register_keeps_what_was_who_and_why(context: Context) -> None:
    extract = add(context, "union_roster", [member(1)])
    retract(context, extract, "  sent by mistake ", by="chen.jie")
    with context.engine.connect() as connection:
        [row] = brought(connection, extract)
    assert (row.status, row.reason, row.decided_by) == (DeliveryStatus.RETRACTED, "sent by mistake", "chen.jie")
    assert any(key.key.startswith("standard/") for key in context.store.list("standard/"))


def test_the_revision_before_counts_again(context: Context) -> None:
    first = Sending({"花名册.csv": roster_text("李娜")})
    second = correction(first, {"花名册.csv": roster_text("王芳")})
    for sending in (first, second):
        sending.put(context)
        receive_dropped(context, "union_roster")
        settle_pending(context)
    [done] = retract(context, second.delivery_id, "worse than the first")
    assert (done.rows, done.takes_over) == (1, first.delivery_id)
    assert read_standard(context, active_extracts(context), ["name"])["name"].to_list() == ["李娜"]


def test_what_counted_at_any_time_can_still_be_told(context: Context) -> None:
    moments = [datetime.now(UTC)]
    first = Sending({"花名册.csv": roster_text("李娜")})
    second = correction(first, {"花名册.csv": roster_text("王芳")})
    third = replace(second, revision=3, files=first.files)
    for sending in (first, second, third):  # A, B, A
        sending.put(context)
        receive_dropped(context, "union_roster")
        settle_pending(context)
        moments.append(datetime.now(UTC))
    retract(context, third.delivery_id, "a slip")
    moments.append(datetime.now(UTC))
    names = [read_standard(context, active_extracts(context, at), ["name"])["name"].to_list() for at in moments]
    assert names == [[], ["李娜"], ["王芳"], ["李娜"], ["王芳"]]


def test_sent_again_as_it_was_it_stays_retracted_and_the_sender_is_told(context: Context) -> None:
    sending = Sending({"花名册.csv": roster_text("李娜")})
    for outcome, code in (("registered", None), ("rejected", "retracted")):
        sending.put(context)
        [receipt] = receive_dropped(context, "union_roster")
        assert (receipt.outcome, receipt.code) == (outcome, code)
        settle_pending(context)
        if code is None:
            retract(context, sending.delivery_id, "a slip")
    assert active_extracts(context) == []


@pytest.mark.parametrize(("reason", "message"), [(" ", "Say why"), ("again", "is retracted already")])
def test_without_a_reason_or_twice_it_is_refused(context: Context, reason: str, message: str) -> None:
    extract = add(context, "union_roster", [member(1)])
    if reason == "again":
        retract(context, extract, "first")
    with pytest.raises(BangfuError, match=message):
        retract(context, extract, reason)


def test_what_was_never_received_cannot_be_retracted(context: Context) -> None:
    with pytest.raises(BangfuError, match="No delivery or extract civil_affairs-0 is registered"):
        retract(context, "civil_affairs-0", "a slip")


def test_by_command(
    database: Database, context: Context, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    extract = add(context, "civil_affairs", [])
    assert main(["retract", extract, "--reason", "empty"]) == 0
    assert "0 rows of civil_affairs are no longer read; nothing takes its place" in capsys.readouterr().out
    assert main(["status", "--source", "civil_affairs", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["deliveries"][0]
    assert (told["status"], told["reason"], told["extracts"]) == ("retracted", "empty", [extract])
    assert main(["status", "--source", "civil_affairs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "delivery",
        "id",
        "sender",
        "period",
        "revision",
        "received",
        "at",
        "status",
        "rows",
        "rows",
        "rejected",
    ]
    assert lines[-1] == f"{told['delivery_id']}: empty"
    assert main(["status", "--source", "nobody"]) == 1
    assert main(["retract", extract]) == 2
