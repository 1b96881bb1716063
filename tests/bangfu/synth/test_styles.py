"""How departments write a value: every custom the readers must understand is really produced."""

import datetime as dt
import random
import re
from typing import Any

import pytest

from bangfu.synth.styles import group_text, id_cell, name_cell, phone_cell, plain_yuan, yuan

NUMBER = "53900119900307003X"


def draws(make: Any, count: int = 2_000) -> set[Any]:
    draw = random.Random(1)
    return {make(draw) for _ in range(count)}


def test_numbers_as_typed_are_the_number_with_marks() -> None:
    cells = draws(lambda draw: id_cell(draw, NUMBER, "", workbook=True))
    assert cells == {NUMBER, NUMBER.lower(), f"'{NUMBER}", f"{NUMBER} ", "539001 19900307 003X"}


@pytest.mark.parametrize(("workbook", "cell"), [(True, 539001199003070000.0), (False, "5.39001199003070E+17")])
def test_scientific_notation_loses_the_last_three_digits(workbook: bool, cell: Any) -> None:
    """A spreadsheet keeps fifteen digits: nothing downstream can bring the others back."""
    found = id_cell(random.Random(1), "539001199003070039", "id_scientific", workbook=workbook)
    assert f"{found:.14E}" == f"{cell:.14E}" if workbook else found == cell
    assert isinstance(found, float if workbook else str)


def test_missing_numbers_are_nothing_or_say_so() -> None:
    assert draws(lambda draw: id_cell(draw, None, "id_missing", workbook=True)) == {None, "无", "/"}


def test_two_character_names_are_spread_and_former_names_bracketed() -> None:
    assert draws(lambda draw: name_cell(draw, "李娜")) == {"李娜", "李 娜", "李　娜", "李  娜", "李娜 "}
    assert draws(lambda draw: name_cell(draw, "李晓娜", former="李花")) == {
        "李晓娜",
        "李晓娜 ",
        "李晓娜（曾用名：李花）",
    }


def test_phones_are_text_numbers_or_grouped() -> None:
    assert draws(lambda draw: phone_cell(draw, "13812345678")) == {
        "13812345678", 13812345678, "+86 13812345678", "138-1234-5678",
    }  # fmt: skip
    assert phone_cell(random.Random(1), None) is None


def test_amounts_are_numbers_and_now_and_then_text() -> None:
    cells = draws(lambda draw: yuan(draw, 1_234_550, messy=True))
    assert cells >= {12345.5, "12,345.50", "12345.50元", "１２，３４５．５０", "12345.50 "}
    assert draws(lambda draw: yuan(draw, 1_234_550, messy=False)) == {12345.5}


@pytest.mark.parametrize("fen", [0, 5, 99, 100, 1_234_550, -7, -1_234_550])
def test_interface_amounts_have_two_places(fen: int) -> None:
    text = plain_yuan(fen)
    assert re.fullmatch(r"-?\d+\.\d\d", text)
    assert round(float(text) * 100) == fen


def test_groups_are_written_four_ways() -> None:
    assert [group_text("07", style) for style in ("name", "short", "code", "pinyin")] == ["彝族", "彝", "07", "Yi"]


def test_dates_that_are_missing_stay_missing() -> None:
    from bangfu.synth.styles import DATE_STYLES, date_text

    assert {date_text(None, style) for style in DATE_STYLES} == {None}
    assert date_text(dt.date(2020, 1, 5), "cell") == dt.date(2020, 1, 5)
