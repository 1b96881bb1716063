"""A returned workbook's sheets as they are (回传工作簿): every cell as text, no header looked for.

As `bangfu.readers.reading`, this is the code that meets a stranger's bytes: the service calls it only through
`bangfu.readers.parser`, in a process of its own.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import polars as pl

from bangfu.errors import Refused
from bangfu.readers.archives import only_file
from bangfu.readers.passwords import unlock
from bangfu.readers.raw import ReadReport, SheetReport
from bangfu.readers.safety import LIMITS, Limits, inspect_package, oversized
from bangfu.readers.sniffing import Kind, sniff
from bangfu.readers.workbooks import read_workbook, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["PLAIN_LIMITS", "PLAIN_SCHEMA", "read_plain", "rows_of"]

PLAIN_LIMITS = Limits(
    inflated_bytes=256 * 1024**2, sparse_cells=4_000_000, most_bytes=1024**3, seconds=30, processor_seconds=60
)
"""A returned workbook holds some thousands of rows: what takes more is not one."""
_WIDEST = 128
_MOST_ROWS = 200_000
PLAIN_SCHEMA: dict[str, pl.DataType] = {
    "sheet": pl.Int64(),
    **{f"c{column}": pl.String() for column in range(_WIDEST)},
}
"""Of a batch: the sheet's place in the report, then its cells from column A on."""
_PACKAGED_MACROS = ("vbaproject", "xl/macrosheets/", "xl/activex/")
_OLD_MACROS = ("_VBA_PROJECT", "_VBA_PROJECT_CUR")


@dataclass(frozen=True)
class _Opened:
    """A workbook that may be parsed: the file, its kind, and how it was wrapped."""

    file: Path | IO[bytes]
    kind: Kind
    container: str | None = None


def read_plain(
    path: Path,
    passwords: Sequence[str],
    take: Callable[[pl.DataFrame], None],
    expect: Callable[[str, int], None] = lambda _kind, _bytes: None,
    limits: Limits = LIMITS,
) -> ReadReport:
    """Read every sheet of a workbook.

    Args:
        path: The file. Its content says what it is, not its name.
        passwords: Tried in order on a workbook that has one.
        take: Given batches of the columns of `PLAIN_SCHEMA` that a sheet has.
        expect: Told the kind of file and the bytes of memory that reading it may take, before any parser runs.
        limits: What the file may hold and cost.

    Returns:
        The sheets in order, by name and number of rows.

    Raises:
        Refused: It is no workbook, holds macros, or is damaged, unsafe, too large or locked.
    """
    opened = _open(path, passwords, expect, limits)
    _refuse_macros(opened)
    package = None
    if opened.kind is Kind.XLSX:
        package = inspect_package(opened.file, limits)
        expect("xlsx", limits.memory(package.unpacked))
    else:
        expect("xls", limits.memory(_size(opened.file)))
    _rewind(opened.file)
    sheets = []
    total = 0
    for place, sheet in enumerate(read_workbook(opened.file, package)):
        rows = 0
        width = min(len(sheet.head[0]) if sheet.head else 0, _WIDEST)
        for block in sheet.blocks(range(width), 0, width) if width else ():
            columns = [column.alias(f"c{position}") for position, column in enumerate(block.columns)]
            height = len(columns[0])
            rows, total = rows + height, total + height
            if total > _MOST_ROWS:
                raise oversized()
            take(pl.DataFrame([pl.repeat(place, height, dtype=pl.Int64, eager=True).alias("sheet"), *columns]))
        sheets.append(SheetReport(sheet.name, 0, 0, {}, rows=rows, persons=rows))
    return ReadReport(str(opened.kind), tuple(sheets), rows=total, persons=total, container=opened.container)


def rows_of(batches: Sequence[pl.DataFrame], report: ReadReport) -> dict[str, list[list[str]]]:
    """The rows of every sheet by its name; row and column counts are the sheet's, an empty cell is an empty text."""
    rows: list[list[list[str]]] = [[] for _ in report.sheets]
    for batch in batches:
        place = batch["sheet"][0]
        if place not in range(len(rows)):  # what the child says is a stranger's word too
            raise unreadable()
        cells = batch.drop("sheet").fill_null("")
        while cells.width > 1 and (cells.to_series(cells.width - 1) == "").all():
            cells = cells.drop(cells.columns[-1])
        rows[place] += [list(row) for row in cells.iter_rows()]
    return {sheet.name: content for sheet, content in zip(report.sheets, rows, strict=True)}


def _open(path: Path, passwords: Sequence[str], expect: Callable[[str, int], None], limits: Limits) -> _Opened:
    kind = sniff(path)
    if kind is Kind.LOCKED:
        with path.open("rb") as stream:
            return _unlocked(stream, passwords, expect, limits)
    if kind is Kind.ZIP:
        content = _packed(path, limits)
        kind = sniff(content)
        if kind is Kind.LOCKED:
            return _unlocked(content, passwords, expect, limits)
        return _workbook(_Opened(content, kind, "zip"))
    return _workbook(_Opened(path, kind))


def _packed(path: Path, limits: Limits) -> io.BytesIO:
    """The workbook in a zip; a zip of several files is the package of another program (.xlsb, .ods)."""
    try:
        return io.BytesIO(only_file(path, limits).content())
    except Refused as refusal:
        if refusal.code != "several_files":
            raise
        raise unreadable() from refusal


def _unlocked(
    stream: IO[bytes], passwords: Sequence[str], expect: Callable[[str, int], None], limits: Limits
) -> _Opened:
    expect("xlsx", limits.memory(8 * stream.seek(0, io.SEEK_END)))
    content = unlock(stream, passwords)
    return _workbook(_Opened(content, sniff(content), "password"))


def _workbook(opened: _Opened) -> _Opened:
    if opened.kind is Kind.TEXT:
        raise Refused(
            "unsupported_file",
            "请上传系统生成的核查工作簿（xlsx 或 xls），不是文本或 csv 文件",
            "Upload the workbook that the system made (xlsx or xls), not a text or csv file.",
        )
    if opened.kind not in {Kind.XLSX, Kind.XLS}:
        raise unreadable()
    return opened


def _refuse_macros(opened: _Opened) -> None:
    """Refuse a workbook with code, which the one that was sent out does not have."""
    if any(_macro_names(opened)):
        raise Refused(
            "macro_workbook",
            "文件含有宏，不予读取；请另存为不含宏的 xlsx 后再上传",
            "The workbook holds macros; save it as xlsx without macros.",
        )


def _macro_names(opened: _Opened) -> Iterator[bool]:
    if opened.kind is Kind.XLSX:
        try:
            with zipfile.ZipFile(opened.file) as package:
                names = [entry.filename.lower() for entry in package.infolist()]
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise unreadable() from error
        yield from (part in name for name in names for part in _PACKAGED_MACROS)
        return
    _rewind(opened.file)
    content = opened.file.read_bytes() if isinstance(opened.file, Path) else opened.file.read()
    yield from (name.encode("utf-16-le") + b"\0\0" in content for name in _OLD_MACROS)  # names of OLE storages


def _size(file: Path | IO[bytes]) -> int:
    return file.stat().st_size if isinstance(file, Path) else file.seek(0, io.SEEK_END)


def _rewind(file: Path | IO[bytes]) -> None:
    if not isinstance(file, Path):
        file.seek(0)
