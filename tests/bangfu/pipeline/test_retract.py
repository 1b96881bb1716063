"""Retracting: a wrong extract is no longer read, its history stays, and the next list is made without it."""

import json

import pytest
from hand_built import Database, add, member, opened, stay

from bangfu.cli import main
from bangfu.db.models import ExtractStatus
from bangfu.db.registry import get_extract
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.retract import Retracted, retract
from bangfu.pipeline.run import run
from bangfu.pipeline.status import extracts_of


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def test_the_next_list_is_made_without_it(context: Context) -> None:
    add(context, "union_roster", [member(n) for n in range(200)])
    right = add(context, "medical_settlement", [stay(n, 30_000, "2026-03-01") for n in range(10)], period="2026-03")
    wrong = add(context, "medical_settlement", [stay(n, 30_000, "2026-03-01") for n in range(10, 30)], period="2026-04")
    assert run(context).screen.candidates == 30
    assert retract(context, wrong, "sent for another province") == Retracted(wrong, "medical_settlement", 20)
    after = run(context)
    assert (after.screen.candidates, after.publish.candidates) == (10, 10)
    assert {item["extract_id"]: item["status"] for item in extracts_of(context, "medical_settlement")} == {
        right: "standardised",
        wrong: "retracted",
    }


def test_the_register_keeps_what_was_and_why(context: Context) -> None:
    extract = add(context, "union_roster", [member(1)])
    retract(context, extract, "  replaced by a corrected list ")
    with context.engine.connect() as connection:
        row = get_extract(connection, extract)
    assert row is not None
    assert (row.status, row.reject_reason) == (ExtractStatus.RETRACTED, "replaced by a corrected list")
    assert context.store.stat(row.standard_key or "") is not None


@pytest.mark.parametrize(("reason", "message"), [(" ", "Say why"), ("again", "retracted already")])
def test_without_a_reason_or_twice_it_is_refused(context: Context, reason: str, message: str) -> None:
    extract = add(context, "union_roster", [member(1)])
    if message == "retracted already":
        retract(context, extract, "first")
    with pytest.raises(BangfuError, match=message):
        retract(context, extract, reason)


def test_what_was_never_received_cannot_be_retracted(context: Context) -> None:
    with pytest.raises(BangfuError, match="No extract civil_affairs-0 is registered"):
        retract(context, "civil_affairs-0", "a slip")


def test_by_command(
    database: Database, context: Context, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    extract = add(context, "civil_affairs", [])
    assert main(["retract", extract, "--reason", "empty"]) == 0
    assert f"retracted {extract}: 0 rows of civil_affairs are no longer read" in capsys.readouterr().out
    assert main(["status", "--source", "civil_affairs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["extracts"][0]["reason"] == "empty"
    assert main(["status", "--source", "civil_affairs"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].split() == ["extract", "id", "received", "at", "status", "rows", "in", "rows", "rejected", "file"]
    assert told[-1] == f"{extract}: empty"
    assert main(["status", "--source", "nobody"]) == 1
    assert main(["retract", extract]) == 2
