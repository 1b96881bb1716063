"""Identifiers: none can belong to anybody, all are well-formed, no two people share one."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from bangfu.synth.identity import check_character, credit_code, fifteen_digits, identity_numbers, phone_numbers
from schemas.reference import division_history, divisions

_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def checks(number: str) -> bool:
    """ISO 7064 MOD 11-2 in its other form: the weighted sum of all 18 characters leaves 1."""
    total = sum((10 if c == "X" else int(c)) * pow(2, 17 - at, 11) for at, c in enumerate(number))
    return total % 11 == 1


def numbers(count: int, *, part: int = 0, parts: int = 1, days: int = 9_000) -> tuple[list[str], Any, Any]:
    rng = np.random.default_rng(part)
    birth = np.datetime64("1975-01-01") + rng.integers(0, days, count).astype("timedelta64[D]")
    female = rng.random(count) < 0.5
    return identity_numbers(rng, 17, birth, female, part=part, parts=parts), birth, female


def test_standards_own_example() -> None:
    """GB 11643's published example; the synthetic region must not change the arithmetic."""
    assert check_character("11010519491231002") == "X"
    assert checks("11010519491231002X")
    assert not checks("110105194912310021")


def test_region_block_is_no_division_of_today_or_before() -> None:
    """A number of a real region could be somebody's."""
    known = {*divisions(), *(code for code, *_ in division_history())}
    assert len(known) > 145
    assert not [code for code in known if code.startswith("539")]


def test_numbers_are_unique_well_formed_and_impossible() -> None:
    made, birth, female = numbers(20_000)
    assert len(set(made)) == 20_000
    assert all(checks(number) for number in made)
    assert {number[:6] for number in made} == {"539017", "539217"}
    assert [number[6:14] for number in made] == [str(day).replace("-", "") for day in birth]
    assert [int(number[16]) % 2 == 0 for number in made] == female.tolist()


def test_former_block_is_on_older_people_only() -> None:
    made, birth, _ = numbers(20_000)
    former = np.asarray([number.startswith("5392") for number in made])
    old = birth < np.datetime64("2000-01-01")
    assert former[~old].sum() == 0
    assert former[old].mean() == pytest.approx(0.33, abs=0.015)


def test_parts_of_a_county_never_collide() -> None:
    made = [number for part in range(5) for number in numbers(4_000, part=part, parts=5, days=60)[0]]
    assert len(set(made)) == len(made) == 20_000


def test_crowded_days_go_on_in_further_blocks() -> None:
    """A hundred parts leave each five numbers a day: a province of thirty million must not fail by chance."""
    made = [number for part in (0, 57, 116) for number in numbers(30_000, part=part, parts=117)[0]]
    assert len(set(made)) == len(made) == 90_000
    assert all(checks(number) for number in made)
    assert {"539417"} < {number[:6] for number in made} <= {"539017", "539217", "539417", "539617", "539817"}


def test_more_births_than_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="born on one day"):
        numbers(6_000, days=1)


def test_everybody_in_a_county_has_an_own_number(world: Callable[..., Any]) -> None:
    people = world("景洪市").people
    assert people["id_number"].n_unique() == people.height
    assert people["id_number"].str.slice(0, 3).unique().to_list() == ["539"]
    birth = pl.col("birth").cast(pl.Date).dt.strftime("%Y%m%d")
    assert people.filter(pl.col("id_number").str.slice(6, 8) != birth).is_empty()


def credit_checks(code: str) -> bool:
    """GB 32100 in its other form: the weighted sum with the check character is divisible by 31."""
    return (
        sum(_CREDIT.index(c) * pow(3, at, 31) for at, c in enumerate(code[:17])) + _CREDIT.index(code[17])
    ) % 31 == 0


def test_credit_check_agrees_with_the_standards_example() -> None:
    assert credit_checks("91350100M000100Y43")
    assert not credit_checks("91350100M000100Y44")


@pytest.mark.parametrize("kind", ["91", "12", "81"])
def test_credit_codes_check_and_say_what_they_belong_to(kind: str) -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        code = credit_code(rng, kind, 17)
        assert code.startswith(f"{kind}539017")
        assert len(code) == 18
        assert credit_checks(code)


def test_numbers_of_before_1999_lack_century_and_check_character() -> None:
    number = numbers(1)[0][0]
    short = fifteen_digits(number)
    assert len(short) == 15
    assert number == short[:6] + "19" + short[6:] + number[-1]


def test_phones_are_mobile_numbers() -> None:
    phones = pl.Series(phone_numbers(np.random.default_rng(1), 2_000))
    assert phones.str.contains(r"^1[3-9]\d{9}$").all()
    assert phones.n_unique() == 2_000
