"""Parameters (政策参数): reading their tables, refusing gaps and overlaps, and the values that hold on a day.

A series is one table, region and area type: its periods follow each other day by day. A county that no series covers
is unknown, and so is what rests on it; a day between or outside the periods of a series is an error.
"""

import csv
import datetime as dt
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise

import polars as pl

from bangfu.errors import BangfuError
from schemas.parameters import AREA_TYPES, PARAMETER_COLUMNS, PARAMETERS, Origin
from schemas.reference import divisions

__all__ = ["ParameterError", "Parameters", "Value", "read_parameters", "stored_parameters"]

_MOST_TOLD = 20
_DAY = dt.timedelta(days=1)


class ParameterError(BangfuError):
    """Parameter tables that cannot be used; the message lists what to correct, by file and line."""


@dataclass(frozen=True)
class Value:
    """One value for one period.

    Attributes:
        table: Table it stands in.
        region_code: Division, 2, 4 or 6 digits.
        area_type: `urban`, `rural` or `any`.
        amount: As stated.
        unit: Unit it is stated in.
        valid_from, valid_to: First and last day; the last is None until it is replaced.
        document: Number of the document that states it (文号).
        source_url: Where that is published.
        origin: `official` or `synthetic`.
    """

    table: str
    region_code: str
    area_type: str
    amount: float
    unit: str
    valid_from: dt.date
    valid_to: dt.date | None
    document: str
    source_url: str
    origin: str

    @property
    def series(self) -> tuple[str, str, str]:
        """What it is a period of."""
        return self.table, self.region_code, self.area_type

    @property
    def normal(self) -> float:
        """The amount in the unit of formulas."""
        return self.amount * PARAMETERS[self.table].units[self.unit]

    def holds_on(self, day: dt.date) -> bool:
        """Whether it holds on a day; both ends are included."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Parameters:
    """One version of all tables.

    Attributes:
        values: By table, region, area type and first day.
        origin: `official` or `synthetic`.
    """

    values: tuple[Value, ...]
    origin: Origin

    @property
    def content(self) -> str:
        """All values as text, the same for the same values."""
        rows = [{**asdict(item), "valid_from": str(item.valid_from), "valid_to": item.valid_to and str(item.valid_to)} for item in self.values]  # fmt: skip
        return json.dumps(rows, ensure_ascii=False, sort_keys=True, indent=0)

    @property
    def digest(self) -> str:
        """sha256 of the content, 64 hexadecimal digits."""
        return hashlib.sha256(self.content.encode()).hexdigest()

    @property
    def name(self) -> str:
        """Origin and digest, such as `official-1f3a5c7e9b0d`."""
        return f"{self.origin}-{self.digest[:12]}"

    def on(self, day: dt.date, counties: Collection[str], area_type: str) -> pl.DataFrame:
        """The values of counties on a day.

        Args:
            day: Which day counts.
            counties: Division codes, 6 digits.
            area_type: `urban` or `rural`.

        Returns:
            `county` and a column for every parameter by its name; null where no series covers the county.

        Raises:
            ParameterError: A series has no value for the day.
        """
        series: dict[tuple[str, str, str], list[Value]] = defaultdict(list)
        for value in self.values:
            series[value.series].append(value)
        rows, problems = [], set()
        for county in sorted(counties):
            row: dict[str, str | float | None] = {"county": county}
            for table in PARAMETERS.values():
                area = area_type if table.by_area else "any"
                keys = [(table.code, region, area) for region in (county, county[:4], county[:2])]
                own = next((series[key] for key in keys if key in series), [])
                held = [item for item in own if item.holds_on(day)]
                if own and not held:
                    problems.add(f"{_told(own[0])} has no value for {day}: {_periods(own)}")
                row[table.name] = held[0].normal if held else None
            rows.append(row)
        if problems:
            _refuse(sorted(problems))
        names = {table.name: pl.Float64 for table in PARAMETERS.values()}
        return pl.DataFrame(rows, schema={"county": pl.String, **names})


def read_parameters(files: Mapping[str, str]) -> Parameters:
    """Read parameter tables.

    Args:
        files: Text of the CSV files by name; `dibao.csv` holds the table `dibao`.

    Raises:
        ParameterError: Something is wrong; the message lists every place.
    """
    problems: list[str] = []
    values: list[Value] = []
    for file, text in files.items():
        code = file.removesuffix(".csv")
        if code not in PARAMETERS:
            problems.append(f"{file}: there is no such table; known are {', '.join(f'{c}.csv' for c in PARAMETERS)}")
            continue
        values += _read_table(code, file, text, problems)
    if not values and not problems:
        problems.append("the tables hold no value; fill in the official values first")
    origins = {value.origin for value in values}
    if len(origins) > 1:
        problems.append("official and synthetic values are mixed; enter them apart")
    problems += _series_problems(values)
    if problems:
        _refuse(problems)
    ordered = sorted(values, key=lambda item: (*item.series, item.valid_from))
    return Parameters(tuple(ordered), Origin(origins.pop()))


def stored_parameters(content: str) -> Parameters:
    """Parameters from `Parameters.content`."""
    rows = json.loads(content)
    values = [
        Value(
            **{
                **row,
                "valid_from": dt.date.fromisoformat(row["valid_from"]),
                "valid_to": row["valid_to"] and dt.date.fromisoformat(row["valid_to"]),
            }
        )
        for row in rows
    ]
    return Parameters(tuple(values), Origin(values[0].origin))


def _read_table(code: str, file: str, text: str, problems: list[str]) -> Iterable[Value]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if tuple(reader.fieldnames or ()) != PARAMETER_COLUMNS:
        problems.append(f"{file}: the first line must be {','.join(PARAMETER_COLUMNS)}")
        return []
    found = []
    for row in reader:
        place = f"{file}, line {reader.line_num}"
        if None in row or None in row.values():
            problems.append(f"{place}: it has more or fewer than {len(PARAMETER_COLUMNS)} cells")
            continue
        cells = {name: str(cell).strip() for name, cell in row.items()}
        wrong = list(_cell_problems(code, cells))
        problems += [f"{place}: {problem}" for problem in wrong]
        if not wrong:
            found.append(_value(code, cells))
    return found


def _value(code: str, cells: Mapping[str, str]) -> Value:
    return Value(
        table=code,
        region_code=cells["region_code"],
        area_type=cells["area_type"],
        amount=float(cells["amount"]),
        unit=cells["unit"],
        valid_from=dt.date.fromisoformat(cells["valid_from"]),
        valid_to=dt.date.fromisoformat(cells["valid_to"]) if cells["valid_to"] else None,
        document=cells["document"],
        source_url=cells["source_url"],
        origin=cells["origin"],
    )


def _cell_problems(code: str, cells: Mapping[str, str]) -> Iterable[str]:
    table = PARAMETERS[code]
    region = cells["region_code"]
    if region.ljust(6, "0") not in divisions() or region.endswith("00"):
        yield f"region_code {region!r} is no division; give 6 digits of a county, 4 of a prefecture or 53"
    areas = [name for name in AREA_TYPES if (name != "any") == table.by_area]
    if cells["area_type"] not in areas:
        yield f"area_type {cells['area_type']!r} is not known here; give {' or '.join(areas)}"
    if cells["unit"] not in table.units:
        yield f"unit {cells['unit']!r} is not known here; give {' or '.join(table.units)}"
    else:
        yield from _amount_problems(code, cells)
    days = []
    for name in ("valid_from", "valid_to"):
        try:
            days.append(dt.date.fromisoformat(cells[name]) if cells[name] or name == "valid_from" else None)
        except ValueError:
            yield f"{name} {cells[name]!r} is no date; write it as 2026-01-01"
    if len(days) == 2 and days[0] and days[1] and days[1] < days[0]:
        yield f"valid_to {days[1]} lies before valid_from {days[0]}"
    if not cells["document"]:
        yield "document is empty; name the document that states the value"
    if cells["origin"] not in set(Origin):
        yield f"origin {cells['origin']!r} is not known; give {' or '.join(Origin)}"


def _amount_problems(code: str, cells: Mapping[str, str]) -> Iterable[str]:
    table = PARAMETERS[code]
    try:
        amount = float(cells["amount"])
    except ValueError:
        yield f"amount {cells['amount']!r} is no number; write digits without separators"
        return
    normal = amount * table.units[cells["unit"]]
    least, most = table.plausible
    if not least <= normal <= most:
        yield f"amount {cells['amount']} {cells['unit']} is {normal:g} {table.unit}, outside {least:g} to {most:g}; check the unit (month or year)"


def _series_problems(values: Iterable[Value]) -> Iterable[str]:
    series: dict[tuple[str, str, str], list[Value]] = defaultdict(list)
    for value in values:
        series[value.series].append(value)
    for own in series.values():
        own.sort(key=lambda item: item.valid_from)
        for earlier, later in pairwise(own):
            if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
                ends = f"ends {earlier.valid_to}" if earlier.valid_to else "has no end"
                yield f"{_told(later)}: overlap, the period from {earlier.valid_from} {ends}, the next begins {later.valid_from}; end the former on {later.valid_from - _DAY}"
            elif earlier.valid_to + _DAY < later.valid_from:
                yield f"{_told(later)}: gap from {earlier.valid_to + _DAY} to {later.valid_from - _DAY}; state the value of these days"


def _told(value: Value) -> str:
    region = divisions()[value.region_code.ljust(6, "0")].name
    area = "" if value.area_type == "any" else f" {AREA_TYPES[value.area_type]} {value.area_type}"
    return f"{value.table} {value.region_code} {region}{area}"


def _periods(own: list[Value]) -> str:
    return f"its periods run from {own[0].valid_from} to {own[-1].valid_to or 'further notice'}"


def _refuse(problems: list[str]) -> None:
    more = f" And {len(problems) - _MOST_TOLD} more." if len(problems) > _MOST_TOLD else ""
    raise ParameterError("; ".join(problems[:_MOST_TOLD]) + "." + more)
