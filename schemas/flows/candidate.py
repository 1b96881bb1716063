"""The flow of a clue (线索核查): from the list to the archive, or to a reason why not.

Nothing here is decided by the program: a person agrees before a visit, two visit, another confirms, and the archive is the
national system's. Time limits that no document states are defaults for the federation to set: all but receipt (2 working
days), first contact (5), visit (15 from assignment), notice (3 to 7) and 24 hours for deaths and collapsed houses.
"""

from __future__ import annotations

from types import MappingProxyType

from schemas.code_list import Code, CodeList
from schemas.flow import BACK, STAY, Choice, Limit, Need, NeedKind, Role, State, Step, Unit, flow
from schemas.flows.outcome_choice import FOUND_BY_VISIT, NOT_MET, outcomes
from schemas.flows.shared import (
    ABOVE,
    AFTER_CONSENT,
    AGREED,
    COUNTY,
    NOT_THE_VISITORS,
    REASON,
    TO_WHOM,
    VISIT_NEEDS,
    consent_steps,
    notice_states,
    notice_steps,
)
from schemas.outcomes import OUTCOMES

__all__ = ["CANDIDATE", "JUDGED", "URGENT_REASONS"]

URGENT_REASONS = frozenset({("S4", "collapsed"), ("S4D", "member")})
"""Screen and band of the reasons that cannot wait (抢先): a collapsed house, a death in the family. Each county contacts within 24 hours."""

JUDGED = ("verified", "deliberated", "on_notice", "noticed", "approved")
"""States of a clue whose visit was confirmed and that nobody disputes; it has an outcome and has not ended."""

_OFFICER, _APPROVER, _PREFECTURE = Role.OFFICER, Role.APPROVER, Role.PREFECTURE
_FIRST_DAY = Limit(24, Unit.HOURS, since="sent")
_VISIT = Limit(15, since="assigned")
_BEFORE_VISIT = ("assigned", "contacted", "agreed", "authorised")
_TO_VISIT = ("authorised", "to_revisit")

_TOLD = Need(
    NeedKind.GIVEN,
    "informed",
    "请先告知来源、用途和可以不申请，再登记本人意愿。",
    "First tell where it comes from, what for, and that one need not apply; then record what the person wishes.",
)
_AUTHORISED = Need(
    NeedKind.RECORDED,
    "authorisation",
    "尚未签署核对授权书，不得入户核对。",
    "No check before the authorisation is signed.",
)
_SAME_PERSON = Need(NeedKind.GIVEN, "same_person", "请选择：是、否或不能确定。", "Choose yes, no, or not sure.")
_TO_COUNTY = Need(NeedKind.COUNTY, "to_county", "请选择另一个县（市、区）。", "Choose another county.")
_BEFORE_JUDGED = ("sent", "received", *_BEFORE_VISIT, "to_revisit", "visited")

CANDIDATE = flow(
    "candidate",
    "线索核查",
    "review of a clue",
    ("raised", "assigned"),
    (
        State("raised", "待初筛", "to be screened", Role.PROVINCE, Limit(5), Limit(24, Unit.HOURS)),
        State("sent", "待签收", "to be received", _OFFICER, Limit(2), _FIRST_DAY),
        State("received", "待分派", "to be assigned", _APPROVER, Limit(2), _FIRST_DAY),
        State("assigned", "待联系", "to be contacted", _OFFICER, Limit(5), _FIRST_DAY),
        State("contacted", "待征询意愿", "to be asked", _OFFICER, _VISIT),
        State("agreed", "待签授权书", "authorisation to be signed", _OFFICER, _VISIT),
        State("authorised", "待入户", "to be visited", _OFFICER, _VISIT),
        State("to_revisit", "待重新入户", "to be visited again", _OFFICER, Limit(15)),
        State("visited", "待核实", "to be confirmed", _APPROVER, Limit(10)),
        State("verified", "待评议", "to be deliberated", _OFFICER, Limit(5)),
        State("deliberated", "待公示", "notice to be published", _OFFICER, Limit(5)),
        *notice_states("公示", "public notice"),
        State("noticed", "待研究审批", "to be approved", _APPROVER, Limit(5)),
        State("approved", "待建档移交", "to be filed", _OFFICER, Limit(5)),
        State("returned", "待改派", "to be sent elsewhere", _PREFECTURE, Limit(2), _FIRST_DAY),
        State("transferring", "待接收转办", "transfer to be accepted", _OFFICER, Limit(2), _FIRST_DAY, asked=True),
        State(
            "put_off", "暂缓", "put off", _OFFICER, Limit(5), waits=Limit(0, Unit.STATED_DAY, since="until")
        ),
        State("filed", "已建档", "filed"),
        State("household_goes_on", "死亡，户内其他成员另案办理", "dead, the household is reviewed anew", opens=("candidate", "assigned")),
        State("closed", "已办结（未建档）", "closed without a file"),
        State("withdrawn", "线索已撤回", "clue withdrawn"),
    ),
    (
        Step("send", "派发", "send to the county", ("raised",), "sent", (*ABOVE, Role.SYSTEM)),
        Step(
            "sift", "初筛反馈", "settle at screening", ("raised",), outcomes(("05", "06", "20", "21", "22")), ABOVE, (REASON,)
        ),
        Step("receive", "签收", "receive", ("sent",), "received", COUNTY),
        Step("send_back", "退回（错派）", "return as misrouted", ("sent", "received", "assigned"), "returned", COUNTY, (REASON,), aside=True),
        Step("redirect", "改派", "send to another county", ("returned",), "sent", ABOVE, (_TO_COUNTY,), moves=True),
        Step("insist", "仍由原县办理", "leave it with the county", ("returned",), "sent", ABOVE, (REASON,)),
        Step("assign", "分派", "assign", ("received",), "assigned", COUNTY, (TO_WHOM,)),
        Step("reassign", "改派经办人", "assign to somebody else", (*_BEFORE_VISIT, "to_revisit"), STAY, COUNTY, (TO_WHOM, REASON), aside=True),
        Step("judge", "判断是否同一人", "judge whether it is the same person", _BEFORE_JUDGED, STAY, COUNTY, (_SAME_PERSON,)),
        *consent_steps("assigned", _TOLD),
        Step(
            "authorise",
            "登记授权书",
            "record the authorisation",
            ("agreed",),
            "authorised",
            COUNTY,
            (Need(NeedKind.GIVEN, "authorisation", "请填写授权书编号。", "State the number of the authorisation."),),
        ),
        Step("visit", "登记入户调查", "record the visit", _TO_VISIT, "visited", COUNTY, (AGREED, _AUTHORISED, *VISIT_NEEDS, AFTER_CONSENT)),
        Step(
            "settle",
            "反馈结果（未入户）",
            "settle without a visit",
            ("received", *_BEFORE_VISIT, "to_revisit"),
            outcomes(code for code in OUTCOMES if code not in FOUND_BY_VISIT),
            COUNTY,
            aside=True,
        ),
        Step(
            "verify",
            "核实并反馈结果",
            "confirm the visit and its outcome",
            ("visited",),
            outcomes((code for code in OUTCOMES if code not in {"30", "31"}), confirmed="verified"),
            COUNTY,
            (NOT_THE_VISITORS,),
        ),
        Step("visit_again", "要求重新入户", "ask for another visit", ("visited", "verified"), "to_revisit", COUNTY, (REASON,), aside=True),
        Step(
            "deliberate",
            "登记评议",
            "record the deliberation",
            ("verified",),
            Choice(
                "deliberation",
                MappingProxyType({"agreed": "deliberated", "again": "visited"}),
                CodeList("deliberation", (Code("agreed", "同意", "agreed"), Code("again", "需再核实", "to be confirmed again"))),
            ),
            COUNTY,
            (Need(NeedKind.GIVEN, "minutes", "请填写评议记录编号。", "State the number of the minutes."),),
        ),
        *notice_steps(
            "deliberated", "noticed", "on_notice", "visited", "to_revisit",
            Need(NeedKind.GIVEN, "notice_consent", "请填写本人签署的公示同意书编号。", "State the number of the signed consent to the notice."),
            after_lot=True,
        ),
        Step(
            "approve",
            "批准建档",
            "approve",
            ("noticed",),
            "approved",
            (_APPROVER,),
            (
                NOT_THE_VISITORS,
                Need(NeedKind.ANOTHER, "verify", "核实人不能批准，请由另一名负责人办理。", "Who confirmed cannot approve: another person does."),
                Need(NeedKind.GIVEN, "resolution", "请填写研究决定的文号或会议记录编号。", "State the number of the resolution."),
            ),
        ),
        Step(
            "review_anew",
            "按盲审裁定重新入户",
            "visit again, by the ruling on the second review",
            ("visited", *JUDGED),
            "to_revisit",
            (Role.SYSTEM,),
            (REASON,),
        ),
        Step("correct", "退回补正", "send back to be corrected", ("noticed",), "visited", (_APPROVER,), (REASON,), aside=True),
        Step("reject", "不予建档", "decide not to file", ("noticed",), outcomes((*NOT_MET, "99")), (_APPROVER,), (NOT_THE_VISITORS, REASON), aside=True),
        Step(
            "give_up",
            "登记本人撤回",
            "record that the person withdraws",
            ("visited", "verified", "deliberated", "on_notice", "disputed", "noticed", "approved"),
            outcomes(("40", "41")),
            COUNTY,
            aside=True,
        ),
        Step(
            "file",
            "登记建档",
            "record the file",
            ("approved",),
            "filed",
            COUNTY,
            (Need(NeedKind.GIVEN, "archive_no", "请填写国家系统的档案编号。", "State the number of the file in the national system."),),
        ),
        Step("transfer", "转办", "ask another county", ("received", *_BEFORE_VISIT), "transferring", COUNTY, (_TO_COUNTY, REASON), aside=True),
        Step("accept", "接收转办", "accept the transfer", ("transferring",), "received", COUNTY, asked=True, moves=True),
        Step("decline", "不接收转办", "decline the transfer", ("transferring",), BACK, COUNTY, (REASON,), asked=True),
        Step("take_back", "收回转办", "take the transfer back", ("transferring",), BACK, COUNTY),
        Step("resume", "恢复办理", "go on", ("put_off",), BACK, (*COUNTY, Role.SYSTEM)),
        Step(
            "withdraw",
            "撤回线索",
            "withdraw the clue",
            ("raised", "sent", "received", *_BEFORE_VISIT, "returned", "transferring", "put_off"),
            "withdrawn",
            (*ABOVE, Role.SYSTEM),
            (REASON,),
            aside=True,
        ),
    ),
)  # fmt: skip
"""States and steps of a clue."""
