"""`bangfu tokens`: made once, listed without the secret, revoked."""

import json

import pytest
from hand_built import Database

from bangfu.cli import main


def test_the_life_of_a_token(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    assert main(["tokens", "create", "530102", "--name", "OA", "--by", "li.na", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["token"].startswith(f"bft_{made['token_id']}_")
    assert main(["tokens", "list"]) == 0
    told = capsys.readouterr().out
    assert "有效 valid" in told
    assert made["token"] not in told
    assert main(["tokens", "revoke", made["token_id"]]) == 0
    assert main(["tokens", "list"]) == 0
    assert "已撤销 revoked" in capsys.readouterr().out
    assert main(["tokens", "create", "530102", "--name", "OA", "--by", "li.na", "--scope", "notices:read"]) == 0
    assert capsys.readouterr().out.startswith("bft_")
    assert main(["tokens", "revoke", "nobody"]) == 1
    assert "no token nobody" in capsys.readouterr().err
