"""Many persons leave the portal with a second person's approval alone: asked, answered, used once, in time, and no way round."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from bangfu.db.approvals import ask_publication
from bangfu.db.users import User, create_user
from schemas.rights import Role

from .conftest import PASSWORD, Browser, Site, make_candidate
from .test_workbook_pages import take

WORKBOOK = "workbook:candidates"
PURPOSE = "9月集中入户核查"


@pytest.fixture
def few(site: Site) -> Site:
    """A portal where more than two persons need a second person; Wuhua has five."""
    site.publish([make_candidate(number, name=f"张某{number}") for number in range(1, 6)])
    site.app.state.portal = replace(site.app.state.portal, export_rows=2)
    return site


def ask(browser: Browser, what: str = WORKBOOK, purpose: str = PURPOSE) -> Any:
    form = {"csrf_token": browser.token("/workbook"), "what": what, "purpose": purpose}
    return browser.post("/workbook/approvals", data=form)


def answer(browser: Browser, number: int, verdict: str = "approve", reason: str = "") -> Any:
    form = {"csrf_token": browser.token("/approvals"), "verdict": verdict, "reason": reason}
    return browser.post(f"/approvals/{number}", data=form)


def newest(site: Site) -> int:
    with site.database.owner.connect() as connection:
        return int(connection.scalar(text("SELECT max(approval_id) FROM approval")) or 0)


def exports(site: Site) -> list[tuple[int, str | None]]:
    with site.database.owner.connect() as connection:
        rows = connection.execute(text("SELECT rows, approved_by FROM export_record ORDER BY at"))
        return [tuple(row) for row in rows]


def forms(browser: Browser) -> Any:
    return browser.post("/workbook/forms", data={"csrf_token": browser.token("/workbook"), "listing": "candidates"})


class TestExports:
    def test_up_to_the_number_nothing_changes(self, counties: Site) -> None:
        counties.app.state.portal = replace(counties.app.state.portal, export_rows=2)
        browser = counties.browser("chen.jie")
        assert [take(browser).status_code for _ in range(3)] == [200, 200, 200], "the same persons count once a day"
        assert exports(counties) == [(2, None)] * 3

    def test_beyond_it_a_second_person_approves_of_one_file(self, few: Site) -> None:
        officer, approver = few.browser("chen.jie"), few.browser("wang.fang")
        refused = take(officer)
        assert refused.status_code == 409
        assert "须先由第二人（审批人）同意" in refused.text
        assert f'name="what" value="{WORKBOOK}"' in refused.text
        assert exports(few) == []
        assert ask(officer).headers["location"] == "/workbook#approvals"
        assert "待第二人答复" in officer.get("/workbook").text
        assert take(officer).status_code == 409, "asking is not enough"

        page = approver.get("/approvals").text
        assert "5 人" in page
        assert PURPOSE in page
        assert "张某" not in page
        assert answer(approver, newest(few)).status_code == 303
        assert "wang.fang 同意（门户）" in officer.get("/workbook").text
        assert take(officer).status_code == 200
        assert exports(few) == [(5, "wang.fang")]
        assert "已使用" in officer.get("/workbook").text
        assert take(officer).status_code == 409, "one file"

    def test_in_english_too(self, few: Site) -> None:
        officer, approver = few.browser("chen.jie"), few.browser("wang.fang")
        ask(officer)
        assert "waiting for a second person" in officer.get("/workbook?lang=en").text
        assert "Do not approve" in approver.get("/approvals?lang=en").text

    def test_a_no_is_told_with_its_reason(self, few: Site) -> None:
        officer, approver = few.browser("chen.jie"), few.browser("wang.fang")
        ask(officer)
        empty = answer(approver, newest(few), "reject", " ")
        assert empty.status_code == 409
        assert "不同意时须写明理由" in empty.text
        assert answer(approver, newest(few), "reject", "先分批领取").status_code == 303
        assert "先分批领取" in officer.get("/workbook").text
        assert take(officer).status_code == 409
        again = answer(approver, newest(few))
        assert again.status_code == 409
        assert "没有待答复" in again.text

    def test_the_day_after_it_is_over(self, few: Site) -> None:
        officer, approver = few.browser("chen.jie"), few.browser("wang.fang")
        ask(officer)
        answer(approver, newest(few))
        with few.database.owner.begin() as connection:
            connection.execute(text("ALTER TABLE approval DISABLE TRIGGER approval_fixed"))
            connection.execute(text("UPDATE approval SET usable_until = clock_timestamp()"))
            connection.execute(text("ALTER TABLE approval ENABLE TRIGGER approval_fixed"))
        assert take(officer).status_code == 409
        assert "已过期" in officer.get("/workbook").text
        assert exports(few) == []

    def test_it_is_good_for_what_was_asked_and_no_more_persons(self, few: Site) -> None:
        officer, approver = few.browser("chen.jie"), few.browser("wang.fang")
        ask(officer)
        answer(approver, newest(few))
        few.publish([make_candidate(number) for number in range(1, 9)])
        assert take(officer, mine="1").status_code == 303, "nothing is assigned"
        assert take(officer).status_code == 200
        assert exports(few) == [(5, "wang.fang")], "the three that came since are left out"

    def test_small_files_are_no_way_round(self, few: Site) -> None:
        """Two persons at a time, by list, by assignment, on paper: the third within a day needs a second person."""
        officer = few.browser("chen.jie")
        printed = [officer.get(f"/cases/{few.case(number)}/form.pdf").status_code for number in range(1, 6)]
        assert printed == [200, 200, 409, 409, 409]
        assert officer.get(f"/cases/{few.case(1)}/form.pdf").status_code == 200, "who left already leaves again"
        few.walk(few.case(5), "receive")
        with few.database.owner.begin() as connection:
            connection.execute(
                text("UPDATE review_case SET assignee = 'chen.jie' WHERE case_id = :case"), {"case": few.case(5)}
            )
        assert (take(officer, mine="1").status_code, forms(officer).status_code) == (409, 409)
        assert exports(few) == [(1, None)] * 3
        assert few.browser("sun.li").get(f"/cases/{few.case(5)}/form.pdf").status_code == 200, (
            "another's day is another's"
        )

    def test_who_left_with_an_approval_may_be_printed(self, few: Site) -> None:
        officer, approver = few.browser("chen.jie"), few.browser("wang.fang")
        ask(officer)
        answer(approver, newest(few))
        take(officer)
        printed = [officer.get(f"/cases/{few.case(number)}/form.pdf").status_code for number in range(1, 6)]
        assert printed == [200] * 5

    def test_a_small_file_too_many_can_be_asked_about(self, few: Site) -> None:
        officer, approver = few.browser("chen.jie"), few.browser("wang.fang")
        for number in (1, 2):
            officer.get(f"/cases/{few.case(number)}/form.pdf")
        with few.database.owner.begin() as connection:
            connection.execute(
                text("UPDATE review_case SET assignee = 'chen.jie' WHERE case_id = :case"), {"case": few.case(5)}
            )
        assert take(officer, mine="1").status_code == 409
        ask(officer, f"{WORKBOOK}:mine")
        answer(approver, newest(few))
        assert take(officer, mine="1").status_code == 200
        assert exports(few)[-1] == (1, "wang.fang")

    def test_asking_again_while_a_question_waits_asks_nothing(self, few: Site) -> None:
        officer = few.browser("chen.jie")
        ask(officer)
        first = newest(few)
        ask(officer)
        assert newest(few) == first

    def test_what_is_asked_is_known_and_has_a_purpose(self, few: Site) -> None:
        officer = few.browser("chen.jie")
        for what in (
            "",
            "workbook",
            "workbook:nothing",
            "workbook:candidates:all",
            "file:candidates",
            "form:candidates",
        ):
            assert ask(officer, what).status_code == 400, what
        without = ask(officer, purpose="  ")
        assert without.status_code == 409
        assert "请写明用途" in without.text
        assert ask(officer, "workbook:duplicates").headers["location"].startswith("/workbook?problem=nothing")
        assert newest(few) == 0


class TestRights:
    def test_who_may_not_answer_or_ask(self, few: Site) -> None:
        officer = few.browser("chen.jie")
        ask(officer)
        assert officer.get("/approvals").status_code == 403
        assert officer.post(f"/approvals/{newest(few)}", data={"verdict": "approve"}).status_code == 403
        assert few.browser("wang.fang").post("/workbook/approvals", data={"what": WORKBOOK}).status_code == 403

    def test_an_approver_of_another_area_neither_sees_nor_answers(self, few: Site) -> None:
        with few.database.owner.begin() as connection:
            create_user(connection, User("ma.yun", "马云", Role.APPROVER, "532901"), PASSWORD)
        ask(few.browser("chen.jie"))
        other = few.browser("ma.yun")
        assert PURPOSE not in other.get("/approvals").text
        refused = answer(other, newest(few))
        assert refused.status_code == 409
        assert "须由本级或上级的审批人答复" in refused.text

    def test_the_prefectures_question_is_not_the_countys_to_answer(self, few: Site) -> None:
        ask(few.browser("li.na"))
        assert answer(few.browser("wang.fang"), newest(few)).status_code == 409

    def test_one_person_is_not_both(self, few: Site) -> None:
        """Whose role was changed since asking does not answer the own question."""
        ask(few.browser("chen.jie"))
        with few.database.owner.begin() as connection:
            connection.execute(text("UPDATE app_user SET role = 'approver' WHERE username = 'chen.jie'"))
        own = answer(few.browser("chen.jie"), newest(few))
        assert own.status_code == 409
        assert "不是申请人本人" in own.text

    def test_a_verdict_that_is_none(self, few: Site) -> None:
        approver = few.browser("wang.fang")
        assert answer(approver, 1, "perhaps").status_code == 400
        assert answer(approver, 2**63).status_code == 400
        assert answer(approver, 999).status_code == 409


def test_the_province_answers_about_a_list_with_counts_alone(few: Site) -> None:
    with few.database.owner.begin() as connection:
        create_user(connection, User("he.jun", "和军", Role.APPROVER, "53"), PASSWORD)
        connection.execute(text("INSERT INTO pipeline_run (run_id, stage) VALUES ('r9', 'screen')"))
        connection.execute(text("INSERT INTO candidate_list (run_id, candidates) VALUES ('r9', 8)"))
        figures = {
            "former": 2, "clues": {"new": 3, "renewed": 0, "unchanged": 5, "withdrawn": 0},
            "prefectures": [{"area": "5301", "now": 8, "before": 5}],
            "counties": [{"area": "530102", "now": 8, "before": 5}],
            "entries": {"duplicates": 0, "exit_suggestions": 0, "returns": 0},
        }  # fmt: skip
        number = ask_publication(connection, "r9", "d", 8, figures, None).approval_id
    browser = few.browser("he.jun")
    page = browser.get("/approvals").text
    for told in ("发布清单 r9", "8 人", "定时任务 申请", "昆明市", "五华区", "+3"):
        assert told in page, told
    assert answer(few.browser("wang.fang"), number).status_code == 409, "a county's approver does not"
    assert answer(browser, number).status_code == 303
    with few.database.owner.connect() as connection:
        row = connection.execute(text("SELECT decided_by, way, approved FROM approval")).one()
    assert tuple(row) == ("he.jun", "portal", True)
