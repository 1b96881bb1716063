"""Pairing in the portal: lists, one household, several at once; two officers, and everything entered comes back."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import insert, text

from bangfu.china_time import CHINA
from bangfu.db.household_models import HelpedHousehold
from bangfu.db.pairings import add_entry, entries_of
from bangfu.portal.pairing_query import PER_PAGE
from bangfu.portal.texts import TEXTS, say
from bangfu.review.pairing_record import Entry, Kind
from bangfu.review.working_days import months_later

from .conftest import Browser, Site
from .test_inbox_pages import HOSTILE

TODAY = datetime.now(CHINA).date()


def opaque(number: int) -> str:
    """Id of the household with that number."""
    return f"{number:024x}"


def keep(site: Site, *numbers: int, county: str = "530102", **values: Any) -> None:
    """Registered households."""
    given = {
        "county_code": county, "owner_union": "五华区总工会", "union_name": "昆明第三中学工会", "name": "张**",
        "since": TODAY - timedelta(10), "filed_on": TODAY - timedelta(400), "list_version": 1,
    } | values  # fmt: skip
    with site.database.owner.begin() as connection:
        for number in numbers:
            connection.execute(insert(HelpedHousehold).values(household=opaque(number), file=f"DA{number:04}", **given))


def enter(site: Site, number: int, kind: Kind, days: int = 0, **values: Any) -> None:
    """An entry of a day so many days ago."""
    with site.database.owner.begin() as connection:
        record = entries_of(connection, opaque(number))
        made = Entry(opaque(number), len(record) + 1, kind, "chen.jie", TODAY - timedelta(days), **values)
        add_entry(connection, made, datetime.now(UTC))


def record(site: Site, number: int) -> list[Entry]:
    with site.database.owner.connect() as connection:
        return entries_of(connection, opaque(number))


def listed(page: str) -> list[int]:
    """Numbers of the households on a list, in order."""
    return [int(found, 16) for found in re.findall(r'<tr id="([0-9a-f]{24})"', page)]


def parts(page: str) -> dict[str, int]:
    """How many households each part of the list says it has."""
    found = re.findall(r'<a class="part ?(\w*)"[^>]*>[^<]*<b>([\d,]+)</b>', page)
    return {code or "all": int(count.replace(",", "")) for code, count in found}


def act(browser: Browser, number: int, kind: str, *, seen: int | None = None, **given: str) -> Any:
    """Fill in a form of a household's page, as it shows now or with the number of the record seen before."""
    page = browser.get(f"/pairings/{opaque(number)}").text
    known = re.search(r'name="number" value="(\d+)"', page)
    form = {"csrf_token": browser.token("/pairings"), "kind": kind, "number": str(seen if seen is not None else known and known[1]), **given}  # fmt: skip
    return browser.post(f"/pairings/{opaque(number)}/entries", data=form)


def assign(browser: Browser, numbers: Iterable[int], **given: Any) -> Any:
    """Pick households on the list and give them to somebody from today."""
    page = browser.get("/pairings").text
    picks = [pick for pick in re.findall(r'name="pick" value="([^"]+)"', page) if int(pick[:24], 16) in set(numbers)]
    form = {"csrf_token": browser.token("/pairings"), "pick": picks, "first": TODAY.isoformat(), **given}
    return browser.post("/pairings/assign", data=form)


@pytest.fixture
def homes(site: Site) -> Site:
    """Four households of Wuhua and one of Dali: nobody, li visits, wang is late, a cadre, and nobody."""
    keep(site, 1, filed_on=TODAY - timedelta(900))
    keep(site, 2, 3, 4, since=TODAY - timedelta(200))
    keep(site, 5, county="532901", name="杨*")
    enter(site, 2, Kind.PAIRED, 200, account="chen.jie")
    enter(site, 2, Kind.CONTACTED, 5, way="visit")
    enter(site, 3, Kind.PAIRED, 200, account="wang.fang")
    enter(site, 3, Kind.CONTACTED, 120, way="visit")
    enter(site, 4, Kind.PAIRED, 200, named="赵局长（县民政局）")
    enter(site, 4, Kind.CONTACTED, 60, way="visit")
    return site


def test_a_list_has_its_parts_and_counts_them(homes: Site) -> None:
    browser = homes.browser("chen.jie")
    for part, numbers in {"unpaired": [1], "confirmed": [], "out_of_touch": [3, 4], "mine": [2]}.items():
        page = browser.get(f"/pairings?part={part}").text
        assert listed(page) == numbers, part
        assert parts(page) == {"unpaired": 1, "confirmed": 0, "out_of_touch": 2, "mine": 1, "all": 4}
        assert (TEXTS["pairing.empty"].zh in page) == (not numbers)
    assert set(listed(browser.get("/pairings").text)) == {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("username", "seen"), [("chen.jie", {1, 2, 3, 4}), ("yang.fan", {5}), ("li.na", {1, 2, 3, 4}), ("zhao.min", {1, 2, 3, 4, 5})]
)  # fmt: skip
def test_an_officer_sees_the_households_of_the_own_area(homes: Site, username: str, seen: set[int]) -> None:
    browser = homes.browser(username)
    assert set(listed(browser.get("/pairings").text)) == seen
    for number in range(1, 6):
        assert browser.get(f"/pairings/{opaque(number)}").status_code == (200 if number in seen else 404)
    outside = {"chen.jie": "532901", "yang.fan": "530102", "li.na": "5329", "zhao.min": "52"}[username]
    assert set(listed(browser.get(f"/pairings?area={outside}").text)) == seen, "the own area is shown instead"


def test_what_is_shown_of_a_household_is_masked_and_says_what_is_due(homes: Site) -> None:
    browser = homes.browser("chen.jie")
    page = browser.get(f"/pairings/{opaque(3)}").text
    assert "张**" in page
    assert "DA0003" in page
    assert "王芳" in page
    visited = TODAY - timedelta(120)
    assert say("pairing.late", "zh", day=months_later(visited, 3)) in page
    assert say("pairing.late", "zh", day=months_later(visited, 1)) in page
    assert homes.browser("zhao.min").get(f"/pairings/{opaque(3)}?lang=en").text.count("was due by") == 2


def test_from_above_a_household_is_read_and_nothing_entered(homes: Site) -> None:
    browser = homes.browser("li.na")
    page = browser.get(f"/pairings/{opaque(1)}").text
    assert '<details class="step"' not in page
    assert TEXTS["pairing.watch_only"].zh in page
    assert 'name="pick"' not in browser.get("/pairings").text
    assert act(browser, 1, "contacted", seen=0, on=TODAY.isoformat(), way="call").status_code == 403


def test_a_search_by_name_file_union_or_person_keeps_the_name_out_of_addresses(homes: Site) -> None:
    browser = homes.browser("chen.jie")
    for words, numbers in {
        "张晓梅": {1, 2, 3, 4},
        "DA0002": {2},
        "第三中学": {1, 2, 3, 4},
        "赵局长": {4},
        "王芳": {3},
        "李": set(),
    }.items():
        form = {"name": words, "csrf_token": browser.token("/pairings"), "back": "/pairings?part=x"}
        answer = browser.post("/pairings/search", data=form)
        assert answer.headers["location"] == "/pairings?part=x"
        assert set(listed(browser.get("/pairings").text)) == numbers, words
    assert "path=/pairings" in answer.headers["set-cookie"].lower()
    browser.post("/pairings/search", data={"name": "", "csrf_token": browser.token("/pairings")})
    assert len(listed(browser.get("/pairings").text)) == 4
    away = {"name": "李", "csrf_token": browser.token("/pairings"), "back": "https://elsewhere.example/"}
    assert browser.post("/pairings/search", data=away).headers["location"] == "/pairings"


def test_pages_neither_overlap_nor_leave_anybody_out(site: Site) -> None:
    keep(site, *range(1, PER_PAGE + 4))
    browser = site.browser("chen.jie")
    first, second = (listed(browser.get(f"/pairings?part=unpaired&page={page}").text) for page in (1, 2))
    assert (len(first), len(second)) == (PER_PAGE, 3)
    assert {*first, *second} == set(range(1, PER_PAGE + 4))
    assert browser.get("/pairings?page=9").headers["location"] == "/pairings?page=2"


@pytest.mark.parametrize("value", HOSTILE)
def test_an_address_that_makes_no_sense_shows_the_own_list(homes: Site, value: str) -> None:
    browser = homes.browser("chen.jie")
    told = dict.fromkeys(("part", "area", "page", "done"), value[:500])
    page = browser.get("/pairings", params=told)
    assert page.status_code == 200 or page.headers["location"].startswith("/pairings")
    assert browser.get("/pairings/" + quote(value[:200], safe="")).status_code in {200, 404}


def test_a_pairing_a_contact_and_a_hand_over_are_recorded(homes: Site) -> None:
    browser = homes.browser("chen.jie")
    first = (TODAY - timedelta(30)).isoformat()
    assert act(browser, 1, "paired", account="sun.li", first=first).status_code == 303
    assert act(browser, 1, "contacted", on=TODAY.isoformat(), way="visit").status_code == 303
    answer = act(browser, 1, "paired", named="  钱科长 （县教育局） ", first=TODAY.isoformat())
    assert answer.headers["location"] == f"/pairings/{opaque(1)}?done=paired"
    page = browser.get(answer.headers["location"]).text
    assert "已保存" in page
    assert "钱科长 （县教育局）" in page
    assert "孙丽" in page, "who was responsible before stays known"
    assert [(entry.kind, entry.account, entry.named, entry.way) for entry in record(homes, 1)] == [
        (Kind.PAIRED, "sun.li", None, None),
        (Kind.CONTACTED, None, None, "visit"),
        (Kind.PAIRED, None, "钱科长 （县教育局）", None),
    ]
    assert listed(browser.get("/pairings?part=unpaired").text) == []


def test_an_end_leaves_nobody_from_tomorrow(homes: Site) -> None:
    browser = homes.browser("wang.fang")
    assert act(browser, 2, "released", last=(TODAY - timedelta(1)).isoformat(), reason="post").status_code == 303
    assert listed(browser.get("/pairings?part=unpaired").text) == [1, 2]


def test_the_last_entry_is_taken_back_and_stays_in_the_record(homes: Site) -> None:
    browser = homes.browser("wang.fang")
    page = browser.get(f"/pairings/{opaque(2)}").text
    assert page.count('value="taken_back"') == 1
    assert act(browser, 2, "taken_back", entry="2").status_code == 303
    page = browser.get(f"/pairings/{opaque(2)}").text
    assert '<li class="undone"' in page
    assert [entry.kind for entry in record(homes, 2)] == [Kind.PAIRED, Kind.CONTACTED, Kind.TAKEN_BACK]
    assert act(browser, 2, "taken_back", entry="2").status_code == 409


def test_what_cannot_be_saved_comes_back_with_the_reason_and_what_was_entered(homes: Site) -> None:
    browser = homes.browser("chen.jie")
    answer = act(browser, 1, "paired", named="钱科长13812345678", first=TODAY.isoformat())
    assert answer.status_code == 409
    assert "不写电话和证件号码" in answer.text
    assert 'value="钱科长13812345678"' in answer.text
    assert re.search(r'<details class="step" open name="act">\s*<summary>指定责任人', answer.text)
    assert record(homes, 1) == []
    for given in (
        {"kind": "paired", "account": "yang.fan", "first": TODAY.isoformat()},  # another county's
        {"kind": "paired", "account": "chen.jie", "first": "yesterday"},
        {"kind": "paired", "first": TODAY.isoformat()},
        {"kind": "contacted", "on": (TODAY + timedelta(1)).isoformat(), "way": "call"},
        {"kind": "contacted", "on": TODAY.isoformat(), "way": "letter"},
        {"kind": "released", "last": TODAY.isoformat(), "reason": "post"},
        {"kind": "taken_back", "entry": "1"},
    ):
        assert act(browser, 1, **given).status_code == 409, given
    assert record(homes, 1) == []
    assert act(browser, 1, "erased", seen=0).status_code == 400


def test_of_two_officers_who_act_on_one_household_the_first_counts(homes: Site) -> None:
    one, other = homes.browser("chen.jie"), homes.browser("sun.li")
    assert act(one, 1, "paired", seen=0, account="chen.jie", first=TODAY.isoformat()).status_code == 303
    answer = act(other, 1, "paired", seen=0, account="sun.li", first=TODAY.isoformat())
    assert answer.status_code == 409
    assert "已有变动" in answer.text
    assert 'value="sun.li" selected' in answer.text, "what was chosen is not lost"
    assert [entry.account for entry in record(homes, 1)] == ["chen.jie"]


def test_several_are_given_to_one_person_at_once(site: Site) -> None:
    keep(site, 1, 2, 3)
    browser = site.browser("chen.jie")
    answer = assign(browser, [1, 2, 3], account="sun.li")
    assert answer.headers["location"] == "/pairings?done=3"
    assert "已为 3 户指定责任人" in browser.get(answer.headers["location"]).text
    assert [record(site, number)[0].account for number in (1, 2, 3)] == ["sun.li"] * 3
    with site.database.owner.connect() as connection:
        logged = connection.execute(text("SELECT shown FROM access_log WHERE action = 'households_paired'")).all()
    assert [sorted(row.shown) for row in logged] == [[opaque(1), opaque(2), opaque(3)]]


def test_of_a_batch_what_cannot_be_saved_is_told_and_stays_picked(homes: Site) -> None:
    """One of them has that person already; the others are written, and nothing that was entered is lost."""
    answer = assign(homes.browser("chen.jie"), [1, 2, 3], account="chen.jie")
    assert answer.status_code == 409
    assert "1 户没有保存，已保留勾选；已保存 2 户" in answer.text
    assert "责任人没有变化" in answer.text
    picked = re.findall(r'name="pick" value="([0-9a-f]{24}):\d+"[^>]* checked', answer.text)
    assert picked == [opaque(2)]
    assert 'value="chen.jie" selected' in answer.text
    assert [record(homes, number)[-1].account for number in (1, 3)] == ["chen.jie", "chen.jie"]


def test_a_batch_without_a_person_or_a_household_writes_nothing(homes: Site) -> None:
    browser = homes.browser("chen.jie")
    answer = assign(browser, [])
    assert (answer.status_code, TEXTS["pairing.batch"].zh in answer.text) == (409, True)
    assert "请先勾选" in answer.text
    assert assign(browser, [1, 2]).status_code == 409
    form = {"csrf_token": browser.token("/pairings"), "pick": [f"{opaque(5)}:0", "x", f"{opaque(99)}:0"], "account": "chen.jie", "first": TODAY.isoformat()}  # fmt: skip
    assert browser.post("/pairings/assign", data=form).status_code == 409
    assert [len(record(homes, number)) for number in (1, 5)] == [0, 0]


def test_a_household_that_has_left_can_be_read_and_nothing_entered(homes: Site) -> None:
    with homes.database.owner.begin() as connection:
        connection.execute(
            text("UPDATE helped_household SET left_on = now(), left_because = 'exit' WHERE file = 'DA0002'")
        )
    browser = homes.browser("chen.jie")
    assert 2 not in listed(browser.get("/pairings").text)
    page = browser.get(f"/pairings/{opaque(2)}").text
    assert "已退出帮扶" in page
    assert 'name="kind"' not in page
    assert act(browser, 2, "contacted", seen=2, on=TODAY.isoformat(), way="call").status_code == 409
    assert len(record(homes, 2)) == 2


def test_a_closed_account_is_told_so_that_somebody_takes_over(homes: Site) -> None:
    browser = homes.browser("chen.jie")
    assert TEXTS["pairing.closed"].zh not in browser.get("/pairings").text
    with homes.database.owner.begin() as connection:
        connection.execute(text("UPDATE app_user SET active = false WHERE username = 'wang.fang'"))
    assert browser.get("/pairings").text.count(TEXTS["pairing.closed"].zh) == 1
    assert TEXTS["pairing.closed"].zh in browser.get(f"/pairings/{opaque(3)}").text
    assert TEXTS["pairing.closed"].zh not in browser.get(f"/pairings/{opaque(2)}").text


def test_names_stay_out_of_the_access_log(homes: Site) -> None:
    browser = homes.browser("chen.jie")
    act(browser, 1, "paired", named="钱科长", first=TODAY.isoformat())
    assign(browser, [3], named="钱科长")
    with homes.database.owner.connect() as connection:
        logged = connection.execute(text("SELECT * FROM access_log")).all()
    assert "钱科长" not in str(logged)
    actions = {row.action for row in logged}
    assert {"households", "household", "household_entry", "households_paired"} <= actions
