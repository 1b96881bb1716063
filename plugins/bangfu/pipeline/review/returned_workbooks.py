"""A workbook that comes back (回传工作簿): its bytes are read in a process apart, its rows judged; nothing is done yet."""

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bangfu.readers import Parser
from bangfu.readers.plain import PLAIN_LIMITS
from bangfu.review.workbook.judging import StandingOf, judge
from bangfu.review.workbook.model import Preview

__all__ = ["Upload", "read_sheets", "read_workbook"]


@dataclass(frozen=True)
class Upload:
    """A file that an officer uploads.

    Attributes:
        content: Its bytes, or where they are.
        union: Code of the officer's union.
        passwords: Tried in order if the file has an opening password.
        today: The day, in China; no visit is later.
    """

    content: bytes | Path = field(repr=False)
    union: str
    passwords: tuple[str, ...] = field(repr=False)
    today: dt.date


def read_workbook(upload: Upload, secret: bytes, standing_of: StandingOf, parser: Parser | None = None) -> Preview:
    """Say what an upload would do, row by row.

    Args:
        upload: The file and who uploads it.
        secret: What workbook keys are derived from.
        standing_of: How the cases of the workbook stand now.
        parser: A running one, for a service that reads many; else one is started for this file.

    Raises:
        Refused: The file is no workbook of this union, or damaged, unsafe, locked, or holds macros; the reason says
            what to do.
    """
    sheets = read_sheets(upload.content, upload.passwords, parser)
    return judge(sheets, secret, upload.union, standing_of, upload.today)


def read_sheets(
    content: bytes | Path, passwords: Sequence[str], parser: Parser | None = None
) -> dict[str, list[list[str]]]:
    """The rows of every sheet of an uploaded file as text; arguments and errors as for `read_workbook`."""
    with _at_a_path(content) as path:
        if parser is not None:
            return parser.read_sheets(path, passwords=passwords)
        with Parser(PLAIN_LIMITS) as own:
            return own.read_sheets(path, passwords=passwords)


@contextmanager
def _at_a_path(content: bytes | Path) -> Iterator[Path]:
    """Bytes as a file in memory: personal data without a password reaches no disk."""
    if isinstance(content, Path):
        yield content
        return
    descriptor = os.memfd_create("returned-workbook", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(content)
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
