"""From a sheet with a known header to rows of one person each (取数), block by block."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from bangfu.readers.filling import GroupFiller, MergeFiller
from bangfu.readers.footers import footers, suspicious_rows
from bangfu.readers.numbers import DECIMAL_NUMBER, plain_number
from bangfu.readers.raw import BATCH_ROWS, MEMBER_STRIDE, SHEET_STRIDE, SheetReport
from schemas.fields import PERSON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bangfu.readers.declared import Declaration
    from bangfu.readers.headers import Header
    from bangfu.readers.sheets import Block, Sheet

__all__ = ["Table"]

_OWN = frozenset(item.name for item in PERSON) - {"county_code", "address"}
"""Fields that belong to one person: a row's household members do not inherit them."""


_DECIMAL = re.compile(DECIMAL_NUMBER)
_VISIBLE = r"[^\s\p{Cc}\p{Cf}]"


class Table:
    """The data rows of one sheet.

    Totals, signatures, repeated headers and empty rows are left out; declared household columns are filled
    downwards; member blocks become rows of their own. The result does not depend on where the blocks begin.
    """

    def __init__(self, sheet: Sheet, header: Header, declaration: Declaration, index: int) -> None:
        """Takes the sheet, its header, and its number in the file, from 0."""
        self._sheet, self._header, self._declaration, self._index = sheet, header, declaration, index
        self._labels = [_label(slot) for slot in header.columns]
        household = [field for field in declaration.household_columns if field in self._labels]
        positions = {field: header.columns[field, 0] for field in household}
        own = [label for label in self._labels if label not in household]
        self._own = own or household
        self._merges = MergeFiller(sheet.merges, positions, header.body)
        self._groups = GroupFiller(household, self._merges.labels)
        self._rows = self._persons = self._blank = self._footers = 0

    def batches(self) -> Iterator[pl.DataFrame]:
        """Rows of one person each: the position, then the fields that the sheet fills.

        Raises:
            Refused: The file turns out to be broken, perhaps after some batches.
        """
        for kept in self._groups.fill(self._kept()):
            persons = self._taken_apart(kept)
            self._persons += persons.height
            for start in range(0, persons.height, BATCH_ROWS):
                yield persons.slice(start, BATCH_ROWS)

    def report(self) -> SheetReport:
        """The account of the sheet, complete once `batches` has come to its end."""
        return replace(
            _describe(self._header, self._declaration, self._sheet.name),
            rows=self._rows,
            persons=self._persons,
            blank_rows=self._blank,
            footer_rows=self._footers,
            filled_cells=self._merges.filled + self._groups.filled,
        )

    def _kept(self) -> Iterator[pl.DataFrame]:
        header = self._header
        for block in self._sheet.blocks(list(header.columns.values()), header.body, len(header.names)):
            kept = self._without_empty_and_footers(block)
            self._rows += kept.height
            if kept.height:
                yield kept

    def _without_empty_and_footers(self, block: Block) -> pl.DataFrame:
        table = pl.DataFrame([cells.alias(label) for label, cells in zip(self._labels, block.columns, strict=True)])
        table = self._merges.fill(_plain_numbers(_blank_to_null(table)), block.start)
        blank, suspicious = table.select(
            pl.all_horizontal(pl.col(self._own).is_null()).alias("blank"), suspicious_rows(table).alias("suspicious")
        ).get_columns()
        rows = pl.int_range(block.start, block.start + table.height, eager=True, dtype=pl.Int64).alias("position")
        nobody = blank.to_numpy(writable=True)
        self._blank += int(nobody.sum())
        if suspicious.any():
            found = footers(table, (suspicious & ~blank).arg_true().to_list(), block.row, self._declaration)
            self._footers += len(found)
            nobody[found] = True
        table = table.insert_column(0, rows)
        return table.filter(~nobody) if nobody.any() else table

    def _taken_apart(self, kept: pl.DataFrame) -> pl.DataFrame:
        persons = _persons(kept, self._declaration)
        place, member = pl.col("position") + 1, pl.col("member")
        return persons.select(
            (place + self._index * SHEET_STRIDE + member * MEMBER_STRIDE).alias("row_number"),
            pl.lit(self._sheet.name).alias("sheet"),
            place.alias("sheet_row"),
            member,
            *(field for field in self._declaration.fields if field in persons.columns),
        )


def _label(slot: tuple[str, int]) -> str:
    field, block = slot
    return f"{field}[{block}]" if block else field


def _blank_to_null(table: pl.DataFrame) -> pl.DataFrame:
    whole = table.select(pl.all().str.contains(_VISIBLE).all()).row(0)  # a missing cell is no blank one here
    changed = [name for name, all_filled in zip(table.columns, whole, strict=True) if not all_filled]
    if not changed:
        return table
    return table.with_columns(
        pl.when(pl.col(name).str.contains(_VISIBLE)).then(pl.col(name)).alias(name) for name in changed
    )


def _plain_numbers(table: pl.DataFrame) -> pl.DataFrame:
    """Identity numbers written as decimal ones, as numbers of plain digits."""
    labels = [label for label in table.columns if label.partition("[")[0] == "id_number"]
    decimal = table.select(pl.col(labels).str.contains(DECIMAL_NUMBER).any()).row(0) if labels else ()
    for label in (label for label, found in zip(labels, decimal, strict=True) if found):
        cells = [plain_number(cell) if cell and _DECIMAL.match(cell) else cell for cell in table[label].to_list()]
        table = table.with_columns(pl.Series(label, cells, dtype=pl.String))
    return table


def _persons(table: pl.DataFrame, declaration: Declaration) -> pl.DataFrame:
    """One row per person: the row's own, then the members beside them."""
    blocks = declaration.member_blocks
    table = table.with_columns(pl.lit(0, pl.Int64).alias("member"))
    if blocks is None or not any(name.endswith("]") for name in table.columns):
        if blocks is not None and "relation" not in table.columns:
            table = table.with_columns(pl.lit("0").alias("relation"))
        return table
    own = [name for name in table.columns if not name.endswith("]")]
    head = table.select(own)
    if "relation" not in own:
        head = head.with_columns(pl.lit("0").alias("relation"))
    parts = [head]
    inherited = [name for name in own if name not in _OWN and name not in {"relation", "member"}]
    for number in range(1, blocks.count + 1):
        columns = {c.field: f"{c.field}[{number}]" for c in blocks.columns if f"{c.field}[{number}]" in table.columns}
        telling = [pl.col(columns[field]).is_not_null() for field in ("name", "id_number") if field in columns]
        if not telling:  # a relation alone is nobody
            continue
        somebody = pl.any_horizontal(telling)
        part = table.filter(somebody).select(
            *[pl.col(name) for name in inherited if name not in columns],
            *[pl.col(label).alias(field) for field, label in columns.items()],
            pl.lit(number, pl.Int64).alias("member"),
        )
        parts.append(part)
    return pl.concat(parts, how="diagonal").sort("position", "member", maintain_order=True)


def _describe(header: Header, declaration: Declaration, name: str) -> SheetReport:
    used = set(header.columns.values())
    left = [(position, text) for position, text in enumerate(header.shown) if text and position not in used]
    forbidden = [text for position, text in left if position in header.forbidden]
    given = {field for field, _ in header.columns}
    return SheetReport(
        name=name,
        header_row=header.top + 1,
        header_height=header.height,
        columns={_label(slot): header.shown[position] for slot, position in header.columns.items()},
        forbidden=tuple(dict.fromkeys(forbidden)),
        unlisted=tuple(dict.fromkeys(text for position, text in left if position not in header.forbidden)),
        duplicated=header.duplicated,
        missing=tuple(c.field for c in declaration.columns if c.field not in given),
    )
