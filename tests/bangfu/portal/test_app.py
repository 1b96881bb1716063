"""The application as a whole: health, static files, error pages, many officers at once."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
from sqlalchemy.exc import OperationalError

from bangfu.portal.app import create_app
from bangfu.portal.texts import say

from .conftest import Site, listed


def test_health_says_ok_and_nothing_else(site: Site) -> None:
    answer = site.browser().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_health_says_so_when_the_database_is_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("SELECT", {}, Exception("connection to 10.0.0.1 failed: password of bangfu_portal"))

    monkeypatch.setattr(site.app.state.portal.engine, "connect", refuse)
    answer = site.browser().get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})


def test_nothing_is_served_that_was_not_meant_to_be(site: Site) -> None:
    browser = site.browser("chen.jie")
    for path in ("/docs", "/redoc", "/openapi.json", "/static/", "/static/%2e%2e/app.py", "/static/..%2fapp.py"):
        answer = browser.get(path)
        assert answer.status_code == 404, path
        assert "create_app" not in answer.text


ERRORS = (
    ("GET", "/nowhere", 404),
    ("GET", "/cases/x", 404),
    ("DELETE", "/cases", 405),
    ("PUT", "/login", 405),
    ("POST", "/logout", 403),
)


def test_an_error_page_says_what_to_do_in_the_reader_s_language(site: Site) -> None:
    browser = site.browser("chen.jie")
    for (method, path, status), language in product(ERRORS, ("zh", "en")):
        answer = browser.request(method, path, params={"lang": language})
        assert answer.status_code == status, path
        for key in (f"error.{status}", f"error.{status}_hint", "error.home"):
            assert say(key, language) in answer.text


def test_many_officers_at_once_each_see_their_own(site: Site, build) -> None:
    """The pool hands connections from officer to officer: an area that stayed behind would show here."""
    site.publish([build(1, name="张海"), build(2, county_code="532901", name="杨丽")])
    officers = {"chen.jie": site.case(1), "yang.fan": site.case(2)}
    browsers = [(site.browser(username), own) for username, own in officers.items() for _ in range(4)]

    def look(turn: int) -> None:
        browser, own = browsers[turn % len(browsers)]
        (other,) = set(officers.values()) - {own}
        assert listed(browser.get("/cases").text) == [own]
        assert browser.get(f"/cases/{own}").status_code == 200
        assert browser.get(f"/cases/{other}").status_code == 404

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(look, range(80))) == [None] * 80


def test_the_portal_holds_no_connection_when_it_is_shut_down(database) -> None:
    from starlette.testclient import TestClient

    app = create_app(database.settings)
    with TestClient(app, base_url="http://portal.test") as client:
        assert client.get("/healthz").status_code == 200
        assert app.state.portal.engine.pool.checkedin() == 1
    assert app.state.portal.engine.pool.checkedin() == 0


def test_the_portal_needs_its_own_role(database) -> None:
    """The owner's address alone would open every county: nothing is served with it."""
    from dataclasses import replace

    from bangfu.errors import BangfuError

    with pytest.raises(BangfuError, match="BANGFU_PORTAL_DATABASE_URL"):
        create_app(replace(database.settings, portal_database_url=None))
