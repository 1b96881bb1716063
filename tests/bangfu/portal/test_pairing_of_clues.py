"""A clue whose hardship is confirmed is a household that asks for a responsible person (结对帮扶): from that step on."""

from datetime import UTC, datetime

from bangfu.china_time import CHINA
from bangfu.db import portal_session_scope
from bangfu.pipeline.review.acting import act as act_on
from bangfu.pipeline.review.acting import case_now
from bangfu.portal.texts import TEXTS
from bangfu.review.cases import Actor
from bangfu.review.deadlines import Calendar
from schemas.flow import Role as FlowRole
from tests.bangfu.review.walking import filled

from .conftest import OFFICERS, Site, identity
from .test_pairing_pages import listed, parts

TODAY = datetime.now(CHINA).date()


def confirmed(site: Site, number: int = 1) -> str:
    """A case whose hardship is confirmed."""
    case_id = site.case(number)
    site.walk(case_id, "receive", "assign", "contact", "ask", "authorise", "visit", "verify:03")
    return case_id


def test_a_confirmed_clue_asks_for_a_responsible_person_on_its_page_and_the_dashboard(counties: Site) -> None:
    browser, case_id = counties.browser("chen.jie"), confirmed(counties)
    household = identity(1)
    assert f'href="/pairings/{household}"' in browser.get(f"/cases/{case_id}").text
    assert TEXTS["pairing.case_nobody"].zh in browser.get(f"/cases/{case_id}").text
    assert TEXTS["pairing.case_nobody"].zh not in browser.get(f"/cases/{counties.case(2)}").text
    dashboard = browser.get("/overview").text
    assert 'href="/pairings?part=confirmed"' in dashboard
    page = browser.get("/pairings?part=confirmed").text
    assert (parts(page)["confirmed"], parts(page)["unpaired"]) == (1, 1)
    assert "张**" in page
    assert "张晓梅" not in page
    form = {"csrf_token": browser.token("/pairings"), "kind": "paired", "number": "0", "account": "chen.jie", "first": TODAY.isoformat()}  # fmt: skip
    assert browser.post(f"/pairings/{household}/entries", data=form).status_code == 303
    page = browser.get(f"/cases/{case_id}").text
    assert TEXTS["pairing.case_nobody"].zh not in page
    assert "帮扶责任人：陈洁" in page
    assert 'href="/pairings?part=confirmed"' not in browser.get("/overview").text


def test_a_step_that_is_taken_in_the_portal_makes_the_household(counties: Site) -> None:
    """The portal's role may not write households: the database does, with the step."""
    case_id = counties.case(1)
    counties.walk(case_id, "receive", "assign", "contact", "ask", "authorise", "visit")
    approver = next(user for user in OFFICERS if user.username == "wang.fang")
    with portal_session_scope(counties.database.portal, approver) as connection:
        case, now = case_now(connection, case_id), datetime.now(UTC)
        given = filled(case, case.rules.steps["verify"], now, "01")
        actor = Actor(approver.username, FlowRole.APPROVER, "530102")
        act_on(connection, case_id, "verify", actor, now, given, version=case.version, calendar=Calendar())
    assert f"/pairings/{identity(1)}" in counties.browser("chen.jie").get("/pairings?part=confirmed").text


def test_a_clue_that_is_confirmed_no_longer_asks_for_nobody(counties: Site) -> None:
    case_id = confirmed(counties)
    counties.walk(case_id, "visit_again")
    browser = counties.browser("chen.jie")
    assert "/pairings/" not in browser.get(f"/cases/{case_id}").text
    assert listed(browser.get("/pairings").text) == []
