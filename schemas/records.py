"""What a standardised table must satisfy (标准表校验): one pandera schema per source, made from its declaration.

Each rule is declared once, as a pandera check and as the polars expressions that say the same of a whole column and
of each row. A table is first asked as a whole, in one pass; where every column is within its rules there is nothing
for pandera to find. Otherwise pandera sees the rows that some rule is against, and names the field that is wrong. A
table of another shape, or with repeated record numbers, goes to pandera whole.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from schemas.reference import divisions
from schemas.sources import SOURCES
from schemas.vocabulary import CODE_LISTS

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandera.polars as pa
    import polars as pl

    from schemas.fields import Field
    from schemas.source import Source

LONGEST_NUMBER = 64
"""Characters of an identity number: eighteen positions, or the cleaned text of another document."""
ID_FORMS = ("full", "expanded15", "prefix15", "masked", "bad_checksum", "other")
PRECISIONS = ("day", "month", "year")
AMOUNT_LIMIT = 10_000_000
"""Yuan, either sign: larger amounts in one row are typing errors."""
LONGEST_TEXT = 500
"""Characters."""
PATTERNS = {"phone": r"^[0-9]{7,12}$", "employer_code": r"^[0-9A-Z]{18}$"}
UNIQUE = ("record_id", "row_number")
_CLOSED = {"id_form": list(ID_FORMS), "birth_precision": list(PRECISIONS)}
EARLIEST = dt.date(1900, 1, 1)
LATEST = dt.date(2100, 12, 31)
"""No date lies later; the caller, who has a clock, sets a nearer one for birth dates."""


@dataclass(frozen=True)
class Rule:
    """One rule for the values of a column, missing ones excepted, in the words of pandera and of polars.

    Attributes:
        check: makes the pandera check; pandera takes a third of a second to load, and most tables are sound.
        holds: whether it holds for each value.
        holds_throughout: whether it holds for the whole column, where that is cheaper to say.
    """

    check: Callable[[], Any]
    holds: pl.Expr
    holds_throughout: pl.Expr


@lru_cache(maxsize=64)
def schema_of(source: str, born_until: dt.date = LATEST) -> pa.DataFrameSchema:
    """The pandera schema of a source's standardised table.

    Args:
        source: source code.
        born_until: no birth date lies later, such as the day of receipt.

    Raises:
        KeyError: no such source is declared.
    """
    import pandera.polars as pa

    types, needed = column_types(), _needed(SOURCES[source])
    return pa.DataFrameSchema(
        {
            field.name: pa.Column(
                types[field.type],
                checks=[_rule(field, born_until).check()],
                nullable=field.name not in needed,
                unique=field.name in UNIQUE,
                title=field.zh,
                metadata={"en": field.en, "sensitivity": str(field.sensitivity)},
            )
            for field in SOURCES[source].fields
        },
        strict=True,
        ordered=True,
        name=source,
    )


def failing_rows(frame: pl.DataFrame, source: str, born_until: dt.date = LATEST) -> dict[int, str]:
    """Validate a standardised table.

    Args:
        frame: the table, with exactly the declared columns and types.
        source: source code.
        born_until: no birth date lies later.

    Returns:
        Positions of rows outside the schema, each with the first field that is wrong; empty when all is well.

    Raises:
        ValueError: the table as a whole does not fit (columns, types), which is a defect of the program.
    """
    import polars as pl

    screen = _screen(source, born_until)
    if list(frame.schema.items()) != screen.columns or not _numbered(frame):
        return _failures(frame, source, born_until)
    answers = frame.select(screen.throughout).row(0)
    doubtful = [at for at, answer in enumerate(answers) if answer is not True]
    if not doubtful:
        return {}
    against = frame.select(~pl.all_horizontal([screen.by_row[at] for at in doubtful])).to_series().arg_true()
    if not against.len():
        return {}
    places = against.to_list()
    return {places[row]: field for row, field in _failures(frame[against], source, born_until).items()}


@dataclass(frozen=True)
class _Screen:
    """The rules of a source as expressions: what each column must be as a whole, and row by row."""

    columns: list[tuple[str, pl.DataType]]
    throughout: list[pl.Expr]
    by_row: list[pl.Expr]


@lru_cache(maxsize=64)
def _screen(source: str, born_until: dt.date) -> _Screen:
    import polars as pl

    types, needed = column_types(), _needed(SOURCES[source])
    throughout, by_row = [], []
    for field in SOURCES[source].fields:
        rule, present = _rule(field, born_until), pl.col(field.name).is_not_null()
        every = rule.holds_throughout.fill_null(True)  # a column without values breaks no rule
        throughout.append((every & present.all() if field.name in needed else every).alias(field.name))
        holds = rule.holds.fill_null(True)
        by_row.append(holds & present if field.name in needed else holds)
    columns = [(field.name, types[field.type]) for field in SOURCES[source].fields]
    return _Screen(columns, throughout, by_row)


def _numbered(frame: pl.DataFrame) -> bool:
    """Whether the numbers and ids of the rows are all different."""
    return all(frame[name].n_unique() == frame.height for name in UNIQUE)


def _failures(frame: pl.DataFrame, source: str, born_until: dt.date) -> dict[int, str]:
    """What pandera finds: positions of rows, each with the first field that is wrong."""
    import pandera.polars as pa

    try:
        schema_of(source, born_until).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        whole = cases.filter(cases["index"].is_null())
        if whole.height:
            checks = sorted(set(whole["check"].to_list()))
            raise ValueError(f"the standardised table of {source} does not fit its schema: {checks}") from None
        rows: dict[int, str] = {}
        for position, column in cases.select("index", "column").iter_rows():
            rows.setdefault(int(position), str(column))
        return rows
    return {}


def _needed(source: Source) -> frozenset[str]:
    """Fields that no row may lack."""
    return frozenset({*source.required, "record_id", "source", "extract_id", "row_number"})


def column_types() -> dict[str, Any]:
    """Polars types by the type names of ``schemas.fields``."""
    import polars as pl

    return {"string": pl.String(), "date": pl.Date(), "int": pl.Int64(), "decimal": pl.Decimal(14, 2)}


def _rule(field: Field, born_until: dt.date) -> Rule:
    """The one rule of a field: a code list, bounds, a pattern, or a length."""
    kind, _, code_list = field.standardiser.partition(":")
    if kind == "code":
        return _one_of(field.name, [code.code for code in CODE_LISTS[code_list].codes])
    if field.name in _CLOSED:
        return _one_of(field.name, _CLOSED[field.name])
    if field.name in {"county_code", "union_county_code"}:
        return _one_of(field.name, _known_divisions())
    if field.name in PATTERNS:
        return _matching(field.name, PATTERNS[field.name])
    if field.type == "decimal":
        return _between(field.name, -AMOUNT_LIMIT, AMOUNT_LIMIT)
    if field.type == "date":
        return _between(field.name, EARLIEST, born_until if field.name == "birth_date" else LATEST)
    if field.type == "int":
        return _between(field.name, 0, None)
    return _long(field.name, LONGEST_NUMBER if field.name == "id_number" else LONGEST_TEXT)


def _one_of(name: str, allowed: list[str]) -> Rule:
    import polars as pl

    holds = pl.col(name).is_in(allowed)
    return Rule(partial(_check, "isin", allowed), holds, holds.all())


def _matching(name: str, pattern: str) -> Rule:
    import polars as pl

    holds = pl.col(name).str.contains(pattern)
    return Rule(partial(_check, "str_matches", pattern), holds, holds.all())


def _between(name: str, least: Any, most: Any) -> Rule:
    import polars as pl

    column = pl.col(name)
    if most is None:
        return Rule(partial(_check, "ge", least), column >= least, column.min() >= least)
    within = (column.min() >= least) & (column.max() <= most)
    return Rule(partial(_check, "in_range", least, most), column.is_between(least, most), within)


def _long(name: str, longest: int) -> Rule:
    """A text of at least one character; where no text has more bytes, none has more characters."""
    import polars as pl

    size = pl.col(name).str.len_bytes()
    holds = pl.col(name).str.len_chars().is_between(1, longest)
    return Rule(partial(_check, "str_length", 1, longest), holds, (size.min() >= 1) & (size.max() <= longest))


def _check(name: str, *bounds: Any) -> Any:
    import pandera.polars as pa

    return getattr(pa.Check, name)(*bounds)


def _known_divisions() -> list[str]:
    return [code for code, division in divisions().items() if division.level != "province"]
