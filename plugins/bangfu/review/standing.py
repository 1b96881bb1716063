"""How a case stands, as its row keeps it (案件现状): what its events add up to, with the moments its inbox is sorted by."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bangfu.review.cases import Case, desk, effective
from bangfu.review.deadlines import Calendar, due, end_of_waiting
from bangfu.review.freezes import freezes_of
from bangfu.review.outcomes import final_outcome
from bangfu.review.working_days import begin_of, days_before
from schemas.flow import SOON, Unit

__all__ = ["Standing", "standing"]


@dataclass(frozen=True)
class Standing:
    """What the row of a case keeps beside what it is about.

    Attributes:
        county_code: County it is with.
        asked_county: County that is asked to take it over.
        state: Code of its state.
        version: Number of its last event.
        assignee: Account that works on it.
        changed_at: When the last event was.
        due_at: From then on it is overdue; None where there is no limit.
        soon_at: From then on it is due soon.
        waits_until: Until then nothing can be done but wait.
        seen_at: When who acted last knew of it; None where the next step is another's.
        ended_at: When it ended.
        outcome: Outcome it ended with, if that is a matter of outcomes.
    """

    county_code: str
    asked_county: str | None
    state: str
    version: int
    assignee: str | None
    changed_at: datetime
    due_at: datetime | None
    soon_at: datetime | None
    waits_until: datetime | None
    seen_at: datetime | None
    ended_at: datetime | None
    outcome: str | None


def standing(case: Case, calendar: Calendar, seen_at: datetime | None = None) -> Standing:
    """How a case stands.

    Args:
        case: The case.
        calendar: Freezes and limits of the installation.
        seen_at: When the desk saw it in this state; who takes a step has seen where it leads, if it stays with them.
    """
    last, state = case.history[-1], case.stands
    end, waited = due(case, calendar), end_of_waiting(case, calendar)
    ended = state.ended
    mine = state.owner is last.actor.role and not state.asked
    freezes = freezes_of(desk(case), calendar.freezes)
    soon = None
    if end is not None:
        hours = timedelta(hours=SOON[Unit.HOURS])
        soon = end.moment - hours if end.unit is Unit.HOURS else begin_of(days_before(end.day, SOON[Unit.WORKING_DAYS], freezes))  # fmt: skip
    return Standing(
        county_code=case.county,
        asked_county=desk(case) if state.asked and not ended else None,
        state=case.state,
        version=case.version,
        assignee=case.facts.get("assignee"),
        changed_at=last.at,
        due_at=end.moment if end else None,
        soon_at=soon,
        waits_until=waited.moment if waited else None,
        seen_at=last.at if mine else seen_at if seen_at and seen_at >= case.entered[case.state] else None,
        ended_at=max(event.at for event in effective(case.history)) if ended else None,
        outcome=final_outcome(case) if ended else None,
    )
