"""No dead end: every link on every page of every kind of account leads to a page, and so does the link in a notice."""

import re
from collections import Counter
from html import unescape
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest

from bangfu.notice_settings import NoticeSettings
from bangfu.notifying.telling import link_of

from .conftest import Browser, Site
from .test_leaks import ACCOUNTS, cages
from .test_notice_api import tell

assert cages  # a fixture

INSIDE = [name for name, user in ACCOUNTS.items() if user]


def crawl(browser: Browser, start: str = "/") -> tuple[dict[str, int], dict[str, str]]:
    """Follow links from the first page, two of each kind; the statuses by address, and where each address was found."""
    found, seen, kinds = {start: ""}, dict[str, int](), Counter[str]()
    while waiting := [address for address in found if address not in seen]:
        answer = browser.get(waiting[0])
        seen[waiting[0]] = answer.status_code
        html = answer.text if "html" in answer.headers.get("content-type", "") else ""
        links = [answer.headers.get("location", ""), *map(unescape, re.findall(r'<a [^>]*href="([^"]+)"', html))]
        for link in filter(None, links):
            parts = urlsplit(urljoin(f"http://portal.test{waiting[0]}", link))
            address = parts.path + (f"?{parts.query}" if parts.query else "")
            kind = re.sub(r"[0-9a-f]{24,}|\d+", "#", parts.path) + "&".join(sorted(parse_qs(parts.query)))
            if parts.netloc == "portal.test" and address not in found and kinds[kind] < 2:
                found[address] = waiting[0]
                kinds[kind] += 1
    return seen, found


@pytest.mark.parametrize("who", INSIDE)
def test_every_link_leads_to_a_page(cages: Site, who: str) -> None:
    tell(cages, "530102", "532901")
    user = ACCOUNTS[who]
    assert user
    seen, found = crawl(cages.browser(user.username))
    dead = {address: (status, found[address]) for address, status in seen.items() if status not in {200, 303}}
    assert dead == {}
    assert len(seen) > 3


def test_the_link_in_a_notice_leads_to_the_inbox(site: Site) -> None:
    link = urlsplit(link_of(NoticeSettings(portal_url="https://portal.example")))
    assert site.browser("chen.jie").get(link.path).status_code == 200
