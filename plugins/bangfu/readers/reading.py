"""Reading one extract: what kind of file it is, where its tables are, what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from bangfu.errors import Refused
from bangfu.readers.grids import HEAD_ROWS
from bangfu.readers.headers import find_header
from bangfu.readers.raw import RawTable, ReadReport
from bangfu.readers.sniffing import Kind, sniff
from bangfu.readers.tables import take_table
from bangfu.readers.texts import read_texts
from bangfu.readers.workbooks import read_workbook
from matching.standardise.cells import over_distinct
from schemas.fields import FIELDS
from schemas.reference import private_use_characters

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bangfu.readers.grids import Grid
    from bangfu.readers.headers import Header
    from schemas.source import Source

__all__ = ["read"]

_PRIVATE_USE = r"[\x{E000}-\x{F8FF}]"


def read(path: Path, source: Source) -> RawTable:
    """Read an extract of a source.

    Args:
        path: The file. Its content says what it is, not its name.
        source: What the source declares: only its columns leave the reader.

    Raises:
        Refused: No table with the required columns can be found, or the file is damaged, unsafe or of another
            kind; the reason tells the sender what to do.
    """
    kind = sniff(path)
    grids: Sequence[Grid]
    if kind is Kind.TEXT:
        grids = _best_delimiter(read_texts(path), source)
    else:
        grids = read_workbook(path, package=kind is Kind.XLSX)
    frames, reports, ignored = [], [], []
    refusals: list[tuple[bool, int, Refused]] = []
    for index, grid in enumerate(grids):
        header = find_header(grid.head, grid.merges, source)
        if header is None or header.missing:
            refusal = _refusal(grid, header, source)
            if _is_table(grid) and not grid.hidden:
                raise refusal
            refusals.append((header is None, len(refusals), refusal))
            ignored.append(grid.name)
            continue
        frame, report = take_table(grid, header, source, index)
        frames.append(frame)
        reports.append(report)
    if not frames:
        raise min(refusals)[2] if refusals else _no_table()
    whole = pl.concat(frames, how="diagonal")
    if not whole.height:
        raise Refused("empty_extract", "文件只有表头，没有数据行", "The file has a header and no data rows.")
    whole, unknown = _public_characters(whole)
    return RawTable(whole, ReadReport(str(kind), tuple(reports), tuple(ignored), unknown))


def _best_delimiter(grids: Sequence[Grid], source: Source) -> list[Grid]:
    """The reading of a text under which its header makes most sense."""
    scored = [(find_header(grid.head, (), source), grid) for grid in grids]
    readable = [(header.score(), grid) for header, grid in scored if header is not None]
    if readable:
        return [max(readable, key=lambda item: item[0])[1]]
    return list(grids[:1])


def _is_table(grid: Grid) -> bool:
    """Whether a sheet holds rows of data rather than notes: three rows of three cells or more."""
    return sum(1 for row in grid.head if sum(1 for cell in row if cell.strip()) >= 3) >= 3


def _no_table() -> Refused:
    return Refused("no_table", "文件中没有可读取的表格；请按模板报送", "The file holds no table; use the template.")


def _refusal(grid: Grid, header: Header | None, source: Source) -> Refused:
    where_zh = f"工作表“{grid.name}”" if grid.name else "文件"
    where_en = f"sheet “{grid.name}”" if grid.name else "file"
    if header is None:
        first = next(column.aliases[0] for column in source.columns if column.required)
        return Refused(
            "header_not_found",
            f"{where_zh}前 {HEAD_ROWS} 行中没有找到《{source.zh}》的表头（例如“{first}”列）；请保留表头后再报送，"
            "说明性工作表请删除",
            f"No header of the {source.en} within the first {HEAD_ROWS} rows of the {where_en}; keep the header row.",
        )
    missing = "、".join(FIELDS[name].zh for name in header.missing)
    return Refused(
        "required_column_missing",
        f"{where_zh}缺少必需的列：{missing}。识别到的表头为：{header.seen()}。请补充缺少的列，或确认是否为《{source.zh}》",
        f"The {where_en} lacks required columns: {', '.join(header.missing)}.",
    )


def _public_characters(frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Characters that older systems kept in the private-use area (造字区), as Unicode has them today."""
    table = private_use_characters()
    unknown = 0
    for name, dtype in zip(frame.columns, frame.dtypes, strict=True):
        if dtype != pl.String:
            continue
        private = frame[name].str.contains(_PRIVATE_USE).fill_null(False)
        if private.any():
            public = over_distinct(frame[name], lambda text: text.translate(table), done=~private)
            frame = frame.with_columns(public.alias(name))
            unknown += int(public.str.contains(_PRIVATE_USE).sum())
    return frame, unknown
