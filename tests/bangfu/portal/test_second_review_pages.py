"""A second review is blind on every page and in the database: who reviews sees nothing of the first case, who judged that nothing
of the review, until both outcomes are compared; everybody else sees both as usual."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import openpyxl
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
from bangfu.review.workbook.sheet_names import CODE_SHEET
from bangfu.storage import open_store
from schemas.flow import Role as FlowRole
from schemas.rights import Role

from .conftest import PASSWORD, Browser, Site, identity, listed, make_candidate
from .test_leaks import TABLE
from .test_workbook_pages import filled, import_it, opened, preview, take, verdicts

NOTE = "龘靐齉"
"""Words of the first reviewer; no page holds them otherwise."""
OUTCOME = "不符合-收入超标"
MA, HE = User("ma.li", "马丽", Role.COUNTY_OFFICER, "530102"), User("he.ping", "何平", Role.APPROVER, "530102")
UNION = User("jy.ding", "丁老师", Role.COUNTY_OFFICER, "53", union_name="云南省教育工会")
CHEN, WANG = Actor("chen.jie", FlowRole.OFFICER, "530102"), Actor("wang.fang", FlowRole.APPROVER, "530102")
OTHER = Actor("ma.li", FlowRole.OFFICER, "530102")


class Review:
    """A case that was visited and confirmed with an outcome, and is looked at a second time by Ma Li."""

    def __init__(self, site: Site, outcome: str = "10") -> None:
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
            "verify": {"outcome": outcome, "check": "民1", "note": NOTE},
            "answer": {"visitors": ["ma.li", "he.ping"], "visited_on": today, "form": "B2", "informed": "是", "outcome": "03"},
        }  # fmt: skip
        for step in ("receive", "assign", "contact", "ask", "authorise", "visit", "verify"):
            self.did(self.first, step, WANG if step == "verify" else CHEN)
        with (
            site.database.owner.begin() as connection
        ):  # who has looked is not drawn: of the officers, only Ma Li has not
            read = "INSERT INTO case_reading SELECT username, :first, 9, now(), 9, now() FROM app_user WHERE username <> 'ma.li'"
            connection.execute(text(read), {"first": self.first})
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
def desk(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A county with enough people; each case is drawn."""
    monkeypatch.setattr(second_reviews, "SECOND_REVIEW_SHARE", 1.0)
    with site.database.owner.begin() as connection:
        for account in (MA, HE, UNION, User("au.di", "审计", Role.AUDITOR, "5301")):
            create_user(connection, account, PASSWORD)
    return site


@pytest.fixture
def review(desk: Site) -> Review:
    """The first case is closed as not met."""
    return Review(desk)


@pytest.fixture
def confirmed(desk: Site) -> Review:
    """The first case is confirmed, and goes on to the notice."""
    return Review(desk, "03")


def everything(browser: Browser, review: Review) -> Iterator[tuple[str, str]]:
    """What every page says about both cases: body and headers, with the filters that would find the first one."""
    addresses = [path for method, path in TABLE if method == "GET" and "{" not in path]
    addresses += [f"/cases?part={part}" for part in ("done", "all", "in_hand", "new")]
    addresses += ["/cases?flow=candidate&state=closed", "/overview?area=530102"]
    for case_id in (review.first, review.second):
        addresses += [f"/cases/{case_id}", f"/cases/{case_id}/form.pdf", f"/cases/{case_id}?part=done"]
    for address in (f"{item}{'&' if '?' in item else '?'}lang={language}" for item in addresses for language in ("en", "zh")):  # fmt: skip
        answer = browser.get(address)
        yield address, answer.text + "\n".join(f"{name}: {unquote(value)}" for name, value in answer.headers.items())


def test_no_page_tells_the_reviewer_of_the_first(review: Review) -> None:
    browser = review.site.browser("ma.li")
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


def test_the_database_shows_the_reviewer_no_row_of_the_first(review: Review) -> None:
    """Whatever a page would ask for."""
    with portal_session_scope(review.site.database.portal, MA) as connection:
        for query in (
            "SELECT count(*) FROM review_case WHERE case_id = :first",
            "SELECT count(*) FROM case_event WHERE case_id = :first",
            "SELECT count(*) FROM second_review",
            "SELECT count(*) FROM review_case WHERE outcome IS NOT NULL",
        ):
            assert connection.scalar(text(query), {"first": review.first}) == 0, query
        assert connection.scalar(text("SELECT count(*) FROM review_case")) == 1


def test_who_judged_the_first_sees_nothing_of_the_review(review: Review) -> None:
    review.did(review.second, "answer", OTHER, 40)
    for who in ("sun.li", "wang.fang"):
        assert review.site.browser(who).get(f"/cases/{review.second}").status_code == 404, who
    browser = review.site.browser("chen.jie")
    assert browser.get(f"/cases/{review.first}").status_code == 200
    for address, page in everything(browser, review):
        assert review.second not in page or review.second in address, address
    assert browser.get(f"/cases/{review.second}").status_code == 404
    advance(review.context, review.later(60))
    assert browser.get(f"/cases/{review.second}").status_code == 200, "both are there to be seen"


@pytest.mark.parametrize("who", ["he.ping", "jy.ding", "li.na", "zhao.min"])
def test_everybody_else_sees_both_as_usual(review: Review, who: str) -> None:
    browser = review.site.browser(who)
    for case_id in (review.first, review.second):
        assert browser.get(f"/cases/{case_id}").status_code == 200, case_id
    assert review.site.browser("yang.fan").get(f"/cases/{review.first}").status_code == 404, "another county"


def test_a_household_that_is_reviewed_is_missing_nowhere_but_to_the_two_who_judge(confirmed: Review) -> None:
    """Pairing, its coverage and the counts of the inbox are of the whole county, while the review lasts."""
    site = confirmed.site
    colleague, judge, reviewer = (site.browser(name) for name in ("he.ping", "wang.fang", "ma.li"))
    for browser, seen in ((colleague, True), (judge, True), (reviewer, False)):
        assert (identity(1) in browser.get("/pairings").text) == seen
        assert (browser.get(f"/pairings/{identity(1)}").status_code == 200) == seen
        assert ("0%" in browser.get("/pairings/coverage").text) == seen, "one household, nobody responsible for it"
    numbers = [sorted(listed(browser.get("/cases").text)) for browser in (colleague, judge, reviewer)]
    assert numbers == [sorted([confirmed.first, confirmed.second]), [confirmed.first], [confirmed.second]]
    for step in ("deliberate", "publish_notice"):
        site.walk(confirmed.first, step)
    assert colleague.get(f"/cases/{confirmed.first}").status_code == 200
    assert reviewer.get(f"/cases/{confirmed.first}").status_code == 404


def test_the_approver_names_another_reviewer_who_does_not_know_the_first(review: Review) -> None:
    """Whoever was named before does not get to see the first case by that."""
    approver = review.site.browser("he.ping")
    refused = approver.step(review.second, "name", assignee="chen.jie")
    assert "办理过原案的人不能复核" in refused.text
    refused = approver.step(review.second, "name", assignee="he.ping")
    assert "看过原案入户后的内容" in refused.text
    with review.site.database.owner.begin() as connection:
        create_user(connection, User("new.comer", "新来", Role.COUNTY_OFFICER, "530102"), PASSWORD)
    assert approver.step(review.second, "name", assignee="new.comer").status_code == 303
    for who in ("new.comer", "ma.li"):
        assert review.site.browser(who).get(f"/cases/{review.first}").status_code == 404, who


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


def test_the_workbook_of_second_reviews_is_blind_and_the_reviewer_s_own(review: Review) -> None:
    """It holds the evidence, nothing of the first case, and nobody else's reviews; what it brings back is compared as any other."""
    assert (
        take(review.site.browser("chen.jie"), listing="second_reviews")
        .headers["location"]
        .startswith("/workbook?problem=nothing")
    )
    browser = review.site.browser("ma.li")
    plain = opened(take(browser, listing="second_reviews").content)
    book = openpyxl.load_workbook(io.BytesIO(plain))
    told = "\n".join(
        str(cell.value)
        for sheet in book.worksheets
        if sheet.title != CODE_SHEET
        for row in sheet.iter_rows()
        for cell in row
    )
    assert review.second in told
    assert "近12个月住院结算2次" in told
    assert [trace for trace in (review.first, NOTE, OUTCOME, "陈洁", "孙丽") if trace in told] == []
    answers = {
        "outcome": "11", "visit_date": "", "visit_mode": "1", "visitor_1": "马丽", "visitor_2": "何平", "agrees": "1",
    }  # fmt: skip
    content = filled(plain, {review.second: answers}, "second_reviews")
    page = import_it(browser, preview(browser, content))
    assert verdicts(page) == ["已导入"]
    assert "办到“待比对”" in page
    advance(review.context, review.later(60))
    assert "11 不符合-支出不足" in review.site.browser("wang.fang").get(f"/cases/{review.second}").text


def test_the_printed_form_is_that_of_any_visit(review: Review) -> None:
    answer = review.site.browser("ma.li").get(f"/cases/{review.second}/form.pdf")
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")


def test_the_form_refuses_the_first_visitors(review: Review) -> None:
    browser = review.site.browser("ma.li")
    given = {**review.given["answer"], "visitors": ["ma.li", "sun.li"]}
    answer = browser.step(review.second, "answer", **given)
    assert answer.status_code == 409
    assert "办理过原案的人不能作为复核的调查人" in answer.text
    refused = review.site.browser("he.ping").step(review.second, "answer", **review.given["answer"])
    assert refused.status_code == 409
    assert "由指定的复核人登记" in refused.text
    assert browser.step(review.second, "answer", **review.given["answer"]).status_code == 303
