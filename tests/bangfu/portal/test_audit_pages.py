"""The auditor: the log by person, account and day; whether it is whole; what was exported."""

import datetime as dt

import pytest
from hand_built import opened

from bangfu.db.exports import Export, record_export
from bangfu.db.users import User, create_user
from bangfu.pipeline.audit.chain import verify_log
from bangfu.portal.texts import TEXTS
from schemas.rights import Role

from .conftest import PASSWORD, Browser, Site, identity

PAGE = "/audit"


@pytest.fixture
def looked_at(counties: Site) -> Site:
    """Two officers have looked at lists and at the first candidate."""
    with counties.database.owner.begin() as connection:
        create_user(connection, User("shen.ji", "审计员", Role.AUDITOR, "53"), PASSWORD)
        create_user(connection, User("dl.shenji", "大理审计员", Role.AUDITOR, "5329"), PASSWORD)
    chen, yang = counties.browser("chen.jie"), counties.browser("yang.fan")
    chen.get("/cases")
    chen.get(f"/cases/{counties.case(1)}")
    yang.get(f"/cases/{counties.case(1)}")
    return counties


@pytest.fixture
def auditor(looked_at: Site) -> Browser:
    return looked_at.browser("shen.ji")


def table_of(page: str) -> str:
    """The log itself."""
    return page.partition('<table class="people log">')[2].partition("</table>")[0]


def test_it_is_where_an_auditor_begins(auditor: Browser) -> None:
    assert auditor.get("/").headers["location"] == PAGE


def test_who_saw_this_person(auditor: Browser) -> None:
    page = auditor.get(PAGE, params={"person": identity(1)}).text
    seen = page.partition('<h2 id="seen">')[2].partition("</section>")[0]
    found = [line.split("</th>")[0] for line in seen.split('<th scope="row">')[1:]]
    assert found == ["<code>chen.jie</code> 530102", "<code>chen.jie</code> 530102"]
    for action in ("<td>看名单</td>", "<td>看详情</td>"):
        assert action in seen
    assert "yang.fan" not in seen, "who was refused has not seen the person"
    nobody = auditor.get(PAGE, params={"person": identity(3)}).text
    assert TEXTS["audit.seen_by_nobody"].zh in nobody


def test_the_log_is_narrowed_by_account_and_day(auditor: Browser) -> None:
    today = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
    tomorrow = today + dt.timedelta(days=1)
    of_yang = table_of(auditor.get(PAGE, params={"user": "Yang.Fan "}).text)
    assert "yang.fan" in of_yang
    assert "chen.jie" not in of_yang
    assert "yang.fan" in table_of(auditor.get(PAGE, params={"since": today, "until": today}).text)
    assert table_of(auditor.get(PAGE, params={"since": tomorrow}).text) == ""


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=x", "page=99999999", "since=2026-13-01", "until=9999-12-31", "person=%00", "user=%F0%9F%98%80", "person=" + "a" * 3000],
)  # fmt: skip
def test_what_cannot_be_read_counts_as_not_said(auditor: Browser, query: str) -> None:
    assert auditor.get(f"{PAGE}?{query}").status_code == 200


def test_the_auditor_sees_no_person(auditor: Browser) -> None:
    page = auditor.get(PAGE, params={"person": identity(1)}).text
    assert "张" not in page
    for address in ("/cases", f"/cases/{identity(1)}", "/overview", "/security"):
        assert auditor.get(address).status_code == 403


def test_a_prefecture_s_auditor_reads_of_its_own_area(looked_at: Site) -> None:
    page = table_of(looked_at.browser("dl.shenji").get(PAGE).text)
    assert "yang.fan" in page
    assert "chen.jie" not in page


def test_the_auditor_s_own_looks_are_in_the_log(auditor: Browser) -> None:
    auditor.get(PAGE, params={"person": identity(1)})
    assert "查阅日志" in table_of(auditor.get(PAGE, params={"user": "shen.ji"}).text)


def test_the_state_of_the_chain_is_told(looked_at: Site, auditor: Browser) -> None:
    page = auditor.get(PAGE).text
    assert TEXTS["audit.never"].zh in page
    assert TEXTS["audit.not_sealed"].zh in page
    context = opened(looked_at.database)
    verify_log(context)
    assert TEXTS["audit.whole"].zh in auditor.get(PAGE).text
    from sqlalchemy import text

    with looked_at.database.owner.begin() as connection:
        connection.execute(text("ALTER TABLE access_log DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE access_log SET username = 'another' WHERE position = 2"))
    verify_log(context)
    page = auditor.get(PAGE).text
    assert TEXTS["audit.broken"].zh.format(count=1) in page
    assert "<code>changed 2</code>" in page


def test_exports_are_listed(looked_at: Site, auditor: Browser) -> None:
    assert TEXTS["audit.no_exports"].zh in auditor.get(PAGE).text
    with looked_at.database.owner.begin() as connection:
        export = Export(
            "chen.jie", "530102", "五华区总工会", "入户核查", "encrypted workbook", ("name",), 31, approved_by="li.na"
        )
        record_export(connection, export, most=500)
    page = auditor.get(PAGE).text
    for told in ("入户核查", "五华区总工会", "31 行", "li.na"):
        assert told in page


def test_the_log_has_pages(looked_at: Site, auditor: Browser) -> None:
    from bangfu.db.access import Access, record_access

    with looked_at.database.owner.begin() as connection:
        for _ in range(120):
            record_access(connection, Access("chen.jie", "view", identity(2), "530102"))
    first = auditor.get(PAGE, params={"user": "chen.jie"}).text
    assert table_of(first).count("<tr>") == 51
    assert 'rel="next" href="/audit?user=chen.jie&amp;page=2"' in first
    third = auditor.get(f"{PAGE}?user=chen.jie&page=3").text
    assert 'rel="next"' not in third
    assert 'rel="prev"' in third
