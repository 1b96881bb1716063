"""From a case to what its page shows: masked, in words, and nothing that would sway a judgement not yet given."""

from datetime import timedelta

import pytest

from bangfu.db.case_queries import CaseRow
from bangfu.portal.case_views import REVEALED, case_view, history, undo_until
from bangfu.portal.inbox_views import chip
from bangfu.portal.strength import Step
from bangfu.review.cases import Actor, Case, Event, after
from bangfu.review.steps import undone
from schemas.flow import RENEW, UNDO_MINUTES, Role
from tests.bangfu.review.walking import BEGIN, OTHER, begun, walked

from .conftest import make_row

FRESH = walked(begun(), "send", "receive")
JUDGED = walked(FRESH, "judge")
SYSTEM = Actor("bangfu", Role.SYSTEM, "53")
HIDDEN = ("张晓梅", "539001198001010014", "13812345678", "学府路")


def values(case_row: CaseRow, case: Case = FRESH) -> dict[str, str | None]:
    return {item.label: item.value for item in case_view(case_row, case, "zh", 2026).particulars}


def test_no_view_holds_a_value_that_is_to_be_masked() -> None:
    """Templates get views only: what is not in a view cannot be on a page."""
    shown = repr([case_view(make_row(), JUDGED, language, 2026) for language in ("zh", "en")])
    assert [value for value in HIDDEN if value in shown] == []
    assert "HY000001" not in shown
    assert "0.998" not in shown


@pytest.mark.parametrize("field", REVEALED)
def test_one_field_is_revealed_and_no_other(field: str) -> None:
    shown = case_view(make_row(), FRESH, "zh", 2026, revealed=field).particulars
    assert {item.code: item.full for item in shown if item.full} == {field: REVEALED[field](make_row())}


def test_what_is_no_field_to_reveal_reveals_nothing() -> None:
    for field in ("", "employer", "sex", "__class__"):
        assert not [item for item in case_view(make_row(), FRESH, "zh", 2026, revealed=field).particulars if item.full]


def test_strength_and_weights_wait_for_the_judgement() -> None:
    assert [(view.strength, view.weights_shown) for view in (case_view(make_row(), case, "zh", 2026) for case in (FRESH, JUDGED))] == [
        (None, False), (Step.STRONG, True)
    ]  # fmt: skip


def test_a_judgement_that_is_taken_back_hides_them_again() -> None:
    last = JUDGED.history[-1]
    back = after(JUDGED, undone(JUDGED, last.actor, last.at, version=JUDGED.version))
    assert case_view(make_row(), back, "zh", 2026).weights_shown is False


def test_an_ended_case_and_one_of_another_list_have_nothing_to_judge() -> None:
    for case in (walked(begun(), "withdraw"), begun("exit")):
        assert case_view(make_row(), case, "zh", 2026).weights_shown is True


def test_the_age_is_the_one_reached_this_year() -> None:
    assert values(make_row(birth_year=1980))["年龄"] == "约 46 岁"
    assert values(make_row(birth_year=None))["年龄"] is None


def test_an_address_of_which_nothing_may_be_shown_is_not_missing() -> None:
    assert values(make_row(address="学府路12号"))["住址"] == "已登记，不显示"
    assert values(make_row(address=None))["住址"] is None
    assert "花名册中没有住址" in case_view(make_row(address=None), FRESH, "zh", 2026).to_verify


def test_a_reason_of_a_rule_that_is_gone_keeps_its_sentence() -> None:
    reason = {"code": "S9", "band": "x", "zh": "旧规则", "en": "an old rule", "source": "gone"}
    (told,) = case_view(make_row(reasons=[reason]), FRESH, "zh", 2026).evidence
    assert (told.chip, told.sentence, told.source, told.period) == ("旧规则", "旧规则", "", "时间未提供")


def test_a_former_archive_is_told() -> None:
    former = {"status": "exited", "zh": "脱困", "en": "exited", "quarter": "2025Q4"}
    view = case_view(make_row(evidence={"formerly_registered": former}), FRESH, "zh", 2026)
    assert view.former == "曾在困难职工档案中，状态：脱困（2025年第4季度），目前不在档。"
    assert case_view(make_row(evidence={}), FRESH, "zh", 2026).former == ""


def test_the_history_is_told_in_words_the_latest_first() -> None:
    case = walked(FRESH, "transfer", reason="现住外地")
    zh, en = (history(case, language, {"officer3": "陈洁"})[0] for language in ("zh", "en"))
    assert (zh.step, en.step) == ("转办", "ask another county")
    assert dict(zh.details) == {"转往": "瑞丽市", "理由": "现住外地"}
    assert [item.who for item in history(case, "zh", {"officer3": "陈洁"})] == [
        "陈洁",
        "officer2",
        "prefecture1",
        "系统",
    ]
    assert case.facts["to_county"] == OTHER


def renewed(**details: object) -> Case:
    return after(FRESH, Event(FRESH.case_id, FRESH.version + 1, RENEW, SYSTEM, FRESH.history[-1].at, details))


def test_a_later_list_tells_which_reasons_came_and_went() -> None:
    heavy, ruined = {"code": "S1", "band": "50000+"}, {"code": "S4", "band": "collapsed"}
    now = history(renewed(before=[heavy], after=[ruined]), "zh", {})[0]
    assert now.step == "更新线索依据"
    assert now.details == [("新增依据", chip(ruined, "zh")), ("不再成立的依据", chip(heavy, "zh"))]
    same = history(renewed(before=[heavy], after=[heavy]), "en", {})[0]
    assert same.details == [("The same reasons, with newer records", chip(heavy, "en"))]
    gone = history(renewed(gone="来源数据撤回"), "zh", {})[0]
    assert gone.details == [("依据已不成立", "来源数据撤回")]


def test_what_others_did_since_the_reader_looked_is_new() -> None:
    case = walked(FRESH, "transfer", reason="现住外地")
    told = history(case, "zh", {}, reader="nobody", known=FRESH.version)
    assert [item.fresh for item in told] == [True] + [False] * FRESH.version
    own = history(case, "zh", {}, reader=case.history[-1].actor.account, known=FRESH.version)
    assert not any(item.fresh for item in own)


def test_outcomes_and_codes_are_told_by_name() -> None:
    case = walked(walked(FRESH, "judge", same_person="no"), "settle:20")
    settled, judged = history(case, "zh", {})[:2]
    assert dict(judged.details) == {"来源记录与会员是同一人吗": "不是同一人"}
    assert dict(settled.details)["核查结论"] not in {"20", ""}


def test_a_step_that_was_taken_back_is_marked() -> None:
    last = JUDGED.history[-1]
    back = after(JUDGED, undone(JUDGED, last.actor, last.at, version=JUDGED.version))
    assert [(item.step, item.undone) for item in history(back, "zh", {})][:2] == [
        ("撤销", False),
        ("判断是否同一人", True),
    ]


def test_only_who_took_the_last_step_may_take_it_back_for_a_while() -> None:
    last = FRESH.history[-1]
    end = last.at + timedelta(minutes=UNDO_MINUTES)
    assert undo_until(FRESH, last.actor.account, end - timedelta(seconds=1)) == end
    assert undo_until(FRESH, last.actor.account, end) is None
    assert undo_until(FRESH, "another", last.at) is None
    assert undo_until(begun(), "screening", BEGIN) is None, "opening is no step"
    assert Actor("another", last.actor.role, last.actor.area) != last.actor
