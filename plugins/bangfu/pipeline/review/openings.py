"""Cases of a published list (开案): opened, brought up to date and withdrawn in the transaction that publishes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from sqlalchemy import Connection

from bangfu.db.case_openings import (
    Opening,
    close_gone,
    close_gone_entries,
    fill_openings,
    open_clues,
    open_entries,
    renew_clues,
    watched_again,
)
from bangfu.pipeline.review.acting import act, case_now
from bangfu.review.cases import Actor, Case, after, opened, replay
from bangfu.review.deadlines import Calendar
from bangfu.review.standing import standing
from bangfu.review.steps import taken
from schemas.flow import Role
from schemas.flows import FLOW_OF_LIST, FLOWS
from schemas.flows.candidate import URGENT_REASONS
from schemas.reference import counties

__all__ = ["SYSTEM", "Opened", "open_cases"]

SYSTEM = Actor("bangfu", Role.SYSTEM, "53")
"""Who opens cases, and takes the steps that only time is needed for."""

_PUSHED = ("send",)
"""Steps that publishing stands for: the list was looked at before it was approved, and goes to the counties."""


@dataclass(frozen=True)
class Opened:
    """What a published list made of the cases.

    Attributes:
        opened: Cases of clues that are new.
        renewed: Open cases whose evidence is another.
        withdrawn: Open cases that nobody had begun to visit, and that the list no longer has.
        gone: Other open cases that it no longer has; who works on them is told.
        entries: Cases of other lists that are new.
        signalled: Watched households that a list has new evidence of.
        gone_entries: Cases of other lists that nobody had begun, and that the list no longer has.
    """

    opened: int
    renewed: int
    withdrawn: int
    gone: int
    entries: int
    signalled: int = 0
    gone_entries: int = 0


def open_cases(connection: Connection, run_id: str, version: int, at: datetime, calendar: Calendar) -> Opened:
    """Open and renew the cases of a list.

    Args:
        connection: Owner connection; the list is published in the same transaction.
        run_id: Run of the list.
        version: Its version.
        at: Now.
        calendar: Freezes and limits of the installation.
    """
    fill_openings(connection, _openings(at, calendar))
    early = FLOWS["candidate"].steps["withdraw"].after
    withdrawn, gone = close_gone(connection, run_id, at, SYSTEM, early)
    renewed = renew_clues(connection, run_id, at, SYSTEM)
    urgent = [{"code": code, "band": band} for code, band in sorted(URGENT_REASONS)]
    new = open_clues(connection, run_id, at, SYSTEM, urgent)
    again = watched_again(connection, run_id)
    for case_id, why in again:
        seen = case_now(connection, case_id).version
        act(connection, case_id, "signal", SYSTEM, at, {"reason": why}, version=seen, calendar=calendar)
    gone_entries = entries = 0
    for listing, (flow, state) in FLOW_OF_LIST.items():
        if FLOWS[flow].steps["withdraw"].to == "withdrawn":
            gone_entries += close_gone_entries(connection, run_id, listing, flow, state, at, SYSTEM)
        entries += open_entries(connection, run_id, version, listing, flow, at, SYSTEM)
    return Opened(new, renewed, withdrawn, gone, entries, len(again), gone_entries)


def _openings(at: datetime, calendar: Calendar) -> Iterator[Opening]:
    """How a fresh case stands, by flow, county and urgency: freezes differ by county, all else by flow."""
    codes = [county.code for county in counties()]
    for code, urgent in product(codes, (False, True)):
        yield _opening("candidate", "", code, urgent, at, calendar, _PUSHED)
    for (flow, state), code in product(FLOW_OF_LIST.values(), codes):
        yield _opening(flow, state, code, False, at, calendar)


def _opening(
    flow: str, state: str, county: str, urgent: bool, at: datetime, calendar: Calendar, steps: tuple[str, ...] = ()
) -> Opening:  # fmt: skip
    case: Case = replay([opened("fresh", flow, county, SYSTEM, at, state=state, urgent=urgent)])
    begins = case.state
    for step in steps:
        case = after(case, taken(case, step, SYSTEM, at, {}, version=case.version, calendar=calendar))
    stands = standing(case, calendar)
    return Opening(
        flow,
        county,
        urgent,
        begins,
        stands.state,
        stands.version,
        stands.due_at,
        stands.soon_at,
        stands.waits_until,
        steps,
    )
