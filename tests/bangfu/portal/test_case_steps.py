"""Working on a case: a step is taken, comes back with a reason, is taken back."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bangfu.china_time import CHINA
from bangfu.portal.texts import TEXTS, say

from .case_watching import events, state, today
from .conftest import Site


def test_a_step_is_taken_and_the_page_says_so(one: Site) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    answer = browser.step(case_id, "receive")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case_id}?done=receive")
    page = browser.get(answer.headers["location"]).text
    assert say("work.saved", "zh", step="签收") in page
    assert state(browser, case_id) == "待分派"
    assert say("work.saved", "en", step="receive") in browser.get(answer.headers["location"] + "&lang=en").text
    assert events(one, case_id) == [("chen.jie", "receive")]


def test_an_address_says_saved_of_the_reader_s_own_last_step_alone(one: Site) -> None:
    """A link that somebody sends, or a page that is loaded again later, must not tell of what did not happen."""
    browser, case_id = one.browser("chen.jie"), one.case()
    browser.step(case_id, "receive")
    saved = say("work.saved", "zh", step="签收")
    assert saved in browser.get(f"/cases/{case_id}?done=receive").text
    assert saved not in one.browser("sun.li").get(f"/cases/{case_id}?done=receive").text
    for done in ("assign", "undone", "nonsense"):
        page = browser.get(f"/cases/{case_id}?done={done}").text
        assert 'class="note good"' not in page, done
    one.browser("sun.li").step(case_id, "assign", assignee="sun.li")
    assert saved not in browser.get(f"/cases/{case_id}?done=receive").text


def test_a_form_that_cannot_be_read_is_refused_kindly(one: Site) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    for headers in ({"Content-Type": "multipart/form-data; boundary=x"}, {"Content-Type": "application/json"}, {}):
        answer = browser.post(f"/cases/{case_id}/steps/receive", content=b"\xff--x\r\n&&=%zz", headers=headers)
        assert answer.status_code in {400, 403}, headers
        assert "<html" in answer.text
    assert events(one, case_id) == []


def test_a_step_goes_back_to_the_list_it_was_opened_from(one: Site) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    page = browser.get(f"/cases/{case_id}?flow=candidate&sort=name").text
    (action,) = re.findall(r'action="([^"]*/steps/receive[^"]*)"', page)
    form = {"csrf_token": browser.token(f"/cases/{case_id}"), "version": "2"}
    answer = browser.post(action.replace("&amp;", "&"), data=form)
    assert answer.headers["location"] == f"/cases/{case_id}?flow=candidate&sort=name&done=receive"


def test_the_day_of_an_officer_from_receipt_to_visit(one: Site) -> None:
    """Each form asks for what the step needs; the history tells it with names, not accounts."""
    browser, case_id = one.browser("chen.jie"), one.case()
    told = {
        "receive": {},
        "assign": {"assignee": "sun.li"},
        "judge": {"same_person": "yes"},
        "contact": {"on": today()},
        "ask": {"informed": "1", "agreed_on": today()},
        "authorise": {"authorisation": "授2026-7"},
        "visit": {"visitors": ["chen.jie", "sun.li"], "visited_on": today(), "form": "表7"},
    }
    for step, details in told.items():
        assert browser.step(case_id, step, **details).status_code == 303, step
    page = browser.get(f"/cases/{case_id}").text
    assert state(browser, case_id) == "待核实"
    history = page[page.index('class="history"') : page.index("</ol>", page.index('class="history"'))]
    for shown in ("孙丽", "陈洁, 孙丽", "是同一人", "授2026-7", "表7", "✓", today(), "系统"):
        assert shown in history, shown
    assert "chen.jie" not in history
    assert browser.step(case_id, "verify", outcome="03").status_code == 409, "who visited does not confirm"
    assert one.browser("wang.fang").step(case_id, "verify", outcome="05").status_code == 303


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_refused_step_comes_back_with_what_was_entered_and_why(one: Site, language: str) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    one.walk(case_id, "receive", "assign")
    tomorrow = (datetime.now(CHINA).date() + timedelta(1)).isoformat()
    browser.get(f"/cases/{case_id}?lang={language}")
    answer = browser.step(case_id, "contact", on=tomorrow, note="下午再打")
    assert answer.status_code == 409
    why = {"zh": "请写明日期，不得晚于今天。", "en": "State the day, not a later one."}[language]
    assert say("work.refused", language, why=why) in answer.text  # type: ignore[arg-type]
    form = re.findall(r'<details class="step" open name="step">.*?</details>', answer.text, re.DOTALL)[0]
    assert "/steps/contact" in form
    assert f'value="{tomorrow}"' in form
    assert ">下午再打</textarea>" in form
    assert events(one, case_id)[2:] == []


def test_choices_that_were_entered_come_back_chosen(one: Site) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    one.walk(case_id, "receive")
    answer = browser.step(case_id, "transfer", to_county="532901")
    assert answer.status_code == 409
    assert '<option value="532901" selected>' in answer.text
    settled = browser.step(case_id, "settle", outcome="32")
    assert settled.status_code == 409
    assert '<option value="32" selected>' in settled.text


def test_visitors_are_chosen_by_name_and_come_back_chosen(one: Site) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    one.walk(case_id, "receive", "assign", "contact", "ask", "authorise")
    answer = browser.step(case_id, "visit", visitors=["sun.li", "chen.jie"], visited_on="2999-01-01", form="表7")
    assert answer.status_code == 409
    chosen = re.findall(r'<select [^>]*name="visitors".*?</select>', answer.text, re.DOTALL)
    assert len(chosen) == 3
    assert '<option value="sun.li" selected>孙丽</option>' in chosen[0]
    assert '<option value="chen.jie" selected>陈洁</option>' in chosen[1]
    assert "selected" not in chosen[2]


def test_once_judged_the_step_that_comes_next_is_the_open_one(one: Site) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    one.walk(case_id, "receive", "assign")

    def first() -> str:
        page = browser.get(f"/cases/{case_id}").text
        (unfolded,) = re.findall(r'<details class="step" open name="step">.*?/steps/(\w+)', page, re.DOTALL)
        return str(unfolded)

    assert first() == "judge"
    browser.step(case_id, "judge", same_person="yes")
    assert first() != "judge"
    assert "/steps/judge" in browser.get(f"/cases/{case_id}").text, "and it may be judged again"


def test_a_step_is_taken_back_within_the_window(one: Site) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    browser.step(case_id, "receive")
    one.age(case_id, 9)
    assert f"/cases/{case_id}/undo" in browser.get(f"/cases/{case_id}").text
    answer = browser.undo(case_id)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case_id}?done=undone")
    page = browser.get(answer.headers["location"]).text
    assert TEXTS["work.undone"].zh in page
    assert state(browser, case_id) == "待签收"
    assert events(one, case_id) == [("chen.jie", "receive"), ("chen.jie", "undo")], "nothing is removed"
    assert f"陈洁 · {TEXTS['case.taken_back'].zh}" in page


def test_a_step_is_not_taken_back_after_the_window(one: Site) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    browser.step(case_id, "receive")
    one.age(case_id, 11)
    assert f"/cases/{case_id}/undo" not in browser.get(f"/cases/{case_id}").text
    answer = browser.undo(case_id)
    assert answer.status_code == 409
    assert "已超过10分钟，不能撤销" in answer.text
    assert state(browser, case_id) == "待分派"


def test_a_step_is_not_taken_back_by_another(one: Site) -> None:
    case_id = one.case()
    one.browser("chen.jie").step(case_id, "receive")
    other = one.browser("sun.li")
    assert f"/cases/{case_id}/undo" not in other.get(f"/cases/{case_id}").text
    answer = other.undo(case_id)
    assert answer.status_code == 409
    assert "只能撤销自己刚办的一步" in answer.text
    assert events(one, case_id) == [("chen.jie", "receive")]


def test_nothing_can_be_taken_back_before_a_step_or_twice(one: Site) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    assert browser.undo(case_id).status_code == 409, "the system's step is not an officer's"
    browser.step(case_id, "receive")
    assert [browser.undo(case_id).status_code for _ in range(2)] == [303, 409]


@pytest.mark.parametrize("version", ["", "x", "-1", "1e3", "٣", "9" * 40, " 2"])
def test_a_form_without_a_proper_version_is_refused(one: Site, version: str) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    form = {"csrf_token": browser.token(f"/cases/{case_id}"), "version": version}
    for action in ("steps/receive", "undo"):
        assert browser.post(f"/cases/{case_id}/{action}", data=form).status_code in {400, 409}, action
    assert events(one, case_id) == []


def test_a_step_that_the_flow_does_not_have_is_not_found(one: Site) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    for step in ("open", "undo", "nonsense", "%27", "r" * 500):
        assert browser.step(case_id, step).status_code == 404, step


def test_a_step_of_another_role_is_refused_and_says_whose_it_is(one: Site) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    answer = browser.step(case_id, "withdraw", reason="重复")
    assert answer.status_code == 409
    assert "由州（市）总工会、省总工会、系统在案件所在辖区办理" in answer.text
    assert one.browser("zhao.min").step(case_id, "receive").status_code == 409
    assert events(one, case_id) == []


def test_a_value_that_is_no_choice_is_refused(one: Site) -> None:
    """A form is what its sender makes of it: what is no code would stand in the case for ever."""
    browser, case_id = one.browser("chen.jie"), one.case()
    one.walk(case_id, "receive")
    for step, details in {
        "judge": {"same_person": "maybe"},
        "assign": {"assignee": "yang.fan"},
        "transfer": {"to_county": "110101", "reason": "搬走"},
        "settle": {"outcome": "03"},
    }.items():
        assert browser.step(case_id, step, **details).status_code == 409, step
    assert events(one, case_id)[1:] == []


def test_a_step_needs_the_session_s_own_form(one: Site) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    for token in ("", "x", one.browser("sun.li").token(f"/cases/{case_id}")):
        form = {"csrf_token": token, "version": "2"}
        for action in ("steps/receive", "undo"):
            assert browser.post(f"/cases/{case_id}/{action}", data=form).status_code == 403
    assert events(one, case_id) == []


def test_steps_are_in_the_access_log(one: Site) -> None:
    browser, case_id = one.browser("chen.jie"), one.case()
    browser.step(case_id, "receive")
    browser.undo(case_id)
    query = text("SELECT action, subject FROM access_log WHERE action IN ('step', 'undo') ORDER BY entry_id")
    with one.database.owner.connect() as connection:
        assert [tuple(row) for row in connection.execute(query)] == [("step", f"{case_id} receive"), ("undo", case_id)]


def test_an_overdue_case_says_by_how_much(one: Site) -> None:
    with one.database.owner.begin() as connection:
        late = datetime.now(UTC) - timedelta(15)
        connection.execute(text("UPDATE review_case SET due_at = :late, soon_at = :late"), {"late": late})
    page = one.browser("chen.jie").get(f"/cases/{one.case()}").text
    assert re.search(r'<dd class="due late">逾期 \d+ 个工作日', page)
