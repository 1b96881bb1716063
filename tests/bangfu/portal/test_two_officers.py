"""Two officers on one case (两人同办): the first counts, the second loses nothing, and each sees what the other did."""

import re
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from bangfu.portal.texts import TEXTS

from .case_watching import events, today
from .conftest import Site


def test_two_officers_on_one_case_the_second_is_told_and_nothing_is_lost(one: Site) -> None:
    chen, sun, case_id = one.browser("chen.jie"), one.browser("sun.li"), one.case()
    one.walk(case_id, "receive", "assign")
    version = chen.version(case_id)
    assert sun.version(case_id) == version
    assert chen.step(case_id, "attempt", version=version, on=today(), note="无人接听").status_code == 303
    answer = sun.step(case_id, "attempt", version=version, on=today(), note="停机")
    assert answer.status_code == 409
    assert "该案在您打开之后已有变动" in answer.text
    assert ">停机</textarea>" in answer.text, "what the second entered is still there"
    assert "无人接听" in answer.text, "and what the first did is shown"
    assert events(one, case_id)[2:] == [("chen.jie", "attempt")]
    again = sun.step(case_id, "attempt", on=today(), note="停机")
    assert again.status_code == 303, "having looked again, the second goes on"
    assert events(one, case_id)[2:] == [("chen.jie", "attempt"), ("sun.li", "attempt")]


def test_what_the_second_entered_is_shown_even_where_the_step_is_no_longer_open(one: Site) -> None:
    chen, sun, case_id = one.browser("chen.jie"), one.browser("sun.li"), one.case()
    one.walk(case_id, "receive")
    version = sun.version(case_id)
    chen.step(case_id, "assign", assignee="chen.jie")
    answer = sun.step(case_id, "assign", version=version, assignee="sun.li", note="孙丽熟悉情况")
    assert answer.status_code == 409
    assert "/steps/assign" not in answer.text
    assert "孙丽熟悉情况" in answer.text


def test_of_many_at_once_one_step_counts(one: Site) -> None:
    browsers, case_id = (
        [one.browser(name) for name in ("chen.jie", "sun.li", "wang.fang") for _ in range(2)],
        one.case(),
    )
    tokens = [browser.token(f"/cases/{case_id}") for browser in browsers]

    def receive(place: int) -> int:
        form = {"csrf_token": tokens[place], "version": "2"}
        return int(browsers[place].post(f"/cases/{case_id}/steps/receive", data=form).status_code)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(receive, range(6))) == [303, 409, 409, 409, 409, 409]
    assert [step for _, step in events(one, case_id)] == ["receive"]


def test_the_second_officer_sees_who_is_working_on_it(one: Site) -> None:
    chen, case_id = one.browser("chen.jie"), one.case()
    assert TEXTS["work.held"].zh[-10:] not in chen.get(f"/cases/{case_id}").text
    page = one.browser("sun.li").get(f"/cases/{case_id}").text
    assert "陈洁 正在办理此案" in page
    assert TEXTS["work.held"].zh[-10:] not in chen.get(f"/cases/{case_id}").text, "one's own hold is no news"
    chen.step(case_id, "receive")
    assert "正在办理此案" not in one.browser("sun.li").get(f"/cases/{case_id}").text, "done: the next may go on"


def test_a_look_from_above_neither_holds_a_case_nor_makes_it_old(one: Site) -> None:
    """The province may withdraw any clue; for the county it is new until somebody of the county has opened it."""
    for above in ("zhao.min", "li.na"):
        one.browser(above).get(f"/cases/{one.case()}")
    browser = one.browser("chen.jie")
    assert f'<tr id="{one.case()}" class="fresh">' in browser.get("/cases").text
    assert "正在办理此案" not in browser.get(f"/cases/{one.case()}").text


def test_what_a_colleague_did_meanwhile_stands_on_top_of_the_page(one: Site) -> None:
    """From the next sitting on, and until the reader has been away again; the own steps are no news."""
    reader, colleague, case_id = one.browser("chen.jie"), one.browser("sun.li"), one.case()
    news = re.compile(r'<section class="note news".*?</section>', re.DOTALL)
    assert not news.search(reader.get(f"/cases/{case_id}").text)
    colleague.step(case_id, "receive")
    for _ in range(2):
        (told,) = news.findall(reader.get(f"/cases/{case_id}").text)
        assert all(word in told for word in ("签收", "孙丽"))
    assert not news.search(colleague.get(f"/cases/{case_id}").text)
    with one.database.owner.begin() as connection:
        connection.execute(text("UPDATE case_reading SET read_at = read_at - interval '1 hour'"))
    assert not news.search(reader.get(f"/cases/{case_id}").text)


def test_who_has_done_the_own_step_keeps_the_case_from_nobody(one: Site) -> None:
    """An approver who stays on the page after confirming does not seem to work on what is the officer's turn."""
    one.walk(one.case(), "receive", "assign", "contact", "ask", "authorise", "visit", assignee="chen.jie")
    approver = one.browser("wang.fang")
    answer = approver.step(one.case(), "verify", outcome="03", check="民1")
    approver.get(answer.headers["location"])
    assert "正在办理此案" not in one.browser("chen.jie").get(f"/cases/{one.case()}").text
    assert "陈洁 正在办理此案" in approver.get(f"/cases/{one.case()}").text
