"""Tables of counts that tell of nobody (小单元格抑制): small cells are hidden, and so is what they could be had from.

A cell of 1 to 4 is shown as `<5` (primary suppression). Beside the table its sums are published, so a hidden cell might be
solved for; therefore further cells are shown as `*` (complementary suppression) until nobody can: with all that is shown,
all sums, and `<5` read as 1 to 4, a small cell may still be any of 1 to 4, and no hidden cell is known more closely than
within three. What can be solved for is found as an attacker would find it, by linear programming over the hidden cells.
Zeros are shown.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from schemas.vocabulary import SMALL_COUNT

__all__ = ["FEW", "HIDDEN", "Sum", "protected", "ranges"]

FEW, HIDDEN = f"<{SMALL_COUNT}", "*"
_WIDTH = 3
_FAR = 1e6
_NEAR = 1e-6


@dataclass(frozen=True)
class Sum:
    """A cell that is the sum of others, as everybody knows."""

    total: Hashable
    parts: tuple[Hashable, ...]

    @property
    def cells(self) -> tuple[Hashable, ...]:
        """All cells of the equation."""
        return (self.total, *self.parts)


def protected(
    counts: Mapping[Hashable, int], sums: Sequence[Sum], wanted: Collection[Hashable] = ()
) -> dict[Hashable, int | str]:
    """What may be shown.

    Args:
        counts: True number of every cell, sums among them.
        sums: How cells depend on each other.
        wanted: Cells that readers want most: of those that would do, they are hidden last.

    Returns:
        By cell the number, `<5` or `*`.

    >>> protected({"a": 3, "b": 40, "both": 43}, [Sum("both", ("a", "b"))])
    {'a': '<5', 'b': '*', 'both': 43}
    >>> protected({"a": 3, "b": 40, "both": 43}, [Sum("both", ("a", "b"))], wanted={"b"})
    {'a': '<5', 'b': 40, 'both': '*'}
    """
    marks: dict[Hashable, str] = {cell: FEW for cell, number in counts.items() if 0 < number < SMALL_COUNT}
    cover = _Cover(counts, sums, frozenset(wanted), marks)
    while (lonely := cover.lonely()) is not None:
        cover.hide_beside(lonely)
    while exposed := _exposed(counts, sums, marks):
        if not cover.hide_apart(exposed):
            marks.update(dict.fromkeys(counts, HIDDEN))
            break
    return {cell: marks.get(cell, number) for cell, number in counts.items()}


def ranges(
    shown: Mapping[Hashable, int | str], sums: Sequence[Sum], cells: Sequence[Hashable]
) -> dict[Hashable, tuple[float, float]]:
    """What an attacker can find out: the smallest and largest value that each of some hidden cells may have.

    Args:
        shown: The table as published.
        sums: How cells depend on each other.
        cells: Hidden cells to solve for.
    """
    programme = _Programme(shown, sums)
    return {cell: (programme.extreme({cell: 1.0})[cell], programme.extreme({cell: -1.0})[cell]) for cell in cells}


def _exposed(counts: Mapping[Hashable, int], sums: Sequence[Sum], marks: Mapping[Hashable, str]) -> list[Hashable]:
    """Hidden cells that can be had more closely than may be, in the order of the table."""
    if not marks:
        return []
    shown = {cell: marks.get(cell, number) for cell, number in counts.items()}
    programme = _Programme(shown, sums)
    seen = {cell: [float(counts[cell]), float(counts[cell])] for cell in marks}

    def note(found: Mapping[Hashable, float]) -> None:
        for cell, value in found.items():
            seen[cell] = [min(seen[cell][0], value), max(seen[cell][1], value)]

    def wide(cell: Hashable) -> bool:
        low, high = seen[cell]
        if 0 < counts[cell] < SMALL_COUNT:
            return low <= 1 + _NEAR and high >= SMALL_COUNT - 1 - _NEAR
        return high - low >= _WIDTH - _NEAR

    for sign in (1.0, -1.0):
        note(programme.extreme(dict.fromkeys(marks, sign)))
        note(programme.extreme({cell: sign * (1 + place % 7) for place, cell in enumerate(marks)}))
    exposed = []
    for cell in marks:
        for sign in (1.0, -1.0):
            if not wide(cell):
                note(programme.extreme({cell: sign}))
        if not wide(cell):
            exposed.append(cell)
    return exposed


class _Cover:
    """Hides further cells beside hidden ones."""

    def __init__(
        self,
        counts: Mapping[Hashable, int],
        sums: Sequence[Sum],
        wanted: Collection[Hashable],
        marks: dict[Hashable, str],
    ) -> None:
        self.counts, self.sums, self.wanted, self.marks = counts, sums, wanted, marks
        self.order = {cell: place for place, cell in enumerate(counts)}
        self.around: dict[Hashable, list[Sum]] = {cell: [] for cell in counts}
        for equation in sums:
            for cell in equation.cells:
                self.around[cell].append(equation)

    def lonely(self) -> Hashable | None:
        """A hidden cell that is the only one in a sum, and so is known."""
        for equation in self.sums:
            hidden = [cell for cell in equation.cells if cell in self.marks]
            if len(hidden) == 1:
                return hidden[0]
        return None

    def hide_apart(self, cells: Sequence[Hashable]) -> bool:
        """Hide beside each of some cells, unless what was just hidden stands in a sum with it and may be enough.

        Returns:
            Whether anything was left to hide.
        """
        done: set[int] = set()
        for cell in cells:
            if done.isdisjoint(id(equation) for equation in self.around[cell]):
                hidden = self.hide_beside(cell)
                if hidden is not None:
                    done.update(id(equation) for equation in self.around[hidden])
        return bool(done)

    def hide_beside(self, cell: Hashable) -> Hashable | None:
        """Hide one more cell that stands in a sum with this one, or say less of a small one.

        The sum in which fewest are hidden comes first; in it what is wanted least, then the smallest.

        Returns:
            What is hidden now; None where nothing was left.
        """
        beside = [
            ((self._hidden(equation), other in self.wanted, self.counts[other], self.order[other]), other)
            for equation in self.around[cell]
            for other in equation.cells
            if other != cell and other not in self.marks
        ]
        told = [(rank, other) for rank, other in beside if self.counts[other]]
        if told:
            chosen = min(told, key=lambda item: item[0])[1]
            self.marks[chosen] = HIDDEN
            return chosen
        few = [equation.total for equation in self.around[cell] if self.marks.get(equation.total) == FEW]
        few = few or [one for equation in self.around[cell] for one in equation.cells if self.marks.get(one) == FEW]
        left = [*few, *(other for _, other in beside)]
        if not left:
            return None
        self.marks[left[0]] = HIDDEN
        return left[0]

    def _hidden(self, equation: Sum) -> int:
        return sum(cell in self.marks for cell in equation.cells)


class _Programme:
    """The linear programme over the hidden cells of a table."""

    def __init__(self, shown: Mapping[Hashable, int | str], sums: Sequence[Sum]) -> None:
        from scipy.sparse import csr_array

        self.hidden = [cell for cell, value in shown.items() if isinstance(value, str)]
        place = {cell: number for number, cell in enumerate(self.hidden)}
        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        right: list[float] = []
        for equation in sums:
            signed = [(equation.total, 1.0), *((part, -1.0) for part in equation.parts)]
            unknown = [(place[cell], sign) for cell, sign in signed if cell in place]
            if unknown:
                for column, sign in unknown:
                    rows.append(len(right))
                    columns.append(column)
                    values.append(sign)
                right.append(-sum(sign * float(shown[cell]) for cell, sign in signed if cell not in place))
        self.matrix = csr_array((values, (rows, columns)), shape=(len(right), len(self.hidden))) if right else None
        self.right = np.array(right)
        self.bounds = [(1.0, SMALL_COUNT - 1.0) if shown[cell] == FEW else (0.0, _FAR) for cell in self.hidden]

    def extreme(self, weights: Mapping[Hashable, float]) -> dict[Hashable, float]:
        """The values of the hidden cells where the weighted sum is smallest."""
        from scipy.optimize import linprog

        costs = [weights.get(cell, 0.0) for cell in self.hidden]
        right = self.right if self.matrix is not None else None
        found = linprog(costs, A_eq=self.matrix, b_eq=right, bounds=self.bounds, method="highs")
        if not found.success:
            raise ValueError("The sums of the table contradict each other.")
        return dict(zip(self.hidden, map(float, found.x), strict=True))
