"""One field in full: with a reason, by those who may, this once, and never without a trace."""

import re

import pytest
from sqlalchemy import text

from bangfu.db.users import User, create_user
from bangfu.portal.case_views import REVEALED
from schemas.rights import Permission, Role, may

from .conftest import PASSWORD, Browser, Site, identity, make_candidate

IN_FULL = {
    "name": "张晓梅",
    "id_number": "539001198001010014",
    "phone": "13812345678",
    "address": "昆明市五华区莲华街道学府路12号3单元",
}


@pytest.fixture
def one(site: Site) -> Site:
    """One candidate of Wuhua."""
    site.publish([make_candidate(1)])
    return site


def reveal(browser: Browser, case_id: str, field: str = "phone", reason: str = "contact") -> str:
    form = {"csrf_token": browser.token(f"/cases/{case_id}"), "field": field, "reason": reason}
    answer = browser.post(f"/cases/{case_id}/reveal", data=form)
    assert answer.status_code == 200, answer.status_code
    return str(answer.text)


def revealed(site: Site) -> list[tuple[object, ...]]:
    query = text(
        "SELECT username, action, candidate_id, subject FROM access_log WHERE action LIKE 'reveal%' ORDER BY 4"
    )
    with site.database.owner.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_every_field_that_may_be_shown_is_named() -> None:
    assert set(IN_FULL) == set(REVEALED)


@pytest.mark.parametrize("field", IN_FULL)
def test_one_field_is_shown_and_the_others_stay_masked(one: Site, field: str) -> None:
    page = reveal(one.browser("chen.jie"), one.case(), field)
    assert {name for name, value in IN_FULL.items() if f'<b lang="zh-CN">{value}</b>' in page} == {field}
    assert not [name for name, value in IN_FULL.items() if name != field and value in page]


def test_the_log_says_who_saw_what_of_whom_and_why(one: Site) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    reveal(browser, case_id, "phone", "contact")
    reveal(browser, case_id, "id_number", "identity")
    assert revealed(one) == [
        ("chen.jie", "reveal", identity(1), f"{case_id} id_number identity"),
        ("chen.jie", "reveal", identity(1), f"{case_id} phone contact"),
    ]


def test_the_next_look_is_masked_again(one: Site) -> None:
    """No address shows a field: neither going back nor a bookmark does."""
    browser, case_id = one.browser("chen.jie"), one.case()
    reveal(browser, case_id)
    for address in (f"/cases/{case_id}", f"/cases/{case_id}?field=phone&reason=contact&revealed=phone"):
        assert IN_FULL["phone"] not in browser.get(address).text
    assert browser.get(f"/cases/{case_id}/reveal").status_code == 405


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"field": "phone"},
        {"field": "phone", "reason": ""},
        {"field": "phone", "reason": "好奇"},
        {"field": "employer", "reason": "contact"},
        {"field": "__class__", "reason": "contact"},
        {"reason": "contact"},
    ],
)
def test_without_a_reason_or_a_field_of_the_list_nothing_is_shown(one: Site, form: dict[str, str]) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    answer = browser.post(f"/cases/{case_id}/reveal", data={"csrf_token": browser.token(f"/cases/{case_id}"), **form})
    assert answer.status_code == 400
    assert not [value for value in IN_FULL.values() if value in answer.text]
    assert revealed(one) == []


def test_a_form_of_another_session_shows_nothing(one: Site) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    token = one.browser("sun.li").token(f"/cases/{case_id}")
    form = {"csrf_token": token, "field": "phone", "reason": "contact"}
    assert browser.post(f"/cases/{case_id}/reveal", data=form).status_code == 403
    assert revealed(one) == []


@pytest.mark.parametrize("role", [Role.COUNTY_OFFICER, Role.APPROVER, Role.PREFECTURE_OFFICER, Role.PROVINCE_OFFICER])
def test_only_a_role_that_may_is_offered_and_given_a_field(one: Site, role: Role) -> None:
    area = {Role.COUNTY_OFFICER: "530102", Role.APPROVER: "530102", Role.PREFECTURE_OFFICER: "5301"}.get(role, "53")
    with one.database.owner.begin() as connection:
        create_user(connection, User("some.body", "某人", role, area), PASSWORD)
    browser, case_id = one.browser("some.body"), one.case()
    page = browser.get(f"/cases/{case_id}").text
    offered = set(re.findall(r'name="field" value="(\w+)"', page))
    form = {"csrf_token": browser.token(f"/cases/{case_id}"), "field": "phone", "reason": "contact"}
    answer = browser.post(f"/cases/{case_id}/reveal", data=form)
    if may(role, Permission.REVEAL_FIELD):
        assert (answer.status_code, IN_FULL["phone"] in answer.text, offered) == (200, True, set(IN_FULL))
    else:
        assert (answer.status_code, IN_FULL["phone"] in answer.text, offered) == (403, False, set())
