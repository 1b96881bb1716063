"""What is left of an ended case when its time is over (保存期满): the course of it and its outcome, without what was written.

Events are never changed while a case is open. Afterwards reasons, notes, numbers of forms and names go, and what the course
of the case rests on stays, so that it can still be replayed and counted.
"""

from dataclasses import replace

from bangfu.review.cases import Case, Event
from schemas.flow import Choice
from schemas.flows import FLOWS

__all__ = ["KEPT", "reduced"]

KEPT = frozenset(
    {"flow", "county", "state", "urgent", "to_county", "number"}
    | {step.to.detail for flow in FLOWS.values() for step in flow.steps.values() if isinstance(step.to, Choice)}
)
"""Details that stay: where the case began and went, and what was chosen; no text, no person, no date of a visit."""


def reduced(case: Case) -> tuple[Event, ...]:
    """The events of an ended case with nothing in them but `KEPT`; who took each step stays, for the audit.

    Raises:
        ValueError: The case is open.
    """
    if not case.stands.ended:
        raise ValueError("an open case keeps everything")
    return tuple(
        replace(event, details={name: value for name, value in event.details.items() if name in KEPT})
        for event in case.history
    )
