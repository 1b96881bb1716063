"""Texts: both languages complete, no key missing, repeated or unused."""

import ast
import re
import string
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from bangfu.db.approvals import ApprovalState
from bangfu.db.case_queries import CaseSort
from bangfu.db.intake_models import DeliveryStatus
from bangfu.db.models import Role
from bangfu.db.pairing_queries import Part
from bangfu.db.trust_models import ChangeKind
from bangfu.portal import texts
from bangfu.portal.approval_views import WAYS
from bangfu.portal.case_pages import REVEAL_REASONS
from bangfu.portal.match_view import OUTCOMES, Degree
from bangfu.portal.strength import Step
from bangfu.portal.texts import TEXTS, say
from bangfu.portal.workbook_pages import PROBLEMS
from bangfu.review.figures import reached
from bangfu.review.pairing_record import Kind
from bangfu.screening.routing import ROUTES
from schemas.source import Cadence

PORTAL = Path(texts.__file__).parent
SOURCES = {
    path.name: path.read_text()
    for path in [*PORTAL.glob("*.py"), *PORTAL.glob("templates/*.html")]
    if not path.name.endswith("texts.py")
}
MADE_UP = {
    *(f"strength.{step}{suffix}" for step in Step for suffix in ("", "_meaning")),
    *(f"weight.{side}_{degree}" for side in ("for", "against") for degree in Degree if degree is not Degree.NONE),
    *(f"{kind}.{outcome}" for kind in ("outcome", "count") for outcome in OUTCOMES),
    *(f"pairing.part_{part}" for part in Part),
    *(f"pairing.entry_{kind}" for kind in Kind),
    *(f"stage.{stage}" for stage in reached([])),
    *(f"late.{number}" for number in range(5)),
    *(f"absent.{name}" for name in ("phone", "address", "id_number")),
    *(f"sort.{sort}" for sort in CaseSort),
    *(f"workbook.problem_{problem}" for problem in PROBLEMS),
    *(f"reveal.{reason}" for reason in REVEAL_REASONS),
    *(f"role.{role}" for role in Role),
    *(key for key in TEXTS if key.startswith("action.")),
    *(f"proposal.{kind}" for kind in ChangeKind),
    *(f"approval.{part}_{state}" for part in ("state", "told") for state in ApprovalState),
    *(f"approval.of_{kind}" for kind in ("publication", "workbook", "forms", "file")),
    *(f"approval.way_{way}" for way in WAYS),
    *(f"proposal.{name}" for name in ("display_name", "role", "area_code", "union_name", "sources", "oidc_subject")),
    *(f"state.{status}" for status in DeliveryStatus),
    *(f"send.{cadence}" for cadence in get_args(Cadence)),
    *(f"route.{route}" for route in ROUTES),
    *(f"error.{status}{suffix}" for status in (400, 403, 404, 405, 413, 500, 503) for suffix in ("", "_hint")),
    *(f"field.{comparison}" for comparison in ("county", "frequency", "members")),
}
"""Keys that the code puts together."""


def values_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_a_text_says_the_same_in_both_languages(key: str) -> None:
    """An empty half would show as a blank, a half with other values as a failure of one language only."""
    text = TEXTS[key]
    assert text.zh.strip()
    assert text.en.strip()
    assert values_of(text.zh) == values_of(text.en)


def test_chinese_is_chinese_and_english_is_english() -> None:
    han = re.compile(r"[\u4e00-\u9fff]")
    assert [key for key, text in TEXTS.items() if han.search(text.en)] == ["site.other_language"]
    assert [key for key, text in TEXTS.items() if not han.search(text.zh.replace("{", "一"))] == ["site.other_language"]


def test_no_key_is_declared_twice() -> None:
    """A dictionary keeps the last of two and says nothing."""
    declared = [
        key.value
        for module in PORTAL.glob("*texts.py")
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    ]
    assert [key for key, count in Counter(declared).items() if count > 1] == []
    assert set(declared) == set(TEXTS)


def test_every_key_that_is_asked_for_exists() -> None:
    asked = {
        (name, key)
        for name, source in SOURCES.items()
        for key in re.findall(r"""(?:\bt\(|\bsay\(|notice=|error=|else )["']([a-z]+\.[a-zA-Z0-9_]+)["']""", source)
    }
    assert len(asked) > 100
    assert [(name, key) for name, key in asked if key not in TEXTS] == []
    assert set(TEXTS) >= MADE_UP


def test_no_text_is_unused() -> None:
    everything = "\n".join(SOURCES.values())
    assert [
        key for key in TEXTS if key not in MADE_UP and not re.search(rf"""["']{re.escape(key)}["']""", everything)
    ] == []


def test_every_action_of_the_access_log_has_words() -> None:
    """The auditor reads the log in words; a new action fails here until it has some."""
    recorded = {
        action
        for source in SOURCES.values()
        for call in re.findall(r"(?:\brecord\(|\bAccess\(|\benter\()[^\n]*", source)
        for action in re.findall(r'(?<!\[)"([a-z][a-z_]+)"', call)
    }
    assert {"list", "view", "login_failed", "upload", "delivery_refused", "sessions_ended"} <= recorded
    assert [action for action in recorded if f"action.{action}" not in TEXTS] == []


def test_templates_hold_no_words_of_their_own() -> None:
    """Else a page would be half Chinese whatever the reader chose."""
    for name, source in SOURCES.items():
        if name.endswith(".html"):
            words = re.sub(r"<kbd>\w+</kbd>|\{[{%#].*?[}%#]\}|<[^>]*>", " ", source, flags=re.DOTALL)
            assert re.findall(r"[\u4e00-\u9fffA-Za-z]+", words) == [], name


def test_a_value_is_not_read_as_a_pattern() -> None:
    assert say("list.finding", "en", name="{0.__class__}") == "name contains “{0.__class__}”"
