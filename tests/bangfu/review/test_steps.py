"""Steps: who may take them, what they need, and errors that say what to do in both languages."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bangfu.errors import Refused
from bangfu.review.cases import Actor, Case, after
from bangfu.review.deadlines import Calendar, calendar_of
from bangfu.review.steps import follows, steps_open, taken, undone
from schemas.flow import Role
from tests.bangfu.review.walking import BEGIN, COUNTY, OTHER, TO_FILE, TO_VISIT, begun, filled, somebody, walked

OFFICER, APPROVER = Actor("li", Role.OFFICER, COUNTY), Actor("wang", Role.APPROVER, COUNTY)
PREFECTURE, PROVINCE = Actor("zhao", Role.PREFECTURE, "5301"), Actor("qian", Role.PROVINCE, "53")


def refusal(case: Case, step: str, actor: Actor = OFFICER, version: int = 0, days: int = 0, **details: Any) -> Refused:
    at = case.history[-1].at + timedelta(days)
    with pytest.raises(Refused) as raised:
        taken(case, step, actor, at, details, version=version or case.version)
    assert re.search(r"[\u4e00-\u9fff]", raised.value.zh)
    assert not re.search(r"[\u4e00-\u9fff]", raised.value.en)
    return raised.value


def codes(case: Case, actor: Actor) -> list[str]:
    return [step.code for step in steps_open(case, actor)]


def test_who_may_do_what() -> None:
    raised, received = begun(), walked(begun(), "send", "receive")
    assert codes(raised, OFFICER) == []
    assert codes(raised, PREFECTURE) == codes(raised, PROVINCE) == ["send", "sift", "withdraw"]
    assert (
        codes(received, OFFICER) == codes(received, APPROVER) == ["send_back", "assign", "judge", "settle", "transfer"]
    )
    assert codes(received, PREFECTURE) == ["withdraw"]


@pytest.mark.parametrize(
    "actor",
    [
        Actor("a", Role.OFFICER, OTHER),
        Actor("a", Role.OFFICER, "53"),
        Actor("a", Role.OFFICER, ""),
        Actor("a", Role.PREFECTURE, "5331"),
        Actor("a", Role.PREFECTURE, "53"),
        Actor("a", Role.PROVINCE, ""),
    ],
)
def test_nobody_acts_outside_their_area(actor: Actor) -> None:
    """An area that is too short would reach further than the role."""
    for case in (begun(), walked(begun(), "send"), walked(begun(), "send", "receive")):
        assert codes(case, actor) == []


def test_a_transfer_is_answered_by_the_county_that_is_asked() -> None:
    asked = walked(begun(), *TO_VISIT[:3], "transfer")
    assert codes(asked, Actor("a", Role.OFFICER, OTHER)) == ["accept", "decline"]
    assert codes(asked, OFFICER) == ["take_back"]


def test_a_step_of_another_state_says_where_the_case_is_and_what_can_be_done() -> None:
    refused = refusal(walked(begun(), "send"), "visit")
    assert refused.code == "not_in_this_state"
    assert refused.zh == "案件现为“待签收”，不能“登记入户调查”。可以办理：签收、退回（错派）、判断是否同一人。"
    assert refused.en == (
        "The case is 'to be received': it is not possible to record the visit. You can: receive, return as misrouted, "
        "judge whether it is the same person."
    )
    assert "没有可办的步骤" in refusal(begun(), "visit").zh


def test_a_step_of_another_role_says_whose_it_is() -> None:
    refused = refusal(begun(), "send")
    assert (refused.code, refused.zh) == (
        "not_yours",
        "“派发”由州（市）总工会、省总工会、系统在案件所在辖区办理，请转交。",
    )


def test_an_unknown_step_is_refused() -> None:
    assert refusal(begun(), "publish").code == "no_such_step"


def test_two_who_act_on_one_version_are_not_both_first() -> None:
    case = walked(begun(), "send")
    first = after(case, taken(case, "receive", OFFICER, BEGIN + timedelta(1), {}, version=2))
    refused = refusal(first, "receive", APPROVER, version=2)
    assert refused.code == "changed_meanwhile"
    assert "没有保存" in refused.zh


def test_a_visit_takes_two_different_people() -> None:
    case = walked(begun(), *TO_VISIT[:-1])
    good = filled(case, case.rules.steps["visit"], case.history[-1].at)
    for visitors in ([], ["li"], ["li", "li"], ["li", " "], "li,wang"):
        assert "两名调查人" in refusal(case, "visit", **good | {"visitors": visitors}).zh
    event = taken(
        case, "visit", OFFICER, BEGIN + timedelta(3), good | {"visitors": ["li", "wang"]}, version=case.version
    )
    assert after(case, event).state == "visited"


def test_a_visit_is_neither_in_the_future_nor_before_consent() -> None:
    case = walked(begun(), *TO_VISIT[:-1])
    good = filled(case, case.rules.steps["visit"], case.history[-1].at)
    assert "不得晚于今天" in refusal(case, "visit", **good | {"visited_on": "2026-06-02"}).zh
    assert "早于本人同意" in refusal(case, "visit", **good | {"visited_on": "2026-05-31"}).zh
    assert "不得晚于今天" in refusal(case, "visit", **good | {"visited_on": "昨天"}).zh


def test_everything_that_is_lacking_is_said_at_once() -> None:
    refused = refusal(walked(begun(), *TO_VISIT[:-1]), "visit")
    assert refused.code == "lacking"
    assert refused.zh.count("。") == 3


def test_a_detail_nobody_asked_for_is_refused() -> None:
    """Otherwise a fact, such as an authorisation, could be smuggled in with another step."""
    refused = refusal(walked(begun(), "send"), "receive", authorisation="A1")
    assert refused.code == "no_such_detail"
    assert refusal(begun("appeal", involved=["li"]), "take_up", involved=[]).code == "no_such_detail"


def test_who_visited_does_not_confirm_and_who_confirmed_does_not_approve() -> None:
    case = walked(begun(), *TO_VISIT)
    visitor = Actor("visitor1", Role.APPROVER, COUNTY)
    assert "另一人" in refusal(case, "verify", visitor, outcome="03").zh
    noticed = walked(walked(case, *TO_FILE[len(TO_VISIT) :]), "end_notice", hours=24 * 14)
    confirmer = replace(next(event.actor for event in noticed.history if event.step == "verify"), role=Role.APPROVER)
    assert "核实人不能批准" in refusal(noticed, "approve", confirmer, resolution="1").zh


def test_a_notice_stands_for_its_whole_time() -> None:
    """Published on a Monday: five working days end with the next Monday."""
    case = walked(begun(), *TO_FILE)
    assert case.entered["on_notice"].date().isoformat() == "2026-06-01"
    assert refusal(case, "end_notice", days=6).code == "lacking"
    assert taken(case, "end_notice", OFFICER, BEGIN + timedelta(8), {}, version=case.version).step == "end_notice"
    longer = calendar_of((), {("candidate", "on_notice"): 7})
    with pytest.raises(Refused):
        taken(case, "end_notice", OFFICER, BEGIN + timedelta(8), {}, version=case.version, calendar=longer)


@pytest.mark.parametrize("count", [2, 8])
def test_a_notice_is_three_to_seven_days(count: int) -> None:
    with pytest.raises(Refused, match="3 to 7"):
        calendar_of((), {("candidate", "on_notice"): count})


def test_other_limits_may_not_be_changed() -> None:
    for place in (("candidate", "sent"), ("candidate", "nowhere"), ("nothing", "sent")):
        with pytest.raises(Refused, match="may not be changed"):
            calendar_of((), {place: 5})


def test_an_outcome_may_need_more() -> None:
    case = walked(begun(), *TO_VISIT[:3])
    assert "三个不同日期" in refusal(case, "settle", outcome="31").zh
    assert "先登记首次联系" in refusal(case, "settle", outcome="40").zh
    assert "须写明情况" in refusal(case, "settle", outcome="99", note=" ").zh
    assert "县（市、区）" in refusal(case, "settle", outcome="32", to_county=COUNTY).zh
    assert "不超过半年" in refusal(case, "settle", outcome="90", until="2027-06-01").zh
    tried = walked(walked(walked(case, "attempt"), "attempt", hours=24), "attempt", hours=24)
    assert walked(tried, "settle:31").state == "closed"
    twice_a_day = walked(case, "attempt", "attempt", "attempt")
    assert "三个不同日期" in refusal(twice_a_day, "settle", outcome="31").zh


def test_hardship_is_not_confirmed_or_denied_without_a_visit() -> None:
    case = walked(begun(), *TO_VISIT[:3])
    for outcome in ("01", "03", "10", "12", "77", None):
        refused = refusal(case, "settle", outcome=outcome)
        assert refused.code == "no_such_choice"
        assert "已建档（本级）" in refused.zh


def test_an_appeal_is_reviewed_by_another_and_passes_up() -> None:
    case = begun("appeal", involved=["li", "zhao"])
    assert "另一人" in refusal(case, "take_up", OFFICER).zh
    reviewed = walked(case, "take_up", "decide:upheld", "ask_review")
    assert "另一人" in refusal(reviewed, "decide_finally", PREFECTURE, decision="upheld", reason="x").zh
    other = Actor("sun", Role.PREFECTURE, "5301")
    final = taken(
        reviewed,
        "decide_finally",
        other,
        BEGIN + timedelta(2),
        {"decision": "revisit", "reason": "x"},
        version=reviewed.version,
    )
    assert after(reviewed, final).state == "revisit"


def test_an_answer_stands_until_the_time_for_review_is_over() -> None:
    answered = walked(begun("appeal"), "take_up", "decide:corrected")
    assert "期限未满" in refusal(answered, "settle", days=5).zh
    assert refusal(answered, "settle", days=40, decision="upheld").code == "no_such_detail"
    assert walked(answered, "settle", hours=24 * 40).state == "corrected"
    assert walked(answered, "consent").state == "corrected"


def test_a_watch_lasts_twelve_months_however_often_it_was_looked_after() -> None:
    watched = begun("monitor")
    for _ in range(4):
        watched = walked(watched, "look", hours=24 * 80)
    assert watched.state == "watching"
    assert "12个月" in refusal(watched, "finish", days=1).zh
    assert walked(watched, "finish", hours=24 * 50).state == "stable"


def test_the_last_step_is_taken_back_by_who_took_it_and_soon() -> None:
    case = walked(begun(), "send", "receive")
    actor, at = case.history[-1].actor, case.history[-1].at
    for who, minutes, code in ((OFFICER, 1, "not_your_step"), (actor, 11, "too_late")):
        with pytest.raises(Refused) as raised:
            undone(case, who, at + timedelta(minutes=minutes), version=3)
        assert raised.value.code == code
    with pytest.raises(Refused, match="changed since"):
        undone(case, actor, at, version=2)
    with pytest.raises(Refused, match="no step to take back"):
        undone(begun(), somebody(begun(), case.rules.steps["send"]), BEGIN, version=1)
    back = after(case, undone(case, actor, at, version=3))
    with pytest.raises(Refused, match="no step to take back"):
        undone(back, actor, at, version=4)


def test_a_case_that_follows_is_opened_when_nothing_can_be_taken_back() -> None:
    """Else it would be opened, and its ground taken away."""
    case = walked(begun("monitor", "signalled"), "visit", "judge:returned")
    ended = case.history[-1].at
    assert follows(case, ended + timedelta(minutes=5)) is None
    assert follows(case, ended + timedelta(minutes=11)) == ("candidate", "assigned")
    assert follows(walked(begun(), "send"), ended) is None


def test_a_clock_that_runs_behind_does_not_turn_events_round() -> None:
    case = walked(begun(), "send")
    event = taken(case, "receive", OFFICER, BEGIN - timedelta(1), {}, version=2, calendar=Calendar())
    assert event.at == case.history[-1].at
