"""Workbooks (工作簿) to sheets: XLSX and XLS through calamine."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Any

from bangfu.errors import Refused
from bangfu.readers.cells import cell_text, column_text
from bangfu.readers.numbers import exact_numbers, sheet_parts
from bangfu.readers.safety import damaged, oversized
from bangfu.readers.sheets import HEAD_ROWS, WIDEST, Block, Merge, too_wide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bangfu.readers.cells import Cell
    from bangfu.readers.safety import Package

__all__ = ["MOST_SHEETS", "WorkbookSheet", "read_workbook", "unreadable"]

MOST_SHEETS = 1_000
"""Their rows are numbered in strides of which so many fit below the first member block."""
_BLOCK_ROWS = 20_000


@dataclass
class WorkbookSheet:
    """A workbook's sheet, its rows to be taken once.

    Attributes:
        name: Name of the sheet.
        hidden: Whether the sender's screen hides it.
        merges: Merged ranges.
        head: The first rows.
        errors: Cells that hold an error such as `#REF!`; known of XLSX sheets.
        formulas: Cells whose formula was never calculated; known of XLSX sheets.
        controls: Cells from which control characters were left out so far.
    """

    name: str
    hidden: bool
    merges: tuple[Merge, ...]
    head: list[list[str]] = field(repr=False)
    first: list[list[Cell]] = field(repr=False)
    rest: Iterator[list[Cell]] = field(repr=False)
    exact: Callable[[int], Mapping[int, str]] = field(repr=False)
    errors: int = 0
    formulas: int = 0
    controls: int = 0

    def blocks(self, positions: Sequence[int], start: int, width: int) -> Iterator[Block]:  # noqa: ARG002
        """See `Sheet.blocks`; what stands right of the header is not looked at."""
        rows = chain(self.first[start:], self.rest)
        while block := list(islice(rows, _BLOCK_ROWS)):
            columns = [self._column([row[position] for row in block], position, start) for position in positions]
            yield Block(start, columns, partial(_row_text, block))
            start += len(block)

    def _column(self, cells: list[Cell], position: int, start: int) -> Any:
        values, controls = column_text(cells, start, lambda: self.exact(position))
        self.controls += controls
        return values


def read_workbook(file: Path | IO[bytes], package: Package | None) -> Iterator[WorkbookSheet]:
    """The sheets of a workbook, one in memory at a time.

    A crafted workbook of a few hundred bytes can make the parser ask for gigabytes, which ends its process: call
    this only where that harms nobody.

    Args:
        file: A path, or the content.
        package: What `inspect_package` found; None for an OLE file (XLS).

    Raises:
        Refused: `unreadable_workbook`, `oversized_workbook` or `damaged_workbook`.
    """
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    with _parser_errors():
        book = CalamineWorkbook.from_object(file)
        particulars = book.sheets_metadata
    if len(particulars) > MOST_SHEETS:
        raise oversized()
    parts = sheet_parts(file) if package else {}
    if len(set(parts.values())) < len(parts):  # every sheet is the same one: a way to make much of little
        raise damaged()
    for index, about in enumerate(particulars):
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        with _parser_errors():
            sheet = book.get_sheet_by_index(index)
            merges = tuple(Merge(top, left, *end) for (top, left), end in sheet.merged_cell_ranges or [])
            if sheet.end is not None and sheet.end[1] >= WIDEST:
                raise too_wide()
            rows = _rows(sheet)
            first = list(islice(rows, HEAD_ROWS))
        part = parts.get(about.name)
        yield WorkbookSheet(
            about.name,
            about.visible != SheetVisibleEnum.Visible,
            merges,
            [[cell_text(cell) for cell in row] for row in first],
            first,
            rows,
            _exact(file, part),
            package.errors.get(part, 0) if package and part else 0,
            package.formulas.get(part, 0) if package and part else 0,
        )


def _row_text(block: list[list[Cell]], row: int) -> list[str]:
    return [cell_text(cell) for cell in block[row]]


def _rows(sheet: Any) -> Iterator[list[Cell]]:
    """Rows from A1 on: merged ranges and row numbers are the sheet's."""
    begin = sheet.start
    if begin is None:
        return
    left = begin[1]
    with _parser_errors():
        for row in sheet.iter_rows():
            yield [""] * left + row if left else row


def _exact(file: Path | IO[bytes], part: str | None) -> Callable[[int], Mapping[int, str]]:
    @cache
    def exact(column: int) -> Mapping[int, str]:
        return exact_numbers(file, part, column) if part else {}

    return exact


@contextmanager
def _parser_errors() -> Iterator[None]:
    from python_calamine import CalamineError

    try:
        yield
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        raise unreadable() from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # the parser's own; no Exception, and importable from nowhere
            raise unreadable() from None
        raise


def unreadable() -> Refused:
    """The refusal of a file that the parser cannot make sense of."""
    return Refused(
        "unreadable_workbook",
        "无法按 Excel 工作簿读取；请用 Excel 或 WPS 另存为 xlsx 后再报送",
        "The file cannot be read as a workbook; save it as xlsx again.",
    )
