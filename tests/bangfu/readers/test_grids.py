"""Cells as text, and the grid of a workbook's sheet."""

import datetime as dt

import pytest

from bangfu.readers.grids import HEAD_ROWS, Cell, SheetGrid, cell_text


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


def test_the_head_ends_where_the_search_for_headers_does() -> None:
    grid = SheetGrid("s", [[str(row)] for row in range(HEAD_ROWS + 5)])
    assert len(grid.head) == HEAD_ROWS
    assert grid.row(HEAD_ROWS + 4) == [str(HEAD_ROWS + 4)]


def test_columns_come_in_the_order_asked_for_and_from_the_row_asked_for() -> None:
    grid = SheetGrid("s", [["a", "b"], ["1", 2.0], ["3", dt.date(2020, 1, 5)]])
    second, first = grid.columns([1, 0], 1)
    assert second.to_list() == ["2", "2020-01-05"]
    assert first.to_list() == ["1", "3"]


def test_exact_digits_are_fetched_once_and_only_where_digits_are_lost() -> None:
    asked = []

    def exact(column: int) -> dict[int, str]:
        asked.append(column)
        return {1: "539210199003070036"}

    grid = SheetGrid(
        "s", [["号码", "电话"], [539210199003070036.0, 13800001111.0], [5.3921019900307e17, ""]], exact=exact
    )
    numbers, phones = grid.columns([0, 1], 1)
    assert numbers.to_list() == ["539210199003070036", "5.39210199003070e+17"]
    assert phones.to_list() == ["13800001111", ""]
    assert asked == [0]


def test_no_cell_is_shown_by_a_grid_s_exact_digits() -> None:
    """A grid may get into a traceback; the function that re-reads a file carries the sender's path."""
    assert "exact" not in repr(SheetGrid("s", [], exact=lambda column: {}))
