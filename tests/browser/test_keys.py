"""Without a mouse: keys of the list and of a case, and every control of every page reached and seen."""

import re

import pytest
from playwright.sync_api import Page, expect

from bangfu.portal.texts import TEXTS

from .conftest import Portal
from .test_officer_day import Window, take


def focused_row(page: Page) -> int:
    """Which row of a list has the focus; -1 where none has."""
    return int(page.evaluate("[...document.querySelectorAll('[data-row]')].indexOf(document.activeElement)"))


def test_j_and_k_walk_the_list_and_stop_at_its_ends(window: Window) -> None:
    page = window("ma.lin").page
    walked = []
    for key in "jjkJkk":
        page.keyboard.press(key)
        walked.append(focused_row(page))
    assert walked == [0, 1, 0, 1, 0, 0]
    for _ in range(20):
        page.keyboard.press("j")
    assert focused_row(page) == 11


def test_enter_opens_j_and_k_go_on_and_b_returns(window: Window) -> None:
    page = window("ma.lin").page
    order = page.locator("tbody tr").evaluate_all("rows => rows.map(row => row.id)")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{order[0]}*")
    for key, place in (("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        page.wait_for_url(f"**/cases/{order[place]}*")
    page.keyboard.press("b")
    page.wait_for_url(f"**/cases#{order[1]}")


def test_keys_do_nothing_while_somebody_types(window: Window) -> None:
    page = window("ma.lin").page
    page.keyboard.press("/")
    page.keyboard.type("jkub?1")
    expect(page.locator("#name")).to_have_value("jkub?1")
    expect(page.locator("dialog.keys")).to_be_hidden()
    assert page.url.endswith("/cases")


def test_the_question_mark_shows_the_keys_and_escape_closes(window: Window) -> None:
    page = window("ma.lin").page
    dialog = page.locator("dialog.keys")
    for close in ("Escape", "?", "Enter"):
        page.keyboard.press("?")
        expect(dialog).to_be_visible()
        expect(dialog).to_contain_text(TEXTS["keys.undo"].zh)
        page.keyboard.press("j")
        assert focused_row(page) == -1, "behind the dialog nothing moves"
        page.keyboard.press(close)
        expect(dialog).to_be_hidden()


def test_digits_choose_the_outcome_that_has_this_code(window: Window, portal: Portal) -> None:
    """The first digit alone must choose nothing: 0 and then 3 is 03, never 30."""
    case_id = portal.town.fresh("receive", "assign", "contact", "ask", "authorise", "visit")
    sight = window("wang.fang")
    page = sight.go(f"/cases/{case_id}")
    page.get_by_text("核实并反馈结果").first.click()
    outcome = page.locator('form[action*="/steps/verify"] [name=outcome]')
    page.locator("h1").click()
    page.keyboard.press("0")
    expect(outcome).to_have_value("")
    page.keyboard.press("3")
    expect(outcome).to_have_value("03")
    expect(outcome).to_be_focused()
    expect(page.locator('form[action*="/steps/verify"] [name=check]')).to_be_visible()
    expect(page.locator('form[action*="/steps/verify"] [name=until]')).to_be_hidden()


def test_a_whole_case_by_keys_alone(window: Window, portal: Portal) -> None:
    """Judge, save, take back: no mouse, and the focus is where a person looks for it."""
    case_id = portal.town.fresh("receive", "assign")
    page = window("chen.jie").go(f"/cases/{case_id}")
    page.keyboard.press("1")
    expect(page.locator("[name=same_person][value=yes]")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("同音字")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[data-saved]")).to_contain_text("判断是否同一人")
    page.keyboard.press("u")
    expect(page.locator("[data-saved]")).to_have_text(TEXTS["work.undone"].zh)
    assert portal.town.steps(case_id) == ["receive", "assign", "judge", "undo"]


REACHED = """() => {
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    const style = getComputedStyle(at), box = at.getBoundingClientRect();
    at.dataset.reached = "1";
    return {
        what: at.outerHTML.slice(0, 90),
        ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
}"""
"""What has the focus, whether a ring shows it, and whether it is in the window."""

LEFT = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter(node => node.checkVisibility({visibilityProperty: true}) && !node.dataset.reached && !node.disabled)
    .filter(node => node.type !== "radio" || !document.querySelector(`input[name="${node.name}"][data-reached]`))
    .map(node => node.outerHTML.slice(0, 90))"""
"""Controls that were not reached; one of several radio buttons is enough, arrows lead to the others."""


@pytest.mark.parametrize(
    ("username", "path"),
    [("", "/login"), ("ma.lin", "/cases"), ("ma.lin", "/cases/103"), ("ma.lin", "/workbook"), ("li.na", "/overview"), ("ma.lin", "/account")],
)  # fmt: skip
def test_tab_reaches_every_control_and_shows_where_it_is(
    window: Window, portal: Portal, username: str, path: str
) -> None:
    sight = window(username)
    number = re.search(r"/cases/(\d+)$", path)
    page = sight.go(f"/cases/{portal.town.site.case(int(number[1]))}" if number else path)
    unseen, ends = [], 0
    while ends < 2:  # it may begin in the middle, at the field for the name
        page.keyboard.press("Tab")
        at = page.evaluate(REACHED)
        if at is None:
            ends += 1
        elif not (at["ring"] and at["seen"]):
            unseen.append(at)
    assert unseen == []
    assert page.evaluate(LEFT) == []


def test_the_first_tab_skips_to_the_content(window: Window) -> None:
    page = window("ma.lin").page
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_reader_of_screens_hears_what_was_saved(window: Window, portal: Portal) -> None:
    sight = window("chen.jie")
    sight.go(f"/cases/{portal.town.fresh()}")
    take(sight, "receive")
    expect(sight.page.get_by_role("status").first).to_contain_text("签收")
