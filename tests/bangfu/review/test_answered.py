"""Rows of a workbook as steps of their cases: nothing that the flow does not allow, and its own words where it does not."""

import datetime as dt
from typing import Any

import pytest

from bangfu.errors import Refused
from bangfu.review.answered import ANSWERABLE, FLOW_OF_REVIEW, Recorder, Recording, record, work_version
from bangfu.review.cases import Actor, Case, Event, after
from bangfu.review.workbook.model import Answer
from schemas.flow import RENEW, Role
from schemas.flows import FLOWS
from schemas.outcomes import OUTCOMES
from schemas.review import REVIEW_LISTS

from .walking import BEGIN, COUNTY, SYSTEM, begun, walked

OFFICER = Actor("chen.jie", Role.OFFICER, COUNTY)
NOW = BEGIN + dt.timedelta(days=9)
PEOPLE = {"陈洁": "chen.jie", "孙丽": "sun.li", "sun.li": "sun.li"}
BY = Recorder(OFFICER, NOW, people=PEOPLE)
MET = {
    "visit_date": dt.date(2026, 6, 5), "visit_mode": "1", "visitor_1": "陈洁", "visitor_2": "sun.li",
    "household_size": 3, "willing": "1", "authorised": "1", "main_cause": "2",
}  # fmt: skip


def answer(outcome: str = "03", *, version: int = 2, members: int = 0, **values: Any) -> Answer:
    """An answer of two visitors who met a willing person; None takes a value away."""
    told = {name: value for name, value in {**MET, **values}.items() if value is not None}
    return Answer("c1", version, outcome, told, ({"relation": "1", "age": 40},) * members, "k")


def recorded(outcome: str = "03", case: Case | None = None, **values: Any) -> Recording:
    return record(answer(outcome, **values), case or walked(begun(), "send"), BY)


def codes(recording: Recording) -> list[str]:
    return [step for step, _ in recording.steps]


def refusal(outcome: str = "03", case: Case | None = None, **values: Any) -> Refused:
    with pytest.raises(Refused) as told:
        recorded(outcome, case, **values)
    return told.value


class TestVisitedClues:
    def test_a_confirmed_outcome_stops_at_the_visit_and_waits_for_another(self) -> None:
        found = recorded("03", note="住房漏雨", members=2)
        assert codes(found) == ["receive", "assign", "contact", "ask", "authorise", "visit"]
        assert found.case.state == "visited"
        assert "outcome" not in found.case.facts
        told = dict(found.steps)
        assert told["assign"] == {"assignee": "chen.jie"}
        assert told["contact"] == {"on": "2026-06-05"}
        assert told["authorise"] == {"authorisation": "c1"}
        assert told["visit"]["visitors"] == ["chen.jie", "sun.li"]
        assert told["visit"]["form"] == "c1"
        assert told["visit"]["note"].startswith("拟定结论：03 属实-支出型（第二层级）；住房漏雨；")
        assert "主要致困原因：家属疾病" in told["visit"]["note"]
        assert "另有家庭成员2人" in told["visit"]["note"]
        assert found.told[0] == "办到“待核实”"

    @pytest.mark.parametrize("outcome", ["01", "04", "10", "12"])
    def test_whatever_only_a_visit_tells_takes_one(self, outcome: str) -> None:
        assert codes(recorded(outcome))[-1] == "visit"

    def test_what_was_done_in_the_portal_is_not_done_again(self) -> None:
        case = walked(begun(), "send", "receive", "assign", "contact", "ask", "authorise")
        assert codes(recorded("03", case)) == ["visit"]

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"willing": None}, "请先告知来源、用途和可以不申请，再登记本人意愿。（见“愿意申请”栏）"),
            ({"authorised": "0"}, "请填写授权书编号。（见“已签授权书”栏）"),
            ({"visitor_2": None}, "入户须两人以上，请写明两名调查人。"),
            ({"visit_mode": "4"}, "电话核查不是入户调查"),
            ({"visitor_2": "路人"}, "须是本单位在系统中有账号的人"),
        ],
    )
    def test_what_is_lacking_is_told_in_the_flows_own_words(self, changes: dict[str, Any], words: str) -> None:
        assert words in refusal("03", **changes).zh

    def test_a_name_that_nobody_has_is_not_repeated(self) -> None:
        assert "路人" not in str(refusal("03", visitor_2="路人"))

    def test_a_visit_before_the_person_agreed_is_refused(self) -> None:
        case = walked(begun(), "send", "receive", "assign", "contact", "ask", "authorise", hours=30)
        assert "入户日期早于本人同意的日期" in refusal("03", case, visit_date=dt.date(2026, 6, 2)).zh

    def test_the_card_of_another_is_noticed(self) -> None:
        with pytest.raises(Refused, match="another_card"):
            record(answer("03", id_last="001x"), walked(begun(), "send"), BY, "0028")
        assert record(answer("03", id_last="002x"), walked(begun(), "send"), BY, "002X").case.state == "visited"
        assert record(answer("20", id_last="001x"), walked(begun(), "send"), BY, "0028").case.state == "closed"


class TestSettledClues:
    def test_without_a_visit_the_outcome_is_settled(self) -> None:
        found = recorded("05", note="县工会已建档")
        assert codes(found) == ["receive", "assign", "contact", "settle"]
        assert found.case.state == "closed"
        assert found.case.facts["outcome"] == "05"

    def test_nobody_of_the_name_was_not_contacted(self) -> None:
        assert codes(recorded("30")) == ["receive", "assign", "settle"]

    def test_wishes_are_asked_of_the_person(self) -> None:
        assert codes(recorded("40", visit_mode=None)) == ["receive", "assign", "contact", "settle"]

    def test_not_reached_needs_attempts_on_three_days(self) -> None:
        assert "联系不上须在三个不同日期" in refusal("31", attempts=3).zh
        case = walked(begun(), "send", "receive", "assign")
        for day in ("2026-06-02", "2026-06-03"):
            case = walked(case, "attempt", hours=30, on=day)
        assert recorded("31", case, attempts=3).case.state == "closed"

    @pytest.mark.parametrize(
        ("outcome", "words"),
        [
            ("32", "转往的县"),
            ("90", "暂缓到哪一天"),
            ("60", "转介须本人同意"),
            ("22", "哪项数据不实"),
            ("99", "须写明情况"),
        ],
    )
    def test_what_the_workbook_does_not_ask_is_left_to_the_portal(self, outcome: str, words: str) -> None:
        assert words in refusal(outcome).zh

    def test_other_columns_are_no_reason_where_one_must_be_given(self) -> None:
        assert recorded("22", note="费用不是本人的").steps[-1][1]["note"] == "费用不是本人的"


class TestOtherLists:
    @pytest.mark.parametrize(("flow", "state"), [("exit", "proposed"), ("monitor", "signalled")])
    def test_a_visit_is_for_another_to_judge(self, flow: str, state: str) -> None:
        found = recorded("02", begun(flow, state), willing=None, authorised=None)
        assert (codes(found), found.case.state) == (["visit"], "visited")

    def test_who_was_not_visited_is_not_judged(self) -> None:
        assert "须经两人入户核查" in refusal("90", begun("exit"), visitor_2=None).zh

    def test_duplicates_are_compared_and_confirmed_by_another(self) -> None:
        found = recorded("01", begun("duplicate"), kept_file="KN-1", note="同一户")
        assert (codes(found), found.case.state) == (["compare"], "matched")
        assert found.steps[0][1] == {"finding": "same", "kept": "KN-1", "reason": "同一户"}
        assert recorded("02", begun("duplicate"), note="不是一户").case.state == "different"
        assert "理由" in refusal("01", begun("duplicate"), kept_file="KN-1").zh
        assert "重复或不重复" in refusal("90", begun("duplicate")).zh


def test_a_state_that_waits_for_others_is_refused_in_the_flows_words() -> None:
    case = walked(begun(), "send", "receive", "assign", "contact", "ask", "authorise", "visit")
    assert "案件现为“待核实”，不能“登记入户调查”" in refusal("03", case).zh


def test_every_answerable_state_belongs_to_its_flow() -> None:
    assert set(FLOW_OF_REVIEW) == set(ANSWERABLE) == set(REVIEW_LISTS)
    for listing, states in ANSWERABLE.items():
        assert set(states) <= set(FLOWS[FLOW_OF_REVIEW[listing]].states)


@pytest.mark.parametrize("state", ANSWERABLE["candidates"])
def test_no_outcome_is_decided_that_is_for_another(state: str) -> None:
    """Every outcome in every state: a visit's finding never closes a case, and nothing but a refusal comes instead."""
    way = ("send", "receive", "assign", "contact", "ask", "authorise", "visit", "visit_again")
    case = begun()
    for step in way:
        case = walked(case, step)
        if case.state == state:
            break
    for outcome in OUTCOMES:
        try:
            found = recorded(outcome, case, note="情况", attempts=3)
        except Refused:
            continue
        assert (found.case.state == "visited") == (outcome in {"01", "02", "03", "04", "10", "11", "12"})


def test_new_evidence_is_no_progress_of_the_work() -> None:
    """A later list renews what a case rests on; what was found at the door meanwhile is not in conflict with it."""
    case = walked(begun(), "send", "receive")
    renewed = after(case, Event("c1", case.version + 1, RENEW, SYSTEM, NOW, {}))
    assert work_version(renewed) == work_version(case) == 3


class TestAuditVisits:
    """Without a clue there is nothing to authorise; what was found is for another to confirm."""

    def test_a_visit_takes_consent_and_waits_for_another(self) -> None:
        found = recorded("10", begun("audit"), agrees="1", version=1)
        assert codes(found) == ["contact", "ask", "visit"]
        assert (found.case.state, dict(found.steps)["visit"]["form"]) == ("visited", "c1")
        assert dict(found.steps)["visit"]["note"].startswith("拟定结论：10")

    def test_without_consent_there_is_none(self) -> None:
        told = refusal("03", begun("audit"), agrees=None, version=1)
        assert "再登记本人意愿。（见“已告知并同意入户”栏）" in told.zh

    @pytest.mark.parametrize(
        ("outcome", "steps"), [("40", ["contact", "settle"]), ("33", ["contact", "settle"]), ("30", ["settle"])]
    )
    def test_what_is_known_without_a_visit_ends_it(self, outcome: str, steps: list[str]) -> None:
        found = recorded(outcome, begun("audit"), version=1)
        assert codes(found) == steps
        assert (found.case.state, found.case.facts["outcome"]) == ("closed", outcome)

    def test_not_reached_takes_attempts_on_three_days(self) -> None:
        assert "三个不同日期" in refusal("31", begun("audit"), version=1, attempts=3).zh

    def test_what_the_workbook_offers_is_what_the_flow_has(self) -> None:
        steps = FLOWS["audit"].steps
        offered = {code.code for code in REVIEW_LISTS["audit_sample"].outcomes.codes}
        assert offered == {*steps["settle"].to.to, *steps["verify"].to.to}  # type: ignore[union-attr]


class TestSecondReviews:
    def second(self, **known: Any) -> Case:
        return begun("second_review", **{"involved": ["wang"], "assignee": "chen.jie", **known})

    def test_the_named_reviewer_records_what_was_found(self) -> None:
        found = recorded("03", self.second(), agrees="1", version=1, note="住房漏雨")
        assert codes(found) == ["answer"]
        told = dict(found.steps)["answer"]
        assert (found.case.state, told["outcome"], told["visitors"]) == ("answered", "03", ["chen.jie", "sun.li"])
        assert "住房漏雨" in told["note"]

    @pytest.mark.parametrize("outcome", ["31", "32", "40", "41", "50", "90"])
    def test_what_could_not_be_held_is_recorded_so(self, outcome: str) -> None:
        found = recorded(outcome, self.second(), version=1)
        assert (codes(found), found.case.state) == (["give_up"], "not_held")
        assert dict(found.steps)["give_up"]["reason"].startswith(outcome)

    @pytest.mark.parametrize(
        ("case", "changes", "words"),
        [
            ({"assignee": "sun.li"}, {}, "由指定的复核人登记"),
            ({"involved": ["sun.li"]}, {}, "不能作为复核的调查人"),
            ({}, {"agrees": None}, "请登记。（见“已告知并同意入户”栏）"),
            ({}, {"visit_mode": "4"}, "电话核查不是入户调查"),
        ],
    )
    def test_what_the_flow_needs_it_needs_here(self, case: dict[str, Any], changes: dict[str, Any], words: str) -> None:
        assert words in refusal("03", self.second(**case), version=1, **{"agrees": "1", **changes}).zh
