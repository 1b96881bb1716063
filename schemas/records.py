"""What a standardised table must satisfy (标准表校验): one pandera schema per source, made from its declaration.

Validation is eager: a lazy frame would have its column types checked and its values not.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING, Any

from schemas.reference import divisions
from schemas.sources import SOURCES
from schemas.vocabulary import CODE_LISTS

if TYPE_CHECKING:
    import pandera.polars as pa
    import polars as pl

    from schemas.fields import Field

ID_NUMBER = r"^(?:[0-9*]{17}[0-9X*]|.{1,64})$"
"""Eighteen positions, or the cleaned text of another document."""
ID_FORMS = ("full", "expanded15", "prefix15", "masked", "bad_checksum", "other")
PRECISIONS = ("day", "month", "year")
AMOUNT_LIMIT = 10_000_000
"""Yuan, either sign: larger amounts in one row are typing errors."""
LONGEST_TEXT = 500
"""Characters."""
LATEST = dt.date(2100, 12, 31)
"""No date lies later; the caller, who has a clock, sets a nearer one for birth dates."""


@cache
def schema_of(source: str, born_until: dt.date = LATEST) -> pa.DataFrameSchema:
    """The pandera schema of a source's standardised table.

    Args:
        source: source code.
        born_until: no birth date lies later, such as the day of receipt.

    Raises:
        KeyError: no such source is declared.
    """
    import pandera.polars as pa

    required = {*SOURCES[source].required, "record_id", "source", "extract_id", "row_number"}
    return pa.DataFrameSchema(
        {
            field.name: _column(field, nullable=field.name not in required, born_until=born_until)
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


def _column(field: Field, *, nullable: bool, born_until: dt.date) -> pa.Column:
    import pandera.polars as pa
    import polars as pl

    types: dict[str, Any] = {
        "string": pl.String,
        "date": pl.Date,
        "int": pl.Int64,
        "decimal": pl.Decimal(14, 2),
    }
    return pa.Column(
        types[field.type],
        checks=_checks(field, born_until),
        nullable=nullable,
        unique=field.name in {"record_id", "row_number"},
        title=field.zh,
        metadata={"en": field.en, "sensitivity": str(field.sensitivity)},
    )


def _checks(field: Field, born_until: dt.date) -> list[Any]:
    import pandera.polars as pa

    kind, _, code_list = field.standardiser.partition(":")
    if kind == "code":
        return [pa.Check.isin([code.code for code in CODE_LISTS[code_list].codes])]
    if field.type == "decimal":
        return [pa.Check.in_range(-AMOUNT_LIMIT, AMOUNT_LIMIT)]
    if field.type == "date":
        return [pa.Check.in_range(dt.date(1900, 1, 1), born_until if field.name == "birth_date" else LATEST)]
    if field.type == "int":
        return [pa.Check.ge(0)]
    known: dict[str, list[str]] = {
        "id_form": list(ID_FORMS),
        "birth_precision": list(PRECISIONS),
        "county_code": _known_divisions(),
        "union_county_code": _known_divisions(),
    }
    if field.name in known:
        return [pa.Check.isin(known[field.name])]
    pattern = {"id_number": ID_NUMBER, "phone": r"^[0-9]{7,12}$", "employer_code": r"^[0-9A-Z]{18}$"}
    if field.name in pattern:
        return [pa.Check.str_matches(pattern[field.name])]
    return [pa.Check.str_length(1, LONGEST_TEXT)]


def _known_divisions() -> list[str]:
    return [code for code, division in divisions().items() if division.level != "province"]
