"""Finding one's way in the list: filter, order, pages, search by name, and addresses that make no sense."""

import re
from collections.abc import Callable
from itertools import product

from sqlalchemy import text

from bangfu.db.candidates import NewCandidate
from bangfu.db.users import User, create_user
from bangfu.portal.list_query import PER_PAGE
from bangfu.portal.texts import TEXTS, say
from schemas.rights import Role

from .conftest import PASSWORD, Browser, Site, identity, listed, make_candidate

Build = Callable[..., NewCandidate]

HOSTILE = (
    "'; DROP TABLE candidate; --",
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


def test_a_list_narrows_by_reason_and_strength(site: Site, build: Build) -> None:
    relief = [
        {"code": "S4", "zh": "住房倒塌", "en": "house collapsed", "band": "collapsed", "source": "disaster_relief"}
    ]
    site.publish([build(1, strength=0.7), build(2, strength=0.5, reasons=relief), build(3, strength=0.2)])
    browser = site.browser("chen.jie")
    for query, numbers in {
        "reason=S4": [2],
        "reason=S1": [1, 3],
        "step=strong": [1],
        "step=medium": [1, 2],
        "step=weak": [1, 2, 3],
        "reason=S1&step=medium": [1],
        "reason=S5": [],
        "reason=nonsense&step=nonsense": [1, 2, 3],
    }.items():
        page = browser.get(f"/candidates?{query}").text
        assert listed(page) == [identity(number) for number in numbers], query
        assert (TEXTS["list.no_hit"].zh in page) == (not numbers)
        assert re.findall(r"<b>([\d,]+)</b>", page)[-3:] == ["1", "1", "1"], "the tiles count the whole list"


def test_the_sorts_order_the_list(counties: Site) -> None:
    browser = counties.browser("zhao.min")
    by_county = listed(browser.get("/candidates?sort=county").text)
    assert by_county == [identity(number) for number in (1, 2, 3, 4)]
    strongest = listed(browser.get("/candidates?sort=strength").text)
    assert strongest[0] == identity(1)
    assert strongest[-1] == identity(2)
    assert set(listed(browser.get("/candidates?sort=name").text)) == set(by_county)


def test_a_province_officer_narrows_to_a_prefecture_and_a_county(counties: Site) -> None:
    browser = counties.browser("zhao.min")
    assert set(listed(browser.get("/candidates?area=5301").text)) == {identity(1), identity(2), identity(3)}
    assert listed(browser.get("/candidates?area=530103").text) == [identity(3)]
    page = browser.get("/candidates?area=530111").text
    assert listed(page) == []
    assert TEXTS["list.empty"].zh in page


def test_pages_neither_overlap_nor_leave_anybody_out(site: Site, build: Build) -> None:
    everybody = {identity(number) for number in range(PER_PAGE * 2 + 3)}
    site.publish([build(number) for number in range(PER_PAGE * 2 + 3)])
    browser = site.browser("chen.jie")
    pages = [listed(browser.get(f"/candidates?page={number}").text) for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [PER_PAGE, PER_PAGE, 3]
    assert {candidate for page in pages for candidate in page} == everybody
    first, last = browser.get("/candidates").text, browser.get("/candidates?page=3").text
    assert ('rel="next"' in first, 'rel="prev"' in first) == (True, False)
    assert ('rel="next"' in last, 'rel="prev"' in last) == (False, True)
    assert say("list.shown", "zh", first=51, last=53, total=53) in last
    assert browser.get("/candidates?page=99").headers["location"] == "/candidates?page=3"


def test_an_empty_list_says_that_there_is_nothing_to_do(site: Site) -> None:
    browser = site.browser("chen.jie")
    for language in ("zh", "en"):
        page = browser.get(f"/candidates?lang={language}").text
        assert say("list.empty", language) in page
        assert say("list.empty_hint", language) in page


def test_a_hostile_address_is_read_as_nothing_said(counties: Site) -> None:
    browser = counties.browser("chen.jie")
    parameters = ("area", "reason", "step", "sort", "page", "lang", "name")
    for parameter, value in product(parameters, HOSTILE):
        answer = browser.get("/candidates", params={parameter: value})
        if answer.status_code == 303:
            assert (parameter, answer.headers["location"]) == ("page", "/candidates")
        else:
            assert answer.status_code == 200, value
            assert set(listed(answer.text)) == {identity(1), identity(2)}, value
            assert "<script" not in answer.text
    with counties.database.owner.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM candidate")) == 4


def test_a_parameter_said_twice_or_undecodable_is_no_failure(counties: Site) -> None:
    browser = counties.browser("chen.jie")
    for query in ("page=1&page=2", "page[]=1", "area=%ff%fe", "lang=en&lang=zh", "&&&==", "%", "page=%2"):
        assert browser.get(f"/candidates?{query}").status_code in {200, 303}, query


def search(browser: Browser, name: str, **fields: str) -> str:
    form = {"name": name, "csrf_token": browser.token("/candidates"), **fields}
    answer = browser.post("/candidates/search", data=form)
    assert answer.status_code == 303
    assert name not in answer.headers["location"] or not name
    return browser.get(answer.headers["location"]).text


def test_a_search_finds_a_name_inside_the_own_area(counties: Site) -> None:
    browser = counties.browser("chen.jie")
    assert listed(search(browser, "张")) == [identity(1)], "the Zhang of another county stays unfound"
    assert listed(search(browser, "建国")) == [identity(2)]
    assert listed(search(browser, "杨丽")) == []
    assert set(listed(search(browser, ""))) == {identity(1), identity(2)}


def test_a_pattern_in_a_name_is_no_pattern(counties: Site) -> None:
    browser = counties.browser("chen.jie")
    for name in ("%", "_", "张_梅", "\\", "' OR ''='", "\x00", "*", "<script>"):
        page = search(browser, name)
        assert listed(page) == [], name
        assert "<script" not in page


def test_a_search_keeps_the_filter_and_never_puts_the_name_into_an_address(counties: Site) -> None:
    """Addresses end up in the history of the browser and in the logs of proxies."""
    browser = counties.browser("chen.jie")
    page = search(browser, "张", back="/candidates?step=strong&sort=name")
    assert listed(page) == [identity(1)]
    addresses = re.findall(r'(?:href|action)="([^"]+)"', page)
    assert not any("张" in address or "%E5%BC%A0" in address for address in addresses)
    assert "张" in re.findall(r'<input id="name"[^>]*value="([^"]*)"', page)


def test_a_search_goes_back_to_the_list_only(counties: Site) -> None:
    browser = counties.browser("chen.jie")
    form = {"name": "张", "csrf_token": browser.token("/candidates")}
    for back in ("https://elsewhere.example/", "//elsewhere.example", "/logout", "/candidates/x", "//["):
        answer = browser.post("/candidates/search", data={**form, "back": back})
        assert answer.headers["location"] == "/candidates", back


def test_a_search_needs_the_session_s_own_form(counties: Site) -> None:
    browser = counties.browser("chen.jie")
    for token in ("", "x", counties.browser("yang.fan").token("/candidates")):
        assert browser.post("/candidates/search", data={"name": "张", "csrf_token": token}).status_code == 403
    assert "bangfu-find" not in browser.cookies


def test_the_way_back_leads_to_the_same_place_of_the_list(site: Site, build: Build) -> None:
    """An officer on page 2 of a filtered list would otherwise begin again at page 1 after every case."""
    site.publish([build(number) for number in range(PER_PAGE + 2)])
    browser = site.browser("chen.jie")
    page = browser.get("/candidates?reason=S1&step=strong&sort=name&page=2").text
    case = re.findall(r'href="(/candidates/[^"]+)"', page)[0].replace("&amp;", "&")
    back = re.findall(r'<p class="back"><a href="([^"]+)"', browser.get(case).text)[0].replace("&amp;", "&")
    address, _, row = back.partition("#")
    assert address == "/candidates?reason=S1&step=strong&sort=name&page=2"
    assert row in listed(browser.get(address).text)


def test_an_officer_of_an_industry_union_has_the_list_of_that_union(counties: Site) -> None:
    """Wherever its members are; the pages count and list the same."""
    owner = {"owner": {"tree": "industry", "union": "云南省教育工会"}}
    counties.publish(
        [
            make_candidate(1, evidence=owner),
            make_candidate(2, county_code="532901", evidence=owner),
            make_candidate(3),
        ]
    )
    with counties.database.owner.begin() as connection:
        officer = User("jy.wang", "王老师", Role.COUNTY_OFFICER, "53", union_name="云南省教育工会")
        create_user(connection, officer, PASSWORD)
    browser = counties.browser("jy.wang")
    page = browser.get("/candidates").text
    assert set(listed(page)) == {identity(1), identity(2)}
    assert "共 2 条线索" in page
    assert "云南省教育工会 · 工会经办人" in page
    assert "共 2 条线索" in browser.get("/overview").text
    assert browser.get(f"/candidates/{identity(2)}").status_code == 200
    assert browser.get(f"/candidates/{identity(3)}").status_code == 404
