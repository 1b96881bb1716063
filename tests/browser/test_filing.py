"""The officer's day past confirmation, in a real browser: deliberated, published, approved, filed, and given to somebody who calls.

What a clerk types a hundred times a day is done without a mouse.
"""

import pytest
from playwright.sync_api import Page, expect

from bangfu.pipeline.context import Context
from bangfu.pipeline.review import second_reviews
from bangfu.pipeline.review.collecting import collect
from bangfu.portal.texts import TEXTS
from bangfu.storage import open_store
from tests.bangfu.portal.case_watching import today

from .conftest import Portal
from .test_officer_day import Window, saved, take
from .town import WORKED_ON


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there, as somebody without a mouse does."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{selector} is not reached by Tab")


def hour_passes(portal: Portal, case_id: str) -> None:
    """A quarter of an hour after the confirmation the hourly run draws for second reviews."""
    site = portal.town.site
    site.age(case_id, 15)
    collect(Context(site.database.settings, open_store(site.database.settings), site.database.owner))


def test_from_confirmation_to_the_file_and_a_first_call(
    window: Window, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_reviews, "SECOND_REVIEW_SHARE", 0.0)
    town = portal.town
    case_id = town.fresh("receive", "assign", "contact", "ask", "authorise", "visit", "verify:03", assignee="chen.jie")
    officer = window("chen.jie")
    page = officer.go(f"/cases/{case_id}")
    take(officer, "deliberate", deliberation="agreed", minutes="评2026-7")
    saved(officer, "登记评议")
    notice = {"notice": "工会公示栏", "notice_consent": "同意书7"}
    take(officer, "publish_notice", **notice)
    expect(page.get_by_role("alert")).to_contain_text("本案尚未抽取，暂不能公示")
    expect(page.locator('[name="notice"]')).to_have_value("工会公示栏")
    hour_passes(portal, case_id)
    officer.go(f"/cases/{case_id}")
    take(officer, "publish_notice", **notice)
    saved(officer, "发布公示")
    site = town.site
    site.age(case_id, 60 * 24 * 30)
    town.told("UPDATE review_case SET waits_until = NULL WHERE case_id = :id", id=case_id)
    officer.go(f"/cases/{case_id}")
    take(officer, "end_notice")
    saved(officer, "结束公示")
    approver = window("wang.fang")
    approver.go(f"/cases/{case_id}")
    take(approver, "approve", resolution="会纪2026-3")
    saved(approver, "批准建档")
    officer.go(f"/cases/{case_id}")
    tab_to(page, '[name="archive_no"]')
    page.keyboard.type("530102-2026-0007")
    page.keyboard.press("Enter")
    saved(officer, "登记建档")
    assert town.state(case_id) == "filed"

    page.get_by_role("link", name=TEXTS["pairing.case_pair"].zh).click()
    expect(page.locator("h1 .name")).to_be_visible()
    tab_to(page, "select[name=account]")
    while page.eval_on_selector("select[name=account]", "list => list.value") != "sun.li":
        page.keyboard.press("ArrowDown")
    tab_to(page, 'button[class="main"]')
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("起结对")
    expect(page.locator(".verdict b")).to_have_text("孙丽")
    tab_to(page, "input[name=way]")
    page.keyboard.press("Space")
    tab_to(page, 'button[class="main"]')
    page.keyboard.press("Enter")
    expect(page.locator("[aria-labelledby=record] li")).to_have_count(2)
    expect(page.locator("[aria-labelledby=record] li").first).to_contain_text(today())

    above = window("zhao.min")
    above.go(f"/overview?area={WORKED_ON}")
    expect(above.page.locator("h1")).to_contain_text("五华区")
    above.go("/pairings/coverage?area=5301")
    expect(above.page.locator("li", has_text="五华区").first).to_contain_text("/")
