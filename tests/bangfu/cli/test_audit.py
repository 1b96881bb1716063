"""`bangfu audit`: verify, who saw whom, exports."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bangfu.cli import main
from bangfu.db.access import Access, record_access
from bangfu.db.exports import Export, record_export
from tests.conftest import Database


@pytest.fixture
def installation(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_PORTAL_DATABASE_URL", database.settings.portal_database_url or "")
    with database.owner.begin() as connection:
        record_access(connection, Access("chen.jie", "view", "c000001", "530102", role="county_officer"))
        record_access(connection, Access("li.na", "list", None, "5301", shown=["c000001", "c000002"]))
    return database


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert main(["audit", *arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_verify_leaves_with_1_and_names_the_entry(
    installation: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "head.json"
    assert told(capsys, "seal")["sealed"] == 2
    assert told(capsys, "head", "--out", str(out))["position"] == 2
    verified = told(capsys, "verify", "--head", str(out))
    assert verified == {"sealed": 2, "unsealed": 0, "heads": 2, "findings": [], "removed": 0}
    with installation.owner.begin() as connection:
        connection.execute(text("ALTER TABLE access_log DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE access_log SET username = 'another' WHERE position = 1"))
    [finding] = told(capsys, "verify", code=1)["findings"]
    assert (finding["code"], finding["position"]) == ("changed", 1)
    assert main(["audit", "verify"]) == 1
    assert "does not follow from the entry before it" in capsys.readouterr().out


def test_who_saw_a_person(installation: Database, capsys: pytest.CaptureFixture[str]) -> None:
    seen = told(capsys, "who-saw", "c000001")["seen"]
    assert [(item["username"], item["action"], item["times"]) for item in seen] == [
        ("chen.jie", "view", 1),
        ("li.na", "list", 1),
    ]
    assert main(["audit", "who-saw", "c000009"]) == 0
    assert "Nobody has." in capsys.readouterr().out


def test_exports(installation: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "exports")["exports"] == []
    with installation.owner.begin() as connection:
        record_export(connection, Export("li.na", "5301", "审计组", "年度考核", "file", ("county_code",), 7), most=500)
    [export] = told(capsys, "exports")["exports"]
    assert (export["username"], export["recipient"], export["rows"]) == ("li.na", "审计组", 7)
