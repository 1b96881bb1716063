"""Every page of every kind of account, looked at by axe (WCAG 2.2 A and AA) and on a phone, in both languages."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page

from bangfu.portal.languages import Language

from .conftest import DESKTOP, PHONE, Portal, Sight
from .test_officer_day import Window

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}

PAGES: Mapping[str, tuple[str, ...]] = {
    "": ("/login", "/login?idle=1", "/nowhere"),
    "chen.jie": ("/cases", "/cases?part=done", "{to_judge}", "{judged}", "{ended}", "{refused}", "/workbook", "/notices", "/account", "/account/second-factor", "/nowhere"),
    "wang.fang": ("{visited}",),
    "li.na": ("/overview", "/cases", "{judged}"),
    "zhao.min": ("/overview", "/overview?area=5301", "/cases", "/workbook"),
    "he.ping": ("/overview",),
    "km.minzheng": ("/deliveries", "/deliveries/new?source=civil_affairs&period=2026-06"),
    "root.keeper": ("/",),
    "hu.jing": ("/security",),
    "tang.wei": ("/audit",),
}  # fmt: skip
"""Pages by account; names in braces are cases, see `address`."""
MAIN = {"/login", "/cases", "{to_judge}", "{judged}", "/overview", "/workbook", "/deliveries"}
"""Pages that axe looks at in English as well; the others differ in their words alone."""


def address(portal: Portal, page: str, made: dict[str, str]) -> str:
    """The address of a page; cases are made once."""
    steps: Mapping[str, tuple[str, ...]] = {
        "{to_judge}": ("receive", "assign"),
        "{judged}": ("receive", "assign", "judge", "contact", "ask"),
        "{visited}": ("receive", "assign", "contact", "ask", "authorise", "visit"),
        "{ended}": ("receive", "settle:05"),
        "{refused}": ("receive", "assign"),
    }
    if page not in steps:
        return page
    if page not in made:
        made[page] = portal.town.fresh(*steps[page])
    return f"/cases/{made[page]}"


def show(sight: Sight, portal: Portal, page: str, language: Language, made: dict[str, str]) -> Page:
    """Open a page; of a case, with every step unfolded, or with a step that was refused."""
    shown = sight.go(address(portal, page, made), language)
    if page == "{refused}":
        form = shown.locator('form[action*="/steps/attempt"]')
        form.evaluate("form => { form.noValidate = true; form.submit(); }")
        shown.wait_for_selector("[role=alert]")
    elif page.startswith("{"):
        shown.evaluate(
            "for (const step of document.querySelectorAll('details')) { step.removeAttribute('name'); step.open = true; }"
        )
    return shown


def found(page: Page) -> list[str]:
    """What axe finds serious or critical, with where."""
    page.evaluate(AXE.read_text("utf-8"))
    result: Any = page.evaluate(f"axe.run(document, {json.dumps(RULES)})")
    return [
        f"{item['id']} ({item['impact']}): {item['help']}: {' | '.join(node['html'][:120] for node in item['nodes'][:3])}"
        for item in result["violations"]
        if item["impact"] in {"serious", "critical", "moderate"}
    ]


WIDE = """() => {
    const wide = [...document.querySelectorAll("body *")]
        .filter(node => node.getBoundingClientRect().right > innerWidth + 1 && getComputedStyle(node).position !== "absolute")
        .map(node => node.outerHTML.slice(0, 100));
    return document.documentElement.scrollWidth > innerWidth ? [...wide.slice(0, 4), "wide"] : [];
}"""
"""What makes a page scroll sideways."""

SMALL = """() => [...document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden]):not([type=radio]):not([type=checkbox])")]
    .filter(node => node.checkVisibility() && !node.closest("p, dd, li, td, .facts") && !node.matches(".skip"))
    .map(node => [node.getBoundingClientRect(), node.outerHTML.slice(0, 90)])
    .filter(([box]) => box.height < 24 || box.width < 24).map(([box, html]) => html)"""
"""Controls outside running text that are smaller than WCAG 2.5.8 asks for."""


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("username", PAGES, ids=lambda name: name or "nobody")
def test_every_page_is_for_everybody(window: Window, portal: Portal, username: str, language: Language) -> None:
    """Axe finds nothing, and on a phone nothing scrolls sideways and nothing is too small for a finger."""
    sight, made = window(username), dict[str, str]()
    wrong = {}
    for page in PAGES[username]:
        sight.page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
        shown = show(sight, portal, page, language, made)
        wrong[page] = found(shown) if language == "zh" or page in MAIN else []
        sight.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        wrong[page] += [*sight.page.evaluate(WIDE), *sight.page.evaluate(SMALL)]
    assert {page: lines for page, lines in wrong.items() if lines} == {}


def test_axe_would_have_found_it(window: Window) -> None:
    """A check that never fails proves nothing: a page with faults of each kind is reported."""
    page = window().go("/login")
    page.evaluate("document.querySelector('label').remove(); document.documentElement.removeAttribute('lang')")
    assert {line.split()[0] for line in found(page)} >= {"label", "html-has-lang"}


def test_what_is_too_wide_or_too_small_would_have_been_found(window: Window) -> None:
    page = window(size=PHONE).go("/login")
    assert (page.evaluate(WIDE), page.evaluate(SMALL)) == ([], [])
    spoil = "document.querySelector('main').append(document.createElement('hr')); document.querySelector('hr').style.width = '900px'"
    page.evaluate(spoil)
    assert "<hr" in page.evaluate(WIDE)[0]
    page.evaluate("document.querySelector('button.main').style.cssText = 'min-height: 0; height: 12px; padding: 0'")
    assert "<button" in page.evaluate(SMALL)[0]
