"""Limits in words, as the guide and the pages tell them."""

import pytest

from bangfu.review.wording import limit_in_words, owner_in_words
from schemas.flows import FLOWS


@pytest.mark.parametrize(
    ("flow", "state", "zh", "en"),
    [
        ("candidate", "filed", "—", "—"),
        ("candidate", "authorised", "15个工作日（自“分派”起）", "15 working days (from “assign” on)"),
        ("candidate", "put_off", "至写明的日期，其后5个工作日", "waits until the stated day, then 5 working days"),
        ("candidate", "disputed", "期限由申诉案件计算，15个工作日", "the appeal has the limit, 15 working days"),
        ("monitor", "watching", "等待3个月，其后10个工作日", "waits 3 months, then 10 working days"),
        ("appeal", "in_review", "15个工作日（自立案起）", "15 working days (from the opening on)"),
        ("second_review", "answered", "1个工作日", "1 working day"),
    ],
)
def test_limits(flow: str, state: str, zh: str, en: str) -> None:
    assert limit_in_words(FLOWS[flow], FLOWS[flow].states[state]) == (zh, en)


def test_every_open_state_has_words_and_an_owner() -> None:
    for flow in FLOWS.values():
        for state in flow.states.values():
            assert all(limit_in_words(flow, state))
            assert ("—" in owner_in_words(state)) == state.ended
