"""`bangfu retire` and `bangfu certificate`: what an operator reads, and what a machine."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hand_built import Database, opened
from sqlalchemy import text

from bangfu.cli import main
from bangfu.pipeline.context import Context
from tests.approving import ASKS, two_persons
from tests.bangfu.pipeline.keeping import TWO_PEOPLE, deliver, log, zones_of
from tests.bangfu.pipeline.sending import Sending


@pytest.fixture
def context(database: Database, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    return opened(database)


def due(context: Context) -> str:
    """An extract whose time was over yesterday."""
    day = (datetime.now(UTC) - timedelta(days=181)).date()
    return deliver(context, Sending({"花名册.csv": TWO_PEOPLE}), day.isoformat())


def test_nothing_due(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["retire"]) == 0
    assert capsys.readouterr().out.startswith("Nothing is due on 20")


def test_asking_first(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    extract = due(context)
    assert main(["retire", "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["owner", "area", "objects", "rows", "bytes", "reason", "due", "key"]
    assert [line.split()[:4] for line in lines[1:4]] == [
        [extract, "landing", "1", "2"],
        [extract, "standard", "1", "1"],
        [extract, "quarantine", "1", "1"],
    ]
    assert all(line.endswith("destroyed") for line in lines[1:4])
    assert lines[-1].startswith("3 objects of ")
    assert lines[-1].endswith("1 data keys would be deleted; nothing was changed.")
    assert log(context) == []
    assert zones_of(context, extract) == {"landing", "standard", "quarantine"}


def test_deleting_and_printing_the_certificate(
    context: Context, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extract = due(context)
    assert main(["retire"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3].endswith("1 data keys deleted.")
    assert lines[-2].startswith("Certificate 销毁〔")
    run_id = lines[-1].split()[5]
    assert f"certificates/{run_id}/certificate.html" in lines[-2]
    assert zones_of(context, extract) == set()
    out = tmp_path / "certificate.html"
    assert main(["certificate", run_id, "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"Certificate of run {run_id}: {out}\n"
    assert "数据销毁证明" in out.read_text("utf-8")
    assert extract in out.read_text("utf-8")


def test_for_machines(context: Context, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    extract = due(context)
    assert main(["retire", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["objects"], told["rows"], told["keys_destroyed"]) == (3, 4, 1)
    assert {line["owner_id"] for line in told["lines"]} == {extract}
    out = tmp_path / "certificate.html"
    assert main(["certificate", told["run_id"], "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bytes"] == len(out.read_bytes())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody", "--out", "certificate.html"], "There is no retention run nobody; no run has a certificate yet."),
        (["nobody", "--out", "nowhere/certificate.html"], "does not exist: make it first."),
    ],
)
def test_what_cannot_be_written_is_told(
    context: Context, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["certificate", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_records_are_counted_and_cleared_too(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    with context.engine.begin() as connection:
        two_persons(connection)
        connection.execute(
            text(
                "INSERT INTO portal_session (token_hash, username, csrf_token, expires_at) "
                "SELECT n::text, :who, 'x', now() - interval '2 days' FROM generate_series(1, 3) n"
            ),
            {"who": ASKS},
        )
    assert main(["retire", "--dry-run"]) == 0
    assert re.search(r"门户会话 sessions +3\n", capsys.readouterr().out)
    assert main(["retire", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["records"]["sessions"] == 3
    assert main(["retire", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["records"]["sessions"] == 0
