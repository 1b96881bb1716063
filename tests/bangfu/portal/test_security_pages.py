"""The security administrator: proposals, locked accounts, sessions."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import text

from bangfu.db.account_changes import propose_account
from bangfu.db.users import User, create_user, get_user
from bangfu.portal.texts import TEXTS
from schemas.rights import Role

from .conftest import OFFICERS, PASSWORD, Site

PAGE = "/security"
CHEN = OFFICERS[0]


@pytest.fixture
def kept(site: Site) -> Site:
    """With a security administrator of the province and one of Dali."""
    with site.database.owner.begin() as connection:
        create_user(connection, User("safe.keeper", "安全管理员", Role.SECURITY_ADMINISTRATOR, "53"), PASSWORD)
        create_user(connection, User("dl.keeper", "大理安全管理员", Role.SECURITY_ADMINISTRATOR, "5329"), PASSWORD)
    return site


def propose(site: Site, user: User, password: str | None = None) -> int:
    with site.database.owner.begin() as connection:
        return propose_account(connection, user, by="root.keeper", password=password)


def verdict(browser, number: int, what: str):
    return browser.post(f"{PAGE}/proposals/{number}", data={"csrf_token": browser.token(PAGE), "verdict": what})


def test_it_is_where_a_security_administrator_begins(kept: Site) -> None:
    assert kept.browser("safe.keeper").get("/").headers["location"] == PAGE


def test_a_proposal_shows_what_would_change_and_is_approved(kept: Site) -> None:
    number = propose(kept, replace(CHEN, role=Role.APPROVER, area_code="53", union_name="云南省教育工会"))
    browser = kept.browser("safe.keeper")
    page = browser.get(PAGE).text
    assert "<del>工会经办人</del> → <b>复核审批人</b>" in page
    assert "<del>昆明市五华区 530102</del> → <b>云南省 53</b>" in page
    assert "<b>云南省教育工会</b>" in page
    officer = kept.browser("chen.jie")
    assert verdict(browser, number, "approve").headers["location"] == PAGE
    assert officer.get("/cases").status_code == 303, "in the middle of a session"
    with kept.database.owner.connect() as connection:
        user = get_user(connection, "chen.jie")
        logged = connection.execute(
            text("SELECT username, subject FROM access_log WHERE action = 'account_approved'")
        ).all()
    assert user == replace(CHEN, role=Role.APPROVER, area_code="53", union_name="云南省教育工会")
    assert logged == [("safe.keeper", "chen.jie")]
    assert TEXTS["security.approved"].zh in browser.get(PAGE).text


def test_a_new_account_logs_in_once_it_is_approved(kept: Site) -> None:
    number = propose(kept, User("new.one", "新人", Role.COUNTY_OFFICER, "530103"), PASSWORD)
    assert kept.browser().log_in("new.one").status_code == 401
    page = kept.browser("safe.keeper").get(PAGE).text
    assert "argon2" not in page
    verdict(kept.browser("safe.keeper"), number, "approve")
    assert kept.browser().log_in("new.one").status_code == 303


def test_a_proposal_that_cannot_be_decided_says_so(kept: Site) -> None:
    number = propose(kept, replace(CHEN, role=Role.APPROVER))
    browser = kept.browser("safe.keeper")
    assert verdict(browser, number, "maybe").status_code == 400
    assert verdict(browser, number + 1, "approve").status_code == 409
    assert verdict(kept.browser("dl.keeper"), number, "approve").status_code == 409, "of another prefecture"
    verdict(browser, number, "reject")
    answer = verdict(browser, number, "approve")
    assert answer.status_code == 409
    assert TEXTS["security.not_decided"].zh in answer.text
    with kept.database.owner.connect() as connection:
        assert get_user(connection, "chen.jie") == CHEN


def test_sessions_of_an_account_end_at_once(kept: Site) -> None:
    officers = [kept.browser("chen.jie") for _ in range(2)]
    browser = kept.browser("safe.keeper")
    assert re.search(r"<code>chen\.jie</code>.*?>2</td>", browser.get(PAGE).text, re.DOTALL)
    form = {"csrf_token": browser.token(PAGE), "username": "chen.jie"}
    assert browser.post(f"{PAGE}/sessions", data=form).headers["location"] == PAGE
    assert [officer.get("/cases").status_code for officer in officers] == [303, 303]
    assert browser.post(f"{PAGE}/sessions", data={**form, "username": "nobody"}).status_code == 404
    form["username"] = "safe.keeper"
    assert browser.post(f"{PAGE}/sessions", data=form).headers["location"] == "/login?out=1"


def test_a_prefecture_s_administrator_reaches_the_own_accounts_alone(kept: Site) -> None:
    officer, browser = kept.browser("chen.jie"), kept.browser("dl.keeper")
    assert "chen.jie" not in browser.get(PAGE).text
    form = {"csrf_token": browser.token(PAGE), "username": "chen.jie"}
    assert browser.post(f"{PAGE}/sessions", data=form).status_code == 404
    assert officer.get("/cases").status_code == 200
    form["username"] = "yang.fan"
    assert browser.post(f"{PAGE}/sessions", data=form).status_code == 303


def test_locked_accounts_are_shown(kept: Site) -> None:
    browser = kept.browser("safe.keeper")
    assert TEXTS["security.none_locked"].zh in browser.get(PAGE).text
    attacker = kept.browser()
    for _ in range(5):
        attacker.log_in("chen.jie", "wrong password")
    page = browser.get(PAGE).text
    assert TEXTS["security.none_locked"].zh not in page
    assert "连续输错 5 次" in page


def test_forms_from_elsewhere_do_nothing(kept: Site) -> None:
    number = propose(kept, replace(CHEN, role=Role.APPROVER))
    browser = kept.browser("safe.keeper")
    for path, form in ((f"proposals/{number}", {"verdict": "approve"}), ("sessions", {"username": "chen.jie"})):
        assert browser.post(f"{PAGE}/{path}", data={**form, "csrf_token": "x"}).status_code == 403
    with kept.database.owner.connect() as connection:
        assert get_user(connection, "chen.jie") == CHEN
