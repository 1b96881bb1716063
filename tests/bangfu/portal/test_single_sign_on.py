"""Log-in by single sign-on, with a provider that is a process of its own and every lie it could tell."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from sqlalchemy import text

from bangfu.errors import BangfuError
from bangfu.portal.app import create_app
from bangfu.portal.single_sign_on import SignOnError, discover
from bangfu.portal.texts import TEXTS
from bangfu.settings import OidcSettings, Settings
from schemas.rights import Role

from .conftest import Browser, Site
from .oidc_provider import CLIENT_ID, CLIENT_SECRET, FAULTS, running_provider

BACK = "http://portal.test/login/oidc/callback"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with running_provider() as issuer:
        yield issuer


@pytest.fixture
def linked(site: Site, issuer: str) -> Iterator[Site]:
    """A portal with single sign-on; `chen.jie` is the provider's subject 1001, `li.na`, who has left, is 1002."""
    with site.database.owner.begin() as connection:
        connection.execute(text("UPDATE app_user SET oidc_subject = '1001' WHERE username = 'chen.jie'"))
        connection.execute(text("UPDATE app_user SET oidc_subject = '1002', active = false WHERE username = 'li.na'"))
    app = create_app(
        replace(
            site.database.settings,
            second_factor=frozenset(),
            oidc=OidcSettings(issuer, CLIENT_ID, BACK, CLIENT_SECRET),
        )
    )
    yield Site(app, site.database, site.publish)
    app.state.portal.engine.dispose()


def sign_on(browser: Browser, **choice: str) -> str:
    """Go to the provider and log in there; the path on which the browser comes back."""
    address = browser.get("/login/oidc").headers["location"]
    answer = httpx.get(f"{address}&{urlencode(choice)}")
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(BACK)
    parts = urlsplit(answer.headers["location"])
    return f"{parts.path}?{parts.query}"


def test_a_linked_subject_is_let_in_as_its_account(linked: Site) -> None:
    browser = linked.browser()
    assert TEXTS["login.sso"].zh in browser.get("/login").text
    answer = browser.get(sign_on(browser, **{"as": "1001"}))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "陈洁" in browser.get("/cases").text
    with linked.database.owner.connect() as connection:
        assert connection.scalar(text("SELECT username FROM access_log WHERE action = 'login_sso'")) == "chen.jie"


def test_the_request_holds_a_challenge_and_nothing_that_could_be_replayed(linked: Site) -> None:
    first, second = (
        parse_qs(urlsplit(linked.browser().get("/login/oidc").headers["location"]).query) for _ in range(2)
    )
    assert first["response_type"] == ["code"]
    assert first["code_challenge_method"] == ["S256"]
    assert first["scope"] == ["openid"]
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
    assert "code_verifier" not in first


@pytest.mark.parametrize("subject", ["1002", "9999", "chen.jie", "' OR true --"])
def test_nobody_is_let_in_without_a_linked_active_account_and_none_is_made(linked: Site, subject: str) -> None:
    browser = linked.browser()
    with linked.database.owner.connect() as connection:
        before = connection.scalar(text("SELECT count(*) FROM app_user"))
    answer = browser.get(sign_on(browser, **{"as": subject}))
    assert answer.status_code == 403
    assert TEXTS["login.sso_unknown"].zh in answer.text
    assert browser.get("/cases").status_code == 303
    with linked.database.owner.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM app_user")) == before


@pytest.mark.parametrize("fault", [*FAULTS, "key", "none"])
def test_a_token_that_is_not_for_this_log_in_is_not_believed(linked: Site, fault: str) -> None:
    browser = linked.browser()
    answer = browser.get(sign_on(browser, **{"as": "1001", "fault": fault}))
    assert answer.status_code == 502
    assert TEXTS["login.sso_failed"].zh in answer.text
    assert browser.get("/cases").status_code == 303


def test_another_browser_s_log_in_is_refused(linked: Site) -> None:
    """An attacker sends the victim the own way back: the victim would work, and be seen, in the attacker's account."""
    attacker, victim = linked.browser(), linked.browser()
    back = sign_on(attacker, **{"as": "1001"})
    assert victim.get(back).status_code == 502
    sign_on(victim, **{"as": "1001"})
    assert victim.get(back).status_code == 502
    assert victim.get("/cases").status_code == 303


def test_a_way_back_leads_in_once(linked: Site) -> None:
    browser = linked.browser()
    back = sign_on(browser, **{"as": "1001"})
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 502


@pytest.mark.parametrize("back", ["/login/oidc/callback", "/login/oidc/callback?error=access_denied", "/login/oidc/callback?code=x&state=%00"])  # fmt: skip
def test_a_way_back_without_a_log_in_leads_to_the_form(linked: Site, back: str) -> None:
    answer = linked.browser().get(back)
    assert answer.status_code == 502
    assert TEXTS["login.sso_failed"].zh in answer.text


def test_the_second_factor_is_asked_for_unless_the_provider_did(linked: Site, issuer: str) -> None:
    settings = replace(
        linked.database.settings,
        second_factor=frozenset(Role),
        oidc=OidcSettings(issuer, CLIENT_ID, BACK, CLIENT_SECRET),
    )
    app = create_app(settings)
    strict = Site(app, linked.database, linked.publish)
    browser = strict.browser()
    answer = browser.get(sign_on(browser, **{"as": "1001"}))
    assert answer.headers["location"].startswith("/login/second-factor")
    browser = strict.browser()
    assert browser.get(sign_on(browser, **{"as": "1001", "amr": "pwd mfa"})).headers["location"] == "/"
    app.state.portal.engine.dispose()


def test_without_single_sign_on_there_is_none(site: Site) -> None:
    browser = site.browser()
    assert TEXTS["login.sso"].zh not in browser.get("/login").text
    assert browser.get("/login/oidc").status_code == browser.get("/login/oidc/callback").status_code == 404


def test_a_provider_that_is_away_or_another_is_not_believed(issuer: str) -> None:
    with pytest.raises(SignOnError, match="does not answer"):
        discover(OidcSettings("http://127.0.0.1:1", CLIENT_ID, BACK))
    with pytest.raises(SignOnError, match="not https"):
        discover(OidcSettings("http://sso.example", CLIENT_ID, BACK))
    with pytest.raises(SignOnError, match="another name"):
        discover(OidcSettings(issuer + "/", CLIENT_ID, BACK))


def test_a_wrong_secret_of_the_portal_ends_at_the_provider(linked: Site, issuer: str) -> None:
    app = create_app(replace(linked.database.settings, oidc=OidcSettings(issuer, CLIENT_ID, BACK, "wrong")))
    browser = Site(app, linked.database, linked.publish).browser()
    assert browser.get(sign_on(browser, **{"as": "1001"})).status_code == 502
    app.state.portal.engine.dispose()


def test_half_a_setting_is_named() -> None:
    with pytest.raises(BangfuError, match="set BANGFU_OIDC_REDIRECT_URI as well"):
        Settings.from_environment({"BANGFU_OIDC_ISSUER": "https://sso.example", "BANGFU_OIDC_CLIENT_ID": "x"})
