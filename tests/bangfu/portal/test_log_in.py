"""Log-in and log-out: failures that read alike, a lock, forms that cannot be forged, sessions that end."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import text

from bangfu.db import users
from bangfu.db.sessions import IDLE
from bangfu.db.users import set_active, set_password
from bangfu.portal.readers import WAITING
from bangfu.portal.texts import TEXTS

from .conftest import PASSWORD, Site


def without_tokens(page: str) -> str:
    """A page without what is random in every page."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page)


def access_log(site: Site) -> list[tuple[str | None, str]]:
    with site.database.owner.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT username, action FROM access_log ORDER BY 1, 2"))]


def test_the_right_password_opens_the_county_list(site: Site) -> None:
    browser = site.browser()
    answer = browser.log_in("chen.jie")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.get("/").headers["location"] == "/cases"
    assert "陈洁" in browser.get("/cases").text
    assert access_log(site)[0] == ("chen.jie", "list")
    assert ("chen.jie", "login") in access_log(site)


def test_an_officer_begins_with_the_page_of_the_role(site: Site) -> None:
    for username, first_page in {"chen.jie": "/cases", "li.na": "/overview", "zhao.min": "/overview"}.items():
        assert site.browser(username).get("/").headers["location"] == first_page


def test_an_administrator_begins_with_a_page_that_says_what_the_account_is_for(site: Site) -> None:
    """Leading to the overview would end in "not permitted", whose only way out leads there again."""
    answer = site.browser("root.keeper").get("/")
    assert answer.status_code == 200
    assert TEXTS["keeper.text"].zh in answer.text


def test_every_failure_reads_the_same(site: Site) -> None:
    with site.database.owner.begin() as connection:
        set_active(connection, "li.na", active=False)
    browser = site.browser()
    answers = [
        browser.log_in("chen.jie", "wrong password"),
        browser.log_in("nobody.here", PASSWORD),
        browser.log_in("li.na", PASSWORD),
        browser.log_in("", ""),
        browser.log_in("chen.jie' OR '1'='1' --", PASSWORD),
        browser.log_in("chen\x00jie", PASSWORD),
        browser.log_in("x" * 5000, "y" * 5000),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({without_tokens(answer.text) for answer in answers}) == 1
    assert len({tuple(sorted(set(answer.headers) - {"content-length"})) for answer in answers}) == 1
    assert TEXTS["login.failed"].zh in answers[0].text
    assert access_log(site) == [(None, "login_failed")] * 7


def test_a_failed_log_in_repeats_nothing_that_was_typed(site: Site) -> None:
    answer = site.browser().log_in("chen.jie", "a secret typed by mistake")
    assert "a secret" not in answer.text
    assert "chen.jie" not in answer.text


def test_the_fifth_failure_locks_and_a_locked_account_reads_as_any_failure(site: Site) -> None:
    browser = site.browser()
    wrong = [without_tokens(browser.log_in("chen.jie", "wrong password").text) for _ in range(5)]
    locked = browser.log_in("chen.jie")
    assert locked.status_code == 401
    assert {*wrong, without_tokens(locked.text)} == {wrong[0]}
    assert browser.log_in("yang.fan").status_code == 303, "another account is not locked"


def test_the_log_in_form_must_come_from_this_browser(site: Site) -> None:
    for token in ("", "0" * 64, "令牌", site.browser().token("/login")):
        browser = site.browser()
        answer = browser.log_in("chen.jie", csrf_token=token)
        assert answer.status_code == 403
        assert TEXTS["login.expired"].zh in answer.text
        assert browser.get("/cases").status_code == 303, "no session was opened"
    assert access_log(site) == [], "the password was not looked at"


def test_no_form_cookie_breaks_the_log_in_page(site: Site) -> None:
    for cookie in ("", "\x01", '"\\012\\015"', '"\\377"', "a" * 3000, "\xe5\xbc\xa0", "x;Path=/"):
        answer = site.browser().get("/login", headers={"Cookie": f"bangfu-form={cookie}".encode("latin-1")})
        assert answer.status_code == 200, cookie
        assert "csrf_token" in answer.text


GOES_ON_TO = {
    "/cases?page=2&reason=S1": "/cases?page=2&reason=S1",
    "/overview": "/overview",
    "https://elsewhere.example/": "/",
    "//elsewhere.example/": "/",
    "///elsewhere.example": "/",
    "/\\elsewhere.example": "/",
    "/\t/elsewhere.example": "/",
    "\\\\elsewhere.example": "/",
    "javascript:alert(1)": "/",
    "http:elsewhere.example": "/",
    " //elsewhere.example": "/",
    "/x\r\nSet-Cookie: a=b": "/",
    "//[": "/",
    "": "/",
}


def test_a_log_in_goes_on_inside_the_portal_only(site: Site) -> None:
    for wanted, got in GOES_ON_TO.items():
        browser = site.browser()
        assert browser.log_in("chen.jie", next=wanted).headers["location"] == got, wanted
        logged_in = browser.get("/login", params={"next": wanted})
        assert (logged_in.status_code, logged_in.headers["location"]) == (303, got), wanted


@pytest.mark.parametrize(("scheme", "name"), [("http", "bangfu"), ("https", "__Host-bangfu")])
def test_the_session_cookie_is_out_of_reach(site: Site, scheme: str, name: str) -> None:
    """`__Host-` needs Secure, the path / and no domain, or the browser drops the cookie."""
    answer = site.browser(base_url=f"{scheme}://portal.test").log_in("chen.jie")
    (cookie,) = [value for value in answer.headers.get_list("set-cookie") if value.startswith(f"{name}=")]
    value, *flags = [part.strip().lower() for part in cookie.split(";")]
    assert len(value) > 40
    assert {"httponly", "samesite=lax", "path=/"} <= set(flags)
    assert ("secure" in flags) == (scheme == "https")
    assert not any(flag.startswith(("domain", "max-age", "expires")) for flag in flags), "ends with the browser"


def test_every_log_in_gets_a_new_session_and_ends_the_one_before(site: Site) -> None:
    """A token that the browser came with may be known to somebody else (session fixation)."""
    browser = site.browser("chen.jie")
    before = browser.cookies["bangfu"]
    browser.log_in("chen.jie")
    assert browser.cookies["bangfu"] != before
    old = site.browser()
    old.cookies.set("bangfu", before)
    assert old.get("/cases").status_code == 303


def test_log_out_ends_the_session_on_the_server(site: Site) -> None:
    browser = site.browser("chen.jie")
    stolen = browser.cookies["bangfu"]
    answer = browser.post("/logout", data={"csrf_token": browser.token("/cases")})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?out=1")
    assert "bangfu" not in browser.cookies
    assert TEXTS["login.out"].zh in browser.get("/login?out=1").text
    thief = site.browser()
    thief.cookies.set("bangfu", stolen)
    for page in ("/", "/cases", "/overview"):
        assert thief.get(page).headers["location"].startswith("/login")
    assert ("chen.jie", "logout") in access_log(site)


def test_a_log_out_needs_the_session_s_own_form(site: Site) -> None:
    browser, other = site.browser("chen.jie"), site.browser("yang.fan")
    for token in ("", "0" * 43, other.token("/cases")):
        assert browser.post("/logout", data={"csrf_token": token}).status_code == 403
    assert browser.get("/logout").status_code == 405, "a link or a picture cannot log anybody out"
    assert browser.get("/cases").status_code == 200


def test_an_idle_session_ends_and_the_log_in_says_why(site: Site) -> None:
    browser = site.browser("chen.jie")
    with site.database.owner.begin() as connection:
        left = connection.scalar(text("SELECT extract(epoch FROM expires_at - now()) FROM portal_session"))
        connection.execute(text("UPDATE portal_session SET expires_at = now() - interval '1 second'"))
    assert float(left) == pytest.approx(IDLE.total_seconds(), abs=30)
    assert IDLE.total_seconds() == 15 * 60
    answer = browser.get("/cases?reason=S1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/cases%3Freason%3DS1")
    assert TEXTS["login.idle"].zh in browser.get("/login?idle=1").text


def test_the_browser_leaves_a_page_once_its_session_has_idled_away(site: Site) -> None:
    """The page stays on the screen otherwise; `idle` keeps the log-in from prolonging the session of another tab."""
    browser = site.browser("chen.jie")
    for page in ("/cases?reason=S1", "/overview"):
        seconds, _, address = browser.get(page).headers["refresh"].partition("; url=")
        assert int(seconds) > IDLE.total_seconds()
        assert address.startswith("/login?next=")
        assert address.endswith("&idle=1")
        shown = browser.get(address)
        assert (shown.status_code, page.replace("&", "&amp;") in shown.text) == (200, True)


@pytest.mark.parametrize("change", ["disabled", "new password"])
def test_a_changed_account_is_out_at_once(site: Site, change: str) -> None:
    browser = site.browser("chen.jie")
    with site.database.owner.begin() as connection:
        if change == "disabled":
            set_active(connection, "chen.jie", active=False)
        else:
            set_password(connection, "chen.jie", "another long password")
    assert browser.get("/cases").status_code == 303


def test_a_flood_of_log_ins_leaves_room_for_those_who_are_in(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each waits for its turn in a thread of the pool: without a limit, forty would stop every page."""
    browser = site.browser("chen.jie")
    guests = [site.browser() for _ in range(WAITING + 8)]
    tokens = [guest.token("/login") for guest in guests]
    done = Event()
    monkeypatch.setattr(users, "_verify", lambda *_: not done.wait(20))
    with ThreadPoolExecutor(len(guests)) as pool:
        form = {"username": "nobody", "password": "x"}
        answers = [
            pool.submit(guest.post, "/login", data={**form, "csrf_token": token})
            for guest, token in zip(guests, tokens, strict=True)
        ]
        started = time.monotonic()
        while sum(answer.done() for answer in answers) < 8 and time.monotonic() - started < 10:
            time.sleep(0.02)
        waited = time.monotonic() - started
        refused = [answer.result().status_code for answer in answers if answer.done()]
        page = browser.get("/cases").status_code
        done.set()
    assert refused == [503] * 8
    assert waited < 5
    assert page == 200
    assert sorted({answer.result().status_code for answer in answers}) == [401, 503]
