"""Reading one extract (读取): what kind of file it is, where its tables are, what they hold.

This is the code that meets a partner's bytes. It works in one process and may be ended by what it reads, which is why
the service calls it only through `bangfu.readers.parser`, in a process of its own.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

import polars as pl

from bangfu.errors import Refused
from bangfu.readers.archives import nested, only_file
from bangfu.readers.characters import public_characters
from bangfu.readers.encodings import TextStream, detect_encoding
from bangfu.readers.headers import find_header
from bangfu.readers.households import Households, Part, apart, grouped_by_number, household_header, part_of
from bangfu.readers.passwords import unlock
from bangfu.readers.raw import POSITION, ReadReport
from bangfu.readers.safety import LIMITS, Limits, inspect_package
from bangfu.readers.sheets import HEAD_ROWS
from bangfu.readers.sniffing import Kind, sniff
from bangfu.readers.tables import Table
from bangfu.readers.texts import BLOCK_BYTES, read_texts
from bangfu.readers.workbooks import read_workbook, unreadable
from schemas.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bangfu.readers.declared import Declaration
    from bangfu.readers.headers import Header
    from bangfu.readers.raw import SheetReport
    from bangfu.readers.sheets import Sheet
    from bangfu.readers.texts import TextSheet
    from bangfu.readers.workbooks import WorkbookSheet

    _Take = Callable[[pl.DataFrame], None]

__all__ = ["Task", "read_file"]


@dataclass(frozen=True)
class Task:
    """What to read, and how.

    Attributes:
        declaration: What the source declares: only its columns leave the reader.
        passwords: Tried in order on a workbook that has one.
        limits: What the file may hold and cost.
        block_bytes: Bytes of a text that are read at a time; the result does not depend on it.
        expect: Told the kind of file and the bytes of memory that reading it may take, before any parser runs.
    """

    declaration: Declaration
    passwords: Sequence[str] = ()
    limits: Limits = LIMITS
    block_bytes: int = BLOCK_BYTES
    expect: Callable[[str, int], None] = field(default=lambda _kind, _bytes: None, repr=False)


def read_file(path: Path, task: Task, take: Callable[[pl.DataFrame], None]) -> ReadReport:
    """Read an extract of a source.

    Args:
        path: The file. Its content says what it is, not its name.
        task: What to read, and how.
        take: Given every batch of rows, in order. It has the columns of `raw_schema` that its sheet fills; `complete`
            adds the others.

    Raises:
        Refused: No table with the required columns can be found, or the file is damaged, unsafe or of another
            kind; the reason tells the sender what to do. Batches that were given before are void.
    """
    kind = sniff(path)
    if kind is Kind.ZIP:
        return replace(_read_zipped(path, task, take), container="zip")
    if kind is Kind.TEXT:
        return _read_text(lambda: path.open("rb"), task, take)
    if kind is Kind.LOCKED:
        with path.open("rb") as stream:
            return _read_locked(stream, task, take)
    return _read_workbook(path, kind, task, take)


def _read_zipped(path: Path, task: Task, take: _Take) -> ReadReport:
    inside = only_file(path, task.limits)
    with inside.open() as stream:
        start = stream.read(1 << 16)
    if not start.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        sniff(io.BytesIO(start))
        return _read_text(inside.open, task, take)
    content = io.BytesIO(inside.content())
    kind = sniff(content)
    if kind is Kind.ZIP:
        raise nested()
    if kind is Kind.LOCKED:
        return _read_locked(content, task, take)
    return _read_workbook(content, kind, task, take)


def _read_locked(stream: IO[bytes], task: Task, take: _Take) -> ReadReport:
    task.expect("xlsx", task.limits.memory(8 * stream.seek(0, io.SEEK_END)))
    content = unlock(stream, task.passwords)
    kind = sniff(content)
    if kind not in {Kind.XLSX, Kind.XLS}:
        raise unreadable()
    return replace(_read_workbook(content, kind, task, take), container="password")


def _read_workbook(file: Path | IO[bytes], kind: Kind, task: Task, take: _Take) -> ReadReport:
    package = None
    if kind is Kind.XLSX:
        package = inspect_package(file, task.limits)
        unpacked = package.unpacked
    else:
        unpacked = file.stat().st_size if isinstance(file, Path) else file.seek(0, io.SEEK_END)
    if not isinstance(file, Path):
        file.seek(0)
    task.expect(str(kind), task.limits.memory(unpacked))
    sheets: list[SheetReport] = []
    ignored: list[str] = []
    refusals: list[tuple[bool, int, Refused]] = []
    batches = _Batches(take)
    found = _headers(read_workbook(file, package), task.declaration)
    households = None
    if grouped_by_number(task.declaration):  # either of two lists may come first
        found = list(found)
        households = _households(found, task.declaration)
    for index, sheet, header in found:
        part = part_of(header, task.declaration) if households else None
        if part is Part.HOUSEHOLDS:
            continue
        if header is None or (header.missing and part is None):
            refusal = _refusal(sheet, header, task.declaration)
            if _is_table(sheet) and not sheet.hidden:
                raise refusal
            refusals.append((header is None, len(refusals), refusal))
            ignored.append(sheet.name)
            continue
        report = batches.of_table(Table(sheet, header, task.declaration, index), households if part else None)
        sheets.append(replace(report, error_cells=sheet.errors, formulas_without_value=sheet.formulas))
        batches.controls += sheet.controls
    if households:
        sheets = [*batches.of_households(households), *sheets]
    if not sheets:
        raise min(refusals)[2] if refusals else _no_table()
    return batches.report(ReadReport(str(kind), tuple(sheets), tuple(ignored)))


def _read_text(open_file: Callable[[], IO[bytes]], task: Task, take: _Take) -> ReadReport:
    task.expect(str(Kind.TEXT), task.limits.base_bytes)
    text = TextStream(open_file, detect_encoding(open_file))
    sheet, header = _best_delimiter(read_texts(text, task.block_bytes), task.declaration)
    if header is None or header.missing:
        raise _refusal(sheet, header, task.declaration) if sheet else _no_table()
    assert sheet is not None
    batches = _Batches(take)
    report = batches.of_table(Table(sheet, header, task.declaration, 0))
    batches.controls = text.controls
    whole = ReadReport(str(Kind.TEXT), (report,), encoding=text.encoding, ends_cleanly=text.ends_cleanly)
    return batches.report(whole)


class _Batches:
    """Batches on their way to `take`, counted."""

    def __init__(self, take: _Take) -> None:
        self._take = take
        self._private_use = 0
        self.controls = 0

    def of_table(self, table: Table, households: Households | None = None) -> SheetReport:
        """Hand on every row of a table, with the columns of its household where these are in a list of their own."""
        for rows in table.batches():
            self._hand_on(households.join(rows) if households else rows)
        report = table.report()
        given = households.fields if households else frozenset()
        return replace(report, missing=tuple(name for name in report.missing if name not in given))

    def of_households(self, households: Households) -> list[SheetReport]:
        """Hand on the households without a member, once all members were read."""
        left = households.left()
        if left.height:
            self._hand_on(left)
        self.controls += sum(sheet.controls for sheet in households.sheets)
        return households.reports()

    def _hand_on(self, rows: pl.DataFrame) -> None:
        columns = []
        for column in rows.get_columns():
            if column.dtype == pl.String and column.name not in POSITION:
                column, unknown = public_characters(column)
                self._private_use += unknown
            columns.append(column)
        self._take(pl.DataFrame(columns))

    def report(self, report: ReadReport) -> ReadReport:
        """The account of the file with its counts."""
        persons = sum(sheet.persons for sheet in report.sheets)
        if not persons:
            raise Refused("empty_extract", "文件只有表头，没有数据行", "The file has a header and no data rows.")
        return replace(
            report,
            private_use_characters=self._private_use,
            control_characters=self.controls,
            rows=sum(sheet.rows for sheet in report.sheets if not sheet.households),
            persons=persons,
        )


def _headers(
    sheets: Iterable[WorkbookSheet], declaration: Declaration
) -> Iterable[tuple[int, WorkbookSheet, Header | None]]:
    for index, sheet in enumerate(sheets):
        yield index, sheet, find_header(sheet.head, sheet.merges, declaration)


def _households(
    found: Sequence[tuple[int, WorkbookSheet, Header | None]], declaration: Declaration
) -> Households | None:
    """The lists of households of a workbook that has members too."""
    parts = [(part_of(header, declaration), index, sheet, header) for index, sheet, header in found]
    lists = [
        (sheet, Table(sheet, household_header(header, declaration), declaration, index))
        for part, index, sheet, header in parts
        if part is Part.HOUSEHOLDS and header
    ]
    return Households(lists) if lists and any(part is Part.MEMBERS for part, *_ in parts) else None


def _best_delimiter(sheets: Sequence[TextSheet], declaration: Declaration) -> tuple[TextSheet | None, Header | None]:
    """The reading of a text under which its header makes most sense."""
    scored = [(find_header(sheet.head, (), declaration), sheet) for sheet in sheets]
    readable = [(header.score(), sheet, header) for header, sheet in scored if header is not None]
    if readable:
        _, sheet, header = max(readable, key=lambda item: item[0])
        return sheet, header
    return (sheets[0] if sheets else None), None


def _is_table(sheet: WorkbookSheet) -> bool:
    """Whether a sheet holds rows of data rather than notes: three rows of three cells or more."""
    return sum(1 for row in sheet.head if sum(1 for cell in row if cell.strip()) >= 3) >= 3


def _no_table() -> Refused:
    return Refused("no_table", "文件中没有可读取的表格；请按模板报送", "The file holds no table; use the template.")


def _refusal(sheet: Sheet, header: Header | None, declaration: Declaration) -> Refused:
    where_zh = f"工作表“{sheet.name}”" if sheet.name else "文件"
    where_en = f"sheet “{sheet.name}”" if sheet.name else "file"
    if header is None:
        required = (column.aliases[0] for column in declaration.columns if column.required)
        first = next(required, declaration.columns[0].aliases[0])
        return Refused(
            "header_not_found",
            f"{where_zh}前 {HEAD_ROWS} 行中没有找到《{declaration.zh}》的表头（例如“{first}”列）；请保留表头后再报送，"
            "说明性工作表请删除",
            f"No header of the {declaration.en} within the first {HEAD_ROWS} rows of the {where_en}; "
            "keep the header row.",
        )
    if part := part_of(header, declaration):
        return apart((where_zh, where_en), part, header)
    missing = "、".join(FIELDS[name].zh for name in header.missing)
    return Refused(
        "required_column_missing",
        f"{where_zh}缺少必需的列：{missing}。识别到的表头为：{header.seen()}。请补充缺少的列，"
        f"或确认是否为《{declaration.zh}》",
        f"The {where_en} lacks required columns: {', '.join(header.missing)}.",
    )
