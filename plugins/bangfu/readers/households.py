"""Households and their members in two lists (户信息、成员信息): the household's columns go to its members by its number.

A source whose household columns have the household's number may be sent as one list, a row per person, or as two sheets
of one workbook. Which a sheet is, its header says: a list of households lacks what is required of a person, and a list
of members has it.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from bangfu.errors import Refused
from bangfu.readers.raw import POSITION
from schemas.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bangfu.readers.declared import Declaration
    from bangfu.readers.headers import Header
    from bangfu.readers.raw import SheetReport
    from bangfu.readers.tables import Table
    from bangfu.readers.workbooks import WorkbookSheet

__all__ = ["Households", "Part", "apart", "grouped_by_number", "household_header", "part_of"]

KEY = "household_ref"
_NONE = {**POSITION, KEY: pl.String()}


class Part(StrEnum):
    """Which of the two lists a sheet is."""

    HOUSEHOLDS = "households"
    MEMBERS = "members"


def grouped_by_number(declaration: Declaration) -> bool:
    """Whether the rows of a source are tied to households by a number."""
    return KEY in declaration.household_columns


def part_of(header: Header | None, declaration: Declaration) -> Part | None:
    """Which of the two lists a header may be of; a whole list may be one of members. None of anything else."""
    if header is None or not grouped_by_number(declaration) or (KEY, 0) not in header.columns:
        return None
    household = set(declaration.household_columns)
    if household.issuperset(header.missing):
        return Part.MEMBERS
    return Part.HOUSEHOLDS if household.isdisjoint(header.missing) else None


def household_header(header: Header, declaration: Declaration) -> Header:
    """A header of households, by which nothing is read that would be a person's own."""
    columns = {slot: place for slot, place in header.columns.items() if slot[0] in declaration.household_columns}
    return replace(header, columns=columns)


def apart(where: tuple[str, str], part: Part, header: Header) -> Refused:
    """The refusal of one list without the other.

    Args:
        where: What is refused, a sheet or the file, in both languages.
        part: Which list it is.
        header: Its header.
    """
    missing, missing_en = "、".join(FIELDS[name].zh for name in header.missing), ", ".join(header.missing)
    zh, en = {
        Part.HOUSEHOLDS: ("户名单，没有成员的列", "households without their members"),
        Part.MEMBERS: ("成员名单，缺少户的列", "members without their households"),
    }[part]
    return Refused(
        "lists_apart",
        f"{where[0]}像是{zh}：{missing}。请把户名单和成员名单放在同一个工作簿的两个工作表里，两张表都要有户的编号"
        "（如“救助证号”）；或合成一张表：每人一行，户的各列逐行重复",
        f"The {where[1]} looks like {en}: it lacks {missing_en}. Send both lists as two sheets of one workbook, each "
        "with the household's number, or one list with a row per person.",
    )


class Households:
    """The households of a workbook, to be joined to their members.

    Attributes:
        sheets: Their sheets.
    """

    def __init__(self, lists: Sequence[tuple[WorkbookSheet, Table]]) -> None:
        """Reads the lists of households.

        Raises:
            Refused: A household stands twice, with different values.
        """
        self.sheets = [sheet for sheet, _ in lists]
        read = [(table, [pl.DataFrame(schema=_NONE), *table.batches()]) for _, table in lists]
        rows = pl.concat([batch for _, batches in read for batch in batches], how="diagonal").with_columns(_key())
        self._reports = [table.report() for table, _ in read]
        self._fields = [name for name in rows.columns if name not in POSITION]
        self._rows = rows.unique(self._fields, keep="first", maintain_order=True)
        self._met = pl.Series(KEY, [], pl.String)
        repeated = self._rows.filter(pl.col(KEY).is_not_null() & ~pl.col(KEY).is_first_distinct())
        if repeated.height:
            raise _repeated(repeated)

    @property
    def fields(self) -> frozenset[str]:
        """Fields that the lists fill."""
        return frozenset(self._fields)

    def join(self, members: pl.DataFrame) -> pl.DataFrame:
        """Members with what their household's row says, where their own says nothing."""
        members = members.with_columns(_key())
        self._met = pl.concat([self._met, members[KEY].drop_nulls()]).unique()
        found = members.select(KEY).join(self._rows.select(self._fields), on=KEY, how="left", maintain_order="left")
        return members.with_columns(
            pl.coalesce(members[name], found[name]).alias(name) if name in members.columns else found[name]
            for name in self._fields
            if name != KEY
        )

    def left(self) -> pl.DataFrame:
        """The households none of whose members came: rows without a name, which will be refused with a reason."""
        return self._rows.filter(~pl.col(KEY).is_in(self._met.implode()).fill_null(False))

    def reports(self) -> list[SheetReport]:
        """The accounts of the lists, once all members were joined."""
        left = self.left()["sheet"].to_list()
        return [
            replace(
                report,
                households=True,
                missing=(),
                persons=left.count(report.name),
                error_cells=sheet.errors,
                formulas_without_value=sheet.formulas,
            )
            for report, sheet in zip(self._reports, self.sheets, strict=True)
        ]


def _key() -> pl.Expr:
    return pl.col(KEY).str.strip_chars()


def _repeated(rows: pl.DataFrame) -> Refused:
    sheet, row = rows.select("sheet", "sheet_row").row(0)
    return Refused(
        "household_repeated",
        f"户名单中同一户的编号出现了两次，内容却不同，例如工作表“{sheet}”第 {row} 行（共 {rows.height} 处）；请每户只留一行",
        f"A household stands twice with different values, as in row {row} of sheet “{sheet}” ({rows.height} in all); "
        "keep one row per household.",
    )
