"""The papers of a case on its page: added, opened with a record, refused with a reason, and of the own area alone."""

import re
from urllib.parse import unquote

import pytest
from sqlalchemy import text

from bangfu.portal.texts import TEXTS, say

from .conftest import Browser, Site, make_candidate

PAPER = b"%PDF-1.7 a signed paper"


@pytest.fixture
def two(site: Site) -> Site:
    """A candidate of Wuhua and one of Dali."""
    site.publish([make_candidate(1), make_candidate(4, county_code="532901", name="杨丽")])
    return site


def add(browser: Browser, case_id: str, content: bytes = PAPER, **changes: str) -> object:
    data = {"csrf_token": browser.token(f"/cases/{case_id}"), "case_id": case_id, "kind": "authorisation", **changes}
    return browser.post("/attachments", data=data, files={"file": ("授权书-张晓梅.pdf", content)})


def papers(browser: Browser, case_id: str) -> list[str]:
    """Addresses of the papers that a page offers."""
    return re.findall(r'href="(/cases/[0-9a-f]{24}/attachments/[0-9a-f]{32})"', browser.get(f"/cases/{case_id}").text)


def log(site: Site) -> list[tuple[str, str]]:
    query = text("SELECT username, action FROM access_log WHERE action LIKE 'attachment%' ORDER BY 1, 2")
    with site.database.owner.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_a_paper_is_added_opened_and_removed_and_the_log_says_who(two: Site) -> None:
    officer, approver, case_id = two.browser("chen.jie"), two.browser("wang.fang"), two.case(1)
    assert TEXTS["paper.none"].zh in officer.get(f"/cases/{case_id}").text
    answer = add(officer, case_id)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case_id}#papers")
    page = approver.get(f"/cases/{case_id}").text
    assert "家庭经济状况核对授权书" in page
    assert "陈洁" in page
    (address,) = papers(approver, case_id)
    opened = approver.get(address)
    assert (opened.content, opened.headers["content-type"]) == (PAPER, "application/pdf")
    assert opened.headers["x-content-type-options"] == "nosniff"
    name = unquote(opened.headers["content-disposition"])
    assert name.startswith("attachment;")
    assert "张晓梅" not in name
    token = {"csrf_token": officer.token(f"/cases/{case_id}")}
    assert approver.post(f"{address}/remove", data={"csrf_token": approver.token("/cases")}).status_code == 403
    assert officer.post(f"{address}/remove", data=token).status_code == 303
    assert papers(officer, case_id) == []
    assert officer.get(address).status_code == 404
    assert log(two) == [
        ("chen.jie", "attachment_added"),
        ("chen.jie", "attachment_removed"),
        ("wang.fang", "attachment"),
    ]


def test_what_is_no_paper_comes_back_with_the_reason(two: Site) -> None:
    browser, case_id = two.browser("chen.jie"), two.case(1)
    answer = add(browser, case_id, b"MZ program")
    assert answer.status_code == 409
    assert "只接收PDF、JPG、PNG文件" in answer.text
    assert log(two) == []


def test_another_area_neither_adds_nor_opens_nor_removes(two: Site) -> None:
    officer, stranger, case_id = two.browser("chen.jie"), two.browser("yang.fan"), two.case(1)
    add(officer, case_id)
    (address,) = papers(officer, case_id)
    own, token = two.case(4), stranger.token("/cases")
    form = {"csrf_token": token, "case_id": case_id, "kind": "consent"}
    assert stranger.post("/attachments", data=form, files={"file": ("a.pdf", PAPER)}).status_code == 404
    for wanted in (address, address.replace(case_id, own)):
        assert stranger.get(wanted).status_code == 404
        assert stranger.post(f"{wanted}/remove", data={"csrf_token": token}).status_code == 404
    assert len(papers(officer, case_id)) == 1


def test_who_looks_from_above_sees_that_there_is_a_paper_and_not_the_paper(two: Site) -> None:
    add(two.browser("chen.jie"), two.case(1))
    above = two.browser("li.na")
    page = above.get(f"/cases/{two.case(1)}").text
    assert "家庭经济状况核对授权书" in page
    assert papers(above, two.case(1)) == []
    (address,) = papers(two.browser("chen.jie"), two.case(1))
    assert above.get(address).status_code == 403


def test_a_form_without_its_token_or_too_large_is_refused(two: Site) -> None:
    browser, case_id = two.browser("chen.jie"), two.case(1)
    assert add(browser, case_id, csrf_token="x").status_code == 403
    assert add(browser, case_id, b"%PDF-" + b"0" * (11 << 20)).status_code == 413
    assert browser.post("/attachments", content=b"\xff", headers={"Content-Type": "multipart/form-data; boundary=x"}).status_code == 400  # fmt: skip
    assert papers(browser, case_id) == []


def test_the_hint_says_what_is_not_to_be_added(two: Site) -> None:
    page = two.browser("chen.jie").get(f"/cases/{two.case(1)}").text
    assert say("paper.hint", "zh", most=10) in page
