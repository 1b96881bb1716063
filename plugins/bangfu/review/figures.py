"""Figures of a dashboard (看板指标), from counts of cases: how far clues have come, what is late and where, how they ended."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from schemas.outcomes import OUTCOMES, Says

__all__ = ["STAGES", "CountyFigures", "Tally", "by_county", "lateness", "outcome_mix", "reached"]

LATE = (timedelta(), timedelta(3), timedelta(7), timedelta(14))
"""Lengths of being overdue from which on cases are counted apart."""


@dataclass(frozen=True)
class Tally:
    """How many cases are alike in everything that is told apart.

    Attributes:
        county_code: The county.
        flow, state, outcome: Codes.
        bucket: Part of the inbox.
        late: How many of `LATE` it is past; 0 for one that is in time.
        cases: How many.
    """

    county_code: str
    flow: str
    state: str
    outcome: str | None
    bucket: str
    late: int
    cases: int


STAGES: Sequence[tuple[str, frozenset[str]]] = (
    ("sent", frozenset()),
    ("received", frozenset({"raised", "sent", "returned"})),
    ("contacted", frozenset({"received", "assigned"})),
    ("visited", frozenset({"contacted", "agreed", "authorised", "to_revisit", "put_off", "transferring"})),
    ("confirmed", frozenset({"visited"})),
    ("filed", frozenset({"verified", "deliberated", "on_notice", "disputed", "noticed", "approved"})),
)
"""Stages of a clue, each with the states that are before it and not before an earlier one."""

_VISITED = frozenset(code for code, item in OUTCOMES.items() if item.says is not Says.NOTHING)
_NOT_SEEN = frozenset({"05", "06", "20", "21", "22"})


@dataclass(frozen=True)
class CountyFigures:
    """One county.

    Attributes:
        code: Division code.
        open: Cases that are open.
        overdue: Of these, overdue.
        ended: Clues that have ended with an outcome.
        confirmed: Of these, hardship confirmed.
    """

    code: str
    open: int
    overdue: int
    ended: int
    confirmed: int


def reached(counts: Iterable[Tally]) -> dict[str, int]:
    """How many clues have come to each stage (漏斗); a later stage never has more than an earlier one.

    A closed clue has come as far as its outcome says: a visit alone tells whether there is hardship. Withdrawn clues are left out.
    """
    found: Counter[str] = Counter()
    for item in counts:
        if item.flow == "candidate" and item.state != "withdrawn":
            for stage in _stages_of(item.state, item.outcome):
                found[stage] += item.cases
    return {stage: found[stage] for stage, _ in STAGES}


def lateness(counts: Iterable[Tally]) -> list[int]:
    """Open cases by how late they are: in time, and past each of `LATE`."""
    found: Counter[int] = Counter()
    for item in counts:
        if item.bucket != "done":
            found[item.late] += item.cases
    return [found[number] for number in range(5)]


def outcome_mix(counts: Iterable[Tally]) -> list[tuple[str, int]]:
    """Ended clues by outcome, the most frequent first."""
    found: Counter[str] = Counter()
    for item in counts:
        if item.flow == "candidate" and item.bucket == "done" and item.outcome:
            found[item.outcome] += item.cases
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))


def by_county(counts: Iterable[Tally], codes: Iterable[str]) -> list[CountyFigures]:
    """Figures of every county, those without any case too.

    Args:
        counts: Of the area.
        codes: Its counties.
    """
    own: dict[str, list[Tally]] = {code: [] for code in codes}
    for item in counts:
        own.setdefault(item.county_code, []).append(item)
    return [_county(code, items) for code, items in own.items()]


def _county(code: str, items: Sequence[Tally]) -> CountyFigures:
    def total(*conditions: bool) -> int:
        return sum(item.cases for item, holds in zip(items, conditions, strict=True) if holds)

    ended = [item.flow == "candidate" and item.bucket == "done" and bool(item.outcome) for item in items]
    return CountyFigures(
        code,
        total(*(item.bucket != "done" for item in items)),
        total(*(item.bucket == "overdue" for item in items)),
        total(*ended),
        total(
            *(
                over and OUTCOMES[item.outcome or ""].says is Says.CONFIRMED
                for over, item in zip(ended, items, strict=True)
            )
        ),
    )


def _stages_of(state: str, outcome: str | None) -> Sequence[str]:
    names = [stage for stage, _ in STAGES]
    if state == "filed":
        return names
    if state in {"closed", "household_goes_on"}:
        if outcome in _VISITED:
            return names[: 5 if OUTCOMES[outcome or ""].says is Says.CONFIRMED else 4]
        return names[: 2 if outcome in _NOT_SEEN else 3]
    place = next(number for number, (_, before) in enumerate(STAGES) if state in before)
    return names[:place]
