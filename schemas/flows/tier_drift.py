"""The flow of a file whose tier has drifted (层级变化): looked at again, confirmed by another, changed in the national system.

The rules only suggest; where the tier stays, somebody else confirms that as well, since a deeper tier means more help.
"""

from __future__ import annotations

from types import MappingProxyType

from schemas.code_list import Code, CodeList
from schemas.flow import Choice, Limit, Need, NeedKind, Role, State, Step, flow
from schemas.flows.shared import ABOVE, COUNTY, REASON

__all__ = ["TIER_DRIFT"]

TIER_DRIFT = flow(
    "tier_drift",
    "层级变化复核",
    "review of a tier",
    ("drifted",),
    (
        State("drifted", "待复核层级", "tier to be looked at", Role.OFFICER, Limit(10)),
        State("looked", "待确认层级", "tier to be confirmed", Role.APPROVER, Limit(5)),
        State("confirmed", "待调整层级", "tier to be changed", Role.OFFICER, Limit(5)),
        State("changed", "层级已调整", "tier changed"),
        State("stays", "层级不变", "tier stays"),
        State("withdrawn", "层级复核已撤回", "review of the tier withdrawn"),
    ),
    (
        Step(
            "look",
            "登记复核",
            "record the look",
            ("drifted",),
            "looked",
            COUNTY,
            (Need(NeedKind.GIVEN, "tier", "请选择复核后的层级。", "Choose the tier that was found."), REASON),
        ),
        Step(
            "confirm",
            "确认层级",
            "confirm the tier",
            ("looked",),
            Choice(
                "finding",
                MappingProxyType({"changes": "confirmed", "stays": "stays", "again": "drifted"}),
                CodeList(
                    "tier_finding",
                    (
                        Code("changes", "同意调整", "the tier changes"),
                        Code("stays", "维持原层级", "the tier stays"),
                        Code("again", "需重新复核", "to be looked at again"),
                    ),
                ),
            ),
            COUNTY,
            (
                Need(NeedKind.ANOTHER, "look", "复核人不能确认自己的复核，请由另一人办理。", "Who looked cannot confirm it: another person does."),
                REASON,
            ),
        ),
        Step(
            "change",
            "登记层级调整",
            "record the change",
            ("confirmed",),
            "changed",
            COUNTY,
            (Need(NeedKind.DAY, "on", "请写明在国家系统中调整的日期，不得晚于今天。", "State the day of the change in the national system, not a later one."),),
        ),
        Step("withdraw", "撤回复核", "withdraw", ("drifted", "looked", "confirmed"), "withdrawn", (*ABOVE, Role.SYSTEM), (REASON,), aside=True),
    ),
)  # fmt: skip
"""States and steps of a tier that has drifted."""
