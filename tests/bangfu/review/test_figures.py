"""Figures of a dashboard: a clue counts for every stage it has come to, and numbers add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.review.figures import Tally, by_county, lateness, outcome_mix, reached
from schemas.flows import FLOWS
from schemas.outcomes import OUTCOMES

STATES = FLOWS["candidate"].states


def tally(
    state: str, cases: int = 1, outcome: str | None = None, county: str = "530102", late: int = 0, bucket: str = ""
) -> Tally:
    done = STATES[state].ended
    return Tally(
        county, "candidate", state, outcome, bucket or ("done" if done else "overdue" if late else "new"), late, cases
    )


@pytest.mark.parametrize(
    ("state", "outcome", "stages"),
    [
        ("sent", None, ["sent"]),
        ("received", None, ["sent", "received"]),
        ("assigned", None, ["sent", "received"]),
        ("agreed", None, ["sent", "received", "contacted"]),
        ("visited", None, ["sent", "received", "contacted", "visited"]),
        ("verified", "03", ["sent", "received", "contacted", "visited", "confirmed"]),
        ("filed", "03", ["sent", "received", "contacted", "visited", "confirmed", "filed"]),
        ("closed", "05", ["sent", "received"]),
        ("closed", "40", ["sent", "received", "contacted"]),
        ("closed", "10", ["sent", "received", "contacted", "visited"]),
        ("withdrawn", None, []),
    ],
)
def test_how_far_a_clue_has_come(state: str, outcome: str | None, stages: list[str]) -> None:
    assert [stage for stage, number in reached([tally(state, 3, outcome)]).items() if number == 3] == stages


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(STATES)), st.sampled_from([None, *OUTCOMES]), st.integers(1, 9)), max_size=30
    )
)
def test_a_later_stage_never_has_more_than_an_earlier_one(items: list[tuple[str, str | None, int]]) -> None:
    numbers = list(reached([tally(state, cases, outcome) for state, outcome, cases in items]).values())
    assert numbers == sorted(numbers, reverse=True)


def test_open_cases_are_told_by_how_late_they_are() -> None:
    counts = [tally("sent", 4), tally("sent", 2, late=1), tally("visited", 1, late=4), tally("closed", 9, "10")]
    assert lateness(counts) == [4, 2, 0, 0, 1]


def test_outcomes_the_most_frequent_first() -> None:
    counts = [tally("closed", 2, "10"), tally("closed", 5, "40"), tally("closed", 1, "10", "533102"), tally("sent", 7)]
    assert outcome_mix(counts) == [("40", 5), ("10", 3)]


def test_every_county_has_its_figures_those_without_cases_too() -> None:
    counts = [tally("sent", 4), tally("sent", 2, late=1), tally("filed", 3, "03"), tally("closed", 1, "10")]
    first, second = by_county(counts, ["530102", "530103"])
    assert (first.open, first.overdue, first.ended, first.confirmed) == (6, 2, 4, 3)
    assert (second.code, second.open, second.overdue, second.ended, second.confirmed) == ("530103", 0, 0, 0, 0)
