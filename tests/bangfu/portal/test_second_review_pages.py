"""A second review is blind on every page and in the database: to the colleagues who may take it, until both outcomes are compared."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import text

from bangfu.db import portal_session_scope
from bangfu.db.users import User, create_user
from bangfu.pipeline.context import Context
from bangfu.pipeline.review import second_reviews
from bangfu.pipeline.review.acting import act, case_now
from bangfu.pipeline.review.clock import advance
from bangfu.pipeline.review.collecting import collect
from bangfu.review.cases import Actor
from bangfu.review.deadlines import Calendar
from bangfu.storage import open_store
from schemas.flow import Role as FlowRole
from schemas.rights import Role

from .conftest import PASSWORD, Browser, Site, listed, make_candidate
from .test_leaks import TABLE

NOTE = "龘靐齉"
"""Words of the first reviewer; no page holds them otherwise."""
OUTCOME = "不符合-收入超标"
MA, HE = User("ma.li", "马丽", Role.COUNTY_OFFICER, "530102"), User("he.ping", "何平", Role.APPROVER, "530102")
UNION = User("jy.ding", "丁老师", Role.COUNTY_OFFICER, "53", union_name="云南省教育工会")
CHEN, WANG = Actor("chen.jie", FlowRole.OFFICER, "530102"), Actor("wang.fang", FlowRole.APPROVER, "530102")
OTHER = Actor("ma.li", FlowRole.OFFICER, "530102")


class Review:
    """A case that was visited, is closed as not met, and is looked at a second time."""

    def __init__(self, site: Site) -> None:
        self.site, self.context = site, Context(site.database.settings, open_store(site.database.settings), site.database.owner)  # fmt: skip
        owner = {"owner": {"tree": "industry", "union": UNION.union_name}}
        site.publish([make_candidate(1, evidence={**make_candidate().evidence, **owner})])
        self.first = site.case(1)
        today = datetime.now(UTC).date().isoformat()
        self.given: dict[str, dict[str, Any]] = {
            "assign": {"assignee": "chen.jie"},
            "contact": {"on": today},
            "ask": {"informed": "是", "agreed_on": today},
            "authorise": {"authorisation": "S1"},
            "visit": {"visitors": ["chen.jie", "sun.li"], "visited_on": today, "form": "B1", "note": NOTE},
            "verify": {"outcome": "10", "note": NOTE},
            "answer": {"visitors": ["ma.li", "he.ping"], "visited_on": today, "form": "B2", "informed": "是", "outcome": "03"},
        }  # fmt: skip
        for step in ("receive", "assign", "contact", "ask", "authorise", "visit", "verify"):
            self.did(self.first, step, WANG if step == "verify" else CHEN)
        collect(self.context, self.later(30))
        with site.database.owner.connect() as connection:
            query = text("SELECT case_id FROM review_case WHERE flow = 'second_review'")
            self.second = str(connection.scalar(query))

    def later(self, minutes: int) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=minutes)

    def did(self, case_id: str, step: str, actor: Actor, minutes: int = 0) -> None:
        with self.site.database.owner.begin() as connection:
            version = case_now(connection, case_id).version
            given = self.given.get(step, {})
            act(connection, case_id, step, actor, self.later(minutes), given, version=version, calendar=Calendar())


@pytest.fixture
def review(site: Site, monkeypatch: pytest.MonkeyPatch) -> Review:
    monkeypatch.setattr(second_reviews, "SECOND_REVIEW_SHARE", 1.0)
    with site.database.owner.begin() as connection:
        for account in (MA, HE, UNION, User("au.di", "审计", Role.AUDITOR, "5301")):
            create_user(connection, account, PASSWORD)
    return Review(site)


def everything(browser: Browser, review: Review) -> Iterator[tuple[str, str]]:
    """What every page says about both cases: body and headers, with the filters that would find the first one."""
    addresses = [path for method, path in TABLE if method == "GET" and "{" not in path]
    addresses += [f"/cases?bucket={part}" for part in ("done", "all", "in_hand", "new")]
    addresses += ["/cases?flow=candidate&state=closed", "/overview?area=530102"]
    for case_id in (review.first, review.second):
        addresses += [f"/cases/{case_id}", f"/cases/{case_id}/form.pdf", f"/cases/{case_id}?bucket=done"]
    for address in (f"{item}{'&' if '?' in item else '?'}lang={language}" for item in addresses for language in ("en", "zh")):  # fmt: skip
        answer = browser.get(address)
        yield address, answer.text + "\n".join(f"{name}: {unquote(value)}" for name, value in answer.headers.items())


@pytest.mark.parametrize("who", ["ma.li", "he.ping", "jy.ding"])
def test_no_page_tells_who_may_take_it_of_the_first(review: Review, who: str) -> None:
    browser = review.site.browser(who)
    told = dict(everything(browser, review))
    own = {address: page for address, page in told.items() if review.second in address}
    leaked = [(address, trace) for address, page in told.items() for trace in (NOTE, review.first) if trace in page and trace not in address]  # fmt: skip
    assert leaked == []
    assert [address for address, page in told.items() if OUTCOME in page and address not in own] == []
    assert [page.count(OUTCOME) for page in own.values() if OUTCOME in page] == [1, 1], "among those to choose from"
    assert review.second in listed(browser.get("/cases?lang=zh").text)
    assert browser.get(f"/cases/{review.first}").status_code == 404
    page = browser.get(f"/cases/{review.second}").text
    assert "盲审复核" in page
    assert "近12个月住院结算2次" in page, "the evidence is known to both"
    assert "为避免先入为主，比对结果的分量在复核结论登记之后显示" in page
    assert 'class="adds-up"' not in page


@pytest.mark.parametrize("who", [MA, HE, UNION])
def test_the_database_shows_no_row_of_the_first(review: Review, who: User) -> None:
    """Whatever a page would ask for."""
    with portal_session_scope(review.site.database.portal, who) as connection:
        for query in (
            "SELECT count(*) FROM review_case WHERE case_id = :first",
            "SELECT count(*) FROM case_event WHERE case_id = :first",
            "SELECT count(*) FROM second_review",
            "SELECT count(*) FROM review_case WHERE outcome IS NOT NULL",
        ):
            assert connection.scalar(text(query), {"first": review.first}) == 0, query
        assert connection.scalar(text("SELECT count(*) FROM review_case")) == 1


def test_who_had_a_hand_in_it_and_who_is_above_see_it_as_before(review: Review) -> None:
    """Nothing is taken from those who know it; a prefecture that may rule does not visit."""
    for who in ("chen.jie", "sun.li", "wang.fang", "li.na", "zhao.min"):
        assert review.site.browser(who).get(f"/cases/{review.first}").status_code == 200, who
    assert review.site.browser("yang.fan").get(f"/cases/{review.first}").status_code == 404, "another county"


def test_it_stays_hidden_until_the_second_outcome_can_no_longer_be_taken_back(review: Review) -> None:
    """Else one could answer, look, take it back and answer again."""
    browser = review.site.browser("ma.li")
    review.did(review.second, "answer", OTHER, 40)
    assert browser.get(f"/cases/{review.first}").status_code == 404
    advance(review.context, review.later(45))
    assert browser.get(f"/cases/{review.first}").status_code == 404
    assert "盲审比对" not in browser.get(f"/cases/{review.second}").text
    advance(review.context, review.later(60))
    assert NOTE in browser.get(f"/cases/{review.first}").text
    page = browser.get(f"/cases/{review.second}").text
    assert "10 不符合-收入超标" in page
    assert "03 属实-支出型（第二层级）" in page


def test_the_prefecture_sees_both_and_rules(review: Review) -> None:
    review.did(review.second, "answer", OTHER, 40)
    advance(review.context, review.later(60))
    browser = review.site.browser("li.na")
    page = browser.get(f"/cases/{review.second}").text
    assert "结论不一，待州（市）裁定" in page
    assert f'href="/cases/{review.first}"' in page
    assert browser.step(review.second, "rule", ruling="second", reason="复核有票据").status_code == 303
    assert "以复核结论为准" in browser.get(f"/cases/{review.second}").text


def test_the_printed_form_is_that_of_any_visit(review: Review) -> None:
    answer = review.site.browser("ma.li").get(f"/cases/{review.second}/form.pdf")
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")


def test_the_form_refuses_the_first_visitors(review: Review) -> None:
    browser = review.site.browser("ma.li")
    given = {**review.given["answer"], "visitors": ["ma.li", "sun.li"]}
    answer = browser.step(review.second, "answer", **given)
    assert answer.status_code == 409
    assert "办理过原案的人不能作为复核的调查人" in answer.text
    refused = review.site.browser("chen.jie").step(review.second, "answer", **review.given["answer"])
    assert refused.status_code == 409
    assert browser.step(review.second, "answer", **review.given["answer"]).status_code == 303
