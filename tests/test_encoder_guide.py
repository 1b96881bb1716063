"""The guide of the encoder names every refusal, and its pictures are there."""

import ast
import re
from pathlib import Path

import pytest

from bangfu.encoder import commands

PROJECT = Path(__file__).parents[1]
GUIDE = (PROJECT / "docs" / "encoder.zh.md").read_text("utf-8")
ENGLISH = (PROJECT / "docs" / "encoder.md").read_text("utf-8")


def codes() -> set[str]:
    """The codes of every refusal of the encoder and of what it shares with the matching unit."""
    files = [*(PROJECT / "plugins/bangfu/federation").glob("*.py"), *(PROJECT / "plugins/bangfu/encoder").glob("*.py")]
    found = set()
    for path in [*files, PROJECT / "schemas" / "agreement_file.py"]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"Refused", "AgreementError"}
            ):
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    found.add(str(code.value))
    return found


def test_every_refusal_is_in_the_table() -> None:
    table = {
        code
        for line in GUIDE.splitlines()
        if line.startswith("| `")
        for code in re.findall("`([a-z_]+)`", line.split("|")[1])
    }
    assert table == codes()


@pytest.mark.parametrize("page", [GUIDE, ENGLISH])
def test_commands_that_are_named_exist(page: str) -> None:
    named = set(re.findall(r"bangfu-encoder(?:\.pyz)? ([a-z]+)\b", page)) | set(
        re.findall(r"^\| `([a-z]+) [A-Z]", page, re.MULTILINE)
    )
    parser = commands._parser()
    known = {
        name
        for action in parser._actions
        if action.dest != "lang" and isinstance(action.choices, dict)
        for name in action.choices
    }
    assert named
    assert named <= known
