"""The command line as a whole: help and examples everywhere, one clear message per failure, exit codes."""

import errno
import importlib.util
import inspect
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hand_built import Database, add, allowance, member, opened, person, stay
from sqlalchemy import text

import bangfu.pipeline.status
from bangfu.cli import main
from bangfu.cli.commands import COMMANDS
from bangfu.cli.entry import command_line
from tests.approving import APPROVES, ASKS, two_persons

BANGFU = [sys.executable, "-c", "import sys; from bangfu.cli import main; sys.exit(main())"]
AVAILABLE = [command for command in COMMANDS if importlib.util.find_spec(command.path)]


@pytest.fixture
def installation(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The environment of a shell that uses the test's database."""
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_PORTAL_DATABASE_URL", database.settings.portal_database_url or "")
    return database


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The message of a command that leaves with 1; one line, no traceback, nothing on standard output."""
    assert main(arguments) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("bangfu: ")
    assert "Traceback" not in told.err
    assert told.err.count("\n") == 1
    return told.err


def test_every_command_of_the_issue_is_there() -> None:
    wanted = """synth receive standardise link screen publish run candidates match serve up demo status drop retract user
        source manifest upload receipt profile approve retire certificate key model
        rules parameters lists gaps cases audit channels dispatch tokens approvals agreement"""
    assert {command.name for command in COMMANDS} == set(wanted.split())
    assert {command.name for command in AVAILABLE} >= set(wanted.split()) - {"serve", "up", "demo"}


@pytest.mark.parametrize("command", AVAILABLE, ids=lambda command: command.name)
def test_every_command_has_help_with_an_example(command: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """An operator learns a command from its help alone; a command without an example is not finished."""
    assert main([command.name, "--help"]) == 0
    told = capsys.readouterr().out
    assert re.search(rf"^ *bangfu {command.name}\b", told, re.MULTILINE)
    assert "Example:" in told
    assert "Args:" not in told


@pytest.mark.parametrize("command", AVAILABLE, ids=lambda command: command.name)
def test_every_option_is_explained(command: Any) -> None:
    root: Any = command_line()
    loaded = root.get_command(None, command.name)
    for each in (loaded, *getattr(loaded, "commands", {}).values()):
        assert all(parameter.help for parameter in each.params if parameter.name != "help"), each.name
        assert each.help
        assert "Example:" in each.help


def test_help_lists_every_command_quickly(capsys: pytest.CaptureFixture[str]) -> None:
    """Help must not load the engines: it is what a newcomer types first."""
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(f"\n  {command.name} " in told for command in COMMANDS)
    probe = "import sys; from bangfu.cli import main; main(['--help']); print(sorted({'polars', 'sqlalchemy', 'numba', 'pyarrow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments",
    [[], ["lnk"], ["receive"], ["receive", "civil_affairs", "missing.csv"], ["synth"], ["screen", "--as-of", "yesterday"], ["user"]],
)  # fmt: skip
def test_wrong_usage_leaves_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert "Usage: bangfu" in told.out + told.err
    assert "Traceback" not in told.err


def test_a_misspelt_command_gets_a_proposal(capsys: pytest.CaptureFixture[str]) -> None:
    main(["recieve"])
    assert "Did you mean 'receive'?" in capsys.readouterr().err


def test_an_unknown_source_names_the_sources(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text("x")
    assert "union_roster" in refused(["receive", "roster", str(tmp_path / "a.csv")], capsys)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["link"], "There is no standardised union roster"),
        (["screen"], "run `bangfu link` first"),
        (["publish"], "run `bangfu screen` first"),
        (["candidates", "--out", "list.parquet"], "run `bangfu screen` first"),
        (["candidates", "--out", "nowhere/list.parquet"], "does not exist"),
        (["user", "create", "x.y", "--name", "X", "--role", "king", "--area", "530102"], "There is no role"),
        (["user", "create", "x.y", "--name", "X", "--role", "county_officer", "--area", "53"], "does not fit the role"),
        (["user", "create", "x.y", "--name", "X", "--role", "county_officer", "--area", "530102"], "at least 10"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    installation: Database, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert message in refused(arguments, capsys)


def test_a_database_that_is_down(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANGFU_DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/x")
    told = refused(["status"], capsys)
    assert "database cannot be reached" in told
    assert "secret" not in told


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/data/x"), "The disk is full: /data/x."),
        (PermissionError(errno.EACCES, "Permission denied", "/data"), "Permission denied: /data."),
        (MemoryError(), "Not enough memory"),
        (ValueError(str(person(1)["id_number"])), "unexpected failure (ValueError)"),
    ],
)
def test_failures_of_the_machine_and_of_the_program(
    installation: Database, error: Exception, message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """A defect must not print what it choked on: that may be a person."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(bangfu.pipeline.status, "status", fail)
    told = refused(["status"], capsys)
    assert message in told
    assert str(person(1)["id_number"]) not in told
    with pytest.raises(type(error)):
        main(["--debug", "status"])


def test_the_way_of_the_data(installation: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    context = opened(installation)
    add(context, "union_roster", [member(n) for n in range(200)])
    add(context, "medical_settlement", [stay(n, 30_000, "2026-03-01") for n in range(20)])
    add(context, "civil_affairs", [allowance(n) for n in range(20, 30)])

    def answer(*arguments: str) -> Any:
        assert main([*arguments, "--json"]) == 0
        told = capsys.readouterr()
        assert told.err == ""
        return json.loads(told.out)

    assert answer("link")["roster_persons"] == 200
    assert answer("screen", "--as-of", "2026-06-30")["candidates"] == 30
    with context.engine.begin() as connection:
        two_persons(connection)
    asked = answer("publish", "--ask", "--by", ASKS)["question"]
    assert (asked["rows"], asked["figures"]["clues"]["new"]) == (30, 30)
    assert answer("approvals", "approve", str(asked["approval_id"]), "--by", APPROVES)["state"] == "approved"
    assert answer("publish")["list_version"] == 1
    assert answer("candidates", "--out", str(tmp_path / "list.parquet"))["candidates"] == 30
    assert answer("status")["candidates"] == 30
    for command in (
        ["link"],
        ["screen"],
        ["publish", "--ask", "--by", ASKS],
        ["approvals", "approve", str(asked["approval_id"] + 1), "--by", APPROVES],
        ["publish"],
        ["approvals", "list"],
        ["approvals", "show", str(asked["approval_id"])],
        ["status"],
        ["candidates", "--out", str(tmp_path / "list.parquet")],
    ):
        assert main(command) == 0
        told = capsys.readouterr()
        assert told.out
        assert person(1)["name"] not in told.out
        assert told.err == ""


def test_match_says_what_it_did_and_what_it_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import matching

    for name in ("a", "b"):
        rows = [f"{name}{n},{person(n)['name']},{person(n)['id_number']}" for n in range(300)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["key,name,id_number", *rows]), "utf-8")
    model = str(Path(matching.__path__[0]) / "models" / "person_zh.json")
    files = [str(tmp_path / name) for name in ("a.csv", "b.csv")]
    out = [str(tmp_path / name) for name in ("pairs.parquet", "clusters.parquet")]
    command = ["match", *files, "--model", model, "--id", "key", "--out", out[0], "--one-to-one", "--clusters", out[1]]
    assert main(command) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("300 x 300 records, ")
    assert told[1].startswith("300 pairs accepted from probability 0.5 on (300 matches expected")
    assert told[3] == f"300 clusters written to {out[1]}, 0 merges refused"
    assert "note: comparison 'phone' is left out: column 'phone' is in neither table" in told
    assert not any(str(person(n)["name"]) in line for n in range(300) for line in told)


def test_accounts(installation: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    create = ["user", "create", "chen.jie", "--name", "陈洁", "--role", "county_officer", "--area", "530102"]
    assert main([*create, "--json"]) == 0
    assert "correct horse" not in capsys.readouterr().out
    assert main(["user", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["users"][0]["username"] == "chen.jie"


def test_a_forgotten_password_and_an_officer_who_left(
    installation: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    from bangfu.db.users import authenticate

    def log_in(password: str) -> bool:
        return authenticate(installation.portal, "chen.jie", password) is not None

    def run(command: str, typed: str = "") -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
        assert main(["user", *command.split()]) == 0

    run("create chen.jie --name 陈洁 --role county_officer --area 530102", "correct horse")
    run("password chen.jie", "battery staple")
    assert "battery" not in capsys.readouterr().out
    assert (log_in("correct horse"), log_in("battery staple")) == (False, True)
    run("close chen.jie")
    assert not log_in("battery staple")
    run("open chen.jie")
    assert log_in("battery staple")
    with installation.owner.connect() as connection:
        logged = connection.execute(text("SELECT action, subject FROM access_log ORDER BY entry_id")).all()
    assert logged == [(f"account_{done}", "chen.jie") for done in ("created", "password", "closed", "opened")]
    assert "There is no account 'x.y'" in (capsys.readouterr() and refused(["user", "close", "x.y"], capsys))


def test_interrupted_leaves_with_130_and_no_traceback(installation: Database, tmp_path: Path) -> None:
    """Ctrl-C while a command waits for its input."""
    process = subprocess.Popen(
        [*BANGFU, "user", "create", "a.b", "--name", "A", "--role", "county_officer", "--area", "530102"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ,
    )  # fmt: skip
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in out + err


def test_every_command_module_is_listed() -> None:
    """A module of bangfu.cli that holds a command but is not listed could never be called."""
    import bangfu.cli

    helpers = {
        "__init__",
        "assessment",
        "commands",
        "entry",
        "failures",
        "output",
        "policies",
        "sources",
        "stated",
        "user_changes",
    }
    modules = {path.stem for path in Path(inspect.getfile(bangfu.cli)).parent.glob("*.py")} - helpers
    assert modules <= {command.path.rsplit(".", 1)[1] for command in COMMANDS}
