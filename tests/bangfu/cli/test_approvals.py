"""`bangfu approvals`: what waits is listed, shown with counts, answered once; a long file is written with an approval alone."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hand_built import Database, opened

from bangfu.cli import main
from bangfu.pipeline.context import Context
from tests.approving import APPROVES, ASKS, two_persons
from tests.bangfu.pipeline.review.test_openings import clue, screened_list

STATED = ("--by", ASKS, "--purpose", "年度考核", "--to", "考核组")


@pytest.fixture
def context(database: Database, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_PORTAL_DATABASE_URL", database.settings.portal_database_url or "")
    monkeypatch.setenv("BANGFU_EXPORT_ROWS", "2")
    context = opened(database)
    with context.engine.begin() as connection:
        two_persons(connection)
    screened_list(context, clue("a"), clue("b"), clue("c", county="532901"))
    return context


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 1
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def test_a_list_is_asked_about_shown_and_turned_down(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nobody has asked" in refused(capsys, "publish")
    assert "cannot ask" in refused(capsys, "publish", "--ask")
    number = str(told(capsys, "publish", "--ask", "--by", ASKS)["question"]["approval_id"])
    assert main(["approvals", "show", number]) == 0
    shown = capsys.readouterr().out
    assert "3 persons" in shown
    assert "新增 new" in shown
    assert f"bangfu approvals approve {number} --by ..." in shown
    assert "may not answer" in refused(capsys, "approvals", "approve", number, "--by", ASKS)
    assert told(capsys, "approvals", "reject", number, "--reason", "先核对", "--by", APPROVES)["state"] == "rejected"
    assert "No approval" in refused(capsys, "approvals", "approve", number, "--by", APPROVES)
    assert "is rejected" in refused(capsys, "publish")
    assert [item["state"] for item in told(capsys, "approvals", "list")["approvals"]] == ["rejected"]
    assert "no question 999" in refused(capsys, "approvals", "show", "999")


def test_a_long_file_needs_a_second_person(
    context: Context, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out" / "list.parquet"
    out.parent.mkdir()
    assert "needs_approval" in refused(capsys, "candidates", "--out", str(out), *STATED)
    assert list(out.parent.iterdir()) == [], "nothing of it is left behind"
    assert "--purpose" in refused(capsys, "candidates", "--out", str(out), "--by", ASKS, "--ask")
    assert "cannot ask" in refused(capsys, "candidates", "--out", str(out), "--purpose", "x", "--ask")
    asked = told(capsys, "candidates", "--out", str(out), *STATED, "--ask")["question"]
    assert (asked["rows"], asked["purpose"], asked["recipient"]) == (3, "年度考核", "考核组")
    assert "needs_approval" in refused(capsys, "candidates", "--out", str(out), *STATED)
    told(capsys, "approvals", "approve", str(asked["approval_id"]), "--by", APPROVES)
    assert told(capsys, "candidates", "--out", str(out), *STATED)["candidates"] == 3
    assert len(pl.read_parquet(out)) == 3
    [export] = told(capsys, "audit", "exports")["exports"]
    assert (export["rows"], export["approved_by"]) == (3, APPROVES)
    assert "needs_approval" in refused(capsys, "candidates", "--out", str(out), *STATED), "one file"
