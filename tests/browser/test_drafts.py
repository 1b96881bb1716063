"""What was typed and not sent: it comes back to whoever typed it, and to nobody else."""

from playwright.sync_api import Locator, expect

from bangfu.portal.texts import TEXTS

from .conftest import Portal, Sight
from .test_officer_day import Window, take

WORDS = "下午四点以后再联系其本人"


def note(sight: Sight, step: str = "contact") -> Locator:
    """The field for a note in the form of a step."""
    return sight.page.locator(f'form[action*="/steps/{step}"] [name=note]')


def begin(sight: Sight, case_id: str) -> None:
    """Open a step and leave it half filled."""
    sight.go(f"/cases/{case_id}")
    sight.page.get_by_text("登记首次联系").first.click()
    note(sight).press_sequentially(WORDS, delay=2)
    sight.page.wait_for_timeout(200)  # nobody leaves within the millisecond that encrypting the last letter takes
    assert "draft:" in kept(sight)


def kept(sight: Sight) -> str:
    """Everything that the tab keeps, as text."""
    return str(sight.page.evaluate("JSON.stringify({...sessionStorage}) + JSON.stringify({...localStorage})"))


def test_leaving_and_coming_back_loses_nothing(window: Window, portal: Portal) -> None:
    sight, case_id = window("chen.jie"), portal.town.fresh("receive", "assign")
    begin(sight, case_id)
    sight.page.click("h1")
    sight.page.keyboard.press("b")
    sight.page.wait_for_url("**/cases#*")
    sight.go(f"/cases/{case_id}")
    expect(note(sight)).to_be_visible()
    expect(note(sight)).to_have_value(WORDS)
    expect(sight.page.locator(".draft")).to_contain_text(TEXTS["draft.restored"].zh)
    expect(sight.page.get_by_text(TEXTS["draft.changed"].zh)).to_be_hidden()


def test_what_was_sent_or_discarded_does_not_come_back(window: Window, portal: Portal) -> None:
    sight, case_id = window("chen.jie"), portal.town.fresh("receive", "assign")
    begin(sight, case_id)
    sight.page.reload()
    sight.page.get_by_role("button", name=TEXTS["draft.discard"].zh).click()
    expect(note(sight)).to_have_value("")
    sight.page.reload()
    expect(sight.page.locator(".draft")).to_have_count(0)
    take(sight, "attempt", on="2026-01-05", note=WORDS)
    expect(sight.page.locator("[data-saved]")).to_be_visible()
    sight.go(f"/cases/{case_id}")
    expect(note(sight, "attempt")).to_have_value("")
    assert WORDS in sight.page.inner_text("[aria-labelledby=history] .history")


def test_an_idle_log_out_loses_nothing_and_leaves_nothing_to_read(window: Window, portal: Portal) -> None:
    sight, case_id = window("chen.jie"), portal.town.fresh("receive", "assign")
    begin(sight, case_id)
    portal.town.told("UPDATE portal_session SET expires_at = now() - interval '1 minute' WHERE username = 'chen.jie'")
    sight.page.get_by_text("登记首次联系").last.click()
    sight.page.locator('form[action*="/steps/contact"] [name=on]').fill("2026-01-05")
    sight.page.locator('form[action*="/steps/contact"] button.main').click()
    expect(sight.page.locator("h1")).to_have_text("登录")
    left = kept(sight)
    assert "draft:" in left
    assert WORDS not in left
    assert WORDS not in str([ord(letter) for letter in left])
    sight.log_in("sun.li")
    sight.go(f"/cases/{case_id}")
    expect(sight.page.locator("h1 .name")).to_be_visible()
    expect(note(sight)).to_have_value("")
    assert "draft:" not in kept(sight), "what another account kept is dropped"


def test_who_typed_it_has_it_again_after_the_idle_log_out(window: Window, portal: Portal) -> None:
    sight, case_id = window("chen.jie"), portal.town.fresh("receive", "assign")
    begin(sight, case_id)
    portal.town.told("DELETE FROM portal_session WHERE username = 'chen.jie'")
    sight.go("/cases")
    expect(sight.page.locator("h1")).to_have_text("登录")
    sight.log_in("chen.jie")
    sight.go(f"/cases/{case_id}")
    expect(note(sight)).to_have_value(WORDS)


def test_logging_out_forgets_it_all(window: Window, portal: Portal) -> None:
    sight, case_id = window("chen.jie"), portal.town.fresh("receive", "assign")
    begin(sight, case_id)
    sight.page.get_by_role("button", name="退出").click()
    sight.page.wait_for_url("**/login?out=1")
    assert kept(sight) == "{}{}"


def test_a_draft_of_a_case_that_went_on_says_so(window: Window, portal: Portal) -> None:
    sight, case_id = window("chen.jie"), portal.town.fresh("receive", "assign")
    begin(sight, case_id)
    portal.town.site.walk(case_id, "attempt")
    sight.go(f"/cases/{case_id}")
    expect(note(sight)).to_have_value(WORDS)
    expect(sight.page.get_by_text(TEXTS["draft.changed"].zh)).to_be_visible()


def test_where_the_connection_is_not_encrypted_nothing_is_kept_and_the_browser_asks(
    window: Window, portal: Portal
) -> None:
    sight, case_id = window("chen.jie", host="portal.test"), portal.town.fresh("receive", "assign")
    sight.go(f"/cases/{case_id}")
    assert sight.page.evaluate("window.isSecureContext") is False
    sight.page.get_by_text("登记首次联系").first.click()
    note(sight).press_sequentially(WORDS, delay=2)
    assert kept(sight) == "{}{}"
    sight.wrong.clear()  # the browser also complains that it has to ignore a header of encrypted connections
    sight.go("/cases")
    assert [line for line in sight.wrong if line.startswith("asked")] == ["asked: beforeunload"]
    sight.wrong.clear()
