"""The workbook parser in a process of its own (解析子进程).

A crafted workbook of a few hundred bytes can make the parser ask for gigabytes, which ends its process: this
one, never the service. It is run as a script, so that it loads nothing but the parser, and reads the workbook
from its standard input. On its standard output it writes pickled values: for each sheet its particulars
`(name, hidden, merges)`, then batches of rows and an empty list; a final text is one of `ENDINGS`.
"""

from __future__ import annotations

import io
import pickle
import resource
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["COMPLETE", "PASSWORD", "UNREADABLE"]

COMPLETE, PASSWORD, UNREADABLE = "complete", "password", "unreadable"
_BATCH = 20_000


def main() -> None:
    """Parse standard input; arguments are the limits in bytes of memory and seconds of processor time."""
    memory, seconds = map(int, sys.argv[1:3])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold personal data
    out = sys.stdout.buffer

    def tell(value: Any) -> None:
        out.write(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))

    tell(_parse(sys.stdin.buffer, tell))
    out.flush()


def _parse(stream: Any, tell: Callable[[Any], None]) -> str:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(stream.read())) as book:
            hidden = {meta.name for meta in book.sheets_metadata if meta.visible != SheetVisibleEnum.Visible}
            for name in book.sheet_names:
                sheet = book.get_sheet_by_name(name)
                cells = sheet.to_python(skip_empty_area=False)
                tell((name, name in hidden, sheet.merged_cell_ranges or []))
                for start in range(0, len(cells), _BATCH):
                    tell(cells[start : start + _BATCH])
                tell([])
    except PasswordError:
        return PASSWORD
    except (CalamineError, OSError, ValueError):
        return UNREADABLE
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # the parser's own; no Exception, and importable from nowhere
            return UNREADABLE
        raise
    return COMPLETE


if __name__ == "__main__":
    main()
