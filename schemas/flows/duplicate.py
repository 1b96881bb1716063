"""The flow of files that seem to be of one household (重复建档): compared, confirmed by another, cleared in the national system.

No household loses its help by it: one file is kept, and named before the other is cleared.
"""

from __future__ import annotations

from types import MappingProxyType

from schemas.code_list import Code, CodeList
from schemas.flow import Choice, Limit, Need, NeedKind, Role, State, Step, flow
from schemas.flows.shared import ABOVE, COUNTY, REASON

__all__ = ["DUPLICATE"]

_SAME_HOUSEHOLD = CodeList(
    "duplicate_finding", (Code("same", "同一户", "one household"), Code("different", "不是同一户", "two households"))
)
_KEPT = Need(NeedKind.GIVEN, "kept", "请写明保留哪一份档案。", "State which file is kept.")
_ANOTHER = Need(NeedKind.ANOTHER, "compare", "核对人不能确认自己的结论。", "Who compared cannot confirm it.")

DUPLICATE = flow(
    "duplicate",
    "重复建档核查",
    "review of duplicate files",
    ("found",),
    (
        State("found", "待核对", "to be compared", Role.OFFICER, Limit(10)),
        State("matched", "待确认", "to be confirmed", Role.APPROVER, Limit(5)),
        State("contested", "待州（市）裁定", "for the prefecture to decide", Role.PREFECTURE, Limit(10)),
        State("confirmed", "待处理", "to be cleared", Role.OFFICER, Limit(5)),
        State("cleared", "已处理", "cleared"),
        State("different", "不是重复", "no duplicates"),
        State("withdrawn", "已撤回", "withdrawn"),
    ),
    (
        Step(
            "compare",
            "核对",
            "compare",
            ("found",),
            Choice(
                "finding",
                MappingProxyType({"same": "matched", "different": "different"}),
                _SAME_HOUSEHOLD,
                MappingProxyType({"same": (_KEPT,)}),
            ),
            COUNTY,
            (REASON,),
        ),
        Step("refer_up", "跨县或有争议，报州（市）", "refer to the prefecture", ("found", "matched"), "contested", COUNTY, (REASON,)),
        Step("confirm", "确认", "confirm", ("matched",), "confirmed", COUNTY, (_ANOTHER,)),
        Step("compare_again", "退回重新核对", "have it compared again", ("matched",), "found", COUNTY, (REASON,)),
        Step(
            "rule",
            "裁定",
            "decide",
            ("contested",),
            Choice(
                "finding",
                MappingProxyType({"same": "confirmed", "different": "different"}),
                _SAME_HOUSEHOLD,
                MappingProxyType({"same": (_KEPT,)}),
            ),
            ABOVE,
            (REASON,),
        ),
        Step(
            "clear",
            "登记处理",
            "record the clearing",
            ("confirmed",),
            "cleared",
            COUNTY,
            (Need(NeedKind.GIVEN, "cleared", "请写明在国家系统中注销的档案编号。", "State the number of the file cleared in the national system."),),
        ),
        Step(
            "withdraw", "撤回", "withdraw", ("found", "matched", "contested", "confirmed"), "withdrawn", (*ABOVE, Role.SYSTEM), (REASON,),
            aside=True,
        ),
    ),
)  # fmt: skip
"""States and steps of duplicate files."""
