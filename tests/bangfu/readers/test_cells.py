"""Workbook cells as text."""

import datetime as dt

import pytest

from bangfu.readers.cells import Cell, cell_text, column_text


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("", ""),
        (" 李 娜", " 李 娜"),
        (True, "1"),
        (False, "0"),
        (3.0, "3"),
        (-2.5, "-2.5"),
        (13800001111.0, "13800001111"),
        (9007199254740991.0, "9007199254740991"),
        (9007199254740992.0, "9.00719925474099e+15"),
        (dt.date(2020, 1, 5), "2020-01-05"),
        (dt.datetime(2020, 1, 5), "2020-01-05"),  # noqa: DTZ001
        (dt.datetime(2020, 1, 5, 8, 30), "2020-01-05 08:30:00"),  # noqa: DTZ001
    ],
)
def test_a_cell_as_text(cell: Cell, text: str) -> None:
    assert cell_text(cell) == text


def test_digits_that_a_float_has_lost_are_not_made_up() -> None:
    """An 18-digit number that only survived as a float keeps 15 digits: the rest would be another person's."""
    assert cell_text(float("539210199003070036")) == "5.39210199003070e+17"


def test_exact_digits_are_asked_for_only_where_digits_are_lost() -> None:
    asked = []

    def exact() -> dict[int, str]:
        asked.append(True)
        return {1: "539210199003070036"}

    numbers, _ = column_text([539210199003070036.0, 5.3921019900307e17], 1, exact)
    assert numbers.to_list() == ["539210199003070036", "5.39210199003070e+17"]
    phones, _ = column_text([13800001111.0, ""], 1, exact)
    assert phones.to_list() == ["13800001111", ""]
    assert asked == [True]


def test_control_characters_are_left_out_and_counted_by_cell() -> None:
    """PostgreSQL refuses NUL: one such cell would stop a whole extract at its last step."""
    values, controls = column_text(["李\0娜", "a\n\tb", "\x01\x02", "岩温"], 0, dict)
    assert values.to_list() == ["李娜", "a\n\tb", "", "岩温"]
    assert controls == 2
