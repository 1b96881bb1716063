"""`bangfu rules` and `bangfu parameters`, from a file to a list that was made with it."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hand_built import Database, add, member, opened, stay

from bangfu.cli import main
from bangfu.screening.rules.shipped import default_rules


@pytest.fixture
def installation(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The environment of a shell; two accounts of the province, 200 members, 20 of them with bills."""
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_PORTAL_DATABASE_URL", database.settings.portal_database_url or "")
    monkeypatch.setenv("BANGFU_HOME", str(database.settings.home))
    context = opened(database)
    add(context, "union_roster", [member(n, union_county_code="530102") for n in range(200)])
    add(context, "medical_settlement", [stay(n, 12_000 + 1_000 * n, "2026-03-01") for n in range(20)])
    for name in ("li.na", "chen.jie"):
        monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
        assert main(["user", "create", name, "--name", name, "--role", "province_officer", "--area", "53"]) == 0
    return database


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A rule file whose first band begins at 20,000 yuan."""
    path = tmp_path / "yn-hardship-2026.2.toml"
    text = default_rules().content.replace('version = "2026.1"', 'version = "2026.2"')
    path.write_text(text.replace("E_med >= 10_000 and family", "E_med >= 20_000 and family"), "utf-8")
    return path


@pytest.fixture
def answer(installation: Database, capsys: pytest.CaptureFixture[str]) -> Any:
    """What a command answers as JSON."""
    capsys.readouterr()

    def answered(*arguments: str) -> Any:
        assert main([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return answered


def test_rules_from_a_file_to_a_list(answer: Any, changed: Path, tmp_path: Path) -> None:
    answer("link")
    first = answer("screen")
    assert (first["candidates"], first["rules_approved"]) == (20, False)
    assert answer("rules", "check", str(changed))["version"] == "yn-hardship-2026.2"
    told = answer("rules", "compare", "yn-hardship-2026.1", str(changed), "--out", str(tmp_path / "changes.csv"))
    assert told["counties"] == [{"county": "530102", "kept": 12, "gained": 0, "lost": 8}]
    assert (tmp_path / "changes.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert answer("rules", "import", str(changed), "--by", "li.na")["version"] == "yn-hardship-2026.2"
    assert answer("screen")["unchanged"]
    answer("rules", "approve", "yn-hardship-2026.2", "--by", "chen.jie")
    assert answer("screen")["candidates"] == 12
    listed = answer("rules", "list")["rules"]
    assert {(row["version"], row["entered_by"], row["approved_by"]) for row in listed} == {
        ("yn-hardship-2026.1", None, None),
        ("yn-hardship-2026.2", "li.na", "chen.jie"),
    }
    assert answer("rules", "replay", first["run_id"])["same"]


def test_parameters_from_tables_to_a_day(answer: Any, tmp_path: Path) -> None:
    directory = str(tmp_path / "tables")
    answer("parameters", "template", directory, "--synthetic")
    version = answer("parameters", "check", directory)["version"]
    answer("parameters", "import", directory, "--by", "li.na")
    answer("parameters", "approve", version, "--by", "chen.jie")
    shown = answer("parameters", "show", "--on", "2025-06-30", "--county", "530102")
    assert [(row["area_type"], row["L"]) for row in shown["values"]] == [("urban", 760), ("rural", 475)]
    assert answer("parameters", "list")["parameters"][0]["approved_by"] == "chen.jie"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["rules", "approve", "yn-hardship-2026.9", "--by", "li.na"],
            "There is no version yn-hardship-2026.9 to approve",
        ),
        (
            ["rules", "import", "yn-hardship-2026.1", "--by", "nobody"],
            "nobody may not decide about rules and parameters",
        ),
        (["rules", "replay", "x"], "no finished screening that can be repeated"),
        (["rules", "compare", "a", "b"], "There is no rule set 'a'"),
        (["parameters", "show", "--on", "2026-06-30"], "No parameters are approved"),
        (["parameters", "show", "--on", "2026-06-30", "--county", "1"], "There is no county '1'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    installation: Database, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(arguments) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert message in told.err
    assert told.err.count("\n") == 1


def test_the_official_template_is_empty_and_is_not_written_over(
    answer: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer("parameters", "template", str(tmp_path))
    assert main(["parameters", "check", str(tmp_path)]) == 1
    assert "fill in the official values first" in capsys.readouterr().err
    assert main(["parameters", "template", str(tmp_path)]) == 1
    assert "already: name another directory" in capsys.readouterr().err


def test_a_policy_officer_reads_the_rules(installation: Database, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["rules", "show"]) == 0
    told = capsys.readouterr().out
    assert all(code in told for code in default_rules().codes)
    assert "E_med 医疗自负支出" in told
    assert main(["rules", "show", "--evidence"]) == 0
    assert "共同生活家庭成员" in capsys.readouterr().out
    for command in (["rules", "list"], ["parameters", "list"]):
        assert main(command) == 0
        assert capsys.readouterr().out
