"""Outcomes in the flow (核查结果与流程): which may be given when, where each leads, and how a case ended.

The codes are those of `schemas.outcomes`; what they teach is said there.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from bangfu.review.cases import Case
from schemas.flow import Choice, Flow
from schemas.flows.candidate import URGENT_REASONS

__all__ = ["final_outcome", "urgent", "where_outcomes_lead"]


def where_outcomes_lead(flow: Flow, state: str) -> Mapping[str, Mapping[str, str]]:
    """Next state by step and outcome code, for the steps of a state that give an outcome.

    >>> from schemas.flows import FLOWS
    >>> found = where_outcomes_lead(FLOWS["candidate"], "visited")["verify"]
    >>> found["03"], found["10"], found["32"], found["90"]
    ('verified', 'closed', 'transferring', 'put_off')
    """
    return {
        step.code: step.to.to
        for step in flow.steps.values()
        if state in step.after and isinstance(step.to, Choice) and step.to.detail == "outcome"
    }


def final_outcome(case: Case) -> str | None:
    """The outcome a clue or an audit visit ended with; None while it is open, and where it was withdrawn or called off."""
    told = case.flow in {"candidate", "audit"} and case.stands.ended and case.state not in {"withdrawn", "called_off"}
    return str(case.facts["outcome"]) if told else None


def urgent(reasons: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the reasons of a clue make it one that cannot wait (抢先).

    >>> urgent([{"code": "S1", "band": "50000+"}]), urgent([{"code": "S4", "band": "collapsed"}])
    (False, True)
    """
    return any((reason["code"], reason["band"]) in URGENT_REASONS for reason in reasons)
