"""The own account: sessions that end at once, everywhere; a second factor that is set up and changed."""

import re

import pytest
from sqlalchemy import text

from bangfu.db import second_factor
from bangfu.db.one_time_codes import code_at, step_at
from bangfu.portal.texts import TEXTS

from .conftest import Browser, Site
from .test_second_factor import key_on

PAGE = "/account"


class Phone:
    """An authenticator, whose clock the portal shares."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.key = 1_800_000_000.0, b""
        monkeypatch.setattr(second_factor.time, "time", lambda: self.now)

    def code(self) -> str:
        self.now += 30
        return code_at(self.key, step_at(self.now))


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> Phone:
    return Phone(monkeypatch)


def set_up(browser: Browser, phone: Phone):
    phone.key = key_on(browser.get("/account/second-factor").text)
    return browser.post(
        "/account/second-factor", data={"csrf_token": browser.token("/account/second-factor"), "code": phone.code()}
    )


@pytest.mark.parametrize("username", ["chen.jie", "zhao.min", "root.keeper", "km.minzheng"])
def test_everybody_sees_the_own_sessions_and_nobody_else_s(site: Site, username: str) -> None:
    site.browser("li.na")
    browsers = [site.browser(username) for _ in range(2)]
    page = browsers[0].get(PAGE).text
    assert page.count("<code>testclient</code>") == 2
    assert page.count(TEXTS["account.this"].zh) == 1
    assert 'href="/account"' in browsers[0].get("/account").text


def test_logging_out_everywhere_ends_every_session_of_the_account_alone(site: Site) -> None:
    other = site.browser("li.na")
    browsers = [site.browser("chen.jie") for _ in range(3)]
    answer = browsers[0].post("/account/sessions", data={"csrf_token": browsers[0].token(PAGE)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?out=1")
    assert [browser.get("/cases").status_code for browser in browsers] == [303] * 3
    assert other.get("/cases").status_code == 200


def test_a_second_factor_may_be_set_up_where_none_is_needed(site: Site, phone: Phone) -> None:
    browser = site.browser("chen.jie")
    assert TEXTS["account.factor_off"].zh in browser.get(PAGE).text
    before = browser.cookies["bangfu"]
    answer = set_up(browser, phone)
    assert len(re.findall(r"<li><code>[A-Z0-9-]{19}</code></li>", answer.text)) == 10
    assert browser.cookies["bangfu"] != before, "more rights, another token"
    page = browser.get(PAGE).text
    assert TEXTS["account.factor_on"].zh in page
    assert TEXTS["account.codes_left"].zh.format(count=10) in page
    assert browser.get("/account/second-factor").headers["location"] == PAGE
    assert site.browser().log_in("chen.jie").headers["location"].startswith("/login/second-factor")


def test_new_codes_and_another_telephone_need_a_code(site: Site, phone: Phone) -> None:
    browser = site.browser("chen.jie")
    set_up(browser, phone)
    for path in ("codes", "remove"):
        form = {"csrf_token": browser.token(PAGE), "code": "000000"}
        answer = browser.post(f"/account/second-factor/{path}", data=form)
        assert answer.status_code == 401
        assert TEXTS["factor.wrong"].zh in answer.text
    form = {"csrf_token": browser.token(PAGE), "code": phone.code()}
    assert browser.post("/account/second-factor/codes", data=form).text.count("<li><code>") == 10
    form = {"csrf_token": browser.token(PAGE), "code": phone.code()}
    assert browser.post("/account/second-factor/remove", data=form).headers["location"] == "/login?out=1"
    assert browser.get("/cases").status_code == 303
    assert site.browser().log_in("chen.jie").headers["location"] == "/"


@pytest.mark.parametrize("path", ["sessions", "second-factor", "second-factor/codes", "second-factor/remove"])
def test_a_form_from_elsewhere_does_nothing(site: Site, path: str) -> None:
    browser, other = site.browser("chen.jie"), site.browser("yang.fan")
    for token in ("", other.token(PAGE)):
        assert browser.post(f"/account/{path}", data={"csrf_token": token, "code": "000000"}).status_code == 403
    assert browser.get("/cases").status_code == 200
    with site.database.owner.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM second_factor")) == 0
