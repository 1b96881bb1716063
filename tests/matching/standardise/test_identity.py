"""Identity numbers in every form of domain practice; 539xxx is no region, so nobody is meant."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.standardise.identity import (
    birth_date_in,
    expand_old,
    is_valid,
    read_id_number,
    sex_in,
    standardise_id_numbers,
)
from tests.matching.standardise.numbers import VALID, numbers


@pytest.mark.parametrize(
    ("cell", "number", "form"),
    [
        (VALID, VALID, "full"),
        ("５３９２１０１９９００３０７００３６", VALID, "full"),
        ("'539210199003070036", VALID, "full"),
        ("539210 19900307 0036", VALID, "full"),
        ("\ufeff539210199003070036\u200b", VALID, "full"),
        ('="539210199003070036"', VALID, "full"),
        ("53921019900307001x", "53921019900307001X", "full"),
        ("539210900307003", VALID, "expanded15"),
        ("539210199003070***", "539210199003070***", "prefix15"),
        ("5.39210199003070e+17", "539210199003070***", "prefix15"),
        ("5.3921019900307E+17", "539210199003070***", "prefix15"),
        ("539210199003070000", "539210199003070***", "prefix15"),
        ("539210199003070", "539210199003070***", "prefix15"),
        ("5.39210E+17", "539210************", "masked"),
        ("539210********0036", "539210********0036", "masked"),
        ("539210••••••••0036", "539210********0036", "masked"),
        ("539210XXXXXXXX0036", "539210********0036", "masked"),
        ("539210****0036", "539210********0036", "masked"),
        ("53921019900307003643B1", VALID, "full"),
        ("53921019900307003643", VALID, "full"),
        ("539210199003070032", "539210199003070032", "bad_checksum"),
        ("539210199013070030", "539210199013070030", "bad_checksum"),
        ("H12345678", "H12345678", "other"),
        ("护照", "护照", "other"),
        ("/", None, None),
        ("0", None, None),
        ("不详", None, None),
    ],
)
def test_what_a_cell_becomes(cell: str, number: str | None, form: str | None) -> None:
    reading = standardise_id_numbers(pl.Series([cell]))
    assert (reading.values[0], reading.derived["id_form"][0]) == (number, form)
    assert read_id_number(cell) == (number, form)


@given(numbers)
def test_a_valid_number_is_full_and_tells_birth_date_and_sex(number: str) -> None:
    assert read_id_number(number) == (number, "full")
    column = pl.Series([number])
    assert f"{birth_date_in(column)[0]:%Y%m%d}" == number[6:14]
    assert sex_in(column)[0] == ("1" if int(number[16]) % 2 else "2")


@given(numbers, st.integers(0, 16), st.integers(1, 9))
def test_every_single_wrong_digit_is_noticed(number: str, position: int, change: int) -> None:
    wrong = number[:position] + str((int(number[position]) + change) % 10) + number[position + 1 :]
    assert not is_valid(wrong)


@given(numbers)
def test_the_column_and_the_scalar_test_of_validity_agree(number: str) -> None:
    cells = [number, number[:-1] + ("0" if number[-1] != "0" else "1"), number[:6] + "19901332" + number[14:]]
    cells += [f"{number[:16]}{digit}{number[17]}" for digit in range(10)] * 5
    forms = standardise_id_numbers(pl.Series(cells)).derived["id_form"].to_list()
    assert [form == "full" for form in forms] == [is_valid(cell) for cell in cells]


def test_an_old_number_of_a_centenarian_belongs_to_the_century_before() -> None:
    expanded = expand_old("539210900307996")
    assert expanded is not None
    assert expanded[6:10] == "1890"


@pytest.mark.parametrize("cell", ["0", "0.", "000", "无", "-.-", " 0 0 ", "/"])
def test_what_says_nothing_is_missing_at_once(cell: str) -> None:
    assert read_id_number(cell) == (None, None)
