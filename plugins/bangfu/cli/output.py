"""What commands print: progress for people on standard error, results on standard output."""

import json as json_text
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["Json", "emit", "progress_bars", "say", "table"]

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, for machines.")]
"""The option `--json`, the same in every command."""


def say(line: str = "") -> None:
    """Print a line for people on standard output."""
    typer.echo(line)


def emit(result: Any, *, json: bool, lines: Sequence[str] = ()) -> None:
    """Print the result of a command: a JSON object for machines, or lines for people.

    Args:
        result: A dataclass or mapping of counts and ids.
        json: Whether a machine reads.
        lines: What a person reads.
    """
    if json:
        typer.echo(json_text.dumps(plain(result), ensure_ascii=False, allow_nan=False))
    else:
        for line in lines:
            typer.echo(line)


def plain(value: Any) -> Any:
    """A value as JSON knows it: dataclasses as objects, dates in ISO form, paths as text.

    >>> plain({"at": date(2026, 6, 30), "files": (Path("a"),)})
    {'at': '2026-06-30', 'files': ['a']}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Rows in aligned columns, numbers to the right; a Han character is two cells wide.

    >>> table(("source", "rows"), [("名单", 5), ("a", 12000)])
    ['source    rows', '名单         5', 'a       12,000']
    """
    from unicodedata import east_asian_width

    def shown(value: object) -> str:
        return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)

    def width(text: str) -> int:
        return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)

    cells = [list(head), *([shown(value) for value in row] for row in rows)]
    right = [all(isinstance(row[i], int | float | None) for row in rows) for i in range(len(head))]
    widths = [max(width(row[i]) for row in cells) for i in range(len(head))]
    return [
        "  ".join(
            (" " * (size - width(cell)) + cell) if numeric else cell + " " * (size - width(cell))
            for cell, size, numeric in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in cells
    ]


@contextmanager
def progress_bars(*, json: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """Progress bars on standard error while a use case works; silent unless a person is watching.

    Yields:
        A `bangfu.pipeline.context.Progress`.
    """
    if json or not sys.stderr.isatty():
        yield lambda _label, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def show(label: str, done: int, total: int) -> None:
            if label not in tasks:
                tasks[label] = bars.add_task(label, total=total)
            bars.update(tasks[label], completed=done, total=total)

        yield show
