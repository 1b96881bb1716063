"""Agreement of two reviewers: what is the same to the household, and how much of it chance would give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.review.agreement import agree, kappa
from schemas.outcomes import OUTCOMES

codes = st.sampled_from(sorted(OUTCOMES))


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [("10", "12", True), ("13", "11", True), ("01", "02", False), ("40", "41", False), ("03", "10", False)],
)
def test_what_is_the_same(first: str, second: str, same: bool) -> None:
    assert agree(first, second) is same


def test_the_textbook_table() -> None:
    """Two raters, 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed .70, expected .50, kappa .40."""
    pairs = [("03", "03")] * 20 + [("03", "10")] * 5 + [("10", "03")] * 10 + [("10", "10")] * 15
    assert kappa(pairs) == pytest.approx(0.4)


def test_what_cannot_be_told() -> None:
    assert kappa([]) is None
    assert kappa([("03", "03")] * 5) is None


@given(st.lists(st.tuples(codes, codes), min_size=1))
def test_never_above_one_and_one_only_in_full_agreement(pairs: list[tuple[str, str]]) -> None:
    found = kappa(pairs)
    assert agree(*pairs[0]) == agree(*reversed(pairs[0]))
    assert found is None or found <= 1
    assert found is None or (found == pytest.approx(1)) == all(agree(first, second) for first, second in pairs)
