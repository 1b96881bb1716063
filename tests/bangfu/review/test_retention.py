"""An ended case can be told apart from what was written about the household."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given

from bangfu.review.cases import replay
from bangfu.review.outcomes import final_outcome
from bangfu.review.retention import KEPT, reduced
from tests.bangfu.review.walking import TO_VISIT, begun, chances, everywhere, walked, wandered


def test_nothing_that_was_written_stays() -> None:
    case = walked(walked(begun(), *TO_VISIT), "verify:22", note="杨某某家属说费用是邻居的")
    left = [value for event in reduced(case) for value in event.details.values()]
    assert "杨某某家属说费用是邻居的" in str(case.history)
    assert "杨某某" not in str(left)
    assert "visitor1" not in str(left)
    assert left == ["candidate", "530102", "raised", "22"]


def test_an_open_case_keeps_everything() -> None:
    with pytest.raises(ValueError, match="keeps everything"):
        reduced(begun())


def test_no_detail_that_stays_is_free_text() -> None:
    assert {
        "flow", "county", "state", "urgent", "to_county", "number",
        "outcome", "deliberation", "decision", "finding", "agreement", "ruling", "household", "reply",
    } == KEPT  # fmt: skip


@given(chances)
def test_the_course_of_a_case_outlives_its_details(chance: Random) -> None:
    case = wandered(chance)
    case = case if case.stands.ended else chance.choice([item for item in everywhere().values() if item.stands.ended])
    again = replay(reduced(case))
    assert replace(again, facts=case.facts, history=case.history) == case
    assert final_outcome(again) == final_outcome(case)
