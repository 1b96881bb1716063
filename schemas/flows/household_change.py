"""The flow of a household that changed (家庭变动): a member has died, or is said to; the roster is corrected, the others are seen to.

Nothing is asked of the family before it is known whether the member has died, and nobody else's case depends on it.
"""

from __future__ import annotations

from types import MappingProxyType

from schemas.code_list import Code, CodeList
from schemas.flow import Choice, Limit, Need, NeedKind, Role, State, Step, flow
from schemas.flows.shared import ABOVE, COUNTY, REASON

__all__ = ["HOUSEHOLD_CHANGE"]

HOUSEHOLD_CHANGE = flow(
    "household_change",
    "家庭变动核实",
    "change of a household",
    ("told",),
    (
        State("told", "待核实变动", "change to be verified", Role.OFFICER, Limit(10)),
        State("died", "待更正花名册", "roster to be corrected", Role.OFFICER, Limit(5)),
        State("goes_on", "户内其他成员需要帮扶，另案办理", "the household needs help, reviewed anew", opens=("candidate", "assigned")),
        State("corrected", "花名册已更正", "roster corrected"),
        State("alive", "死亡登记不实，本人健在", "the record is wrong, the member lives"),
        State("withdrawn", "变动已撤回", "change withdrawn"),
    ),
    (
        Step(
            "verify",
            "核实变动",
            "verify the change",
            ("told",),
            Choice(
                "finding",
                MappingProxyType({"died": "died", "alive": "alive"}),
                CodeList("change_finding", (Code("died", "死亡属实", "has died"), Code("alive", "本人健在", "is alive"))),
                MappingProxyType(
                    {"alive": (Need(NeedKind.GIVEN, "note", "请写明已向哪个登记部门反馈。", "State which register was told."),)}
                ),
            ),
            COUNTY,
        ),
        Step(
            "correct",
            "登记更正花名册",
            "record that the roster is corrected",
            ("died",),
            Choice(
                "household",
                MappingProxyType({"needs_help": "goes_on", "no_need": "corrected"}),
                CodeList(
                    "household_need",
                    (
                        Code("needs_help", "其他成员可能困难，需要核查", "the others may be in hardship"),
                        Code("no_need", "已了解，暂不需要帮扶", "seen to, no help needed now"),
                    ),
                ),
                MappingProxyType(
                    {
                        "needs_help": (Need(NeedKind.GIVEN, "note", "请写明由户内谁继续办理。", "State who of the household it goes on with."),),
                        "no_need": (Need(NeedKind.GIVEN, "reason", "请写明怎样了解、为什么不需要。", "State how you know, and why no help is needed."),),
                    }
                ),
            ),
            COUNTY,
            (Need(NeedKind.DAY, "on", "请写明更正花名册的日期，不得晚于今天。", "State the day the roster was corrected, not a later one."),),
        ),
        Step("withdraw", "撤回变动", "withdraw", ("told", "died"), "withdrawn", (*ABOVE, Role.SYSTEM), (REASON,), aside=True),
    ),
)  # fmt: skip
"""States and steps of a change in a household."""
