"""Finding one's way in the inbox: parts, filter, order, pages, search by name, and addresses that make no sense."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import text

from bangfu.db.candidates import NewCandidate
from bangfu.db.case_queries import CaseSort
from bangfu.portal import inbox_pages
from bangfu.portal.inbox_query import PER_PAGE, InboxQuery
from bangfu.portal.texts import TEXTS, say

from .conftest import Browser, Site

Build = Callable[..., NewCandidate]

HOSTILE = (
    "'; DROP TABLE review_case; --",
    "' OR '1'='1",
    "%",
    "_",
    "\x00",
    "\\",
    "{zh}{0.__class__}",
    "${7*7}{{7*7}}",
    "<script>alert(1)</script>",
    "-1",
    "0",
    "99999999999999999999",
    "1e9",
    "٣",
    "²",
    "../../etc/passwd",
    "530102' --",
    "5301%",
    "\r\nSet-Cookie: a=b",
    "长" * 3000,
)

SEEN = {"chen.jie": {1, 2}, "wang.fang": {1, 2}, "yang.fan": {4}, "li.na": {1, 2, 3}, "zhao.min": {1, 2, 3, 4}}
"""Numbers of the candidates of `counties` by who sees them."""


def parts(page: str) -> dict[str, int]:
    """How many cases each part of the inbox says it has; the last is all of them."""
    found = re.findall(r'<a class="part ?(\w*)"[^>]*>[^<]*<b>([\d,]+)</b>', page)
    return {code or "all": int(count) for code, count in found if code or count}


def search(browser: Browser, name: str, **fields: str) -> str:
    form = {"name": name, "csrf_token": browser.token("/cases"), **fields}
    answer = browser.post("/cases/search", data=form)
    assert answer.status_code == 303
    assert name not in answer.headers["location"] or not name
    return browser.get(answer.headers["location"]).text


def test_an_officer_lists_the_own_area_only(counties: Site) -> None:
    for username, seen in SEEN.items():
        assert set(counties.shown(counties.browser(username).get("/cases").text)) == seen, username


def test_asking_for_another_area_shows_the_own(counties: Site) -> None:
    browser = counties.browser("chen.jie")
    for area in ("532901", "5329", "53", "5", "", "530103", "999999"):
        assert set(counties.shown(browser.get("/cases", params={"area": area}).text)) == {1, 2}, area


def test_the_database_holds_an_officer_to_the_area_even_where_the_portal_errs(
    counties: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row-level security is the guard; the address is only a convenience."""
    monkeypatch.setattr(inbox_pages, "read_inbox_query", lambda *_: InboxQuery(area="53", own_area="53"))
    page = counties.browser("chen.jie").get("/cases").text
    assert set(counties.shown(page)) == {1, 2}
    assert parts(page)["all"] == 2, "nor do the counts tell of others"


def test_a_part_shows_its_cases_and_counts_them(counties: Site) -> None:
    """One is opened, one is withdrawn, one is late, one untouched."""
    browser, first, second, third = counties.browser("zhao.min"), *map(counties.case, (1, 2, 3))
    counties.browser("chen.jie").get(f"/cases/{first}")
    counties.walk(second, "withdraw")
    with counties.database.owner.begin() as connection:
        late = {"late": datetime.now(UTC) - timedelta(1), "far": datetime.now(UTC) + timedelta(30)}
        connection.execute(text("UPDATE review_case SET due_at = :far, soon_at = :far"), late)
        connection.execute(text("UPDATE review_case SET due_at = :late WHERE case_id = :id"), {**late, "id": third})
    expected = {"overdue": [3], "due_soon": [], "new": [4], "in_hand": [1], "waiting": [], "done": [2]}
    for part, numbers in expected.items():
        page = browser.get(f"/cases?part={part}").text
        assert counties.shown(page) == numbers, part
        assert parts(page) == {code: len(inside) for code, inside in expected.items()} | {"all": 4}
        assert (TEXTS["inbox.empty"].zh in page) == (not numbers)


def test_a_list_narrows_by_kind_stage_and_person(counties: Site) -> None:
    browser = counties.browser("chen.jie")
    counties.walk(counties.case(1), "receive", "assign", assignee="chen.jie")
    for query, numbers in {
        "flow=candidate": [1, 2],
        "flow=exit": [],
        "flow=candidate&state=sent": [2],
        "flow=candidate&state=assigned": [1],
        "mine=1": [1],
        "mine=1&flow=candidate&state=sent": [],
        "state=assigned": [1, 2],
        "flow=nonsense&state=nonsense&part=nonsense": [1, 2],
    }.items():
        page = browser.get(f"/cases?{query}").text
        assert sorted(counties.shown(page)) == numbers, query
        assert parts(page)["all"] == len(numbers), query


def test_the_sorts_order_the_list(counties: Site) -> None:
    browser = counties.browser("zhao.min")
    with counties.database.owner.begin() as connection:
        for number, days in ((1, 3), (2, 1), (3, 4), (4, 2)):
            moments = {"id": counties.case(number), "days": days}
            late = "due_at = now() + make_interval(days => :days), changed_at = now() - make_interval(days => :days)"
            connection.execute(text(f"UPDATE review_case SET {late} WHERE case_id = :id"), moments)
    assert counties.shown(browser.get("/cases").text) == [2, 4, 1, 3], "the first due first"
    assert counties.shown(browser.get("/cases?sort=newest").text) == [2, 4, 1, 3]
    strongest = counties.shown(browser.get("/cases?sort=strength").text)
    assert (strongest[0], strongest[-1]) == (1, 2)
    assert set(counties.shown(browser.get("/cases?sort=name").text)) == {1, 2, 3, 4}


def test_a_province_officer_narrows_to_a_prefecture_and_a_county(counties: Site) -> None:
    browser = counties.browser("zhao.min")
    assert set(counties.shown(browser.get("/cases?area=5301").text)) == {1, 2, 3}
    assert counties.shown(browser.get("/cases?area=530103").text) == [3]
    page = browser.get("/cases?area=530111").text
    assert counties.shown(page) == []
    assert TEXTS["inbox.empty"].zh in page


def test_pages_neither_overlap_nor_leave_anybody_out(site: Site, build: Build) -> None:
    site.publish([build(number) for number in range(PER_PAGE * 2 + 3)])
    browser = site.browser("chen.jie")
    for sort in CaseSort:
        pages = [site.shown(browser.get(f"/cases?sort={sort}&page={number}").text) for number in (1, 2, 3)]
        assert [len(page) for page in pages] == [PER_PAGE, PER_PAGE, 3]
        assert {number for page in pages for number in page} == set(range(PER_PAGE * 2 + 3)), sort
    first, last = browser.get("/cases").text, browser.get("/cases?page=3").text
    assert ('rel="next"' in first, 'rel="prev"' in first) == (True, False)
    assert ('rel="next"' in last, 'rel="prev"' in last) == (False, True)
    assert say("list.shown", "zh", first=51, last=53, total=53) in last
    assert browser.get("/cases?page=99").headers["location"] == "/cases?page=3"


def test_an_empty_list_says_that_there_is_nothing_to_do(site: Site) -> None:
    browser = site.browser("chen.jie")
    for language in ("zh", "en"):
        page = browser.get(f"/cases?lang={language}").text
        assert say("inbox.empty", language) in page
        assert say("inbox.empty_hint", language) in page


def test_a_line_tells_who_why_and_by_when(site: Site, build: Build) -> None:
    ruin = {"code": "S4", "zh": "住房倒塌", "en": "house collapsed", "band": "collapsed", "source": "disaster_relief"}
    site.publish([build(1), build(2, name="李建国", reasons=[ruin])])
    browser = site.browser("chen.jie")
    page = browser.get("/cases").text
    for told in (
        "张**",
        "女",
        "彝族",
        "住院自付5万元以上",
        "昆明云岭机械有限公司工会委员会",
        "待签收",
        "线索核查",
        "未分派",
    ):
        assert told in page
    assert say("inbox.hours_left", "zh", count=24) in page, "a house in ruins cannot wait"
    assert page.count(f">{TEXTS['inbox.urgent'].zh}<") == 1
    assert len(re.findall(r'<tr id="[0-9a-f]{24}" class="fresh">', page)) == 2, "nobody has opened either"
    english = browser.get("/cases?lang=en").text
    assert say("inbox.hours_left", "en", count=24) in english
    assert "to be received" in english


def test_strength_is_no_part_of_the_list(counties: Site) -> None:
    """A score next to a name sways whoever opens it."""
    page = counties.browser("chen.jie").get("/cases").text
    assert "0.8" not in page
    assert 'class="strength' not in page


def test_a_hostile_address_is_read_as_nothing_said(counties: Site) -> None:
    browser = counties.browser("chen.jie")
    for parameter, value in product(("area", "part", "flow", "state", "mine", "sort", "page", "lang", "name"), HOSTILE):
        answer = browser.get("/cases", params={parameter: value})
        if answer.status_code == 303:
            assert (parameter, answer.headers["location"]) == ("page", "/cases")
        else:
            assert answer.status_code == 200, value
            assert set(counties.shown(answer.text)) == {1, 2}, value
            assert "<script>" not in answer.text
    with counties.database.owner.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM review_case")) == 4


def test_a_parameter_said_twice_or_undecodable_is_no_failure(counties: Site) -> None:
    browser = counties.browser("chen.jie")
    for query in ("page=1&page=2", "page[]=1", "area=%ff%fe", "lang=en&lang=zh", "&&&==", "%", "page=%2"):
        assert browser.get(f"/cases?{query}").status_code in {200, 303}, query


def test_a_search_finds_a_name_inside_the_own_area(counties: Site) -> None:
    browser = counties.browser("chen.jie")
    assert counties.shown(search(browser, "张")) == [1], "the Zhang of another county stays unfound"
    assert counties.shown(search(browser, "建国")) == [2]
    assert counties.shown(search(browser, "杨丽")) == []
    assert set(counties.shown(search(browser, ""))) == {1, 2}


def test_a_pattern_in_a_name_is_no_pattern(counties: Site) -> None:
    browser = counties.browser("chen.jie")
    for name in ("%", "_", "张_梅", "\\", "' OR ''='", "\x00", "*", "<script>"):
        page = search(browser, name)
        assert counties.shown(page) == [], name
        assert "<script>" not in page


def test_a_search_keeps_the_filter_and_never_puts_the_name_into_an_address(counties: Site) -> None:
    """Addresses end up in the history of the browser and in the logs of proxies."""
    browser = counties.browser("chen.jie")
    page = search(browser, "张", back="/cases?flow=candidate&sort=name")
    assert counties.shown(page) == [1]
    case = browser.get(f"/cases/{counties.case(1)}?flow=candidate&sort=name").text
    for shown in (page, case):
        addresses = re.findall(r'(?:href|action|value)="(/[^"]*)"', shown)
        assert any("sort=name" in address for address in addresses)
        assert not any("张" in address or "%E5%BC%A0" in address for address in addresses)
    assert "张" in re.findall(r'<input id="name"[^>]*value="([^"]*)"', page)


def test_a_search_goes_back_to_the_inbox_only(counties: Site) -> None:
    browser = counties.browser("chen.jie")
    form = {"name": "张", "csrf_token": browser.token("/cases")}
    for back in ("https://elsewhere.example/", "//elsewhere.example", "/logout", "/cases/x", "//["):
        answer = browser.post("/cases/search", data={**form, "back": back})
        assert answer.headers["location"] == "/cases", back


def test_a_search_needs_the_session_s_own_form(counties: Site) -> None:
    browser = counties.browser("chen.jie")
    for token in ("", "x", counties.browser("yang.fan").token("/cases")):
        assert browser.post("/cases/search", data={"name": "张", "csrf_token": token}).status_code == 403
    assert "bangfu-find" not in browser.cookies


def test_the_way_back_leads_to_the_same_place_of_the_list(site: Site, build: Build) -> None:
    """An officer on page 2 of a filtered list would otherwise begin again at page 1 after every case."""
    site.publish([build(number) for number in range(PER_PAGE + 2)])
    browser = site.browser("chen.jie")
    page = browser.get("/cases?flow=candidate&sort=name&page=2").text
    case = re.findall(r'href="(/cases/[0-9a-f]{24}[^"]+)"', page)[0].replace("&amp;", "&")
    back = re.findall(r'<p class="back"><a href="([^"]+)"', browser.get(case).text)[0].replace("&amp;", "&")
    address, _, row = back.partition("#")
    assert address == "/cases?flow=candidate&sort=name&page=2"
    assert f'<tr id="{row}"' in browser.get(address).text


def test_next_leads_through_the_whole_list_and_previous_back(site: Site, build: Build) -> None:
    """J and K follow these links: they must not end where a page does."""
    site.publish([build(number) for number in range(PER_PAGE * 2 + 3)])
    browser = site.browser("chen.jie")
    walked: dict[str, list[str]] = {"next": [], "prev": []}
    page = browser.get("/cases").text
    address = re.findall(r'href="(/cases/[0-9a-f]{24}[^"]*)"', page)[0]
    for way, seen in walked.items():
        following: list[str] = [address]
        while following:
            address = following[0].replace("&amp;", "&")
            seen.append(address.partition("?")[0])
            following = re.findall(rf'<a href="([^"]+)" rel="{way}"', browser.get(address).text)
    assert len(set(walked["next"])) == PER_PAGE * 2 + 3
    assert walked["prev"] == walked["next"][::-1]


def test_a_list_that_was_shown_is_in_the_access_log_with_its_persons(counties: Site) -> None:
    counties.browser("chen.jie").get("/cases")
    with counties.database.owner.connect() as connection:
        (row,) = connection.execute(text("SELECT username, area_code, shown FROM access_log WHERE action = 'list'"))
    assert (row.username, row.area_code, len(row.shown)) == ("chen.jie", "530102", 2)
