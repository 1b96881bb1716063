"""Lodging an appeal (登记申诉、公示异议): against which cases, by whom, and what it makes of the case it is about.

An appeal is a case of its own. While a notice runs, lodging it records the objection as well, and the case then waits for
what is decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bangfu.errors import Refused
from bangfu.review.cases import Actor, Case, Event, desk, involved_in, opened
from bangfu.review.needs import Attempt, missing
from bangfu.review.steps import DEFAULT, settled, taken
from schemas.flow import AREA_DIGITS, ROLES
from schemas.flows.appeal import APPEAL, APPEALED, DECISIONS, LODGE

__all__ = ["Lodged", "decision_on", "lodge", "may_lodge", "waits_for_decision"]


@dataclass(frozen=True)
class Lodged:
    """What lodging an appeal adds.

    Attributes:
        appeal: The event that opens the appeal.
        objection: The event of the case it is about; None where that has ended, or waits already.
    """

    appeal: Event
    objection: Event | None


def may_lodge(case: Case, actor: Actor | None, now: datetime) -> bool:
    """Whether an appeal against a case can be lodged now, and by this account; whether one runs already is not asked."""
    return actor is not None and _why_not(case, actor, now) is None


def lodge(
    case_id: str, case: Case, actor: Actor, at: datetime, details: Mapping[str, Any], *, version: int
) -> Lodged:  # fmt: skip
    """The events of an appeal.

    Args:
        case_id: Id of the appeal.
        case: The case it is about.
        actor: Who records it.
        at: When; not before the last event of the case.
        details: What `LODGE` asks for.
        version: Version of the case that the actor saw.

    Raises:
        Refused: `changed_meanwhile`, `not_yours`, `not_appealed`, `too_early`, `lacking`.
    """
    if version != case.version:
        raise Refused(
            "changed_meanwhile",
            "该案在您打开之后已有变动，申诉没有登记；请刷新后核对再登记。",
            "The case has changed since you opened it and no appeal was lodged: reload, look again, then lodge it.",
        )
    if (why := _why_not(case, actor, at)) is not None:
        raise why
    moment = max(at, case.history[-1].at)
    attempt = Attempt(case, LODGE, actor, moment, details, DEFAULT)
    if lacking := missing(attempt):
        raise Refused("lacking", "".join(need.zh for need in lacking), " ".join(need.en for need in lacking))
    step = _objection(case)
    objection = taken(case, step, actor, moment, {"reason": details["ground"]}, version=version) if step else None
    known = {**details, "involved": sorted(involved_in(case)), "about": case.case_id}
    return Lodged(opened(case_id, APPEAL.code, case.county, actor, moment, **known), objection)


def waits_for_decision(case: Case) -> bool:
    """Whether a case stands still until an appeal about it is decided (异议处理中)."""
    return "resolve" in case.rules.steps and case.state in case.rules.steps["resolve"].after


def decision_on(appeal: Case) -> dict[str, Any]:
    """What an ended appeal tells the case that waits for it, as the details of its step `resolve`."""
    told = {"decision": DECISIONS[appeal.state], "appeal": appeal.case_id}
    return told | ({"note": "申诉人已撤回申诉"} if appeal.state == "withdrawn" else {})


def _objection(case: Case) -> str | None:
    """The step by which an objection is recorded in the case's state."""
    return next((step.code for step in case.rules.steps.values() if step.opens and case.state in step.after), None)


def _why_not(case: Case, actor: Actor, now: datetime) -> Refused | None:
    if actor.role not in LODGE.roles or desk(case)[: AREA_DIGITS[actor.role]] != actor.area:
        return Refused(
            "not_yours",
            f"申诉由案件所在县的{'、'.join(ROLES.label(role) for role in LODGE.roles)}登记，请转告。",
            f"An appeal is lodged by {', '.join(ROLES.label(role, 'en') for role in LODGE.roles)} of the county of the case: pass it on.",
        )
    if case.flow not in APPEALED:
        return Refused(
            "not_appealed",
            f"对“{case.rules.zh}”不受理申诉：申诉已答复的可申请复核，其他意见请记入办理记录。",
            f"There is no appeal against a {case.rules.en}: of an appeal's answer a review can be asked, other views go into the notes.",
        )
    if case.stands.ended:
        return None if settled(case, now) else _too_early()
    if waits_for_decision(case) or _objection(case):
        return None
    return Refused(
        "not_appealed",
        f"案件现为“{case.stands.zh}”，还在办理；公示期内或办结后才登记申诉，现在的意见请在办理中一并核实。",
        f"The case is {case.stands.en!r} and still worked on: an appeal is lodged while a notice runs or after the end; see to "
        "what is said now in the case itself.",
    )


def _too_early() -> Refused:
    return Refused(
        "too_early",
        "案件刚刚办结，办理人还可以撤销；请10分钟后再登记申诉。",
        "The case has just ended and its last step can still be taken back: lodge the appeal in ten minutes.",
    )
