"""Every shipped rule against cases computed by hand, and the laws that all of them keep."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bangfu.screening.rules.shipped import default_rules
from tests.bangfu.screening.applying import LINE, answers

RULES = default_rules()
GOLDEN = {
    path.stem: tomllib.loads(path.read_text("utf-8"))["case"] for path in Path(__file__).parent.glob("golden/*.toml")
}
CASES = [pytest.param(code, case, id=f"{code}: {case['about']}") for code, cases in GOLDEN.items() for case in cases]
ANSWERS = {True: "yes", False: "no", None: "unknown"}


def said(code: str, case: dict[str, Any], without: str | None = None) -> str:
    """What the rule says of the case, with one value of it missing."""
    household = {key: value for key, value in case["household"].items() if key != without}
    told = answers(household, case.get("parameters"))
    return told.get(f"band:{code}") or ANSWERS[told[code]]


@pytest.mark.parametrize(("code", "case"), CASES)
def test_the_rule_says_what_was_computed_by_hand(code: str, case: dict[str, Any]) -> None:
    assert said(code, case) == case["expected"]


def test_every_rule_has_cases_that_hold_that_do_not_and_that_are_unknown() -> None:
    """A rule that is not tried on missing values may take them for zero."""
    assert set(GOLDEN) == set(RULES.codes)
    for code, cases in GOLDEN.items():
        expected = {case["expected"] for case in cases}
        assert "no" in expected, code
        assert expected - {"yes", "no", "unknown"} or "yes" in expected, code
        assert "unknown" in expected, code


@pytest.mark.parametrize("code", RULES.codes)
def test_of_a_household_nobody_knows_anything_about_every_rule_is_unknown(code: str) -> None:
    assert answers({})[code] is None
    assert answers({}, {})[code] is None


@pytest.mark.parametrize(("code", "case"), CASES)
def test_a_value_that_goes_missing_never_turns_an_answer_round(code: str, case: dict[str, Any]) -> None:
    """Knowing less leads to "unknown" or leaves the answer; it never makes a household poor, nor clears it."""
    whole = answers(case["household"], case.get("parameters"))[code]
    for name in case["household"]:
        kept = {key: value for key, value in case["household"].items() if key != name}
        assert answers(kept, case.get("parameters"))[code] in {whole, None}, name


money = st.one_of(st.none(), st.integers(0, 120_000).map(float))
EXPENSES = ("E_med", "E_edu", "E_dis", "E_job", "E_disaster")
households = st.fixed_dictionaries(
    {
        "Y12": money,
        "n": st.one_of(st.none(), st.integers(1, 6)),
        "wage_year": money,
        "wages_known": money,
        "earners_unknown": st.one_of(st.none(), st.integers(0, 2)),
        "earners": st.one_of(st.none(), st.integers(0, 3)),
        "n_proxy": st.one_of(st.none(), st.integers(1, 6)),
        "family_settlements": st.one_of(st.none(), st.integers(0, 2)),
        **dict.fromkeys(("accident", "new_student", "on_edge", "on_subsistence", "on_destitute"), st.sampled_from([None, True, False])),
        **dict.fromkeys(EXPENSES, money),
    }
)  # fmt: skip


@given(households, st.sampled_from(EXPENSES), st.integers(1, 80_000))
@settings(max_examples=120)
def test_higher_expenses_never_lower_a_clue_or_the_urgency_of_a_tier(
    household: dict[str, Any], expense: str, more: int
) -> None:
    before = answers(household)
    after = answers({**household, expense: (household[expense] or 0) + more})
    assert urgency(after) >= urgency(before)
    for screen in RULES.screens:
        assert belief(screen.code, after) >= belief(screen.code, before), screen.code


@given(households)
@settings(max_examples=60)
def test_a_tier_is_suggested_only_where_income_and_size_are_known(household: dict[str, Any]) -> None:
    told = answers({**household, "Y12": None})
    assert not any(told[tier.code] for tier in RULES.tiers)
    told = answers({**household, "n": None})
    assert not any(told[tier.code] for tier in RULES.tiers)


def urgency(told: dict[str, Any]) -> int:
    """4 minus the tier of the first rule that holds; 0 where none does."""
    return next((4 - tier.tier for tier in RULES.tiers if told[tier.code]), 0)


def belief(code: str, told: dict[str, Any]) -> float:
    """How much the band that holds is believed."""
    band = RULES.screen(code).band(told[f"band:{code}"] or "")
    return band.belief if band else 0.0


def test_the_parameters_of_the_cases_are_the_declared_ones() -> None:
    from schemas.parameters import PARAMETERS

    assert set(LINE) == {table.name for table in PARAMETERS.values()}
