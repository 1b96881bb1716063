"""The second step of a log-in: enrolment, codes, and what an attacker tries."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest
from sqlalchemy import text

from bangfu.db import second_factor
from bangfu.db.account_changes import decide, propose
from bangfu.db.one_time_codes import code_at, step_at
from bangfu.db.throttle import MOST
from bangfu.db.trust_models import ChangeKind
from bangfu.db.users import User, create_user
from bangfu.portal.app import create_app
from bangfu.portal.texts import TEXTS
from schemas.rights import Role

from .conftest import PASSWORD, Browser, Site

STEP = "/login/second-factor"


class Clock:
    """The portal's clock, which tests move on: no code is right twice."""

    now = 1_800_000_000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(second_factor.time, "time", lambda: clock.now)
    return clock


@pytest.fixture
def strict(site: Site, clock: Clock) -> Iterator[Site]:
    """The portal as an installation has it: everybody needs a second factor."""
    app = create_app(replace(site.database.settings, second_factor=frozenset(Role)))
    yield Site(app, site.database, site.publish)
    app.state.portal.engine.dispose()


def key_on(page: str) -> bytes:
    """The key as somebody types it into an authenticator."""
    from base64 import b32decode

    found = re.search(r"<code>((?:[A-Z2-7]{4} ?){8})</code>", page)
    assert found
    return b32decode(found.group(1).replace(" ", ""))


def enrol(browser: Browser, clock: Clock, username: str = "chen.jie") -> tuple[bytes, list[str]]:
    """Log in for the first time; the key and the recovery codes."""
    assert browser.log_in(username).headers["location"].startswith(STEP)
    key = key_on(browser.get(STEP).text)
    answer = browser.post(STEP, data={"csrf_token": browser.token(STEP), "code": code_at(key, step_at(clock.now))})
    assert answer.status_code == 200
    codes = re.findall(r"<li><code>([A-Z0-9-]{19})</code></li>", answer.text)
    assert len(codes) == 10
    clock.now += 30
    return key, codes


def answer_with(browser: Browser, code: str, **fields: str):
    return browser.post(STEP, data={"csrf_token": browser.token(STEP), "code": code, **fields})


def test_the_first_log_in_sets_up_the_authenticator(strict: Site, clock: Clock) -> None:
    browser = strict.browser()
    enrol(browser, clock)
    assert browser.get("/cases").status_code == 200
    with strict.database.owner.connect() as connection:
        actions = connection.scalars(text("SELECT action FROM access_log ORDER BY entry_id")).all()
    assert actions[:2] == ["login_first_step", "second_factor_enrolled"]


def test_the_picture_is_part_of_the_page_and_needs_no_script(strict: Site) -> None:
    browser = strict.browser()
    browser.log_in("chen.jie")
    answer = browser.get(STEP)
    drawing = re.search(r'<svg width="\d+" height="\d+" class="qr">.*?</svg>', answer.text, re.DOTALL)
    assert drawing
    assert "style=" not in drawing.group()
    assert "<script>" not in answer.text, "the portal's own script alone, and not for this"
    assert answer.headers["cache-control"] == "no-store"


def test_the_password_alone_opens_nothing(strict: Site, clock: Clock) -> None:
    browser = strict.browser()
    browser.log_in("chen.jie")
    for page in ("/", "/cases", "/overview", "/deliveries"):
        assert browser.get(page).headers["location"].startswith("/login"), page
    assert browser.post("/logout", data={"csrf_token": browser.token(STEP)}).status_code == 303


def test_the_next_log_in_asks_for_a_code_and_goes_on_to_the_page(strict: Site, clock: Clock) -> None:
    key, _ = enrol(strict.browser(), clock)
    browser = strict.browser()
    address = browser.log_in("chen.jie", next="/cases?page=2").headers["location"]
    page = browser.get(address).text
    assert "<svg" not in page
    assert 'value="/cases?page=2"' in unescape(page)
    answer = answer_with(browser, code_at(key, step_at(clock.now)), next="/cases?page=2")
    assert (answer.status_code, answer.headers["location"]) == (303, "/cases?page=2")


def test_a_code_that_was_seen_over_the_shoulder_is_of_no_use(strict: Site, clock: Clock) -> None:
    key, _ = enrol(strict.browser(), clock)
    code = code_at(key, step_at(clock.now))
    officer, thief = strict.browser(), strict.browser()
    for browser in (officer, thief):
        browser.log_in("chen.jie")
    assert answer_with(officer, code).status_code == 303
    answer = answer_with(thief, code)
    assert answer.status_code == 401
    assert TEXTS["factor.wrong"].zh in answer.text
    assert thief.get("/cases").status_code == 303


def test_a_recovery_code_opens_once(strict: Site, clock: Clock) -> None:
    _, codes = enrol(strict.browser(), clock)
    for expected in (303, 401):
        browser = strict.browser()
        browser.log_in("chen.jie")
        assert answer_with(browser, codes[0]).status_code == expected


def test_guessing_codes_is_stopped_whatever_the_password(strict: Site, clock: Clock) -> None:
    """The password is known to the attacker: each right one must not give five more guesses."""
    key, _ = enrol(strict.browser(), clock)
    for _ in range(5):
        browser = strict.browser()
        browser.log_in("chen.jie")
        assert answer_with(browser, "000000").status_code == 401
    officer = strict.browser()
    officer.log_in("chen.jie")
    assert answer_with(officer, code_at(key, step_at(clock.now))).status_code == 401, "locked for a minute"
    with strict.database.owner.begin() as connection:
        connection.execute(text("UPDATE second_factor SET locked_until = now() - interval '1 second'"))
    assert answer_with(officer, code_at(key, step_at(clock.now))).status_code == 303


def test_one_address_cannot_try_every_account(strict: Site) -> None:
    """Five guesses at each of a thousand accounts lock none of them: the address is stopped."""
    browser = strict.browser()
    token = browser.token("/login")
    answers = [
        browser.post("/login", data={"username": f"officer.{number}", "password": "x", "csrf_token": token})
        for number in range(MOST + 3)
    ]
    assert [answer.status_code for answer in answers] == [401] * MOST + [429] * 3
    assert TEXTS["login.too_many"].zh in answers[-1].text


def test_every_step_gets_a_new_session(strict: Site, clock: Clock) -> None:
    """A token planted before the log-in, or read between the steps, is worth nothing after it (fixation)."""
    key, _ = enrol(strict.browser(), clock)
    browser = strict.browser()
    browser.cookies.set("bangfu", "planted-by-somebody-else", domain="portal.test", path="/")
    browser.log_in("chen.jie")
    half_way = browser.cookies["bangfu"]
    answer_with(browser, code_at(key, step_at(clock.now)))
    tokens = {"planted-by-somebody-else", half_way, browser.cookies["bangfu"]}
    assert len(tokens) == 3
    for token in tokens - {browser.cookies["bangfu"]}:
        thief = strict.browser()
        thief.cookies.set("bangfu", token)
        assert thief.get("/cases").status_code == 303
        assert thief.get(STEP).status_code == 303
    assert browser.get("/cases").status_code == 200


@pytest.mark.parametrize("token", ["", "0" * 43, "令牌"])
def test_the_second_step_needs_its_own_form(strict: Site, clock: Clock, token: str) -> None:
    key, _ = enrol(strict.browser(), clock)
    browser = strict.browser()
    browser.log_in("chen.jie")
    code = code_at(key, step_at(clock.now))
    assert browser.post(STEP, data={"csrf_token": token, "code": code}).status_code == 403
    assert answer_with(browser, code).status_code == 303, "the code was not used up"


def test_the_second_step_waits_five_minutes(strict: Site) -> None:
    browser = strict.browser()
    browser.log_in("chen.jie")
    with strict.database.owner.begin() as connection:
        left = connection.scalar(text("SELECT extract(epoch FROM expires_at - now()) FROM portal_session"))
        connection.execute(text("UPDATE portal_session SET expires_at = now() - interval '1 second'"))
    assert 290 < float(left) <= 300
    assert browser.get(STEP).headers["location"].startswith("/login")


def test_a_reset_by_two_administrators_ends_the_session_and_begins_anew(strict: Site, clock: Clock) -> None:
    browser = strict.browser()
    key, _ = enrol(browser, clock)
    with strict.database.owner.begin() as connection:
        create_user(connection, User("safe.keeper", "安全管理员", Role.SECURITY_ADMINISTRATOR, "53"), PASSWORD)
        number = propose(connection, ChangeKind.RESET_SECOND_FACTOR, "chen.jie", by="root.keeper")
        decide(connection, number, by="safe.keeper", approve=True)
    assert browser.get("/cases").status_code == 303
    fresh = strict.browser()
    fresh.log_in("chen.jie")
    assert key_on(fresh.get(STEP).text) != key


def test_without_a_second_factor_every_page_says_so(site: Site, strict: Site) -> None:
    line = TEXTS["site.no_second_factor"].zh
    assert line in site.browser().get("/login").text
    assert line in site.browser("chen.jie").get("/cases").text
    assert line not in strict.browser().get("/login").text


def test_it_may_be_needed_of_some_roles_alone(site: Site, clock: Clock) -> None:
    app = create_app(replace(site.database.settings, second_factor=frozenset({Role.PROVINCE_OFFICER})))
    some = Site(app, site.database, site.publish)
    assert some.browser().log_in("chen.jie").headers["location"] == "/"
    assert some.browser().log_in("zhao.min").headers["location"].startswith(STEP)
    app.state.portal.engine.dispose()
