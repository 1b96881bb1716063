"""The flow of an appeal (申诉、公示异议): 15 working days, another reviewer, and the next higher union on request (复核).

Who appeals is told by kind and never by name: the appellant is served from the paper, and the case needs no more.
"""

from __future__ import annotations

from types import MappingProxyType

from schemas.flow import Choice, Limit, Need, NeedKind, Role, State, Step, flow
from schemas.flows.shared import ABOVE, COUNTY, DECISION, REASON

__all__ = ["APPEAL", "APPEALED", "DECISIONS", "LODGE"]

APPEALED = frozenset({"candidate", "exit", "monitor", "duplicate", "tier_drift"})
"""Flows whose cases can be appealed against: those that decide about the help of a household."""

LODGE = Step(
    "lodge",
    "登记申诉",
    "lodge an appeal",
    (),
    "lodged",
    COUNTY,
    (
        Need(NeedKind.GIVEN, "appellant", "请选择由谁提出。", "State who appeals, by kind."),
        Need(
            NeedKind.DAY,
            "lodged_on",
            "请写明提出申诉的日期，不得晚于今天。",
            "State the day of the appeal, not a later one.",
        ),
        Need(NeedKind.GIVEN, "ground", "请写明申诉的理由。", "State the ground of the appeal."),
    ),
)
"""What is asked where an appeal is lodged from the case it is about; its time counts from the stated day."""

_ANOTHER = Need(
    NeedKind.ANOTHER,
    "original",
    "办理过原案的人不能审查申诉，请由另一人办理或报上一级。",
    "Who had a hand in the case cannot review the appeal: another person does, or the next higher union.",
)
_ANOTHER_THAN_BEFORE = Need(
    NeedKind.ANOTHER, "decide", "作出答复的人不能复核。", "Who answered cannot review the answer."
)
_ENDED = MappingProxyType({item.code: item.code for item in DECISION.codes})
_AFRESH = ("candidate", "assigned")

APPEAL = flow(
    "appeal",
    "申诉",
    "appeal",
    ("lodged",),
    (
        State("lodged", "待受理", "to be taken up", Role.APPROVER, Limit(3)),
        State("in_review", "审查中", "under review", Role.APPROVER, Limit(15, since="lodged")),
        State("answered", "已答复，可申请复核", "answered, may be reviewed", Role.APPROVER, Limit(2), waits=Limit(10)),
        State("higher_review", "上一级复核", "under review by the next higher union", Role.PREFECTURE, Limit(15)),
        State("upheld", "维持", "upheld"),
        State("corrected", "更正，重新办理", "corrected, reviewed anew", opens=_AFRESH),
        State("revisit", "重新入户", "to be visited again", opens=_AFRESH),
        State("withdrawn", "申诉人撤回", "withdrawn by the appellant"),
    ),
    (
        Step("take_up", "受理", "take up", ("lodged",), "in_review", COUNTY, (_ANOTHER,)),
        Step("pass_up", "报上一级审查", "pass to the next higher union", ("lodged", "in_review"), "higher_review", COUNTY, (REASON,)),
        Step("decide", "答复", "answer", ("in_review",), Choice("decision", MappingProxyType(dict.fromkeys(_ENDED, "answered")), DECISION), COUNTY, (_ANOTHER, REASON)),
        Step("ask_review", "申请复核", "ask for a review", ("answered",), "higher_review", COUNTY, (REASON,)),
        Step("consent", "申诉人接受答复", "the appellant accepts", ("answered",), Choice("decision", _ENDED, DECISION, recorded=True), COUNTY),
        Step(
            "settle",
            "期满办结",
            "settle after the time for review",
            ("answered",),
            Choice("decision", _ENDED, DECISION, recorded=True),
            (*COUNTY, Role.SYSTEM),
            (Need(NeedKind.WAITED, "answered", "申请复核的期限未满。", "The time to ask for a review is not over."),),
            aside=True,
        ),
        Step("decide_finally", "复核决定", "decide finally", ("higher_review",), Choice("decision", _ENDED, DECISION), ABOVE, (_ANOTHER, _ANOTHER_THAN_BEFORE, REASON)),
        Step("withdraw", "登记撤回申诉", "record that the appeal is withdrawn", ("lodged", "in_review", "answered", "higher_review"), "withdrawn", (*COUNTY, *ABOVE), (REASON,), aside=True),
    ),
)  # fmt: skip
"""States and steps of an appeal. `corrected` and `revisit` open a case anew where the appealed one has ended; where it waits
for the decision (`disputed`), the decision is passed to it instead."""

DECISIONS = MappingProxyType({**_ENDED, "withdrawn": "upheld"})
"""What the end of an appeal decides, by state: where nobody objects any more, the notice goes on as it would had it been upheld."""
