"""Taking a step (办理): what is open to whom, what a step adds, and why not.

Who may not act is told who may; what is lacking is said as something to do. Nothing is decided here that the flow does not
declare.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bangfu.errors import Refused
from bangfu.review.cases import OPEN, UNDO, Actor, Case, Event, desk, hands
from bangfu.review.deadlines import Calendar
from bangfu.review.needs import Attempt, details_of, missing
from schemas.flow import AREA_DIGITS, ROLES, UNDO_MINUTES, Choice, Need, NeedKind, Role, Step

__all__ = ["DEFAULT", "barred", "follows", "settled", "steps_open", "taken", "undone"]

DEFAULT = Calendar()


def steps_open(case: Case, actor: Actor) -> tuple[Step, ...]:
    """Steps of the state that the actor's role and area may take, in the order of the flow.

    What a step still needs is told by `bangfu.review.needs.missing`.
    """
    return tuple(step for step in case.rules.steps.values() if case.state in step.after and _may(case, step, actor))


def barred(case: Case, step: Step, actor: Actor) -> Need | None:
    """Why this account cannot take a step that is open to its role: it needs another person; None where it can."""
    return next((need for need in step.needs if _of_another(case, need, actor)), None)


def taken(
    case: Case, step_code: str, actor: Actor, at: datetime, details: Mapping[str, Any], *, version: int, calendar: Calendar = DEFAULT
) -> Event:  # fmt: skip
    """The event that a step adds.

    Args:
        case: As it stands.
        step_code: A step of its flow.
        actor: Who.
        at: When; not before the last event.
        details: What was given.
        version: Version of the case that the actor saw.
        calendar: Freezes and limits of the installation.

    Raises:
        Refused: `changed_meanwhile`, `no_such_step`, `not_in_this_state`, `not_yours`, `no_such_detail`,
            `no_such_choice` or `lacking`.
    """
    _unchanged(case, version)
    step = case.rules.steps.get(step_code)
    if step is None:
        raise Refused(
            "no_such_step",
            f"{case.rules.zh}没有“{step_code}”这一步，请刷新页面。",
            f"There is no step {step_code!r} in the {case.rules.en}: reload the page.",
        )
    if case.state not in step.after:
        raise _wrong_state(case, step, actor)
    if not _may(case, step, actor):
        raise _not_yours(step)
    given = _chosen(case, step, details)
    attempt = Attempt(case, step, actor, max(at, case.history[-1].at), given, calendar)
    if lacking := missing(attempt):
        raise Refused("lacking", "".join(need.zh for need in lacking), " ".join(need.en for need in lacking))
    return Event(case.case_id, case.version + 1, step_code, actor, attempt.at, given)


def undone(case: Case, actor: Actor, at: datetime, *, version: int) -> Event:
    """The event that takes the last step back (撤销).

    Raises:
        Refused: `changed_meanwhile`; `nothing_to_undo`, `not_your_step`, `opened_another` or `too_late`.
    """
    _unchanged(case, version)
    last = case.history[-1]
    if last.step in {OPEN, UNDO}:
        raise Refused("nothing_to_undo", "没有可以撤销的步骤。", "There is no step to take back.")
    if last.actor.account != actor.account:
        raise Refused(
            "not_your_step",
            "只能撤销自己刚办的一步，请联系办理人。",
            "Only who took the last step may take it back: ask them.",
        )
    if case.rules.steps[last.step].opens:
        raise Refused(
            "opened_another",
            "登记异议时已立申诉案件，不能撤销；登记有误的，请在申诉案件中登记撤回申诉。",
            "An appeal was opened with this step, so it cannot be taken back: record in the appeal that it is withdrawn.",
        )
    if at - last.at > timedelta(minutes=UNDO_MINUTES):
        raise Refused(
            "too_late",
            f"已超过{UNDO_MINUTES}分钟，不能撤销；请按流程退回或更正。",
            f"More than {UNDO_MINUTES} minutes have passed: send the case back or correct it by a step.",
        )
    return Event(case.case_id, case.version + 1, UNDO, actor, max(at, last.at), {"number": last.number})


def follows(case: Case, now: datetime) -> tuple[str, str] | None:
    """Flow and state of the case to open after this one; told when its last step can no longer be taken back."""
    return case.stands.opens if settled(case, now) else None


def settled(case: Case, now: datetime) -> bool:
    """Whether the last step of a case can no longer be taken back."""
    return now - case.history[-1].at > timedelta(minutes=UNDO_MINUTES)


def _of_another(case: Case, need: Need, actor: Actor) -> bool:
    if need.kind is NeedKind.ASSIGNED:
        return actor.account != case.facts.get("assignee")
    return need.kind is NeedKind.ANOTHER and actor.account in hands(case, need.what)


def _may(case: Case, step: Step, actor: Actor) -> bool:
    place = desk(case) if step.asked else case.county
    here = actor.role is Role.SYSTEM or place[: AREA_DIGITS[actor.role]] == actor.area
    return actor.role in step.roles and here


def _chosen(case: Case, step: Step, details: Mapping[str, Any]) -> dict[str, Any]:
    """The details, with a choice that the step has; a choice made earlier stands."""
    given = dict(details)
    if unknown := sorted(set(given) - details_of(step)):
        raise Refused(
            "no_such_detail",
            f"“{step.zh}”不需要填写：{'、'.join(unknown)}。请去掉后再办。",
            f"To {step.en} takes no {', '.join(unknown)}: leave it out.",
        )
    if isinstance(step.to, Choice):
        name = step.to.detail
        if step.to.recorded:
            given[name] = case.facts.get(name)
        if given.get(name) not in step.to.to:
            named = [(item.zh, item.en) for item in step.to.labels.codes if item.code in step.to.to]
            raise Refused(
                "no_such_choice",
                f"“{step.zh}”请在以下结果中选择：{'；'.join(zh for zh, _ in named)}。",
                f"To {step.en}, choose one of: {'; '.join(en for _, en in named)}.",
            )
    return given


def _unchanged(case: Case, version: int) -> None:
    if version != case.version:
        raise Refused(
            "changed_meanwhile",
            "该案在您打开之后已有变动，您填写的内容没有保存；请刷新后核对再办。",
            "The case has changed since you opened it and nothing of yours was saved: reload, look again, then act.",
        )


def _wrong_state(case: Case, step: Step, actor: Actor) -> Refused:
    now = steps_open(case, actor)
    return Refused(
        "not_in_this_state",
        f"案件现为“{case.stands.zh}”，不能“{step.zh}”。" + (f"可以办理：{'、'.join(item.zh for item in now)}。" if now else "您现在没有可办的步骤。"),
        f"The case is {case.stands.en!r}: it is not possible to {step.en}. "
        + (f"You can: {', '.join(item.en for item in now)}." if now else "There is nothing for you to do now."),
    )  # fmt: skip


def _not_yours(step: Step) -> Refused:
    return Refused(
        "not_yours",
        f"“{step.zh}”由{'、'.join(ROLES.label(role) for role in step.roles)}在案件所在辖区办理，请转交。",
        f"“{step.en}” is a step of {', '.join(ROLES.label(role, 'en') for role in step.roles)} in the area the case is in: "
        "pass it on.",
    )
