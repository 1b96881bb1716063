"""A returned row as steps of its case (回填办理): what a visitor wrote, recorded by the steps that the flow has for it.

The case is walked on from where it stands, one step after the other, each as an officer would take it in the portal; so
nothing is decided that the flow does not allow. What a visit found is for another person to confirm: such a row ends
with the visit, and the outcome that the visitors propose stands in its note.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from bangfu.errors import Refused
from bangfu.review.cases import Actor, Case, Event, after
from bangfu.review.deadlines import Calendar
from bangfu.review.needs import needs_of
from bangfu.review.steps import taken
from bangfu.review.workbook.model import Answer, Value
from schemas.flow import RENEW, Choice, NeedKind
from schemas.flows.second_review import NOT_HELD
from schemas.review import NOT_REACHED, REVIEW_LISTS, Kind, ReviewColumn, ReviewList

__all__ = ["ANSWERABLE", "FLOW_OF_REVIEW", "Recorder", "Recording", "record", "work_version"]

FLOW_OF_REVIEW: Mapping[str, str] = MappingProxyType(
    {
        "candidates": "candidate",
        "exit_suggestions": "exit",
        "returns": "monitor",
        "duplicates": "duplicate",
        "audit_sample": "audit",
        "second_reviews": "second_review",
    }
)
"""The flow of the cases of each review list."""

ANSWERABLE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "candidates": ("sent", "received", "assigned", "contacted", "agreed", "authorised", "to_revisit"),
        "exit_suggestions": ("proposed",),
        "returns": ("signalled",),
        "duplicates": ("found",),
        "audit_sample": ("drawn", "contacted", "agreed"),
        "second_reviews": ("drawn",),
    }
)
"""States in which a row can be answered; a case in another state waits for somebody or something else."""

_YES = "1"
_TELEPHONE = "4"
_TO_CONTACT = frozenset({"assigned", "drawn"})
_PROPOSED = "拟定结论："
_ANOTHER_PERSON = frozenset({"20", "21", "30"})
_OWN_PLACE = frozenset({"outcome", "visit_date", "visitor_1", "visitor_2", "id_last", "note", "kept_file", "agrees"})
"""Columns that are details of a step, or none of a case's business; the others are told in its note."""
_COLUMN_OF_STEP = {
    ("candidate", "ask"): ("“愿意申请”栏", "the column “Willing”"),
    ("candidate", "authorise"): ("“已签授权书”栏", "the column “Authorised”"),
    ("audit", "ask"): ("“已告知并同意入户”栏", "the column “Told, and agrees to the visit”"),
    ("second_review", "answer"): ("“已告知并同意入户”栏", "the column “Told, and agrees to the visit”"),
}
_CONSENT = {"candidate": "willing", "audit": "agrees", "second_review": "agrees"}
"""Column that says that the person was told and agrees, by flow."""


@dataclass(frozen=True)
class Recorder:
    """Who records what came back.

    Attributes:
        actor: Who uploads; cases that nobody has are assigned to this account.
        at: Now.
        calendar: Freezes and limits of the installation.
        people: Accounts of the desk by what visitors may be called: name, or log-in name where two have the same name.
    """

    actor: Actor
    at: datetime
    calendar: Calendar = field(default_factory=Calendar)
    people: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Recording:
    """What a row comes to.

    Attributes:
        taken: Events in order, each with the case after it.
    """

    taken: tuple[tuple[Event, Case], ...] = field(repr=False)

    @property
    def steps(self) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        """The steps with their details."""
        return tuple((event.step, event.details) for event, _ in self.taken)

    @property
    def case(self) -> Case:
        """The case afterwards."""
        return self.taken[-1][1]

    @property
    def told(self) -> tuple[str, str]:
        """Where the case stands then, in Chinese and English."""
        state = self.case.stands
        return f"办到“{state.zh}”", f"The case comes to {state.en!r}"


def record(answer: Answer, case: Case, recorder: Recorder, id_last: str = "") -> Recording:
    """The steps that record an answer.

    Args:
        answer: From a row that was accepted.
        case: As it stands.
        recorder: Who, and when.
        id_last: Last four characters of the identity number in the register; empty where it is not known.

    Raises:
        Refused: The flow does not allow it, in the flow's own words; or the visitors are not known, or saw another
            person's card.
    """
    _same_card(answer, id_last)
    walk = _Walk(case, recorder)
    _RECORDS[case.flow](walk, answer)
    return Recording(tuple(walk.taken))


def work_version(case: Case) -> int:
    """The number of the last event that somebody worked on the case with.

    A later list may say something else of the evidence; what was found at the door is no less true for it.
    """
    return max(event.number for event in case.history if event.step != RENEW)


class _Walk:
    """A case on its way, step by step."""

    def __init__(self, case: Case, recorder: Recorder) -> None:
        self.case, self.by = case, recorder
        self.taken: list[tuple[Event, Case]] = []

    def take(self, step: str, **details: Any) -> None:
        """Take a step; a detail that is None was not given."""
        given = {name: value for name, value in details.items() if value is not None}
        case, by = self.case, self.by
        try:
            event = taken(case, step, by.actor, by.at, given, version=case.version, calendar=by.calendar)
        except Refused as refused:
            raise _with_column(refused, case.flow, step) from None
        self.case = after(case, event)
        self.taken.append((event, self.case))

    def visit(self, answer: Answer) -> None:
        """Record the visit, with what its visitors propose."""
        self.take("visit", **self.met(answer), note=_proposal(answer, self.case))

    def met(self, answer: Answer) -> dict[str, Any]:
        """Who visited, when, and the form of the visit.

        Raises:
            Refused: Nobody went there, or a visitor has no account at this desk.
        """
        if answer.values.get("visit_mode") == _TELEPHONE:
            raise Refused(
                "not_visited",
                "电话核查不是入户调查，这一结论须入户、视频或到单位核查。",
                "A telephone call is no visit: this outcome needs one.",
            )
        return {"visitors": self._visitors(answer), "visited_on": _day(answer), "form": self.case.case_id}

    def _visitors(self, answer: Answer) -> list[str]:
        named = [str(answer.values[code]) for code in ("visitor_1", "visitor_2") if code in answer.values]
        if not all(name in self.by.people for name in named):
            raise Refused(
                "visitors_unknown",
                "核查人1、核查人2须是本单位在系统中有账号的人：请填姓名，重名的填登录名。",
                "Both visitors must have an account at this desk: give the name, or the log-in name where two share it.",
            )
        return [self.by.people[name] for name in named]


def _candidate(walk: _Walk, answer: Answer) -> None:
    """A clue or an audit visit: received and assigned, contacted on the day of the visit, then visited or settled."""
    if walk.case.state == "sent":
        walk.take("receive")
    if walk.case.state == "received":
        walk.take("assign", assignee=walk.by.actor.account)
    settle = walk.case.rules.steps["settle"].to
    if isinstance(settle, Choice) and answer.outcome not in settle.to:
        _to_the_visit(walk, answer)
    else:
        _settle(walk, answer)


def _to_the_visit(walk: _Walk, answer: Answer) -> None:
    if walk.case.state in _TO_CONTACT:
        walk.take("contact", on=_day(answer))
    if walk.case.state == "contacted":
        walk.take("ask", informed=_agrees(answer, walk.case), agreed_on=_day(answer))
    if walk.case.state == "agreed" and "authorise" in walk.case.rules.steps:
        signed = walk.case.case_id if answer.values.get("authorised") == _YES else None
        walk.take("authorise", authorisation=signed)
    walk.visit(answer)


def _settle(walk: _Walk, answer: Answer) -> None:
    settle = walk.case.rules.steps["settle"]
    needs = needs_of(settle, {"outcome": answer.outcome})
    wishes = any(need.kind is NeedKind.DAYS_TAKEN and need.what == "contact" for need in needs)
    if walk.case.state in _TO_CONTACT and (wishes or _met(answer)):
        walk.take("contact", on=_day(answer))
    if answer.outcome == NOT_REACHED and walk.case.state in {*_TO_CONTACT, "contacted"}:
        walk.take("attempt", on=_day(answer))
    must_say = any(need.what == "note" for need in needs)
    note = answer.values.get("note") if must_say else _told(answer, walk.case)
    walk.take("settle", outcome=answer.outcome, note=note or None)


def _met(answer: Answer) -> bool:
    """Whether the visitors spoke with somebody."""
    return "visit_mode" in answer.values and answer.outcome not in {"30", NOT_REACHED}


def _second_review(walk: _Walk, answer: Answer) -> None:
    """A second review: what was found, or why it could not be held."""
    if answer.outcome in NOT_HELD:
        walk.take("give_up", reason=_proposal(answer, walk.case).removeprefix(_PROPOSED))
        return
    agrees = _agrees(answer, walk.case)
    walk.take(
        "answer", outcome=answer.outcome, informed=agrees, **walk.met(answer), note=_told(answer, walk.case) or None
    )


def _agrees(answer: Answer, case: Case) -> str | None:
    return _YES if answer.values.get(_CONSENT[case.flow]) == _YES else None


def _visited(walk: _Walk, answer: Answer) -> None:
    """An exit or a return: whatever two visitors found at the door is for another to judge."""
    if "visitor_2" not in answer.values:
        flow, outcomes = walk.case.rules, _list_of(walk.case).outcomes
        raise Refused(
            "not_in_flow",
            f"{flow.zh}须经两人入户核查，没有入户不能登记“{outcomes.label(answer.outcome)}”。",
            f"In the {flow.en} two must visit before “{outcomes.label(answer.outcome, 'en')}” can be recorded.",
        )
    walk.visit(answer)


def _duplicate(walk: _Walk, answer: Answer) -> None:
    finding = {"01": "same", "02": "different"}.get(answer.outcome)
    if finding is None:
        outcomes = _list_of(walk.case).outcomes
        raise Refused(
            "not_in_flow",
            f"重复建档核查的结论是重复或不重复，“{outcomes.label(answer.outcome)}”不能登记；有争议的请在系统中报州（市）。",
            f"Files are duplicates or not: “{outcomes.label(answer.outcome, 'en')}” cannot be recorded; refer disputes to "
            "the prefecture in the portal.",
        )
    kept = answer.values.get("kept_file") if finding == "same" else None
    walk.take("compare", finding=finding, kept=kept, reason=answer.values.get("note"))


_RECORDS: Mapping[str, Callable[[_Walk, Answer], None]] = MappingProxyType(
    {
        "candidate": _candidate,
        "audit": _candidate,
        "second_review": _second_review,
        "exit": _visited,
        "monitor": _visited,
        "duplicate": _duplicate,
    }
)


def _same_card(answer: Answer, id_last: str) -> None:
    seen = str(answer.values.get("id_last", "")).upper()
    if seen and id_last and seen != id_last.upper() and answer.outcome not in _ANOTHER_PERSON:
        raise Refused(
            "another_card",
            "“证件后4位”与登记的证件不符，可能不是同一人：请核对；确认不是同一人的，结论选“匹配错误”。",
            "The last four characters are not those of the register: look again; if it is another person, the outcome is a "
            "wrong match.",
        )


def _day(answer: Answer) -> str:
    return str(answer.values["visit_date"])


def _proposal(answer: Answer, case: Case) -> str:
    """What the visitors propose, and all that they found."""
    return "；".join(
        filter(None, (f"{_PROPOSED}{_cell(_outcome_column(case), answer.outcome, case)}", _told(answer, case)))
    )


def _told(answer: Answer, case: Case) -> str:
    """The visitor's own words, then every filled column that has no place of its own."""
    columns = [column for column in _list_of(case).editable if column.code not in _OWN_PLACE]
    found = [
        f"{item.zh}：{_cell(item, answer.values[item.code], case)}" for item in columns if item.code in answer.values
    ]
    members = [f"另有家庭成员{len(answer.members)}人"] if answer.members else []
    return "；".join([*filter(None, [str(answer.values.get("note", ""))]), *found, *members])


def _cell(column: ReviewColumn, value: Value, case: Case) -> str:
    codes = _list_of(case).codes_of(column)
    if codes is None:
        return f"{value}{'%' if column.kind is Kind.SHARE else ''}"
    several = value if isinstance(value, tuple) else (str(value),)
    return "、".join(
        f"{code} {codes.label(code)}" if column.code == "outcome" else codes.label(code) for code in several
    )


def _outcome_column(case: Case) -> ReviewColumn:
    return next(column for column in _list_of(case).editable if column.code == "outcome")


def _list_of(case: Case) -> ReviewList:
    return REVIEW_LISTS[next(code for code, flow in FLOW_OF_REVIEW.items() if flow == case.flow)]


def _with_column(refused: Refused, flow: str, step: str) -> Refused:
    """The flow's sentence, and the column in which the workbook asks for what is lacking."""
    column = _COLUMN_OF_STEP.get((flow, step)) if refused.code == "lacking" else None
    if column is None:
        return refused
    return Refused(refused.code, f"{refused.zh}（见{column[0]}）", f"{refused.en} (See {column[1]}.)")
