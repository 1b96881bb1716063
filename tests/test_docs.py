"""Guides say what the program does: commands exist, variables are listed, links lead somewhere."""

import re
from pathlib import Path

import pytest

from bangfu.cli.commands import COMMANDS
from bangfu.screening.rules.shipped import shipped_screens
from bangfu.settings import SETTINGS
from schemas.keeping import KEEPINGS
from schemas.sources import SOURCES

PROJECT = Path(__file__).parents[1]
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
ENGINEERS = PROJECT / "docs" / "data-engineer.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s]+)(#[^)]+)?\)", page.read_text("utf-8")):
        file = page.parent / target
        assert file.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
            assert anchor[1:] in {re.sub(r"[^\w-]", "", title.lower().replace(" ", "-")) for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_are_named_exist(page: Path) -> None:
    named = set(re.findall(r"(?:^|`|bin/)bangfu ([a-z]+)\b", page.read_text("utf-8"), re.MULTILINE))
    assert named <= {command.name for command in COMMANDS}


def test_every_command_is_in_a_guide() -> None:
    """A command nobody reads about is a command nobody finds."""
    told = "".join(page.read_text("utf-8") for page in PAGES)
    assert [item.name for item in COMMANDS if not re.search(rf"(?:bangfu |`){item.name}\b", told)] == []


def test_every_variable_is_listed_with_its_default() -> None:
    told = ENGINEERS.read_text("utf-8")
    rows = re.findall(r"^\| `(BANGFU_[A-Z0-9_]+)`( \*)? \| (.+) \| (.+) \|$", told, re.MULTILINE)
    assert rows == [(item.name, " *" if item.secret else "", item.meaning, item.default) for item in SETTINGS]


@pytest.mark.parametrize(("page", "language"), [("data-engineer.md", "en"), ("data-engineer.zh.md", "zh")])
def test_every_time_of_retention_is_told(page: str, language: str) -> None:
    """One table of the guide, one of the code: `schemas.keeping`."""
    told = (PROJECT / "docs" / page).read_text("utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in told.splitlines() if line.startswith("| ")]
    by_name = {row[0]: row for row in rows if len(row) == 5}
    for item in KEEPINGS.values():
        name, since, then = (getattr(item, f"{field}{language}") for field in ("", "since_", "then_"))
        row = by_name[name]
        assert (row[2], row[3]) == (since, then)
        assert row[4] == (f"`{item.setting}`" if item.setting else "—")
        number = (item.time.days or item.time.seconds // 60) if item.time else None
        assert re.findall(r"\d+", row[1]) == ([str(number)] if number else [])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_that_are_named_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)\b", page.read_text("utf-8"), re.MULTILINE))
    assert named <= targets


def test_officers_find_every_reason() -> None:
    """A reason on a clue that the guide does not explain is a reason nobody can act on."""
    told = (PROJECT / "docs" / "officer.zh.md").read_text("utf-8")
    for screen in shipped_screens().values():
        words = [word.strip("：，") for word in screen.chip_zh.split("{band}")]
        assert all(word in told for word in words), screen.code


def test_partners_find_every_source() -> None:
    told = (PROJECT / "docs" / "partner.zh.md").read_text("utf-8")
    for source in SOURCES.values():
        assert f"`{source.code}`" in told
        assert source.zh in told
