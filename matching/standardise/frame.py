"""From raw text to a standardised table (标准化): typed columns for accepted rows, reasons for the others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from matching.standardise.amounts import AMOUNT
from matching.standardise.columns import MANY, at_once, constant, read_columns
from matching.standardise.identity import VALID_FORMS, birth_date_in, sex_in
from matching.standardise.places import standardise_address_places, standardise_places
from matching.standardise.registry import standardiser
from matching.standardise.repeats import SeenRows
from schemas.vocabulary import REJECT_REASONS, RejectCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matching.standardise.columns import Standardiser
    from schemas.source import Source

TYPES: Mapping[str, pl.DataType] = {"string": pl.String(), "date": pl.Date(), "int": pl.Int64(), "decimal": AMOUNT}
"""Column types by the type names of ``schemas.fields``."""

POSITION = ("row_number", "sheet", "sheet_row", "member")
"""Where a raw row stands in its file; only ``row_number`` is needed."""

IDENTIFIERS = ("id_number", "birth_date", "phone", "address")
"""A row that has none of these names nobody."""

_DERIVED = {
    ("name", "former_name"): "former_name",
    ("id_number", "id_form"): "id_form",
    ("id_number", "disability_type"): "disability_type",
    ("id_number", "disability_level"): "disability_level",
    ("birth_date", "precision"): "birth_precision",
}
"""The field that is filled by what another field's cells tell beside their value."""

REJECTED_SCHEMA = {
    "row_number": pl.Int64(),
    "sheet": pl.String(),
    "sheet_row": pl.Int64(),
    "member": pl.Int64(),
    "code": pl.String(),
    "field": pl.String(),
    "reason_zh": pl.String(),
    "reason_en": pl.String(),
    "raw": pl.String(),
}
"""Columns of a quarantine table; ``raw`` holds the cells as received, as JSON text."""


@dataclass(frozen=True)
class StandardFrame:
    """A standardised extract; every raw row is in exactly one of the two tables.

    Attributes:
        accepted: exactly the declared fields of the source, in order and type.
        rejected: one row per refused raw row, with the columns of ``REJECTED_SCHEMA``.
        defects: values that could not be read and were left empty in accepted rows, counted by field.
    """

    accepted: pl.DataFrame
    rejected: pl.DataFrame
    defects: Mapping[str, int]


def standardise_frame(
    raw: pl.DataFrame, source: Source, extract_id: str, seen: SeenRows | None = None
) -> StandardFrame:
    """Standardise raw rows of one extract: all of them, or one batch after another.

    Args:
        raw: text columns named by canonical fields (absent ones are missing), and ``row_number``, unique. Every batch
            of an extract has the same columns.
        source: what the source declares.
        extract_id: the extract; it becomes part of every record id.
        seen: what remembers the rows of the batches before, so that a repeated row is found wherever it stands; one
            per extract, and None where all rows come at once.

    Raises:
        ValueError: ``row_number`` is not unique.
    """
    if raw["row_number"].n_unique() != raw.height:
        raise ValueError("row numbers must be unique within an extract")
    fields = [field.name for field in source.fields]
    raw_fields = [name for name in raw.columns if name in fields and name not in POSITION]
    columns, unreadable = _read(raw, source, raw_fields)
    seen = SeenRows() if seen is None else seen  # one without rows is false
    kept = [name for name in fields if name not in POSITION]
    tasks = [partial(_home, columns), partial(_unions, columns), partial(seen.repeated, raw, kept)]
    home, unions, repeated = at_once(tasks, raw.height >= MANY)
    table = _with_provenance(_told_elsewhere(columns, home, unions), source, extract_id)
    reasons = _reasons(table, unreadable, repeated, source)
    bad = reasons["code"].is_not_null()
    defects = {name: count for name, mask in unreadable.items() if (count := int((mask & ~bad).sum()))}
    if not bad.any():
        return StandardFrame(table.select(fields), pl.DataFrame(schema=REJECTED_SCHEMA), defects)
    rejected = rejection(raw.filter(bad), reasons.filter(bad), raw_fields)
    return StandardFrame(table.select(fields).filter(~bad), rejected, defects)


def rejection(raw: pl.DataFrame, reasons: pl.DataFrame, raw_fields: list[str]) -> pl.DataFrame:
    """A quarantine table from raw rows and their ``code`` and ``field``, row by row.

    >>> raw = pl.DataFrame({"row_number": [7], "name": [None]})
    >>> reasons = pl.DataFrame({"code": ["name_missing"], "field": ["name"]})
    >>> rejection(raw, reasons, ["name"]).select("row_number", "code", "raw").row(0)
    (7, 'name_missing', '{"name":null}')
    """
    given = {name: raw[name] for name in POSITION if name in raw.columns}
    zh = {str(code): texts[0] for code, texts in REJECT_REASONS.items()}
    en = {str(code): texts[1] for code, texts in REJECT_REASONS.items()}
    cells = raw.select(pl.struct(raw_fields).struct.json_encode() if raw_fields else pl.lit("{}")).to_series()
    table = reasons.select(
        *given.values(),
        "code",
        "field",
        pl.col("code").replace_strict(zh, return_dtype=pl.String).alias("reason_zh"),
        pl.col("code").replace_strict(en, return_dtype=pl.String).alias("reason_en"),
        cells.alias("raw"),
    )
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in REJECTED_SCHEMA.items() if name not in table.columns]
    return table.with_columns(absent).select(pl.col(name).cast(dtype) for name, dtype in REJECTED_SCHEMA.items())


def _read(
    raw: pl.DataFrame, source: Source, raw_fields: list[str]
) -> tuple[dict[str, pl.Series], dict[str, pl.Series]]:
    """The declared columns by field, and where a cell could not be read; an empty column costs nothing."""
    filled = {name for name in raw_fields if raw[name].null_count() < raw.height}
    readings = read_columns(
        {
            field.name: (standardiser(field.standardiser), raw[field.name])
            for field in source.fields
            if field.name in filled and field.standardiser != "derived"
        }
    )
    table = {field.name: constant(None, TYPES[field.type], raw.height) for field in source.fields}
    table["row_number"] = raw["row_number"].cast(pl.Int64)
    for name, reading in readings.items():
        table[name] = reading.values
    for name, reading in readings.items():
        for part, values in reading.derived.items():
            field = _DERIVED.get((name, part))
            if field in table:
                table[field] = table[field].fill_null(values) if table[field].null_count() < raw.height else values
    return table, {name: reading.unreadable for name, reading in readings.items() if reading.unreadable.any()}


def _told_elsewhere(table: dict[str, pl.Series], home: pl.Series, unions: pl.Series) -> dict[str, pl.Series]:
    """What a valid identity number, parts of an amount and addresses tell where a column itself says less."""
    table |= _born(table)
    if {"personal_amount", "self_paid_in_scope", "self_paid_out_of_scope"} <= table.keys():
        parts = table["self_paid_in_scope"] + table["self_paid_out_of_scope"].fill_null(0)
        table["personal_amount"] = table["personal_amount"].fill_null(parts.cast(AMOUNT))
    codes = _finer(home, unions)
    if "union_county_code" in table:
        table["union_county_code"] = unions
    if "household_address" in table:
        codes = _finer(codes, table["household_address"], standardise_address_places)
    return table | {"county_code": codes}


def _home(table: Mapping[str, pl.Series]) -> pl.Series:
    """The county of residence, as far as the own column and the address tell it."""
    return _finer(table["county_code"], table["address"], standardise_address_places)


def _unions(table: Mapping[str, pl.Series]) -> pl.Series:
    """The county of the parent union; nulls for a source without unions."""
    if "union_county_code" not in table:
        return constant(None, pl.String(), table["row_number"].len())
    unions = standardise_places(table["parent_union"]).values
    return _finer(unions, table["union_name"], standardise_places) if "union_name" in table else unions


def _born(table: Mapping[str, pl.Series]) -> dict[str, pl.Series]:
    """Birth date and sex, from the number where they are missing, or the date is known to its year only."""
    birth, precision, sex = (table[name].clone() for name in ("birth_date", "birth_precision", "sex"))
    trusted = table["id_form"].is_in(VALID_FORMS)
    rows = (trusted & (birth.is_null() | (precision != "day"))).fill_null(False).arg_true()
    told, given = birth_date_in(table["id_number"].gather(rows)), birth.gather(rows)
    better = told.is_not_null() & (given.is_null() | (given.dt.year() == told.dt.year()))
    rows, told = rows.filter(better), told.filter(better)
    sexless = (trusted & sex.is_null()).fill_null(False).arg_true()
    return {
        "birth_date": birth.scatter(rows, told),
        "birth_precision": precision.scatter(rows, constant("day", pl.String(), rows.len())),
        "sex": sex.scatter(sexless, sex_in(table["id_number"].gather(sexless))),
    }


def _finer(codes: pl.Series, told: pl.Series, read: Standardiser | None = None) -> pl.Series:
    """The codes; where one is missing, what another column tells, or where it is a prefecture, a county within it."""
    rows = (codes.is_null() | codes.str.ends_with("00")).arg_true()
    if not rows.len() or told.null_count() == told.len():
        return codes
    first, second = codes.gather(rows), told.gather(rows)
    if read:
        second = read(second).values
    within = first.is_null() | (first.str.slice(0, 4) == second.str.slice(0, 4))
    better = (within & second.is_not_null()).fill_null(False)
    return codes.clone().scatter(rows.filter(better), second.filter(better))


def _with_provenance(table: dict[str, pl.Series], source: Source, extract_id: str) -> pl.DataFrame:
    return pl.DataFrame(table).with_columns(
        pl.lit(source.code).alias("source"),
        pl.lit(extract_id).alias("extract_id"),
        (pl.lit(f"{extract_id}:") + pl.col("row_number").cast(pl.String)).alias("record_id"),
    )


def _reasons(
    table: pl.DataFrame, unreadable: Mapping[str, pl.Series], repeated: pl.Series, source: Source
) -> pl.DataFrame:
    """The first reason against each row, nulls where there is none."""
    checks: list[tuple[pl.Series, RejectCode, str | None]] = []
    for name in source.required:
        if name in unreadable:
            checks.append((unreadable[name], RejectCode.UNREADABLE_VALUE, name))
        missing = RejectCode.NAME_MISSING if name == "name" else RejectCode.REQUIRED_MISSING
        checks.append((table[name].is_null(), missing, name))
    nobody = pl.all_horizontal(pl.col(name).is_null() for name in IDENTIFIERS)
    checks.append((table.select(nobody).to_series(), RejectCode.NO_IDENTIFIER, None))
    checks.append((repeated, RejectCode.DUPLICATE_ROW, None))
    code = field = pl.lit(None, pl.String)
    for mask, reject_code, at_field in reversed(checks):
        if mask.any():
            code = pl.when(mask).then(pl.lit(str(reject_code))).otherwise(code)
            field = pl.when(mask).then(pl.lit(at_field, pl.String)).otherwise(field)
    return table.select(pl.col("row_number"), code.alias("code"), field.alias("field")).drop("row_number")
