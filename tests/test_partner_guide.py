"""The partner guide names every reason for which a department can be turned away, and what to do about it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bangfu.portal.sent_forms import FILE_LIMIT, FORM_LIMIT
from bangfu.portal.upload_pages import FILES
from bangfu.readers.sheets import HEAD_ROWS
from schemas.source import Retention
from schemas.sources import SOURCES
from schemas.vocabulary import RejectCode

PROJECT = Path(__file__).parents[1]
GUIDE = (PROJECT / "docs" / "partner.zh.md").read_text("utf-8")
DECIDED = {"turned_down", "retracted", "expired"}
"""Reasons that a person gives, or did not give in time."""


_OTHERS = {"db", "review", "notifying", "notices", "outbox", "portal", "cases.py", "plain.py"}
_OTHERS |= {"federation", "encoder"}  # the encoder has a guide of its own
"""Folders whose refusals officers and receivers of notices are told, and no department."""


def refusal_codes() -> Iterator[str]:
    """The codes of every refusal of what a department sends."""
    files = [*(PROJECT / "plugins" / "bangfu").rglob("*.py"), PROJECT / "schemas" / "manifest.py"]
    for path in files:
        if _OTHERS & set(path.relative_to(PROJECT).parts):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                code = node.args[0]
                if node.func.id in {"Refused", "ManifestError"} and isinstance(code, ast.Constant):
                    yield str(code.value)


def rows() -> dict[str, list[str]]:
    """The rows of the guide's tables by the code in them."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in GUIDE.splitlines() if line[:1] == "|"]
    found = {}
    for row in cells:
        for cell in row:
            if code := re.fullmatch(r"`([a-z_]+)`", cell):
                found[code[1]] = [other for other in row if other != cell]
    return found


@pytest.mark.parametrize("code", sorted({*refusal_codes(), *DECIDED, *RejectCode}))
def test_every_reason_is_explained_with_what_to_do(code: str) -> None:
    assert code in rows(), f"docs/partner.zh.md explains no {code}"
    assert [cell for cell in rows()[code] if not re.search(r"[\u4e00-\u9fff]", cell)] == []


def test_the_scan_finds_the_reasons() -> None:
    """Otherwise the test above would pass over nothing."""
    assert {"rows_differ", "manifest_invalid", "encrypted_workbook", "legal_basis_expired"} <= set(refusal_codes())
    assert len(set(refusal_codes())) > 35


def test_no_reason_is_explained_that_cannot_occur() -> None:
    assert set(rows()) - {*refusal_codes(), *DECIDED, *RejectCode} == set()


def test_the_limits_that_are_told_are_the_program_s() -> None:
    assert f"每个文件不超过 {FILE_LIMIT // 1024**2} MB，一次最多 {FILES} 个文件、{FORM_LIMIT // 1024**2} MB" in GUIDE
    assert f"前 {HEAD_ROWS} 行里没有找到表头" in GUIDE
    kept = Retention()
    assert f"读入的内容保存 {kept.landing_days} 天，整理后的数据和退回的行保存 {kept.standard_days} 天" in GUIDE
    assert {source.retention for source in SOURCES.values()} == {kept}


def test_who_may_come_without_a_manifest_is_told() -> None:
    assert "除工会花名册外都要等人工审核" in GUIDE
    assert {source.code for source in SOURCES.values() if source.unannounced == "accept"} == {"union_roster"}
    assert {source.unannounced for source in SOURCES.values()} == {"accept", "hold"}
