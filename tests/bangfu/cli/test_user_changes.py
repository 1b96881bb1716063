"""`bangfu user` for two persons: what is proposed on the server waits for somebody else."""

import io
import json
from typing import Any

import pytest

from bangfu.cli import main
from tests.conftest import Database


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run `bangfu user ...` with something typed; the answer as JSON, or the message of the refusal."""
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_PORTAL_DATABASE_URL", database.settings.portal_database_url or "")

    def run(command: str, typed: str = "a-long-password") -> Any:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
        code = main(["user", *command.split(), "--json"])
        told = capsys.readouterr()
        return json.loads(told.out) if code == 0 else told.err

    return run


def test_from_the_first_account_to_a_change_of_rights(run) -> None:
    root = run("create root.keeper --name 甲 --role system_administrator --area 53")
    assert root["proposal"] is None, "the first ones are made at once"
    run("create safe.keeper --name 乙 --role security_administrator --area 53")
    officer = "create chen.jie --name 陈洁 --role county_officer --area 530102"
    assert "give --by an active system administrator" in run(officer)
    number = run(f"{officer} --by root.keeper")["proposal"]
    assert [item["username"] for item in run("waiting")["proposals"]] == ["chen.jie"]
    assert "may not decide" in run(f"approve {number} --by root.keeper")
    assert run(f"approve {number} --by safe.keeper") == {"proposal": number, "username": "chen.jie", "approved": True}
    number = run("change chen.jie --area 53 --union 云南省教育工会 --by root.keeper")["proposal"]
    run(f"approve {number} --by safe.keeper")
    [chen] = [user for user in run("list")["users"] if user["username"] == "chen.jie"]
    assert (chen["area_code"], chen["union_name"]) == ("53", "云南省教育工会")
    number = run("change chen.jie --area 530102 --territorial --by root.keeper")["proposal"]
    assert run(f"reject {number} --by safe.keeper")["approved"] is False
    assert "Nothing would change" in run("change chen.jie --area 53 --by root.keeper")
    assert run("link chen.jie 8f14e45f --by root.keeper")["proposal"] > number


def test_a_waiting_proposal_shows_no_password(run, capsys: pytest.CaptureFixture[str]) -> None:
    run("create root.keeper --name 甲 --role system_administrator --area 53")
    run("create safe.keeper --name 乙 --role security_administrator --area 53")
    run("create chen.jie --name 陈洁 --role county_officer --area 530102 --by root.keeper", "correct horse battery")
    assert main(["user", "waiting"]) == 0
    told = capsys.readouterr().out
    assert "chen.jie" in told
    assert "horse" not in told
    assert "argon2" not in told
