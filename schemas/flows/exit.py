"""The flow of an exit suggestion (退出建议): visit, confirmation, notice, approval; then a year of looking after (返困监测)."""

from __future__ import annotations

from types import MappingProxyType

from schemas.code_list import Code, CodeList
from schemas.flow import Choice, Limit, Need, NeedKind, Role, State, Step, flow
from schemas.flows.shared import (
    ABOVE,
    COUNTY,
    NOT_THE_VISITORS,
    REASON,
    VISIT_NEEDS,
    notice_states,
    notice_steps,
)

__all__ = ["EXIT"]

EXIT = flow(
    "exit",
    "退出核查",
    "review of an exit",
    ("proposed",),
    (
        State("proposed", "待入户", "to be visited", Role.OFFICER, Limit(15)),
        State("visited", "待核实确认", "to be confirmed", Role.APPROVER, Limit(10)),
        State("confirmed", "待退出公示", "notice to be published", Role.OFFICER, Limit(5)),
        *notice_states("退出公示", "public notice of the exit"),
        State("noticed", "待研究审批", "to be approved", Role.APPROVER, Limit(5)),
        State("exited", "已退出，转入监测", "left, watched for a year", opens=("monitor", "watching")),
        State("kept", "撤回退出，继续帮扶", "stays in the archive"),
    ),
    (
        Step("visit", "登记入户调查", "record the visit", ("proposed",), "visited", COUNTY, VISIT_NEEDS),
        Step(
            "confirm",
            "核实确认",
            "confirm",
            ("visited",),
            Choice(
                "finding",
                MappingProxyType({"leaves": "confirmed", "stays": "kept", "again": "proposed"}),
                CodeList(
                    "exit_finding",
                    (
                        Code("leaves", "符合退出条件", "meets the conditions of leaving"),
                        Code("stays", "仍困难，不退出", "still in hardship, stays"),
                        Code("again", "需重新入户", "to be visited again"),
                    ),
                ),
            ),
            COUNTY,
            (NOT_THE_VISITORS, REASON),
        ),
        *notice_steps("confirmed", "noticed", "on_notice", "visited", "proposed"),
        Step(
            "approve",
            "批准退出",
            "approve the exit",
            ("noticed",),
            "exited",
            (Role.APPROVER,),
            (
                NOT_THE_VISITORS,
                Need(NeedKind.ANOTHER, "confirm", "核实确认人不能批准退出。", "Who confirmed cannot approve the exit."),
                Need(NeedKind.GIVEN, "resolution", "请填写批准退出的文号。", "State the number of the resolution."),
            ),
        ),
        Step("correct", "退回补正", "send back to be corrected", ("noticed",), "visited", (Role.APPROVER,), (REASON,), aside=True),
        Step(
            "withdraw",
            "撤回退出",
            "withdraw the suggestion",
            ("proposed", "visited", "confirmed", "on_notice", "disputed", "noticed"),
            "kept",
            (Role.APPROVER, *ABOVE, Role.SYSTEM),
            (REASON,),
            aside=True,
        ),
    ),
)  # fmt: skip
"""States and steps of an exit."""
