"""From a grid with a known header to rows of one person each (取数)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from bangfu.readers.headers import header_key
from bangfu.readers.raw import MEMBER_STRIDE, SHEET_STRIDE, SheetReport
from schemas.fields import PERSON

if TYPE_CHECKING:
    from bangfu.readers.grids import Grid
    from bangfu.readers.headers import Header
    from schemas.source import Source

__all__ = ["take_table"]

_FOOTER = re.compile(
    r"(合计|总计|小计|共计|累计|本页|制表|制单|编制|审核|审批|复核|填报|填表|经办|负责人|单位负责人|单位\(?盖章|盖章|公章|联系人|报送|说明|备注:|注:|以上|续表)"
)
_NUMBER = re.compile(r"[0-9*]{6}")
"""What a row of a person has in its number column; a signature row may have a date there."""
_OWN = frozenset(item.name for item in PERSON) - {"county_code", "address"}
"""Fields that belong to one person: a row's household members do not inherit them."""


def take_table(grid: Grid, header: Header, source: Source, sheet_index: int) -> tuple[pl.DataFrame, SheetReport]:
    """The data rows of a sheet.

    Totals, signatures, repeated headers and empty rows are left out; declared household columns are filled
    downwards; member blocks become rows of their own.

    Returns:
        A table as `RawTable.frame` describes, and the account of the sheet.
    """
    slots = list(header.columns)
    series = grid.columns(list(header.columns.values()), header.body)
    table = pl.DataFrame({_label(slot): _blank_to_null(values) for slot, values in zip(slots, series, strict=True)})
    table = table.with_row_index("position").with_columns(pl.col("position").cast(pl.Int64) + header.body)
    table, merged_cells = _fill_merges(table, grid, header, source)
    filled = [field for field in source.household_columns if field in table.columns]
    own = [name for name in table.columns if name not in {"position", *filled}] or filled
    blank = table.select(pl.all_horizontal(pl.col(own).is_null())).to_series()
    footer = ~blank & _footers(table, grid, source)
    kept = table.filter(~(blank | footer))
    kept, grouped_cells = _fill_groups(kept, grid, header, source)
    persons = _persons(kept, source)
    numbered = persons.with_columns(
        (pl.col("position") + 1).alias("sheet_row"),
        pl.lit(grid.name).alias("sheet"),
        (pl.col("position") + 1 + sheet_index * SHEET_STRIDE + pl.col("member") * MEMBER_STRIDE).alias("row_number"),
    )
    leading = ["row_number", "sheet", "sheet_row", "member"]
    fields = [name for name in numbered.columns if name not in {*leading, "position"}]
    report = replace(
        _describe(header, source, grid.name),
        rows=numbered.height,
        blank_rows=int(blank.sum()),
        footer_rows=int(footer.sum()),
        filled_cells=merged_cells + grouped_cells,
    )
    return numbered.select(*leading, *fields), report


def _label(slot: tuple[str, int]) -> str:
    field, block = slot
    return f"{field}[{block}]" if block else field


def _blank_to_null(values: pl.Series) -> pl.Series:
    blank = values.is_not_null() & ~values.str.contains(r"[^\s\p{Cc}\p{Cf}]").fill_null(True)
    return values.set(blank, None)


def _fill_merges(table: pl.DataFrame, grid: Grid, header: Header, source: Source) -> tuple[pl.DataFrame, int]:
    """Declared household columns, filled over the merged ranges of the sheet."""
    filled = 0
    for field in source.household_columns:
        position = header.columns.get((field, 0))
        ranges = [m for m in grid.merges if m.left == position and m.top >= header.body and m.bottom > m.top]
        if position is None or not ranges:
            continue
        values = table[field]
        origin = list(range(values.len()))
        for merge in ranges:
            top = merge.top - header.body
            bottom = min(merge.bottom - header.body, values.len() - 1)
            origin[top : bottom + 1] = [top] * (bottom - top + 1)
        spread = values.gather(origin)
        filled += values.null_count() - spread.null_count()
        table = table.with_columns(spread.alias(field))
    return table, filled


def _fill_groups(table: pl.DataFrame, grid: Grid, header: Header, source: Source) -> tuple[pl.DataFrame, int]:
    """Declared household columns, filled downwards where only the first row of a group says them.

    With a household identifier, a group is a run of rows under one identifier. Without, a column whose cells are
    mostly empty, the first excepted, is taken for a grouped one. A column with merged cells is never
    filled beyond them.
    """
    merged = {m.left for m in grid.merges if m.top >= header.body and m.bottom > m.top}
    before = table.select(pl.all().null_count().cast(pl.Int64)).sum_horizontal().sum()
    fields = [field for field in source.household_columns if field in table.columns]
    if "household_ref" in fields:
        if header.columns["household_ref", 0] not in merged:
            table = table.with_columns(pl.col("household_ref").forward_fill())
        run = pl.col("household_ref").rle_id()
        table = table.with_columns(
            pl.col(field).forward_fill().over(run) for field in fields if field != "household_ref"
        )
    else:
        for field in fields:
            values = table[field]
            grouped = values.len() > 1 and values[0] is not None and values.null_count() * 2 >= values.len()
            if grouped and header.columns[field, 0] not in merged:
                table = table.with_columns(pl.col(field).forward_fill())
    after = table.select(pl.all().null_count().cast(pl.Int64)).sum_horizontal().sum()
    return table, int(before) - int(after)


def _footers(table: pl.DataFrame, grid: Grid, source: Source) -> pl.Series:
    """Rows that are no person: totals, signatures, and the header printed again on a later page."""
    aliases = {header_key(alias) for column in source.columns if column.field == "name" for alias in column.aliases}
    name = table["name"] if "name" in table.columns else pl.Series([None] * table.height, dtype=pl.String)
    suspicious = name.is_null() | name.str.contains(
        r"合\s*计|[总小共]\s*计|制表|审核|填报|填表|盖章|姓\s*名|_name$|[:：0-9]"
    )
    number = table["id_number"] if "id_number" in table.columns else None
    flags = [False] * table.height
    for row in suspicious.arg_true().to_list():
        text = name[row]
        if text is not None and header_key(text) in aliases:
            flags[row] = True
        elif number is None or number[row] is None or not _NUMBER.search(number[row]):
            cells = (cell for cell in grid.row(int(table["position"][row])) if cell and cell.strip())
            flags[row] = any(_FOOTER.match(_squeezed(cell)) for cell in (next(cells, ""), text or ""))
    return pl.Series(flags, dtype=pl.Boolean)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _persons(table: pl.DataFrame, source: Source) -> pl.DataFrame:
    """One row per person: the row's own, then the members beside them."""
    blocks = source.member_blocks
    table = table.with_columns(pl.lit(0, pl.Int64).alias("member"))
    if blocks is None:
        return table
    own = [name for name in table.columns if not name.endswith("]")]
    head = table.select(own)
    if "relation" not in own:
        head = head.with_columns(pl.lit("0").alias("relation"))
    parts = [head]
    inherited = [name for name in own if name not in _OWN and name not in {"relation", "member"}]
    for number in range(1, blocks.count + 1):
        columns = {c.field: f"{c.field}[{number}]" for c in blocks.columns if f"{c.field}[{number}]" in table.columns}
        if not columns:
            continue
        somebody = pl.any_horizontal([pl.col(columns[f]).is_not_null() for f in ("name", "id_number") if f in columns])
        part = table.filter(somebody).select(
            *[pl.col(name) for name in inherited if name not in columns],
            *[pl.col(label).alias(field) for field, label in columns.items()],
            pl.lit(number, pl.Int64).alias("member"),
        )
        parts.append(part)
    return pl.concat(parts, how="diagonal").sort("position", "member", maintain_order=True)


def _describe(header: Header, source: Source, name: str) -> SheetReport:
    used = set(header.columns.values())
    forbidden_keys = {header_key(alias) for alias in source.forbidden}
    left = [(position, text) for position, text in enumerate(header.names) if text and position not in used]
    forbidden = [text for _, text in left if {header_key(text), header_key(text.rpartition("/")[2])} & forbidden_keys]
    given = {field for field, _ in header.columns}
    return SheetReport(
        name=name,
        header_row=header.top + 1,
        header_height=header.height,
        columns={_label(slot): header.names[position] for slot, position in header.columns.items()},
        forbidden=tuple(dict.fromkeys(forbidden)),
        unlisted=tuple(dict.fromkeys(text for _, text in left if text not in forbidden)),
        missing=tuple(c.field for c in source.columns if c.field not in given),
    )
