"""Household cells filled downwards (向下填充), block by block with what the rows above said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bangfu.readers.sheets import Merge

__all__ = ["DECIDING_ROWS", "GroupFiller", "MergeFiller"]

DECIDING_ROWS = 10_000
"""Rows at the top of a table that decide whether a column is a grouped one."""


class MergeFiller:
    """Fills columns over the merged ranges of the sheet, which may reach over several blocks.

    Attributes:
        filled: Cells filled so far.
    """

    def __init__(self, merges: Sequence[Merge], columns: Mapping[str, int], body: int) -> None:
        """Takes the sheet's merges, the columns that may be filled, by label, and the first data row."""
        self.filled = 0
        self._ranges = {
            label: sorted((m.top, m.bottom) for m in merges if m.left == column and m.top >= body and m.bottom > m.top)
            for label, column in columns.items()
        }
        self._open: dict[str, tuple[int, str | None] | None] = {}
        self._next = dict.fromkeys(self._ranges, 0)

    @property
    def labels(self) -> frozenset[str]:
        """Columns that have merged cells."""
        return frozenset(label for label, ranges in self._ranges.items() if ranges)

    def fill(self, table: pl.DataFrame, start: int) -> pl.DataFrame:
        """The next rows of the sheet, the first one being row `start`."""
        return table.with_columns(self._spread(table[label], label, start) for label in sorted(self.labels))

    def _spread(self, values: pl.Series, label: str, start: int) -> pl.Series:
        stop, ranges, number = start + values.len(), self._ranges[label], self._next[label]
        cells: list[str | None] | None = None
        carried = self._open.get(label)
        if carried is not None:
            bottom, value = carried
            cells = values.to_list()
            cells[: bottom + 1 - start] = [value] * min(bottom + 1 - start, len(cells))
            if bottom < stop:
                self._open[label] = None
        while number < len(ranges) and ranges[number][0] < stop:
            top, bottom = ranges[number]
            number += 1
            cells = values.to_list() if cells is None else cells
            value = cells[top - start]
            last = min(bottom, stop - 1)
            cells[top - start : last + 1 - start] = [value] * (last + 1 - top)
            if bottom >= stop:
                self._open[label] = (bottom, value)
        self._next[label] = number
        if cells is None:
            return values
        spread = pl.Series(values.name, cells, dtype=pl.String)
        self.filled += values.null_count() - spread.null_count()
        return spread


class GroupFiller:
    """Fills columns downwards where only the first row of a group says them.

    With a household identifier, a group is a run of rows under one identifier. Without, a column whose cells
    are mostly empty among the first `DECIDING_ROWS` rows, the first excepted, is taken for a grouped one. A column
    with merged cells is never filled beyond them.

    Attributes:
        filled: Cells filled so far.
    """

    def __init__(self, fields: Sequence[str], merged: frozenset[str]) -> None:
        """Takes the declared household columns that the table has, and those with merged cells."""
        self.filled = 0
        self._fields = list(fields)
        self._merged = merged
        self._above: pl.DataFrame | None = None

    def fill(self, tables: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """The same tables with their household columns filled."""
        if "household_ref" in self._fields:
            yield from map(self._fill_households, tables)
            return
        waiting: list[pl.DataFrame] = []
        grouped: list[str] | None = None if self._fields else []
        for table in tables:
            if grouped is None:
                waiting.append(table)
                if sum(item.height for item in waiting) < DECIDING_ROWS:
                    continue
                table = pl.concat(waiting)
                grouped = self._grouped(table.head(DECIDING_ROWS))
            yield self._fill_grouped(table, grouped)
        if grouped is None and waiting:
            table = pl.concat(waiting)
            yield self._fill_grouped(table, self._grouped(table))

    def _grouped(self, table: pl.DataFrame) -> list[str]:
        return [
            field
            for field in self._fields
            if field not in self._merged
            and table.height > 1
            and table[field][0] is not None
            and table[field].null_count() * 2 >= table.height
        ]

    def _fill_grouped(self, table: pl.DataFrame, fields: list[str]) -> pl.DataFrame:
        return self._filled(table, fields, lambda whole: whole.with_columns(pl.col(fields).forward_fill()))

    def _fill_households(self, table: pl.DataFrame) -> pl.DataFrame:
        others = [field for field in self._fields if field != "household_ref"]

        def fill(whole: pl.DataFrame) -> pl.DataFrame:
            if "household_ref" not in self._merged:
                whole = whole.with_columns(pl.col("household_ref").forward_fill())
            known, run = pl.col("household_ref").is_not_null(), pl.col("household_ref").rle_id()
            return whole.with_columns(
                pl.when(known).then(pl.col(field).forward_fill().over(run)).otherwise(pl.col(field)) for field in others
            )

        return self._filled(table, self._fields, fill)

    def _filled(
        self, table: pl.DataFrame, fields: list[str], fill: Callable[[pl.DataFrame], pl.DataFrame]
    ) -> pl.DataFrame:
        if not fields or not table.height:
            return table
        given = table.select(fields)
        whole = given if self._above is None else pl.concat([self._above, given])
        done = fill(whole)
        self._above = done.tail(1)
        done = done.tail(table.height)
        self.filled += _nulls(given) - _nulls(done)
        return table.with_columns(done.get_columns())


def _nulls(table: pl.DataFrame) -> int:
    return sum(series.null_count() for series in table)
