"""Reading a file on trial (试读): by every known header, or although it lacks what its source requires."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from bangfu.errors import Refused
from bangfu.pipeline.sources.header_matching import fits
from bangfu.readers import Parser, ReadReport
from schemas.source import Column, Source
from schemas.sources import SOURCES

__all__ = ["headers_of", "read_headers", "read_incomplete", "replace_columns"]


def read_headers(parser: Parser, path: Path, passwords: Sequence[str] = ()) -> ReadReport:
    """Read a file by every header that any source knows; only the report is of use.

    Raises:
        Refused: The file cannot be read, or no row of it looks like a header.
    """
    aliases: dict[str, dict[str, None]] = {"name": {}}
    for source in SOURCES.values():
        for column in source.columns:
            aliases.setdefault(column.field, {}).update(dict.fromkeys(column.aliases))
    known = tuple(Column(name, tuple(aliases[name]), required=name == "name") for name in aliases)
    reading = replace_columns(next(iter(SOURCES.values())), known)
    try:
        return parser.read(path, reading, lambda _: None, passwords=passwords)
    except Refused as refusal:
        if refusal.code != "required_column_missing":
            raise
        return parser.read(path, _not_required(reading, {"name"}), lambda _: None, passwords=passwords)


def headers_of(report: ReadReport) -> list[str]:
    """Every header of a file, once each."""
    return list(
        dict.fromkeys(
            header
            for sheet in report.sheets
            for header in (*sheet.columns.values(), *sheet.forbidden, *sheet.unlisted, *sheet.duplicated)
        )
    )


def replace_columns(source: Source, columns: tuple[Column, ...]) -> Source:
    """A declaration that reads other columns, for looking at a file; it is never received by."""
    return replace(
        source,
        zh="已声明的数据源",
        en="declared sources",
        columns=columns,
        forbidden=(),
        household_columns=(),
        member_blocks=None,
    )


def read_incomplete(
    parser: Parser,
    path: Path,
    source: Source,
    take: Callable[[pl.DataFrame], None],
    passwords: Sequence[str],
    headers: ReadReport,
) -> ReadReport:
    """Read a file that lacks what the source requires, for what it has.

    Args:
        parser: Reads.
        path: The file.
        source: Its source.
        take: Given each batch of rows.
        passwords: Tried on a workbook that has an opening password.
        headers: What `read_headers` says of the file.
    """
    [fit] = [item for item in fits(headers_of(headers)) if item.source == source.code]
    try:
        return parser.read(path, _not_required(source, fit.missing), take, passwords=passwords)
    except Refused:
        return _unlisted(headers)


def _not_required(source: Source, missing: Collection[str]) -> Source:
    """The declaration, as if some fields were not required."""
    return replace(
        source,
        columns=tuple(
            replace(column, required=column.required and column.field not in missing) for column in source.columns
        ),
    )


def _unlisted(report: ReadReport) -> ReadReport:
    """A report of a file none of whose headers the source knows."""
    sheets = [
        replace(sheet, columns={}, unlisted=(*sheet.columns.values(), *sheet.unlisted), missing=(), persons=0)
        for sheet in report.sheets
    ]
    return replace(report, sheets=tuple(sheets), persons=0)
