"""The page of notices: an officer sees the area's, and acknowledges for the own federation alone."""

import datetime as dt
import re

import pytest
from sqlalchemy import text

from bangfu.db.outbox.notices import NewNotice, write_notices
from schemas.notices import KINDS, NoticeKind

from .conftest import Site


def tell(site: Site, *unions: str, versions: int = 1, acknowledge_by: dt.date = dt.date(2099, 1, 5)) -> None:
    with site.database.owner.begin() as connection:
        for version in range(1, versions + 1):
            write_notices(
                connection,
                [
                    NewNotice(union, NoticeKind.LIST, version, {"new": 1200}, acknowledge_by, dt.date(2099, 1, 20))
                    for union in unions
                ],
            )


def id_of(site: Site, union: str) -> str:
    with site.database.owner.connect() as connection:
        return str(connection.scalar(text("SELECT notice_id FROM notice WHERE union_code = :union"), {"union": union}))


def test_what_an_officer_reads(site: Site) -> None:
    tell(site, "530102", "530103", "532901")
    browser = site.browser("chen.jie")
    page = browser.get("/notices").text
    for words in (
        KINDS[NoticeKind.LIST].zh,
        "五华区总工会",
        "新增线索 1,200",
        "2099-01-05 前签收",
        "2099-01-20 前回报",
    ):
        assert words in page
    assert "盘龙区总工会" not in page
    assert "大理市总工会" not in page
    english = browser.get("/notices?lang=en").text
    for words in (KINDS[NoticeKind.LIST].en, "new clues: 1,200", "acknowledge by 2099-01-05"):
        assert words in english


def test_acknowledging(site: Site) -> None:
    tell(site, "530102", acknowledge_by=dt.date(2020, 1, 2))
    browser = site.browser("chen.jie")
    assert 'differs">逾期未签收<' in browser.get("/notices").text
    address = f"/notices/{id_of(site, '530102')}/ack"
    assert browser.post(address).status_code == 403
    token = browser.token("/notices")
    assert [browser.post(address, data={"csrf_token": token}).status_code for _ in range(2)] == [303, 303]
    page = browser.get("/notices").text
    assert "已签收" in page
    assert "differs" not in page
    assert address not in page
    with site.database.owner.connect() as connection:
        rows = connection.execute(text("SELECT channel, by FROM notice_acknowledgement")).all()
        actions = connection.scalars(text("SELECT DISTINCT action FROM access_log WHERE username = 'chen.jie'")).all()
    assert [tuple(row) for row in rows] == [("inbox", "chen.jie")]
    assert {"notices", "acknowledge"} <= set(actions)


def test_nobody_acknowledges_for_another(site: Site) -> None:
    """A county not for its neighbour, the prefecture not for its counties."""
    tell(site, "530102", "532901", "5301")
    county, prefecture = site.browser("chen.jie"), site.browser(officer_of(site, "5301"))
    for browser, union, status in (
        (county, "532901", 404), (county, "5301", 404), (prefecture, "530102", 403), (prefecture, "532901", 404),
        (prefecture, "5301", 303),
    ):  # fmt: skip
        form = {"csrf_token": browser.token("/notices")}
        assert browser.post(f"/notices/{id_of(site, union)}/ack", data=form).status_code == status, union
    assert county.post("/notices/x/ack", data={"csrf_token": county.token("/notices")}).status_code == 404
    page = prefecture.get("/notices").text
    assert "五华区总工会" in page
    assert "昆明市总工会" in page


def officer_of(site: Site, area: str) -> str:
    with site.database.owner.connect() as connection:
        return str(connection.scalar(text("SELECT username FROM app_user WHERE area_code = :area"), {"area": area}))


@pytest.mark.parametrize("username", ["km.minzheng", None])
def test_who_is_no_officer(site: Site, username: str | None) -> None:
    assert site.browser(username).get("/notices").status_code == (403 if username else 303)


def test_older_ones_by_cursor(site: Site) -> None:
    tell(site, "530102", versions=120)
    browser = site.browser("chen.jie")
    seen, address = [], "/notices"
    while address:
        page = browser.get(address).text
        seen += [int(version) for version in re.findall(r"第 (\d+) 版名单 ·", page)]
        found = re.search(r'href="(/notices\?before=[^"]+)"', page)
        address = found.group(1) if found else ""
    assert seen == list(range(120, 0, -1))
    assert browser.get("/notices?before=x").status_code == 400


def test_before_there_is_any(site: Site) -> None:
    assert "还没有通知" in site.browser("chen.jie").get("/notices").text


def test_a_reminder_and_its_notice_are_acknowledged_together(site: Site) -> None:
    tell(site, "530102", acknowledge_by=dt.date(2020, 1, 2))
    first = id_of(site, "530102")
    reminder = NewNotice("530102", NoticeKind.REMINDER, 1, {"new": 1}, dt.date(2020, 1, 2), about=first)
    with site.database.owner.begin() as connection:
        write_notices(connection, [reminder])
    browser = site.browser("chen.jie")
    assert browser.get("/notices").text.count("differs") == 2
    form = {"csrf_token": browser.token("/notices")}
    assert browser.post(f"/notices/{first}/ack", data=form).status_code == 303
    page = browser.get("/notices").text
    assert page.count("已签收") == 2
    assert "differs" not in page
