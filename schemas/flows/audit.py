"""The flow of an audit visit (抽样核查): a member drawn at random from those on no list is asked, visited and told about.

There is no evidence and no suspicion: the visit only tells how many the lists miss. So consent is all it needs, nothing is
checked or authorised, and who is found in hardship begins the usual way of a clue.
"""

from __future__ import annotations

from types import MappingProxyType

from schemas.flow import Choice, Limit, Need, NeedKind, Role, State, Step, flow
from schemas.flows.outcome_choice import CONFIRMED, CONTACTED, NOT_MET, OTHER_NOTE, OUTCOME_LABELS, THREE_ATTEMPTS
from schemas.flows.shared import (
    ABOVE,
    AFTER_CONSENT,
    AGREED,
    COUNTY,
    NOT_THE_VISITORS,
    REASON,
    VISIT_NEEDS,
    consent_steps,
)

__all__ = ["AUDIT", "FOUND_IN_HARDSHIP", "NOT_REACHED", "NOT_TOLD", "NO_HARDSHIP"]

FOUND_IN_HARDSHIP = frozenset(CONFIRMED)
"""Outcomes that say that a household was missed (漏评)."""

NO_HARDSHIP = frozenset({"05", "06", "07", *NOT_MET, "13", "33", "34"})
"""Outcomes that say that it was not: on file already, in no need of one, not met, or no member to be filed."""

NOT_REACHED = frozenset({"31"})
"""Outcomes for which the next in the random order stands in."""

NOT_TOLD = ("30", "31", "32", "40", "50", "99")
"""Outcomes that tell neither: nobody of this name, not reached, moved, refused, dead, other."""

_TOLD = Need(
    NeedKind.GIVEN,
    "informed",
    "请先告知是随机抽中、用途和可以不同意，再登记本人意愿。",
    "First tell that it is a random draw, what for, and that one may say no; then record what the person wishes.",
)
_NEEDS = MappingProxyType({"31": (THREE_ATTEMPTS,), "40": (CONTACTED,), "99": (OTHER_NOTE,)})


def _outcome(codes: tuple[str, ...]) -> Choice:
    to = {code: "in_hardship" if code in FOUND_IN_HARDSHIP else "closed" for code in codes}
    needs = {code: more for code, more in _NEEDS.items() if code in to}
    return Choice("outcome", MappingProxyType(to), OUTCOME_LABELS, MappingProxyType(needs))


AUDIT = flow(
    "audit",
    "抽样核查",
    "audit visit",
    ("drawn",),
    (
        State("drawn", "待联系", "to be contacted", Role.OFFICER, Limit(10)),
        State("contacted", "待征询意愿", "to be asked", Role.OFFICER, Limit(15, since="drawn")),
        State("agreed", "待入户", "to be visited", Role.OFFICER, Limit(20, since="drawn")),
        State("visited", "待核实", "to be confirmed", Role.APPROVER, Limit(10)),
        State("in_hardship", "属实，转线索办理", "in hardship, goes on as a clue", opens=("candidate", "assigned")),
        State("closed", "已办结", "closed"),
        State("called_off", "抽样已撤回", "called off"),
    ),
    (
        *consent_steps("drawn", _TOLD),
        Step("visit", "登记入户调查", "record the visit", ("agreed",), "visited", COUNTY, (AGREED, *VISIT_NEEDS, AFTER_CONSENT)),
        Step(
            "settle",
            "反馈结果（未入户）",
            "settle without a visit",
            ("drawn", "contacted", "agreed"),
            _outcome(("05", "06", "13", "33", "34", *NOT_TOLD)),
            COUNTY,
            aside=True,
        ),
        Step(
            "verify",
            "核实并反馈结果",
            "confirm the visit and its outcome",
            ("visited",),
            _outcome((*CONFIRMED, "05", "06", "07", *NOT_MET, "13", "33", "34", "40", "99")),
            COUNTY,
            (NOT_THE_VISITORS,),
        ),
        Step("visit_again", "要求重新入户", "ask for another visit", ("visited",), "agreed", COUNTY, (REASON,), aside=True),
        Step("withdraw", "撤回抽样", "call off", ("drawn", "contacted", "agreed", "visited"), "called_off", (*ABOVE, Role.SYSTEM), (REASON,), aside=True),
    ),
)  # fmt: skip
"""States and steps of an audit visit. One is called off by a person alone: a later list has a sample of its own, and takes none back."""
