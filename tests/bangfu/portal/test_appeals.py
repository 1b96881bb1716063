"""Appeals in the portal: lodged from the case they are about, reviewed by somebody else, and linked both ways."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hand_built import opened
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from bangfu.china_time import CHINA
from bangfu.db import portal_session_scope, runs
from bangfu.db.candidates import replace_screened
from bangfu.db.list_entries import NewEntry, replace_entries
from bangfu.db.users import User, create_user
from bangfu.pipeline.review.following import follow
from bangfu.portal.texts import TEXTS, say
from schemas.rights import Role
from tests.approving import publish

from .conftest import OFFICERS, PASSWORD, Browser, Site, make_candidate

TO_VISIT = ("receive", "assign", "contact", "ask", "authorise", "visit")
TO_NOTICE = (*TO_VISIT, "verify:03", "deliberate:agreed", "publish_notice")


def today(days: int = 0) -> str:
    return (datetime.now(CHINA).date() + timedelta(days)).isoformat()


@pytest.fixture
def ended(site: Site) -> Site:
    """A clue of Wuhua that was visited, found not to be in hardship and closed a quarter of an hour ago."""
    site.publish([make_candidate(1)])
    site.walk(site.case(), *TO_VISIT, "verify:10")
    site.age(site.case(), 15)
    return site


@pytest.fixture
def noticed(site: Site) -> Site:
    """A clue of Wuhua whose notice runs."""
    site.publish([make_candidate(1)])
    site.walk(site.case(), *TO_NOTICE)
    return site


def clue(site: Site) -> str:
    """Id of the case of the clue, whatever was opened since."""
    query = text("SELECT case_id FROM review_case WHERE flow = 'candidate' ORDER BY opened_at LIMIT 1")
    with site.database.owner.connect() as connection:
        return str(connection.scalar(query))


def lodge(browser: Browser, case_id: str, **changes: Any) -> Any:
    """Fill in the form of an appeal; returns the answer."""
    form = {"appellant": "worker", "lodged_on": today(), "ground": "康复费用没有算进去", **changes}
    form = {"csrf_token": browser.token(f"/cases/{case_id}"), "version": browser.version(case_id), **form}
    return browser.post(f"/cases/{case_id}/appeals", data={name: value for name, value in form.items() if value})


def appeal_of(answer: Any) -> str:
    assert answer.status_code == 303, answer.text
    return str(re.fullmatch(r"/cases/([0-9a-f]{24})\?done=open", answer.headers["location"])[1])  # type: ignore[index]


def forms(page: str) -> list[str]:
    return re.findall(r"/cases/[0-9a-f]{24}/(steps/\w+|appeals)", page)


def state_of(site: Site, case_id: str) -> str:
    with site.database.owner.connect() as connection:
        return str(connection.scalar(text("SELECT state FROM review_case WHERE case_id = :id"), {"id": case_id}))


def test_an_appeal_is_lodged_from_a_case_that_has_ended(ended: Site) -> None:
    browser, case_id = ended.browser("chen.jie"), clue(ended)
    assert forms(browser.get(f"/cases/{case_id}").text) == ["appeals"]
    answer = lodge(browser, case_id)
    appeal = appeal_of(answer)
    page = browser.get(answer.headers["location"]).text
    for shown in (
        say("appeal.lodged", "zh"),
        "待受理",
        "职工本人（或家属代为）",
        "康复费用没有算进去",
        "申诉针对的原案",
    ):
        assert shown in page, shown
    assert f'href="/cases/{case_id}"' in page
    original = browser.get(f"/cases/{case_id}").text
    assert "对本案的申诉" in original
    assert f'href="/cases/{appeal}"' in original
    assert forms(original) == [], "one at a time"
    assert state_of(ended, case_id) == "closed"
    inbox = browser.get("/cases?flow=appeal").text
    assert f'<tr id="{appeal}"' in inbox
    assert "张**" in inbox
    assert f'<tr id="{appeal}"' in ended.browser("li.na").get("/cases?flow=appeal").text


def test_an_objection_stops_the_notice_and_is_the_appeal_s_to_decide(noticed: Site) -> None:
    browser, case_id = noticed.browser("chen.jie"), clue(noticed)
    shown = forms(browser.get(f"/cases/{case_id}").text)
    assert "appeals" in shown
    assert "steps/object" not in shown, "an objection without an appeal would never be decided"
    assert browser.step(case_id, "object", reason="x").status_code == 404
    appeal = appeal_of(lodge(browser, case_id, appellant="informant"))
    assert (state_of(noticed, case_id), state_of(noticed, appeal)) == ("disputed", "lodged")
    page = browser.get(f"/cases/{case_id}").text
    assert say("appeal.runs", "zh") in page
    assert "康复费用没有算进去" in page, "the history of the case says what is objected"
    assert f"/cases/{case_id}/undo" not in page
    undone = browser.post(f"/cases/{case_id}/undo", data={"csrf_token": browser.token("/cases"), "version": "12"})
    assert undone.status_code == 409
    approver = noticed.browser("wang.fang")
    assert approver.step(case_id, "resolve", decision="upheld", appeal=appeal).status_code == 409
    assert state_of(noticed, case_id) == "disputed"


def test_who_had_a_hand_in_the_case_does_not_review_the_appeal(site: Site) -> None:
    """Visitor or confirmer, by whatever account they look: another person of the county does, or the prefecture."""
    with site.database.owner.begin() as connection:
        create_user(connection, User("zhou.ping", "周平", Role.APPROVER, "530102"), PASSWORD)
    site.publish([make_candidate(1)])
    case_id = site.case()
    site.walk(case_id, *TO_VISIT, visitors=["chen.jie", "sun.li"])
    assert site.browser("wang.fang").step(case_id, "verify", outcome="10").status_code == 303
    site.age(case_id, 15)
    appeal = appeal_of(lodge(site.browser("zhou.ping"), case_id))
    for name in ("wang.fang", "chen.jie", "sun.li"):
        assert "steps/take_up" not in forms(site.browser(name).get(f"/cases/{appeal}").text), "said before it is tried"
        refused = site.browser(name).step(appeal, "take_up")
        assert refused.status_code == 409, name
        assert "办理过原案的人不能审查申诉" in refused.text
    zhou = site.browser("zhou.ping")
    assert zhou.step(appeal, "take_up").status_code == 303
    assert site.browser("wang.fang").step(appeal, "decide", decision="upheld", reason="x").status_code == 409
    assert zhou.step(appeal, "decide", decision="revisit", reason="票据不全").status_code == 303
    assert state_of(site, appeal) == "answered"


def test_the_prefecture_reviews_what_the_county_passes_up(ended: Site) -> None:
    chen, case_id = ended.browser("chen.jie"), clue(ended)
    appeal = appeal_of(lodge(chen, case_id))
    assert chen.step(appeal, "pass_up", reason="县里办过原案").status_code == 303
    prefecture = ended.browser("li.na")
    assert "上一级复核" in prefecture.get("/cases?flow=appeal").text
    assert prefecture.step(appeal, "decide_finally", decision="corrected", reason="支出漏算").status_code == 303
    assert state_of(ended, appeal) == "corrected"


def test_a_case_opened_anew_leads_to_the_appeal_and_to_the_case_it_was_about(ended: Site) -> None:
    browser, case_id = ended.browser("chen.jie"), clue(ended)
    appeal = appeal_of(lodge(browser, case_id))
    ended.walk(appeal, "pass_up", "decide_finally:revisit")
    assert follow(opened(ended.database), datetime.now(UTC) + timedelta(minutes=20)).opened == 1
    anew = ended.case()
    assert anew not in {case_id, appeal}
    for page, linked in (
        (anew, [("前案", appeal), ("申诉针对的原案", case_id)]),
        (case_id, [("后续案件", anew), ("对本案的申诉", appeal)]),
        (appeal, [("后续案件", anew), ("申诉针对的原案", case_id)]),
    ):
        shown = re.findall(r'<li><b>([^<]+)</b> <a href="/cases/([0-9a-f]{24})"', browser.get(f"/cases/{page}").text)
        assert shown == linked


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_lacking_comes_back_with_what_was_entered(ended: Site, language: str) -> None:
    browser, case_id = ended.browser("chen.jie"), clue(ended)
    browser.get(f"/cases/{case_id}?lang={language}")
    answer = lodge(browser, case_id, lodged_on=today(1), appellant="")
    assert answer.status_code == 409
    for why in {"zh": ("请选择由谁提出。", "不得晚于今天"), "en": ("State who appeals", "not a later one")}[language]:
        assert why in answer.text
    assert ">康复费用没有算进去</textarea>" in answer.text
    assert lodge(browser, case_id, appellant="neighbour").status_code == 409
    assert lodge(browser, case_id, ground="").status_code == 409
    with ended.database.owner.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM review_case")) == 1


def test_an_appeal_is_not_lodged_against_a_case_that_is_worked_on(site: Site) -> None:
    """Nor right after the end, which may be taken back."""
    site.publish([make_candidate(1)])
    browser, case_id = site.browser("chen.jie"), site.case()
    assert "appeals" not in forms(browser.get(f"/cases/{case_id}").text)
    refused = lodge(browser, case_id)
    assert refused.status_code == 409
    assert "还在办理" in refused.text
    assert "康复费用没有算进去" in refused.text, "what was entered is not lost"
    browser.step(case_id, "receive")
    browser.step(case_id, "settle", outcome="05")
    page = browser.get(f"/cases/{case_id}").text
    assert "appeals" not in forms(page)
    version = "4"
    form = {"csrf_token": browser.token(f"/cases/{case_id}"), "version": version, "appellant": "worker", "lodged_on": today(), "ground": "x"}  # fmt: skip
    early = browser.post(f"/cases/{case_id}/appeals", data=form)
    assert early.status_code == 409
    assert "还可以撤销" in early.text


def test_only_the_county_of_the_case_lodges_an_appeal(ended: Site) -> None:
    case_id = clue(ended)
    for name in ("li.na", "zhao.min"):
        browser = ended.browser(name)
        assert "appeals" not in forms(browser.get(f"/cases/{case_id}").text), name
        form = {"csrf_token": browser.token("/cases"), "version": "9", "appellant": "worker", "lodged_on": today(), "ground": "x"}  # fmt: skip
        assert browser.post(f"/cases/{case_id}/appeals", data=form).status_code == 409, name
    foreign = ended.browser("yang.fan")
    form = {"csrf_token": foreign.token("/cases"), "version": "9", "appellant": "worker", "lodged_on": today(), "ground": "x"}  # fmt: skip
    assert foreign.post(f"/cases/{case_id}/appeals", data=form).status_code == 404


def test_two_who_lodge_at_once_make_one_appeal(ended: Site) -> None:
    chen, sun, case_id = ended.browser("chen.jie"), ended.browser("sun.li"), clue(ended)
    version, token = sun.version(case_id), sun.token(f"/cases/{case_id}")
    appeal_of(lodge(chen, case_id))
    form = {"csrf_token": token, "version": version, "appellant": "worker", "lodged_on": today(), "ground": "另一理由"}
    second = sun.post(f"/cases/{case_id}/appeals", data=form)
    assert second.status_code == 409
    assert "已有一件申诉在办" in second.text
    assert "另一理由" in second.text


def test_the_time_of_an_appeal_counts_from_the_stated_day(ended: Site) -> None:
    """Recorded a fortnight late, it is overdue at once: the appellant's time is not ours to lengthen."""
    browser, case_id = ended.browser("chen.jie"), clue(ended)
    appeal = appeal_of(lodge(browser, case_id, lodged_on=today(-14)))
    assert re.search(r'<dd class="due late">逾期 \d+ 个工作日', browser.get(f"/cases/{appeal}").text)


def test_an_appeal_is_in_the_access_log(ended: Site) -> None:
    case_id = clue(ended)
    appeal = appeal_of(lodge(ended.browser("chen.jie"), case_id))
    query = text("SELECT subject FROM access_log WHERE action = 'appeal'")
    with ended.database.owner.connect() as connection:
        assert connection.scalars(query).all() == [f"{case_id} {appeal}"]
    assert TEXTS["action.appeal"].zh


def test_what_was_entered_of_no_one_else_stands_in_the_case(ended: Site) -> None:
    """The person is copied by the database: a form cannot write another's particulars into an appeal."""
    browser, case_id = ended.browser("chen.jie"), clue(ended)
    appeal = appeal_of(lodge(browser, case_id, name="别人", phone="13000000000", involved="", subject="other"))
    columns = "subject, name, phone, id_number, county_code, owner_union, reasons, urgent"
    with ended.database.owner.connect() as connection:
        query = text(f"SELECT {columns} FROM review_case WHERE case_id = :id")
        first, second = (connection.execute(query, {"id": one}).one() for one in (case_id, appeal))
        assert first == second
        query = text("SELECT detail -> 'involved' FROM case_event WHERE case_id = :id")
        assert connection.scalar(query, {"id": appeal}), "and who had a hand is known without being asked for"


def test_an_officer_of_a_union_lodges_appeals_for_its_own_cases(site: Site) -> None:
    """Wherever in the province they are; the appeal belongs to the union, and to the county's federation for review."""
    education = "云南省教育工会"
    user = User("he.li", "何丽", Role.COUNTY_OFFICER, "53", union_name=education)
    with site.database.owner.begin() as connection:
        create_user(connection, user, PASSWORD)
    owner = {"owner": {"tree": "industry", "union": education}}
    site.publish([make_candidate(1, evidence=owner), make_candidate(2)])
    for number in (1, 2):
        site.walk(site.case(number), "receive", "settle:05")
        site.age(site.case(number), 15)
    browser = site.browser("he.li")
    appeal = appeal_of(lodge(browser, site.case(1)))
    with site.database.owner.connect() as connection:
        row = connection.execute(text("SELECT owner_union, county_code FROM review_case WHERE case_id = :id"), {"id": appeal}).one()  # fmt: skip
    assert tuple(row) == (education, "530102")
    with portal_session_scope(site.database.portal, user) as connection:
        assert connection.scalar(CALL, {"original": site.case(2)}) is False


def test_the_page_and_form_of_a_clue_that_follows_a_watch(site: Site) -> None:
    """It has no evidence of a screening: reasons in words alone."""
    why = {
        "code": "S1",
        "zh": "退出后又有“住院自付”：5万元以上（2026Q3）",
        "en": "after the exit: out of pocket, 2026Q3",
    }
    with site.database.owner.begin() as connection:
        run = runs.start_run(connection, "screen")
        replace_screened(connection, run, [])
        entry = NewEntry("returns", "p1", "530102", (why,), files=("DA1",), name="王五", id_number="539001197501010014")
        replace_entries(connection, run, [entry])
        runs.finish_run(connection, run, {})
    context = opened(site.database)
    publish(context)
    with site.database.owner.connect() as connection:
        watch = str(connection.scalar(text("SELECT case_id FROM review_case")))
    site.walk(watch, "visit", "judge:returned")
    follow(context, datetime.now(UTC) + timedelta(minutes=20))
    browser = site.browser("chen.jie")
    page = browser.get(f"/cases/{clue(site)}").text
    for shown in ("退出后又有“住院自付”", "DA1", "王*", "前案", "待联系"):
        assert shown in page, shown
    assert browser.get(f"/cases/{clue(site)}/form.pdf").content.startswith(b"%PDF")
    assert browser.step(clue(site), "contact", on=today()).status_code == 303


CALL = text("SELECT portal_open_appeal('abababababababababababab', :original, now(), now(), now())")


@pytest.mark.parametrize("username", ["yang.fan", "li.na", "zhao.min", "root.keeper"])
def test_the_database_opens_appeals_at_the_desk_of_the_case_alone(ended: Site, username: str) -> None:
    """Whatever the portal's code does: no copy of a case for another county, for who only looks, for who sees nobody."""
    case_id, user = clue(ended), next(item for item in OFFICERS if item.username == username)
    with portal_session_scope(ended.database.portal, user) as connection:
        assert connection.scalar(CALL, {"original": case_id}) is False
    with pytest.raises(ProgrammingError, match="permission denied"), ended.database.portal.begin() as connection:
        connection.execute(text("INSERT INTO review_case (case_id) VALUES ('x')"))
    own = next(item for item in OFFICERS if item.username == "chen.jie")
    with portal_session_scope(ended.database.portal, own) as connection:
        assert connection.scalar(CALL, {"original": case_id}) is True


class TestRelated:
    """The page of a case links the others about the same person, and none that the reader may not see."""

    @pytest.fixture
    def three(self, site: Site) -> dict[str, str]:
        """Three cases of one person: an earlier and a later one in Wuhua, one in Dali."""
        site.publish([make_candidate(1)])
        with site.database.owner.begin() as connection:
            for letter, county, state, follows in (
                ("b", "530102", "assigned", "case_id"),
                ("c", "532901", "assigned", "NULL"),
            ):
                connection.execute(
                    text(
                        "INSERT INTO review_case (case_id, flow, subject, county_code, state, version, urgent, opened_at, "
                        f"changed_at, reasons, follows) SELECT '{letter * 24}', 'exit', subject, '{county}', '{state}', 1, "
                        f"false, now(), now(), '[]', {follows} FROM review_case"
                        " WHERE flow = 'candidate'"
                    )
                )
                connection.execute(text("UPDATE review_case SET state = 'proposed' WHERE flow = 'exit'"))
        return {"earlier": clue(site), "later": "b" * 24, "foreign": "c" * 24}

    def test_who_may_see_which(self, site: Site, three: dict[str, str]) -> None:
        page = site.browser("chen.jie").get(f"/cases/{three['earlier']}").text
        assert say("related.following", "zh") in page
        assert f'href="/cases/{three["later"]}"' in page
        assert three["foreign"] not in page
        above = site.browser("zhao.min").get(f"/cases/{three['earlier']}").text
        assert f'href="/cases/{three["foreign"]}"' in above
        assert say("related.other", "zh") in above

    def test_a_case_without_others_says_nothing_of_it(self, site: Site) -> None:
        site.publish([make_candidate(1)])
        assert say("related.title", "zh") not in site.browser("chen.jie").get(f"/cases/{site.case()}").text

    def test_a_second_review_stays_blind(self, site: Site, three: dict[str, str]) -> None:
        """Who visits a second time sees no first outcome, and who visited first is not told that they are looked after."""
        with site.database.owner.begin() as connection:
            second = "UPDATE review_case SET flow = 'second_review', state = 'drawn' WHERE case_id = :id"
            connection.execute(text(second), {"id": three["later"]})
            opening = 'INSERT INTO case_event (case_id, version, at, username, role, area_code, step, detail) VALUES (:id, 1, :at, \'bangfu\', \'system\', \'53\', \'open\', \'{"flow": "second_review", "county": "530102", "state": "drawn"}\')'
            connection.execute(text(opening), {"id": three["later"], "at": datetime.now(UTC)})
        browser = site.browser("chen.jie")
        for case_id in (three["earlier"], three["later"]):
            assert say("related.title", "zh") not in browser.get(f"/cases/{case_id}").text
        with site.database.owner.begin() as connection:
            ended = "UPDATE review_case SET state = 'agreed', ended_at = now() WHERE case_id = :id"
            connection.execute(text(ended), {"id": three["later"]})
        assert say("related.title", "zh") in browser.get(f"/cases/{three['earlier']}").text
