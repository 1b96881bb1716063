"""The language of a page: Chinese first, English where chosen, kept from page to page."""

import re

from bangfu.portal.texts import TEXTS

from .conftest import Site


def language_of(page: str) -> str:
    found = re.search(r'<html lang="([^"]+)">', page)
    assert found
    return found.group(1)


def test_chinese_comes_first_whatever_the_browser_prefers(site: Site) -> None:
    answer = site.browser().get("/login", headers={"Accept-Language": "en-US,en;q=0.9"})
    assert (language_of(answer.text), answer.headers["content-language"]) == ("zh-CN", "zh-CN")


def test_the_switch_holds_on_every_later_page(site: Site, build) -> None:
    site.publish([build(1)])
    browser = site.browser("chen.jie")
    switch = re.findall(r'<a class="quiet" href="([^"]+)" lang="en">English</a>', browser.get("/cases").text)
    assert switch == ["?lang=en"]
    assert TEXTS["inbox.title"].en in browser.get("/cases" + switch[0]).text
    case = f"/cases/{site.case()}"
    for address in ("/cases", case, "/overview", "/cases/x", "/nowhere", "/login?idle=1"):
        assert language_of(browser.get(address).text) == "en", address
    browser.post("/logout", data={"csrf_token": browser.token("/cases")})
    assert browser.log_in("chen.jie").status_code == 303
    assert language_of(browser.get("/cases").text) == "en", "kept over log-out"
    assert language_of(browser.get("/cases?lang=zh").text) == "zh-CN"
    assert language_of(browser.get("/cases").text) == "zh-CN"


def test_the_switch_keeps_the_rest_of_the_address(site: Site) -> None:
    page = site.browser("chen.jie").get("/cases?flow=exit&lang=en&sort=name").text
    (switch,) = re.findall(r'<a class="quiet" href="\?([^"]+)" lang="zh-CN">中文</a>', page)
    assert set(switch.split("&amp;")) == {"flow=exit", "sort=name", "lang=zh"}


def test_the_choice_lasts_and_no_script_can_read_it(site: Site) -> None:
    cookie = site.browser().get("/login?lang=en").headers.get_list("set-cookie")
    (kept,) = [value.lower() for value in cookie if value.startswith("bangfu_lang=")]
    assert "max-age=31536000" in kept
    assert "httponly" in kept


def test_an_unknown_language_is_chinese(site: Site) -> None:
    for asked in ("fr", "", "EN", "zh-CN", "<script>"):
        answer = site.browser().get("/login", params={"lang": asked})
        assert language_of(answer.text) == "zh-CN"
        assert not [value for value in answer.headers.get_list("set-cookie") if value.startswith("bangfu_lang=")]


def test_an_english_page_holds_chinese_only_where_the_data_is_chinese(site: Site, build) -> None:
    """Names of unions, places and persons stay as they are; everything else is said in English."""
    site.publish([build(1)])
    browser = site.browser("chen.jie")
    names = ("昆明云岭机械有限公司工会委员会", "昆明云岭机械有限公司", "昆明市五华区", "莲华街道", "张", "陈洁", "中文")
    case = f"/cases/{site.case()}"
    for address in ("/cases", case, "/overview", "/nowhere"):
        page = browser.get(address, params={"lang": "en"}).text
        shown = re.sub(r"<title>.*?</title>|<[^>]+>", " ", page)
        for name in names:
            shown = shown.replace(name, "")
        assert set(re.findall(r"[\u4e00-\u9fff]+", shown)) <= COUNTIES, address


COUNTIES = {"五华区", "昆明市"}
