"""One-time codes against the vectors of the standards."""

import re

import pytest

from bangfu.db.one_time_codes import code_at, matching_step, new_recovery_code, step_at, written_key

KEY = b"12345678901234567890"

RFC_4226 = ("755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489")
"""Appendix D: the codes of the counters 0 to 9."""

RFC_6238 = {
    59: "94287082", 1111111109: "07081804", 1111111111: "14050471",
    1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
}  # fmt: skip
"""Appendix B, SHA-1: seconds since 1970 and the code of eight digits."""


def test_counters_of_rfc_4226() -> None:
    assert tuple(code_at(KEY, counter) for counter in range(10)) == RFC_4226


@pytest.mark.parametrize(("seconds", "code"), RFC_6238.items())
def test_times_of_rfc_6238(seconds: int, code: str) -> None:
    assert code_at(KEY, step_at(seconds), digits=8) == code


@pytest.mark.parametrize(("late", "step"), [(-60, None), (-30, 99), (0, 100), (29, 100), (30, 101), (60, None)])
def test_a_clock_may_be_one_step_away(late: int, step: int | None) -> None:
    code = code_at(KEY, 100 + late // 30)
    assert matching_step(KEY, code, 3000) == step


def test_a_code_is_accepted_once_and_none_before_it() -> None:
    assert matching_step(KEY, code_at(KEY, 100), 3000, last_step=99) == 100
    assert matching_step(KEY, code_at(KEY, 100), 3000, last_step=100) is None
    assert matching_step(KEY, code_at(KEY, 99), 3000, last_step=100) is None


@pytest.mark.parametrize("typed", ["", "0", "００００００", "\ud800", "0" * 1000, "12345", "abcdef"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert matching_step(KEY, typed, 3000) is None


def test_spaces_do_not_matter() -> None:
    code = code_at(KEY, 100)
    assert matching_step(KEY, f" {code[:3]} {code[3:]}\n", 3000) == 100


def test_keys_and_recovery_codes_can_be_typed() -> None:
    assert written_key(KEY) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    codes = {new_recovery_code() for _ in range(100)}
    assert len(codes) == 100
    assert all(re.fullmatch(r"(?:[A-HJ-KM-NP-TV-Z2-9]{4}-){3}[A-HJ-KM-NP-TV-Z2-9]{4}", code) for code in codes)
