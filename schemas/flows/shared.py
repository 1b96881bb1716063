"""Needs and steps that several flows have: the visit of two, the second person, the public notice (公示)."""

from __future__ import annotations

from types import MappingProxyType

from schemas.code_list import Code, CodeList
from schemas.flow import STAY, Choice, Limit, Need, NeedKind, Role, State, Step, Unit

COUNTY = (Role.OFFICER, Role.APPROVER)
ABOVE = (Role.PREFECTURE, Role.PROVINCE)

REASON = Need(NeedKind.GIVEN, "reason", "请写明理由。", "State the reason.")
TWO_VISITORS = Need(
    NeedKind.PERSONS, "visitors", "入户须两人以上，请写明两名调查人。", "A visit takes two: name both visitors.", 2
)
VISITED_ON = Need(
    NeedKind.DAY, "visited_on", "请写明入户日期，不得晚于今天。", "State the day of the visit, not a later one."
)
VISIT_FORM = Need(NeedKind.GIVEN, "form", "请填写入户调查表编号。", "State the number of the visit form.")
NOT_THE_VISITORS = Need(
    NeedKind.ANOTHER,
    "visit",
    "入户调查人不能核实自己的调查，请由另一人办理。",
    "Who visited cannot confirm the own visit: another person does.",
)
AGREED = Need(NeedKind.RECORDED, "informed", "尚未征得本人同意，不得入户。", "No visit before the person agreed.")
AGREED_ON = Need(
    NeedKind.DAY,
    "agreed_on",
    "请写明本人同意的日期，不得晚于今天。",
    "State the day the person agreed, not a later one.",
)
AFTER_CONSENT = Need(
    NeedKind.NOT_BEFORE,
    "visited_on",
    "入户日期早于本人同意的日期，请核对。",
    "The visit lies before the day the person agreed: look again.",
    than="agreed_on",
)
ON = Need(NeedKind.DAY, "on", "请写明日期，不得晚于今天。", "State the day, not a later one.")
VISIT_NEEDS = (TWO_VISITORS, VISITED_ON, VISIT_FORM)
TO_WHOM = Need(NeedKind.GIVEN, "assignee", "请写明分派给谁。", "State who is to do it.")

DECISION = CodeList(  # 申诉处理结果
    "appeal_decision",
    (
        Code("upheld", "维持", "upheld"),
        Code("corrected", "更正", "corrected"),
        Code("revisit", "重新入户", "visit again"),
    ),
)

NOTICE_DAYS = Limit(5, Unit.WORKING_DAYS, least=3, most=7)
"""How long a public notice stands; each place may set 3 to 7 working days."""


def consent_steps(first: str, told: Need) -> tuple[Step, ...]:
    """The first contact or attempts at it, and that the person agrees: what comes before any visit.

    Args:
        first: State from which the household is contacted.
        told: What the person is told before being asked.
    """
    return (
        Step("contact", "登记首次联系", "record the first contact", (first,), "contacted", COUNTY, (ON,)),
        Step("attempt", "登记未联系上", "record an attempt", (first, "contacted"), STAY, COUNTY, (ON,)),
        Step(
            "ask", "登记本人同意", "record that the person agrees", ("contacted",), "agreed", COUNTY, (told, AGREED_ON)
        ),
    )


def notice_states(name_zh: str, name_en: str) -> tuple[State, ...]:
    """The notice runs; somebody objects to it."""
    return (
        State("on_notice", f"{name_zh}中", f"{name_en} running", Role.OFFICER, Limit(2), waits=NOTICE_DAYS),
        State(
            "disputed",
            "异议处理中",
            "objection under review",
            Role.APPROVER,
            no_limit=("期限由申诉案件计算，15个工作日", "the appeal has the limit, 15 working days"),
        ),
    )


def notice_steps(
    before: str, after: str, upheld: str, corrected: str, revisit: str, *needs: Need, after_lot: bool = False
) -> tuple[Step, ...]:
    """Publish, object, resolve, end.

    An objection is an appeal (申诉): recorded by lodging one, resolved by what it decides and by nobody's hand.

    Args:
        before, after: State before the notice, and after it ended without objection.
        upheld, corrected, revisit: Where the decision on an objection leads.
        *needs: What publishing needs beside the place of the notice.
        after_lot: Whether cases of the flow may be drawn for a second look, which begins before anything is public.
    """
    decisions = MappingProxyType({"upheld": upheld, "corrected": corrected, "revisit": revisit})
    place = Need(
        NeedKind.GIVEN,
        "notice",
        "请写明公示地点或编号；公示不得含证件号码、电话、病情和未成年人姓名。",
        "State where the notice hangs or its number; it must not tell identity numbers, telephones, diseases or names of minors.",
    )
    return (
        Step(
            "publish_notice",
            "发布公示",
            "publish the notice",
            (before,),
            "on_notice",
            COUNTY,
            (*needs, place),
            after_lot=after_lot,
        ),
        Step(
            "object",
            "登记异议",
            "record an objection",
            ("on_notice",),
            "disputed",
            COUNTY,
            (REASON,),
            opens="appeal",
            aside=True,
        ),
        Step(
            "resolve",
            "按申诉结果处理",
            "follow the decision on the objection",
            ("disputed",),
            Choice("decision", decisions, DECISION),
            (Role.SYSTEM,),
            (Need(NeedKind.GIVEN, "appeal", "请写明申诉案件编号。", "State the number of the appeal."),),
        ),
        Step(
            "end_notice",
            "结束公示",
            "end the notice",
            ("on_notice",),
            after,
            (*COUNTY, Role.SYSTEM),
            (
                Need(
                    NeedKind.WAITED,
                    "on_notice",
                    "公示期未满，请期满后办理。",
                    "The notice must stand for its whole time.",
                ),
            ),
        ),
    )
