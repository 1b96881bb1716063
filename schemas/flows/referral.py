"""The flow of a referral (转介): passed to a department with the person's consent, and followed until the department replies.

Nobody falls between two chairs: whom the department does not take is reviewed by the union itself.
"""

from __future__ import annotations

from types import MappingProxyType

from schemas.code_list import Code, CodeList
from schemas.flow import Choice, Limit, Need, NeedKind, Role, State, Step, flow
from schemas.flows.shared import ABOVE, COUNTY, REASON

__all__ = ["REFERRAL"]

REFERRAL = flow(
    "referral",
    "转介办理",
    "referral",
    ("consented",),
    (
        State("consented", "待转介", "to be referred", Role.OFFICER, Limit(5)),
        State("referred", "待部门答复", "reply of the department awaited", Role.OFFICER, Limit(20)),
        State("taken_on", "部门已受理", "taken on by the department"),
        State("turned_down", "部门未受理，由工会核查", "not taken on, reviewed by the union", opens=("candidate", "assigned")),
        State("declined", "本人不再同意转介", "the person no longer agrees"),
        State("withdrawn", "转介已撤回", "referral withdrawn"),
    ),
    (
        Step(
            "refer",
            "登记转介",
            "record the referral",
            ("consented",),
            "referred",
            COUNTY,
            (
                Need(NeedKind.GIVEN, "referral_consent", "转介前请再次确认本人同意，并登记。", "Make sure once more that the person agrees, and record it."),
                Need(NeedKind.GIVEN, "department", "请选择转介到哪个部门。", "Choose the department."),
                Need(NeedKind.DAY, "on", "请写明转介日期，不得晚于今天。", "State the day of the referral, not a later one."),
            ),
        ),
        Step(
            "reply",
            "登记部门答复",
            "record the reply",
            ("referred",),
            Choice(
                "reply",
                MappingProxyType({"taken_on": "taken_on", "turned_down": "turned_down"}),
                CodeList("referral_reply", (Code("taken_on", "已受理", "taken on"), Code("turned_down", "未受理", "not taken on"))),
                MappingProxyType({"turned_down": (Need(NeedKind.GIVEN, "reason", "请写明部门未受理的理由。", "State why the department does not take it on."),)}),
            ),
            COUNTY,
        ),
        Step("give_up", "登记本人不再同意", "record that the person no longer agrees", ("consented", "referred"), "declined", COUNTY, aside=True),
        Step("withdraw", "撤回转介", "withdraw", ("consented", "referred"), "withdrawn", (*ABOVE, Role.SYSTEM), (REASON,), aside=True),
    ),
)  # fmt: skip
"""States and steps of a referral."""
