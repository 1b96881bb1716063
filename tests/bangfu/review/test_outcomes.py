"""Outcomes: where each leads from where the case is, and how a case ended."""

import pytest

from bangfu.review.outcomes import final_outcome, urgent, where_outcomes_lead
from schemas.flows import FLOWS
from schemas.outcomes import OUTCOMES
from tests.bangfu.review.walking import TO_FILE, TO_VISIT, begun, walked

CANDIDATE = FLOWS["candidate"]


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("01", "verified"), ("02", "verified"), ("03", "verified"), ("04", "verified"),
        ("05", "closed"), ("06", "closed"), ("07", "closed"),
        ("10", "closed"), ("11", "closed"), ("12", "closed"), ("13", "closed"),
        ("20", "closed"), ("21", "closed"), ("22", "closed"),
        ("32", "transferring"), ("33", "closed"), ("34", "closed"),
        ("40", "closed"), ("41", "closed"), ("50", "household_goes_on"), ("60", "closed"),
        ("90", "put_off"), ("99", "closed"),
    ],
)  # fmt: skip
def test_after_a_visit(outcome: str, state: str) -> None:
    assert where_outcomes_lead(CANDIDATE, "visited")["verify"][outcome] == state
    assert walked(begun(), *TO_VISIT, f"verify:{outcome}").state == state


def test_every_outcome_is_for_somewhere_and_an_unfound_person_was_not_visited() -> None:
    assert set(where_outcomes_lead(CANDIDATE, "visited")["verify"]) == set(OUTCOMES) - {"30", "31"}
    assert {"30", "31"} < set(where_outcomes_lead(CANDIDATE, "assigned")["settle"])
    assert where_outcomes_lead(CANDIDATE, "sent") == {}


def test_how_a_case_ended() -> None:
    """An outcome that put a case off is not how it ended."""
    visited = walked(begun(), *TO_VISIT)
    assert final_outcome(walked(visited, "verify:10")) == "10"
    assert final_outcome(walked(visited, "verify:50")) == "50"
    assert final_outcome(walked(visited, "verify:03")) is None
    assert final_outcome(walked(walked(visited, "verify:03", "deliberate:agreed"), "give_up:40")) == "40"
    assert final_outcome(walked(visited, "verify:90")) is None
    assert final_outcome(walked(visited, "verify:90", "withdraw")) is None
    filed = walked(walked(walked(begun(), *TO_FILE), "end_notice", hours=24 * 14), "approve", "file")
    assert final_outcome(filed) == "03"
    assert final_outcome(walked(begun("second_review"), "give_up")) is None


def test_what_cannot_wait() -> None:
    assert urgent([{"code": "S1", "band": "50000+"}, {"code": "S4D", "band": "member"}])
    assert not urgent([{"code": "S4", "band": "severe"}])
    assert not urgent([])
