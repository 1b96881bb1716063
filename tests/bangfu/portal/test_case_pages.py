"""One case to read: the own area's alone, masked, explained, and a 404 that tells nothing; one field in full with a reason."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, text

from bangfu.db.candidates import NewCandidate
from bangfu.db.cases import events_of
from bangfu.db.keeping import reduce_case
from bangfu.portal.languages import Language
from bangfu.portal.texts import TEXTS, say
from bangfu.review.cases import replay
from bangfu.review.retention import reduced

from .conftest import Site, finding, identity

Build = Callable[..., NewCandidate]

PERSONAL = ("张晓梅", "539001198001010014", "13812345678", "学府路", "12号", "1980-01-01")
"""What stands in the database of the candidate that the builder makes, and on no page."""


@contextmanager
def statements(site: Site) -> Iterator[list[str]]:
    """The statements the portal sends meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    engine = site.app.state.portal.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


SEEN = {"chen.jie": {1, 2}, "wang.fang": {1, 2}, "yang.fan": {4}, "li.na": {1, 2, 3}, "zhao.min": {1, 2, 3, 4}}
"""Numbers of the candidates of `counties` by who sees them."""


def test_an_officer_opens_the_own_area_only(counties: Site) -> None:
    for username, seen in SEEN.items():
        browser = counties.browser(username)
        opened = {number for number in range(1, 5) if browser.get(f"/cases/{counties.case(number)}").is_success}
        assert opened == seen, username


def test_an_administrator_sees_no_person(counties: Site) -> None:
    browser = counties.browser("root.keeper")
    for address in ("/cases", f"/cases/{counties.case()}", "/overview"):
        answer = browser.get(address)
        assert answer.status_code == 403
        assert "**" not in answer.text
    assert "/cases" not in browser.get("/").text


def test_without_a_session_every_page_leads_to_the_log_in_and_back(counties: Site) -> None:
    browser = counties.browser()
    for address in ("/cases", f"/cases/{counties.case()}", f"/cases/{'9' * 24}", "/overview"):
        answer = browser.get(address)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={address}")
    assert browser.post("/cases/search", data={"name": "张"}).headers["location"] == "/login"


def test_an_officer_who_is_moved_to_another_county_is_out_and_sees_that_one_after_the_next_log_in(
    counties: Site,
) -> None:
    browser = counties.browser("chen.jie")
    with counties.database.owner.begin() as connection:
        connection.execute(text("UPDATE app_user SET area_code = '532901' WHERE username = 'chen.jie'"))
    assert browser.get("/cases").headers["location"].startswith("/login")
    browser.log_in("chen.jie")
    assert counties.shown(browser.get("/cases").text) == [4]
    assert browser.get(f"/cases/{counties.case(1)}").status_code == 404


def test_another_county_s_case_is_a_404_like_any_other(counties: Site) -> None:
    """Same status, body, headers and statements: neither the words nor the time tell that the person exists."""
    browser = counties.browser("chen.jie")
    answers = {}
    for why, case_id in (("another county's", counties.case(4)), ("unknown", "9" * 24)):
        with statements(counties) as sent:
            answer = browser.get(f"/cases/{case_id}")
        answers[why] = (answer.status_code, re.sub(r"\d\d:\d\d", "", answer.text), sorted(answer.headers), sent)
    malformed = browser.get("/cases/x")
    assert answers["another county's"] == answers["unknown"]
    assert answers["unknown"][0] == 404
    assert malformed.status_code == 404
    assert re.sub(r"\d\d:\d\d", "", malformed.text) == answers["unknown"][1]


def test_a_case_that_was_withdrawn_says_so_and_can_still_be_read(counties: Site, build: Build) -> None:
    """Who worked on it finds it again, with the reason; nothing is left to do."""
    withdrawn = counties.case(1)
    counties.publish([build(2)])
    page = counties.browser("chen.jie").get(f"/cases/{withdrawn}").text
    for told in ("线索已撤回", "来源数据撤回或更正后，不再符合筛查规则", TEXTS["work.ended"].zh):
        assert told in page
    assert "/steps/" not in page
    assert counties.browser("chen.jie").get(f"/cases/{counties.case(2)}").status_code == 200


def test_a_malformed_id_is_a_404(counties: Site) -> None:
    browser, case_id = counties.browser("chen.jie"), counties.case(1)
    token = browser.token("/cases")
    for address in (
        *("x", "0" * 23, "0" * 25, "G" * 24, f"{case_id[:-1]}G", case_id + "%00", case_id + "%0A"),
        *("%27%20OR%201=1--", "..%2f..%2fetc%2fpasswd", "%ff", "%F0%9F%91%BB", "٣" * 24, "search", "a" * 5000),
    ):
        assert browser.get(f"/cases/{address}").status_code in {404, 405}, address
        for action in ("steps/receive", "undo", "reveal"):
            form = {"csrf_token": token, "version": "2", "field": "phone", "reason": "contact"}
            assert browser.post(f"/cases/{address}/{action}", data=form).status_code in {404, 405}, (address, action)


def access_log(site: Site) -> list[tuple[object, ...]]:
    """What was done and with what, without log-ins and lists."""
    query = (
        "SELECT username, action, candidate_id, subject FROM access_log "
        "WHERE action NOT IN ('login', 'list') AND request_id IS NOT NULL ORDER BY entry_id"
    )
    with site.database.owner.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_a_look_and_a_refused_look_are_in_the_access_log(counties: Site) -> None:
    browser, own, foreign = counties.browser("chen.jie"), counties.case(1), counties.case(4)
    browser.get(f"/cases/{own}")
    browser.get(f"/cases/{foreign}")
    browser.get("/overview")
    assert access_log(counties) == [
        ("chen.jie", "view", identity(1), own),
        ("chen.jie", "view_refused", None, foreign),
        ("chen.jie", "overview", None, None),
    ]


@pytest.mark.parametrize("action", ["steps/receive", "undo", "reveal"])
def test_an_attempt_on_a_foreign_case_is_refused_and_in_the_access_log(counties: Site, action: str) -> None:
    """Else somebody could try ids by posting forms, and nobody would know."""
    browser, foreign = counties.browser("chen.jie"), counties.case(4)
    form = {"csrf_token": browser.token("/cases"), "version": "2", "field": "phone", "reason": "contact"}
    assert browser.post(f"/cases/{foreign}/{action}", data=form).status_code == 404
    assert access_log(counties) == [("chen.jie", "view_refused", None, foreign)]


def test_a_page_that_cannot_be_recorded_is_not_shown(counties: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = counties.browser("chen.jie")
    with counties.database.owner.begin() as connection:
        connection.execute(text("REVOKE INSERT ON access_log FROM bangfu_portal"))
    for address in ("/cases", f"/cases/{counties.case()}"):
        answer = browser.get(address)
        assert answer.status_code == 500
        assert "张" not in answer.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_unmasked_is_shown(site: Site, build: Build, language: str) -> None:
    """Neither in the list nor in the case; the explanation is masked again, should a screening forget it."""
    fields = [
        finding("name", "姓名", "agrees", 9.0, ("张晓梅", "张晓梅")),
        finding("identity_number", "证件号码", "agrees", 9.0, ("539001198001010014", "539001198001010014")),
        finding("phone", "手机号码", "agrees", 9.0, ("13812345678", "13812345678")),
        finding("address", "住址", "agrees", 9.0, ("昆明市五华区莲华街道学府路12号", None)),
        finding("birth_date", "出生日期", "agrees", 9.0, ("1980-01-01", "1980-01-01")),
        finding("something_new", "新项目", "agrees", 9.0, ("张晓梅", "13812345678")),
    ]
    match = [{"source": "medical_settlement", "record_id": "settlements:7", "weight": 9.0, "fields": fields}]
    site.publish([build(1, match=match)])
    browser = site.browser("chen.jie")
    site.walk(site.case(), "judge")
    for address in ("/cases", f"/cases/{site.case()}"):
        page = browser.get(address, params={"lang": language}).text
        assert "张**" in page
        assert [value for value in PERSONAL if value in page] == []
        assert "settlements:7" not in page, "a source's record number finds the person again"
        assert "HY000001" not in page
    assert "5390************14" in page
    assert "138****5678" in page
    assert "昆明市五华区莲华街道***" in page


def test_a_case_tells_who_why_how_sure_and_what_is_missing(site: Site, build: Build) -> None:
    site.publish([build(1, phone=None)])
    page = site.browser("chen.jie").get(f"/cases/{site.case()}").text
    for told in (
        "张**", "女", "彝族", "昆明云岭机械有限公司",
        "近12个月住院结算2次，个人负担5万元以上", "医保住院结算", "2025年第4季度至2026年第1季度",
        "统计区间：2025-06-30 至 2026-06-30", "按上级工会所在地派发",
        "家庭收入未知", "花名册中没有手机号码", TEXTS["case.notice_text"].zh,
    ):  # fmt: skip
        assert told in page
    rows = re.findall(r'<tr class="(agrees|close|differs|missing)">\s*<th scope="row">(.+?)</th>', page)
    assert rows == [("agrees", "证件号码"), ("close", "姓名"), ("differs", "手机号码"), ("missing", "民族")]
    for outcome in ("agrees", "close", "differs", "missing"):
        assert say(f"count.{outcome}", "zh", count=1) in page
    assert not re.search(r"99 ?%|99\.8|0\.998", page), "no probability: an officer who reads 99 % looks less closely"


def test_a_case_tells_the_union_of_another_tree_and_where_the_member_lives_now(site: Site, build: Build) -> None:
    evidence = {
        "route": "residence",
        "owner": {"tree": "industry", "union": "云南省建设工会"},
        "moved_to": {"county": "533102", "zh": "现住瑞丽市", "en": "lives in Ruili"},
    }
    site.publish([build(1, evidence=evidence)])
    browser = site.browser("chen.jie")
    assert "按居住地派发；归口云南省建设工会，暂由本县承接；现住瑞丽市" in browser.get(f"/cases/{site.case()}").text
    told = "by residence; belongs to 云南省建设工会; your county works on it for now; lives in Ruili"
    assert told in browser.get(f"/cases/{site.case()}?lang=en").text


def test_weights_and_strength_are_shown_once_the_officer_has_judged(site: Site, build: Build) -> None:
    """An officer who sees how sure the program is looks less closely: first the fields, then the judgement."""
    site.publish([build(1)])
    browser, case_id = site.browser("chen.jie"), site.case()
    hints = (
        'class="bar',
        'class="waterfall"',
        'class="strength',
        TEXTS["weight.for_strong"].zh,
        TEXTS["case.weight"].zh,
    )
    before = browser.get(f"/cases/{case_id}").text
    assert [hint for hint in hints if hint in before] == []
    assert TEXTS["case.judge_first"].zh in before
    assert "证件号码" in before, "the fields themselves are there to judge by"
    assert browser.step(case_id, "judge", same_person="yes").status_code == 303
    judged = browser.get(f"/cases/{case_id}").text
    assert [hint for hint in hints if hint not in judged] == []
    assert TEXTS["case.judge_first"].zh not in judged
    assert browser.undo(case_id).status_code == 303
    assert browser.get(f"/cases/{case_id}").text.count('class="bar') == 0, (
        "a judgement that was taken back counts no more"
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_link_has_its_picture_within_the_page_s_policy(site: Site, build: Build, language: Language) -> None:
    """The policy forbids inline styles and scripts: a picture that needs either would be drawn blank or wrong."""
    links = build(1).match
    site.publish([build(1, match=[*links, {**links[0], "source": "disaster_relief"}])])
    site.walk(site.case(), "judge")
    answer = site.browser("chen.jie").get(f"/cases/{site.case()}", params={"lang": language})
    pictures = re.findall(r'<svg [^>]*class="waterfall".*?</svg>', answer.text, re.DOTALL)
    assert [re.findall(r' id="([^"]+)-title"', picture) for picture in pictures] == [["match-1"], ["match-2"]]
    assert "style-src 'self'" in answer.headers["content-security-policy"]
    assert not re.search(r"\sstyle=|<style|\son\w+=", answer.text)
    for picture in pictures:
        assert say("case.picture_differs", language) in picture, "the phone number differs"
        assert "*" not in picture


def test_markup_in_a_value_is_text(site: Site, build: Build) -> None:
    hostile = '<script>alert("x")</script>\'"><img src=x onerror=alert(1)>'
    reason = {"code": "NEW", "zh": hostile, "en": hostile, "band": "", "period": hostile, "source": hostile}
    fields = [finding("name", hostile, "differs", 1.0, (hostile, hostile)) | {"zh": hostile}]
    household = finding("household", "家庭成员", "close", 0.0) | {"zh": hostile}
    site.publish(
        [
            build(
                1,
                name=hostile, union_name=hostile, employer=hostile, address=hostile + "镇1号", phone=hostile,
                id_number=hostile, reasons=[reason],
                match=[{"source": hostile, "fields": [household, *fields]}],
                evidence={"since": hostile, "as_of": hostile, "missing": [{"code": "x", "zh": hostile, "en": hostile}],
                          "formerly_registered": {"zh": hostile, "quarter": hostile}, "route": hostile,
                          "owner": {"tree": "industry", "union": hostile}, "moved_to": {"zh": hostile}},
            )
        ]
    )  # fmt: skip
    with site.database.owner.begin() as connection:
        connection.execute(text("UPDATE app_user SET display_name = :name"), {"name": hostile})
    browser, case_id = site.browser("chen.jie"), site.case()
    browser.step(case_id, "receive")
    browser.step(case_id, "assign", assignee=hostile)
    browser.step(case_id, "settle", outcome="20", reason=hostile, note=hostile)
    browser.step(case_id, "judge", same_person=hostile)
    shown = [browser.get("/cases"), browser.get(f"/cases/{case_id}"), browser.get(f"/cases/{case_id}?done={hostile}")]
    shown.append(browser.step(case_id, "receive", version=1, note=hostile))
    for answer in shown:
        assert answer.status_code in {200, 409}
        assert "&lt;script&gt;alert(" in answer.text
        assert "<script>" not in answer.text
        assert "<img src=x" not in answer.text


def test_a_candidate_of_whom_little_is_known_has_a_page(site: Site, build: Build) -> None:
    nothing = dict.fromkeys(
        ["union_name", "name", "sex", "birth_year", "ethnic_group", "id_number", "phone", "address", "employer"]
    )
    site.publish([build(1, **nothing, reasons=[], evidence={}, match=[], match_probability=None, strength=0.0)])
    browser = site.browser("chen.jie")
    for language in ("zh", "en"):
        assert say("list.no_name", language) in browser.get(f"/cases?lang={language}").text
        page = browser.get(f"/cases/{site.case()}?lang={language}").text
        assert say("case.no_match", language) in page
        assert say("absent.phone", language) in page
        assert "None" not in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_case_that_was_reduced_says_what_is_left_and_since_when(counties: Site, language: Language) -> None:
    """Instead of empty parts; its course stays, and nothing is offered to be printed of it."""
    case_id = counties.case(1)
    counties.walk(case_id, "receive", "settle:05")
    with counties.database.owner.begin() as connection:
        events = events_of(connection, case_id)
        reduce_case(connection, case_id, reduced(replay(events)), datetime(2026, 9, 1, 20, tzinfo=UTC))
    browser = counties.browser("chen.jie")
    page = browser.get(f"/cases/{case_id}?lang={language}").text
    told = {"zh": "2026-09-02 起已精简：删除姓名、号码、地址", "en": "Reduced on 2026-09-02: names, numbers, addresses"}
    assert told[language] in page
    assert say("case.reduced_name", language) in page
    assert f"<dt>{say('inbox.ended_on', language)}</dt>" in page
    assert say("case.history", language) in page
    for empty in ("case.why", "case.who", "case.sure", "paper.title", "list.no_name"):
        assert f">{say(empty, language)}<" not in page, empty
    assert "form.pdf" not in page
    assert TEXTS["case.reduced_name"].zh in browser.get("/cases?part=done&lang=zh").text
