"""The flow of who left the archive (返困监测): looked after each quarter for a year, and seen to at once when there are signs."""

from __future__ import annotations

from types import MappingProxyType

from schemas.code_list import Code, CodeList
from schemas.flow import Choice, Limit, Need, NeedKind, Role, State, Step, Unit, flow
from schemas.flows.shared import ABOVE, COUNTY, NOT_THE_VISITORS, REASON, VISIT_NEEDS

__all__ = ["MONITOR"]

MONITOR = flow(
    "monitor",
    "返困监测",
    "return to hardship",
    ("watching", "signalled"),
    (
        State("watching", "监测中", "watched", Role.OFFICER, Limit(10), waits=Limit(3, Unit.MONTHS)),
        State("signalled", "有返困迹象，待入户", "signs of return, to be visited", Role.OFFICER, Limit(5), Limit(24, Unit.HOURS)),
        State("visited", "待判定", "to be judged", Role.APPROVER, Limit(5)),
        State("returned", "已返困，重新核查", "returned, reviewed anew", opens=("candidate", "assigned")),
        State("stable", "监测期满", "watched to the end"),
        State("withdrawn", "监测已撤回", "watching withdrawn"),
    ),
    (
        Step(
            "look",
            "登记季度走访",
            "record the quarterly call",
            ("watching",),
            "watching",
            COUNTY,
            (Need(NeedKind.DAY, "on", "请写明走访日期，不得晚于今天。", "State the day of the call, not a later one."),),
        ),
        Step("signal", "登记返困迹象", "record signs of return", ("watching",), "signalled", (*COUNTY, Role.SYSTEM), (REASON,)),
        Step("visit", "登记入户调查", "record the visit", ("signalled",), "visited", COUNTY, VISIT_NEEDS),
        Step(
            "judge",
            "判定",
            "judge",
            ("visited",),
            Choice(
                "finding",
                MappingProxyType({"returned": "returned", "not_returned": "watching", "again": "signalled"}),
                CodeList(
                    "return_finding",
                    (
                        Code("returned", "已返困", "returned to hardship"),
                        Code("not_returned", "未返困，继续监测", "not returned, watched further"),
                        Code("again", "需重新入户", "to be visited again"),
                    ),
                ),
            ),
            COUNTY,
            (NOT_THE_VISITORS, REASON),
        ),
        Step(
            "finish",
            "监测期满结束",
            "end the watching",
            ("watching",),
            "stable",
            (*COUNTY, Role.SYSTEM),
            (
                Need(
                    NeedKind.WAITED, "opened", "监测须满12个月。", "The watching lasts twelve months.",
                    limit=Limit(12, Unit.MONTHS, since="opened"),
                ),
            ),
        ),
        Step(
            "withdraw", "撤回监测", "withdraw", ("watching", "signalled", "visited"), "withdrawn", (*ABOVE, Role.SYSTEM), (REASON,),
            aside=True,
        ),
    ),
)  # fmt: skip
"""States and steps of who left the archive."""
