"""How many clues each county can visit (走访能力): a file of the federation's, and no limit where there is none."""

import csv
from collections.abc import Mapping
from pathlib import Path

from bangfu.errors import BangfuError
from schemas.reference import divisions

__all__ = ["visiting_capacity"]

_COLUMNS = ("county_code", "visits")


def visiting_capacity(path: Path | None) -> Mapping[str, int]:
    """Read the file.

    Args:
        path: CSV with the columns `county_code` and `visits`; None means that no county has a limit.

    Returns:
        By county, how many clues of a list are shown to it: the strongest. A county the file does not name has no limit.

    Raises:
        BangfuError: The file cannot be read or used; the message names the line.
    """
    if path is None:
        return {}
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BangfuError(f"The visiting capacity {path} cannot be read as UTF-8 text.") from error
    rows = csv.DictReader(lines)
    if not set(_COLUMNS) <= set(rows.fieldnames or ()):
        raise BangfuError(f"The visiting capacity {path} needs the columns {' and '.join(_COLUMNS)}.")
    capacity: dict[str, int] = {}
    for number, row in enumerate(rows, 2):
        code, visits = (str(row[name] or "").strip() for name in _COLUMNS)
        known = divisions().get(code)
        if known is None or known.level != "county":
            raise BangfuError(f"{path}, line {number}: {code!r} is no county of the province.")
        if not (visits.isascii() and visits.isdigit()):
            raise BangfuError(f"{path}, line {number}: `visits` is {visits!r}; give a whole number, 0 or more.")
        if code in capacity:
            raise BangfuError(f"{path}, line {number}: {code} is given twice.")
        capacity[code] = int(visits)
    return capacity
