"""Small cells stay hidden from whoever tries to solve for them."""

from collections.abc import Hashable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from bangfu.screening.small_cells import FEW, HIDDEN, Sum, protected, ranges

Table = dict[Hashable, int]


def tree(counties: list[list[tuple[int, int]]]) -> tuple[Table, list[Sum]]:
    """A province of prefectures of counties, each with two numbers, and all their sums."""
    cells: Table = {}
    sums = []
    for p, inside in enumerate(counties):
        for c, numbers in enumerate(inside):
            cells |= {(p, c, "a"): numbers[0], (p, c, "b"): numbers[1], (p, c, "t"): sum(numbers)}
            sums.append(Sum((p, c, "t"), ((p, c, "a"), (p, c, "b"))))
    for p, inside in enumerate(counties):
        for cell in "abt":
            parts = tuple((p, c, cell) for c in range(len(inside)))
            cells[p, cell] = sum(cells[part] for part in parts)
            sums.append(Sum((p, cell), parts))
        sums.append(Sum((p, "t"), ((p, "a"), (p, "b"))))
    for cell in "abt":
        parts = tuple((p, cell) for p in range(len(counties)))
        cells[cell] = sum(cells[part] for part in parts)
        sums.append(Sum(cell, parts))
    sums.append(Sum("t", ("a", "b")))
    return cells, sums


def attack(shown: dict[Hashable, int | str], sums: list[Sum], wanted: Hashable) -> tuple[int, int]:
    """Solve for a cell in whole numbers: everything that is published is known, and so is that cells are not negative."""
    order = {cell: place for place, cell in enumerate(shown)}
    matrix = np.zeros((len(sums), len(order)))
    for row, equation in enumerate(sums):
        matrix[row, order[equation.total]] = 1
        for part in equation.parts:
            matrix[row, order[part]] = -1
    low = [1 if value == FEW else 0 if value == HIDDEN else int(value) for value in shown.values()]
    high = [4 if value == FEW else 1_000 if value == HIDDEN else int(value) for value in shown.values()]
    found = []
    for sign in (1, -1):
        costs = np.zeros(len(order))
        costs[order[wanted]] = sign
        solved = milp(
            costs, constraints=LinearConstraint(matrix, 0, 0), bounds=Bounds(low, high), integrality=np.ones(len(order))
        )
        assert solved.success
        found.append(round(solved.x[order[wanted]]))
    return found[0], found[1]


numbers = st.one_of(st.integers(0, 6), st.integers(0, 60))
provinces = st.lists(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=4), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(provinces)
def test_nobody_can_solve_for_a_small_cell(counties: list[list[tuple[int, int]]]) -> None:
    cells, sums = tree(counties)
    shown = protected(cells, sums)
    for cell, number in cells.items():
        if 0 < number < 5:
            assert isinstance(shown[cell], str)
            low, high = attack(shown, sums, cell)
            assert low <= 1, (cell, shown)
            assert high >= 4, (cell, shown)
        elif isinstance(shown[cell], str):
            low, high = attack(shown, sums, cell)
            assert high - low >= 3
        else:
            assert shown[cell] == number


@pytest.mark.parametrize(
    "counties",
    [
        pytest.param([[(3, 40), (20, 30)], [(9, 9), (8, 8)]], id="one small cell"),
        pytest.param([[(4, 40), (4, 30)], [(9, 9), (8, 8)]], id="two whose sum gives both away"),
        pytest.param([[(1, 40), (1, 30)], [(9, 9), (8, 8)]], id="two of one each"),
        pytest.param([[(2, 0)]], id="a single county"),
        pytest.param([[(1, 0), (2, 0)], [(0, 0)]], id="nothing but small cells"),
    ],
)
def test_known_traps(counties: list[list[tuple[int, int]]]) -> None:
    cells, sums = tree(counties)
    shown = protected(cells, sums)
    for cell, number in cells.items():
        if 0 < number < 5:
            low, high = attack(shown, sums, cell)
            assert (low <= 1, high >= 4) == (True, True), shown


def test_without_complementary_suppression_a_cell_is_solved_for() -> None:
    """The attack works: it finds what primary suppression alone gives away."""
    cells, sums = tree([[(3, 40), (20, 30)]])
    naive = {cell: FEW if 0 < number < 5 else number for cell, number in cells.items()}
    assert attack(naive, sums, (0, 0, "a")) == (3, 3)
    assert ranges(naive, sums, [(0, 0, "a")]) == {(0, 0, "a"): (3.0, 3.0)}


def test_a_table_without_small_cells_is_shown_whole() -> None:
    cells, sums = tree([[(30, 40), (20, 0)], [(5, 6)]])
    assert protected(cells, sums) == cells


def test_contradictory_sums_are_refused() -> None:
    with pytest.raises(ValueError, match="contradict"):
        protected({"a": 3, "b": 4, "t": 90}, [Sum("t", ("a", "b"))])
