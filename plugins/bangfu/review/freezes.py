"""Freezes (停计期间): days of harvest or festival on which no clock runs in a county (农忙、民族节日).

A freeze is set by a document of the place (《全国年节及纪念日放假办法》 art. 4 leaves festivals of ethnic groups to it). It only ever gives more
time, and does not hold up clues that must be seen to within hours.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bangfu.errors import Refused
from schemas.reference import divisions

__all__ = ["Freeze", "freezes_of", "read_freezes"]

_LONGEST = 60
"""Days; a longer one is taken for a slip of the year."""


@dataclass(frozen=True, order=True)
class Freeze:
    """Days on which the clock stands still.

    Attributes:
        division: Six-digit code; one of a prefecture or the province holds for all its counties.
        first, last: Both included.
        reason: Why (事由).
        document: Number of the document that sets it (依据文号).
    """

    division: str
    first: date
    last: date
    reason: str
    document: str


def read_freezes(text: str) -> tuple[Freeze, ...]:
    """Freezes from the text of a table like `schemas/reference/holidays/freezes.csv`.

    Raises:
        Refused: A line that cannot be used, with its number and what to put right.

    >>> read_freezes("division,first,last,reason,document\\n532801,2026-04-13,2026-04-15,泼水节,示例\\n")[0].reason
    '泼水节'
    """
    rows = csv.DictReader(text.removeprefix("\ufeff").splitlines())
    return tuple(sorted(_freeze(number, row) for number, row in enumerate(rows, 2)))


def freezes_of(county: str, freezes: Iterable[Freeze]) -> tuple[Freeze, ...]:
    """Those that hold in a county."""
    return tuple(item for item in freezes if item.division in {county, f"{county[:4]}00", f"{county[:2]}0000"})


def _freeze(number: int, row: dict[str, str]) -> Freeze:
    cells = {name: (row.get(name) or "").strip() for name in Freeze.__dataclass_fields__}
    missing = [name for name, cell in cells.items() if not cell]
    if missing:
        raise _refused(number, f"缺少 {'、'.join(missing)}", f"{', '.join(missing)} missing")
    if cells["division"] not in divisions():
        raise _refused(number, "区划代码不存在", "there is no such division")
    try:
        first, last = date.fromisoformat(cells["first"]), date.fromisoformat(cells["last"])
    except ValueError:
        raise _refused(number, "日期应写成 2026-06-24", "write dates as 2026-06-24") from None
    if not 0 <= (last - first).days < _LONGEST:
        raise _refused(
            number,
            f"止日应不早于起日，且不超过{_LONGEST}天",
            f"the last day is before the first, or over {_LONGEST} days",
        )
    return Freeze(cells["division"], first, last, cells["reason"], cells["document"])


def _refused(number: int, zh: str, en: str) -> Refused:
    return Refused(
        "unusable_freeze", f"停计期间表第{number}行：{zh}。", f"Line {number} of the table of freezes: {en}."
    )
