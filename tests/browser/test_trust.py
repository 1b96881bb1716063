"""Attackers and accidents, in a real browser: forged forms, planted sessions, guesses, changed roles, two on one case."""

from playwright.sync_api import expect

from .conftest import Portal
from .test_drafts import WORDS
from .test_officer_day import Window, saved, take


def test_a_form_on_another_site_changes_nothing(window: Window, portal: Portal) -> None:
    """The other site knows the address and the version, and the officer is logged in: the form's token is all that stops it."""
    case_id, sight = portal.town.fresh(), window("chen.jie")
    forged = f'<form method="post" action="{portal.address}/cases/{case_id}/steps/receive"><input name="version" value="2"><button>x</button></form>'
    sight.page.route("http://127.0.0.1:9/", lambda route: route.fulfill(body=forged, content_type="text/html"))
    sight.page.goto("http://127.0.0.1:9/")
    sight.wrong.clear()  # the other site itself
    sight.page.click("button")
    expect(sight.page.locator("h1")).not_to_be_empty()
    assert portal.town.steps(case_id) == []
    sight.go("/cases")
    expect(sight.page.locator("h1")).to_contain_text("待办")
    token = sight.page.locator("[name=csrf_token]").first.get_attribute("value")
    other = window("sun.li")
    answer = other.page.request.post(
        f"{portal.address}/cases/{case_id}/steps/receive", form={"version": "2", "csrf_token": str(token)}
    )
    assert answer.status == 403, "another session's token is none"
    assert portal.town.steps(case_id) == []


def test_a_session_that_was_planted_before_the_log_in_opens_nothing(window: Window, portal: Portal) -> None:
    sight, thief = window(), window()
    planted = {"name": "bangfu", "value": "planted-by-somebody-else", "url": portal.address}
    sight.page.context.add_cookies([planted])
    sight.log_in("chen.jie")
    cookies = {cookie["name"]: cookie for cookie in sight.page.context.cookies()}
    assert cookies["bangfu"]["value"] != planted["value"]
    assert cookies["bangfu"]["httpOnly"]
    assert cookies["bangfu"]["sameSite"] == "Lax"
    assert sight.page.evaluate("document.cookie") == "", "no script reads a cookie"
    thief.page.context.add_cookies([planted])
    thief.go("/cases")
    expect(thief.page.locator("h1")).to_have_text("登录")


def test_guessing_a_password_locks_the_account_for_a_while(window: Window, portal: Portal) -> None:
    sight = window()
    for _ in range(5):
        sight.log_in("dl.minzheng", "a guess")
    sight.log_in("dl.minzheng")
    expect(sight.page.get_by_role("alert")).to_be_visible()
    assert sight.path.startswith("/login")
    portal.town.told("UPDATE app_user SET locked_until = now() - interval '1 second' WHERE username = 'dl.minzheng'")
    sight.log_in("dl.minzheng")
    sight.page.wait_for_url("**/deliveries")


def test_an_area_that_changes_in_mid_session_counts_at_once(window: Window, portal: Portal) -> None:
    sight, case_id = window("sun.li"), portal.town.fresh("receive")
    sight.go(f"/cases/{case_id}")
    change = "UPDATE app_user SET area_code = :area WHERE username = 'sun.li'"
    portal.town.told(change, area="532901")
    try:
        take(sight, "assign", assignee="sun.li")
        expect(sight.page.locator("h1")).to_have_text("登录")
        sight.log_in("sun.li")
        sight.go(f"/cases/{case_id}")
        expect(sight.page.locator("h1")).to_have_text("没有找到")
    finally:
        portal.town.told(change, area="530102")
    assert portal.town.steps(case_id) == ["receive"]


def test_two_officers_on_one_case_the_second_is_told_what_to_do_and_keeps_what_was_typed(
    window: Window, portal: Portal
) -> None:
    case_id = portal.town.fresh("receive", "assign")
    first, second = window("chen.jie"), window("sun.li")
    first.go(f"/cases/{case_id}")
    second.go(f"/cases/{case_id}")
    expect(second.page.get_by_role("status")).to_contain_text("陈洁 正在办理此案")
    take(first, "attempt", on="2026-01-05", note="无人接听")
    saved(first, "登记未联系上")
    take(second, "attempt", on="2026-01-05", note=WORDS)
    expect(second.page.get_by_role("alert")).to_contain_text("已有变动")
    form = second.page.locator('form[action*="/steps/attempt"]')
    expect(form.locator("[name=note]")).to_be_visible()
    expect(form.locator("[name=note]")).to_have_value(WORDS)
    expect(form.locator(".draft")).to_have_count(0)
    expect(second.page.locator("[aria-labelledby=history] .history")).to_contain_text("无人接听")
    form.locator("button.main").click()
    saved(second, "登记未联系上")
    assert portal.town.steps(case_id) == ["receive", "assign", "attempt", "attempt"]


def test_no_page_may_be_framed_or_run_what_was_injected(window: Window, portal: Portal) -> None:
    """Markup in a note is shown as text; and were it not, the content policy would stop its script."""
    sight, case_id = window("chen.jie"), portal.town.fresh("receive", "assign")
    sight.go(f"/cases/{case_id}")
    take(
        sight,
        "attempt",
        on="2026-01-05",
        note="<img src=x onerror=document.title='broken'><script>document.title='broken'</script>",
    )
    saved(sight, "登记未联系上")
    expect(sight.page.locator(".history")).to_contain_text("<img src=x")
    assert "broken" not in sight.page.title()
    inject = "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s); return window.ran }"
    assert sight.page.evaluate(inject) is None
    assert any("Content Security Policy" in line for line in sight.wrong)
    sight.wrong.clear()
