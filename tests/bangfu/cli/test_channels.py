"""`bangfu channels`: who is told how, with addresses that are checked."""

import json
from typing import Any

import pytest
from hand_built import Database

from bangfu.cli import main


@pytest.fixture(autouse=True)
def installation(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_NOTICE_DOMAINS", "union.example")


def channels(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["channels", "list", "--json"]) == 0
    return list(json.loads(capsys.readouterr().out)["channels"])


def test_setting_and_listing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["channels", "set", "530102", "--inbox", "--email", "a@union.example", "--by", "li.na"]) == 0
    assert main(["channels", "set", "昆明市教育工会", "--above", "5301", "--inbox", "--by", "li.na"]) == 0
    assert [tuple(row.values()) for row in channels(capsys)] == [
        ("530102", "五华区总工会", "email", "a@union.example", None),
        ("530102", "五华区总工会", "inbox", None, None),
        ("昆明市教育工会", "昆明市教育工会", "inbox", None, None),
    ]
    assert main(["channels", "set", "530102", "--none", "--by", "li.na"]) == 0
    assert [row["channel"] for row in channels(capsys)] == ["none", "inbox"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["530102"], "at least one channel"),
        (["530102", "--none", "--inbox"], "stands alone"),
        (["530102", "--email", "a@evil.example"], "BANGFU_NOTICE_DOMAINS"),
        (["530102", "--webhook", "http://union.example/"], "https"),
        (["530102", "--webhook", "https://10.0.0.1/"], "BANGFU_NOTICE_DOMAINS"),
        (["530199", "--inbox"], "no federation"),
        (["5301x", "--inbox"], "no desk"),
        (["530100", "--inbox"], "no federation"),
        (["昆明市教育工会", "--inbox"], "no desk"),
        (["昆明市总工会", "--above", "53", "--inbox"], "no industry, system or company union"),
        (["昆明市教育工会", "--above", "5399", "--inbox"], "no federation"),
        (["昆明市 教育工会", "--above", "5301", "--inbox"], "without digits and blanks"),
    ],
)
def test_what_is_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["channels", "set", *arguments, "--by", "li.na"]) == 1
    assert message in capsys.readouterr().err
    assert channels(capsys) == []


def test_secrets_of_webhooks(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("BANGFU_NOTICE_PRIVATE", "true")
    assert main(["channels", "set", "530102", "--webhook", "http://127.0.0.1:9/hook", "--by", "li.na"]) == 0
    told = []
    for options in ([], [], ["--rotate"], []):
        capsys.readouterr()
        assert main(["channels", "secret", "530102", *options]) == 0
        told.append(capsys.readouterr().out.strip())
    assert told[0].startswith("whsec_")
    assert told[0] == told[1] != told[2] == told[3]
    assert [row["secret_version"] for row in channels(capsys)] == [2]
    assert main(["channels", "set", "530102", "--webhook", "http://127.0.0.1:9/other", "--by", "li.na"]) == 0
    assert [row["secret_version"] for row in channels(capsys)] == [2]
    assert main(["channels", "secret", "530103"]) == 1
    assert "has no webhook" in capsys.readouterr().err
