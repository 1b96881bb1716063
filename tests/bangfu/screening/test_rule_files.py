"""Rule files: what is wrong is said with its place and what to write instead."""

import datetime as dt

import pytest

from bangfu.screening.rules.reading import RuleFileError, read_rules
from bangfu.screening.rules.rule_set import Periods
from bangfu.screening.rules.shipped import default_rules

GOOD = default_rules().content


def refused(old: str, new: str, content: str = GOOD) -> str:
    """The message for the file with one thing changed."""
    assert old in content
    with pytest.raises(RuleFileError) as caught:
        read_rules(content.replace(old, new, 1), "rules.toml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("E_med >= 10_000", "E_medd >= 10_000", "screen 1 (S1), band 1 (10000-26000), `when`: there is no value named E_medd; do you mean E_med?", id="unknown name"),
        pytest.param("E_med >= 10_000", "E_med + 10_000", "is a number where a flag is needed", id="number as condition"),
        pytest.param('"m1 < L or m1_at_most < L"', '"m1"', "gives a number; a condition, which is true or false, is wanted here", id="tier without condition"),
        pytest.param("E_med >= 10_000", "__import__('os')", "is not allowed", id="code"),
        pytest.param("E_med >= 10_000", "E_med.x >= 1", "is not allowed", id="attribute"),
        pytest.param("E_med >= 10_000", "E_med >=", "cannot be read near character", id="syntax"),
        pytest.param("E_med >= 10_000", "on_edge > 1", "is a flag where a number is needed", id="flag as number"),
        pytest.param("at_least(E_med)", "at_least(Y12)", "no smallest value of Y12 is declared", id="no minimum"),
        pytest.param("at_least(E_med)", "zero(E_med)", "`zero(E_med)` is not allowed", id="unknown function"),
        pytest.param("belief = 0.35", "belief = 35", "`belief` is 35; it is a share between 0 and 1", id="belief in per cent"),
        pytest.param("belief = 0.35", 'belief = "0.35"', "`belief` must be a number", id="quoted number"),
        pytest.param('standard = "', 'standrad = "', "[rule_set]: `standard` is missing", id="missing key"),
        pytest.param("alone = false", "alon = false", "`alon` is not known; do you mean `alone`?", id="unknown key"),
        pytest.param("valid_from = 2020-01-01", 'valid_from = "2020-01-01"', "a date such as 2026-01-01, without quotes", id="quoted date"),
        pytest.param("valid_from = 2020-01-01", "valid_from = 2020-01-01\nvalid_to = 2019-12-31", "`valid_to` lies before `valid_from`", id="never valid"),
        pytest.param('area_type = "urban"', 'area_type = "town"', "give urban or rural", id="area"),
        pytest.param('area_type = "urban"', 'area_type = "urban"\nbelief_weight = 0', "give 1 to 1000 visits", id="worth nothing"),
        pytest.param('code = "S1F"', 'code = "S1"', "the code S1 is given twice", id="code twice"),
        pytest.param('code = "26000-50000"', 'code = "10000-26000"', "the band of S1 10000-26000 is given twice", id="band twice"),
        pytest.param("个人负担{band}", "个人负担", "`zh` must hold {band}", id="no band in sentence"),
        pytest.param("Hospital: {band}", "Hospital: {band} {count}", "`chip_en` must hold {band} and may hold only {band}", id="count in chip"),
        pytest.param('source = "medical_settlement"', 'source = "civil_affairs"', "but its conditions read contribution_base, medical_settlement", id="wrong source"),
        pytest.param('count = "settlements"', 'count = "stays"', "`count` is 'stays', which is no evidence column", id="wrong count"),
        pytest.param("tier = 1", "tier = 4", "tiers are 1, 2 and 3", id="tier"),
        pytest.param("tier = 1", "tier = 3", "order of precedence", id="tier order"),
        pytest.param('"L <= m1 < 1.5 * L"', '"E_med > 10_000"', "a tier must read household income (Y12) and size (n); make it a [[screen]]", id="tier without income"),
        pytest.param('name = "m1"', 'name = "E_med"', "the name is taken or malformed", id="name taken"),
        pytest.param('unit = "share"', 'unit = "per cent"', "known are yuan_year", id="unit"),
        pytest.param("[rule_set]", "[rule_set", "is no TOML", id="no TOML"),
        pytest.param("[rule_set]", "[ruleset]", "`rule_set` is missing", id="no head"),
        pytest.param("[[derived]]", "[[derive]]", "`derive` is not known; do you mean `derived`?", id="unknown table"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(old: str, new: str, message: str) -> None:
    told = refused(old, new)
    assert told.startswith("rules.toml")
    assert message in told
    assert "\n" not in told


@pytest.mark.parametrize(
    "condition",
    [
        "at_least(E_med) < 5_000 and n > 1",
        "not at_least(E_med) > 5_000",
        "at_least(E_med) == 0",
        "5_000 >= at_least(E_med) + at_least(E_edu)",
        "Y12 - at_least(E_med) > 10_000",
        "m1_at_most > 2 * L",
        "1000 / at_least(E_med) > 2",
        "at_least(E_med) * m0 > 5_000",
        "at_least(E_med) > 5_000 or at_least(E_med) < 100",
        "L < m1_at_most < 2 * L",
        "at_least(E_med) * (5_000 - at_least(E_med)) > 100",
    ],
)
def test_nobody_is_poor_for_lack_of_data(condition: str) -> None:
    """A rule that would hold because bills are unknown is refused when it is read, not when it has been followed."""
    assert "could hold because E_med is unknown" in refused("E_med >= 10_000 and family_settlements == 0", condition)


@pytest.mark.parametrize(
    "condition",
    [
        "at_least(E_med) + at_least(E_edu) > 5_000",
        "m1_at_most < 2 * L and n > 1",
        "rho_at_least * 2 > ratio",
        "not (at_least(E_med) <= 10_000)",
        "-at_least(E_med) < -10_000",
        "at_least(E_med) / wage_year > 0.5",
    ],
)
def test_what_is_known_of_a_sum_may_be_enough(condition: str) -> None:
    first = default_rules().screen("S1").bands[0].when.text
    changed = GOOD.replace(first, condition, 1)
    assert read_rules(changed).screen("S1").bands[0].when.text == condition


def test_a_formula_is_not_endless() -> None:
    assert "500 are the most" in refused("E_med >= 10_000", "E_med >= 1" + " + 1" * 200)


def test_a_rule_set_without_screens_finds_nothing_and_is_refused() -> None:
    head = GOOD[: GOOD.index("[[screen]]")]
    with pytest.raises(RuleFileError, match="it has no"):
        read_rules(head)


def test_a_file_may_say_how_many_visits_a_belief_is_worth() -> None:
    assert default_rules().belief_weight == 10
    assert (
        read_rules(GOOD.replace('area_type = "urban"', 'area_type = "urban"\nbelief_weight = 25')).belief_weight == 25
    )


def test_the_digest_is_that_of_the_text_whatever_the_line_ends() -> None:
    """A file that went through a Windows editor is the same file."""
    again = read_rules("\ufeff" + GOOD.replace("\n", "\r\n"))
    assert again.digest == default_rules().digest
    assert read_rules(GOOD + "# note\n").digest != again.digest


@pytest.mark.parametrize(
    ("day", "holds"),
    [("2019-12-31", False), ("2020-01-01", True), ("2026-06-30", True), ("2026-07-01", False)],
)
def test_both_ends_of_the_period_belong_to_it(day: str, holds: bool) -> None:
    rules = read_rules(GOOD.replace("valid_from = 2020-01-01", "valid_from = 2020-01-01\nvalid_to = 2026-06-30"))
    assert rules.holds_on(dt.date.fromisoformat(day)) is holds


def test_periods_are_set_by_the_rules() -> None:
    content = default_rules().content
    assert read_rules(content).periods == Periods(12, 6, 12)
    assert read_rules(content + "\n[periods]\nrefused = 24\n").periods == Periods(24, 6, 12)
    for wrong in ("refused = 0", "refused = 61", "refuse = 3", "exit = 1.5"):
        with pytest.raises(RuleFileError, match=r"\[periods\]"):
            read_rules(content + f"\n[periods]\n{wrong}\n")
