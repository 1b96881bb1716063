"""Appeals: against which cases, by whom, from when on their time counts, and who may not review them."""

import re
from datetime import timedelta
from typing import Any

import pytest

from bangfu.china_time import CHINA
from bangfu.errors import Refused
from bangfu.review.appeals import decision_on, lodge, may_lodge, waits_for_decision
from bangfu.review.cases import Actor, Case, after, hands, involved_in, replay
from bangfu.review.deadlines import Calendar, due
from bangfu.review.steps import barred, taken, undone
from schemas.flow import Role
from schemas.flows import FLOWS
from schemas.flows.appeal import APPEALED
from tests.bangfu.review.walking import COUNTY, OTHER, TO_FILE, TO_VISIT, begun, everywhere, walked

OFFICER = Actor("li", Role.OFFICER, COUNTY)
SAID = {"appellant": "worker", "lodged_on": "2026-06-01", "ground": "支出没有算全"}
QUARTER = timedelta(minutes=15)


def refusal(case: Case, actor: Actor = OFFICER, version: int = 0, **said: Any) -> Refused:
    at = case.history[-1].at + QUARTER
    with pytest.raises(Refused) as raised:
        lodge("a1", case, actor, at, {**SAID, **said}, version=version or case.version)
    assert re.search(r"[\u4e00-\u9fff]", raised.value.zh)
    assert not re.search(r"[\u4e00-\u9fff]", raised.value.en)
    return raised.value


def lodged(case: Case, **said: Any) -> tuple[Case, Case]:
    """The appeal, and the case it is about afterwards."""
    made = lodge("a1", case, OFFICER, case.history[-1].at + QUARTER, {**SAID, **said}, version=case.version)
    return replay([made.appeal]), after(case, made.objection) if made.objection else case


def test_appeals_are_lodged_while_a_notice_runs_while_one_is_waited_for_and_after_the_end() -> None:
    """In every state of every flow, and nowhere else."""
    for (flow, state), case in everywhere().items():
        fits = case.stands.ended or state in {"on_notice", "disputed"}
        now = case.history[-1].at + QUARTER
        assert may_lodge(case, OFFICER, now) == (fits and flow in APPEALED), (flow, state)
        assert not may_lodge(case, None, now)
    assert {"appeal", "second_review"}.isdisjoint(APPEALED)
    assert set(FLOWS) >= APPEALED


def test_an_objection_is_recorded_with_its_ground_and_the_notice_waits() -> None:
    appeal, case = lodged(walked(begun(), *TO_FILE))
    assert (case.state, waits_for_decision(case), due(case, Calendar())) == ("disputed", True, None)
    assert case.history[-1].details == {"reason": SAID["ground"]}
    assert (appeal.state, appeal.county, appeal.facts["about"]) == ("lodged", COUNTY, "c1")


def test_what_has_ended_stays_as_it_is() -> None:
    ended = walked(begun(), *TO_VISIT, "verify:10")
    appeal, case = lodged(ended)
    assert case == ended
    assert appeal.state == "lodged"


def test_an_objection_is_taken_back_in_the_appeal_alone() -> None:
    """Else an appeal would go on about a notice that nobody objects to."""
    _, case = lodged(walked(begun(), *TO_FILE))
    with pytest.raises(Refused, match="opened with this step") as raised:
        undone(case, OFFICER, case.history[-1].at, version=case.version)
    assert raised.value.code == "opened_another"


def test_right_after_the_end_it_is_too_early() -> None:
    case = walked(begun(), *TO_VISIT, "verify:10")
    with pytest.raises(Refused) as raised:
        lodge("a1", case, OFFICER, case.history[-1].at + timedelta(minutes=9), SAID, version=case.version)
    assert raised.value.code == "too_early"


@pytest.mark.parametrize(
    "actor",
    [
        Actor("a", Role.OFFICER, OTHER),
        Actor("a", Role.PREFECTURE, "5301"),
        Actor("a", Role.PROVINCE, "53"),
        Actor("a", Role.SYSTEM, "53"),
        Actor("a", Role.OFFICER, ""),
    ],
)
def test_only_the_county_of_the_case_lodges(actor: Actor) -> None:
    assert refusal(walked(begun(), *TO_FILE), actor).code == "not_yours"


def test_what_is_lacking_is_said_at_once() -> None:
    case = walked(begun(), *TO_FILE)
    assert refusal(case, appellant=" ", lodged_on="", ground="").zh.count("。") == 3
    tomorrow = (case.history[-1].at.astimezone(CHINA).date() + timedelta(1)).isoformat()
    assert "不得晚于今天" in refusal(case, lodged_on=tomorrow).zh
    assert refusal(case, version=1).code == "changed_meanwhile"
    assert refusal(walked(begun(), "send")).code == "not_appealed"
    assert refusal(replay([lodge("a1", case, OFFICER, case.history[-1].at, SAID, version=case.version).appeal])).code == "not_appealed"  # fmt: skip


def test_fifteen_working_days_from_the_stated_day() -> None:
    """2026-05-25 is a Monday: recorded on the first of June, it is due by the fifteenth working day after the 25th."""
    appeal, _ = lodged(walked(begun(), *TO_FILE), lodged_on="2026-05-25")
    reviewed = walked(appeal, "take_up")
    end = due(reviewed, Calendar())
    assert end is not None
    assert end.day.isoformat() == "2026-06-15"
    on_time, _ = lodged(walked(begun(), *TO_FILE))
    assert on_time.entered["lodged"].astimezone(CHINA).date().isoformat() == "2026-06-01"


def test_who_had_a_hand_in_the_case_is_known_to_the_appeal() -> None:
    """Steps and visits of the case, wherever it went on; not who recorded the objection, nor a step taken back."""
    case = walked(begun(), *TO_FILE)
    officers = {event.actor.account for event in case.history if event.actor.role is not Role.SYSTEM}
    assert involved_in(case) == officers | {"visitor1", "visitor2"}
    appeal, objected = lodged(case)
    assert involved_in(objected) == involved_in(case)
    assert hands(appeal, "original") == involved_in(case)
    assert set(appeal.facts["involved"]) == involved_in(case)
    confirmer = next(event.actor.account for event in case.history if event.step == "verify")
    for account in (confirmer, "visitor1"):
        with pytest.raises(Refused, match="had a hand"):
            taken(appeal, "take_up", Actor(account, Role.APPROVER, COUNTY), appeal.history[-1].at, {}, version=1)
        assert barred(appeal, appeal.rules.steps["take_up"], Actor(account, Role.APPROVER, COUNTY)) is not None
        assert barred(appeal, appeal.rules.steps["pass_up"], Actor(account, Role.APPROVER, COUNTY)) is None
    assert taken(appeal, "take_up", OFFICER, appeal.history[-1].at, {}, version=1), "who recorded it may review it"


def test_a_step_that_was_taken_back_is_no_hand_in_the_case() -> None:
    case = walked(begun(), "send", "receive")
    last = case.history[-1]
    assert last.actor.account in involved_in(case)
    back = after(case, undone(case, last.actor, last.at, version=case.version))
    assert last.actor.account not in involved_in(back)


@pytest.mark.parametrize(
    ("steps", "decision"),
    [
        (("take_up", "decide:upheld", "consent"), "upheld"),
        (("take_up", "decide:corrected", "consent"), "corrected"),
        (("take_up", "decide:upheld", "ask_review", "decide_finally:revisit"), "revisit"),
        (("withdraw",), "upheld"),
    ],
)
def test_every_end_decides(steps: tuple[str, ...], decision: str) -> None:
    case = walked(begun("appeal"), *steps)
    told = decision_on(case)
    assert (told["decision"], told["appeal"]) == (decision, "c1")
    assert ("note" in told) == (case.state == "withdrawn")
