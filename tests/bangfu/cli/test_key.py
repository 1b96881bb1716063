"""`bangfu key`: an operator sees which key wraps what, and is told what to do after a rotation."""

import json

import pytest
from hand_built import Database, add, member, opened

from bangfu.cli import main
from bangfu.db.data_keys import destroy_key, list_keys
from bangfu.pipeline.context import Context
from bangfu.pipeline.retention.rotate import key_file


@pytest.fixture
def context(database: Database, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    context = opened(database)
    for period in ("2026Q1", "2026Q2", "2026Q3"):
        add(context, "union_roster", [member(1)], period=period)
    with context.engine.begin() as connection:
        destroy_key(connection, list_keys(connection)[0].owner_id)
    return context


def test_where_the_keys_stand(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "status", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["provider"], told["destroyed"], told["encrypted"]) == ("local", 1, True)
    assert told["wrapped"] == {f"local {told['current']}": 2}
    assert main(["key", "status"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"provider: local, current key {told['current']}"
    assert lines[1] == "new tables are encrypted"
    assert lines[4].split() == ["local", told["current"], "2", "current"]
    assert lines[-1] == "2 data keys, 1 destroyed"


def test_rotating_tells_what_to_keep_and_what_to_remove(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "rotate"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert main(["key", "status", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert lines[0] == f"New key {told['current']}: 2 data keys are wrapped under it."
    assert str(key_file(context.settings)) in lines[1]
    assert lines[2].startswith("The former keys are its lines after the first.")
    assert told["wrapped"] == {f"local {told['current']}": 2}
    assert key_file(context.settings).read_text("ascii").strip() not in "".join(lines)


def test_plain_tables_are_told(
    context: Context, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANGFU_PARQUET", "plain")
    assert main(["key", "status"]) == 0
    assert "PLAIN (BANGFU_PARQUET=plain)" in capsys.readouterr().out


def test_a_key_of_the_environment_is_refused_in_one_line(
    context: Context, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANGFU_SECRET_DATA_MASTER_KEY", key_file(context.settings).read_text("ascii").strip())
    assert main(["key", "rotate"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("bangfu: The key is given by BANGFU_SECRET_DATA_MASTER_KEY")
    assert told.err.count("\n") == 1
